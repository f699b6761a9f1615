import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as special from "../../src/engine/special-functions.js";

const { erf, erfc, erfinv, lgamma, digamma, polygamma, roundHalfEven, sinc } = special;
const close = (value: number, expected: number, digits = 1e-13): void =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(digits * Math.max(1, Math.abs(expected)));

/** Abramowitz and Stegun's tables, and values that are known in closed form. */
test.each<[name: string, value: number, expected: number]>([
  ["erf 0.5", erf(0.5), 0.5204998778130465],
  ["erf 1", erf(1), 0.8427007929497149],
  ["erf −3", erf(-3), -0.9999779095030014],
  ["erfc 5", erfc(5) * 1e12, 1.537459794428035],
  ["erfc −1", erfc(-1), 1.842700792949715],
  ["lgamma ½", lgamma(0.5), Math.log(Math.PI) / 2],
  ["lgamma −½", lgamma(-0.5), Math.log(2 * Math.sqrt(Math.PI))],
  ["lgamma 11", lgamma(11), Math.log(3628800)],
  ["digamma 1", digamma(1), -0.5772156649015329],
  ["digamma ½", digamma(0.5), -0.5772156649015329 - 2 * Math.LN2],
  ["polygamma 1, 1", polygamma(1, 1), Math.PI ** 2 / 6],
  ["polygamma 1, ½", polygamma(1, 0.5), Math.PI ** 2 / 2],
  ["polygamma 1, −½", polygamma(1, -0.5), Math.PI ** 2 / 2 + 4],
  ["polygamma 2, −½", polygamma(2, -0.5), -14 * 1.2020569031595942 + 16],
  ["polygamma 3, 1", polygamma(3, 1), Math.PI ** 4 / 15],
])("%s", (_, value, expected) => close(value, expected));

describe("identities", () => {
  // Not nearer to 0, where the terms of the identities cancel.
  const positive = fc.double({ min: 0.5, max: 50, noNaN: true });
  const real = fc.double({ min: -6, max: 6, noNaN: true });
  test("erf is odd, and erfc its complement", () => {
    fc.assert(
      fc.property(real, (x) => {
        close(erf(-x), -erf(x), 0);
        close(erf(x) + erfc(x), 1);
      }),
    );
  });
  test("erfinv is the inverse of erf", () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (y) => {
        close(erf(erfinv(y)), y, 1e-15);
        if (y > 0.9 && y < 1) close(erfc(erfinv(y)) / (1 - y), 1, 1e-12);
      }),
    );
  });
  test("Γ(x + 1) = x Γ(x), and its derivatives", () => {
    fc.assert(
      fc.property(positive, (x) => {
        close(lgamma(x + 1), lgamma(x) + Math.log(x), 1e-12);
        close(digamma(x + 1), digamma(x) + 1 / x, 1e-12);
        close(polygamma(1, x + 1), polygamma(1, x) - 1 / x ** 2, 1e-12);
        close(polygamma(2, x + 1), polygamma(2, x) + 2 / x ** 3, 1e-12);
      }),
    );
  });
});

test.each<[of: (x: number) => number, x: number, expected: number]>([
  [erf, Infinity, 1],
  [erf, NaN, NaN],
  [erfc, Infinity, 0],
  [erfc, -Infinity, 2],
  [erfinv, 1, Infinity],
  [erfinv, -1, -Infinity],
  [erfinv, 1.1, NaN],
  [erfinv, -0, -0],
  [lgamma, 0, Infinity],
  [lgamma, -3, Infinity],
  [lgamma, 2, 0],
  [lgamma, -Infinity, Infinity],
  [digamma, 0, -Infinity],
  [digamma, -0, Infinity],
  [digamma, -2, NaN],
  [digamma, Infinity, Infinity],
  [(x) => polygamma(1, x), -Infinity, NaN],
  [(x) => polygamma(1, x), Infinity, 0],
  [(x) => polygamma(2, x), -2, -Infinity],
  [sinc, 0, 1],
  [roundHalfEven, 0.5, 0],
  [roundHalfEven, 1.5, 2],
  [roundHalfEven, -2.5, -2],
  [roundHalfEven, -0.4, -0],
  [roundHalfEven, 2 ** 53, 2 ** 53],
])("%o of %d is %d", (of, x, expected) => {
  expect(of(x)).toBe(expected);
});
