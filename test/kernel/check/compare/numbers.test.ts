import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describeDeviation,
  deviation,
  printedNumber,
  splitNumbers,
} from "../../../../kernel/check/compare/numbers.js";

describe("the numbers in a text", () => {
  test.each<[string, number[]]>([
    ["Epoch [10/100], Loss: 0.4273", [10, 100, 0.4273]],
    ["tensor([ 1.0000, -2.5000,  3.])", [1, -2.5, 3]],
    ["1e-3 1.5E+10 .5 5.", [1e-3, 1.5e10, 0.5, 5]],
    ["x = −0.25", [-0.25]],
    ["1.0+2.0j", [1, 2]],
    ["12.5ms, 3px, 10kB, 50%, 2nd", [12.5, 3, 10, 50, 2]],
    ["1,234.5 and 1_000_000 and 12,345,678", [1234.5, 1e6, 12345678]],
    ["[1,234] [-5,1,234.5] (1,234,567)", [1, 234, -5, 1, 234.5, 1234567]],
    ["1,2345 and 12,34", [1, 2345, 12, 34]],
    ["inf -inf nan NaN +Infinity −∞", [Infinity, -Infinity, NaN, NaN, Infinity, -Infinity]],
    ["infinite, nano, info", []],
    ["float32, fc1.weight, Conv2d, β1, sha256", []],
    ["#808080 and #12", []],
    ["version 1.2.3 of 127.0.0.1", []],
    ["1..5", [1]],
    ["2026-11-26", [2026, -11, -26]],
    ["10⁻⁸", [10]],
    ["", []],
  ])("of %j", (text, values) => {
    expect(splitNumbers(text).numbers.map(({ value }) => value)).toEqual(values);
  });

  test("and what stands between them make up the text", () => {
    const pieces = fc.constantFrom(
      "1",
      "2.50",
      "-3e-7",
      ",",
      ".",
      " ",
      "e",
      "_",
      "[",
      "inf",
      "nan",
      "∞",
      "é",
      "+",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(pieces).map((p) => p.join("")),
        ),
        (text) => {
          const { texts, numbers } = splitNumbers(text);
          expect(texts).toHaveLength(numbers.length + 1);
          expect(texts.map((piece, i) => piece + (numbers[i]?.text ?? "")).join("")).toBe(text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("are read with every digit", () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        expect(splitNumbers(` ${value} `).numbers.map((number) => number.value)).toEqual([value + 0]);
      }),
    );
  });

  test("take time in proportion to a long text", () => {
    for (const text of [
      "1".repeat(200_000),
      "1,".repeat(100_000),
      "1.".repeat(100_000),
      "-".repeat(200_000),
    ]) {
      expect(splitNumbers(text).texts.length).toBeGreaterThan(0);
    }
  });
});

const tolerance = { rtol: 1e-6, atol: 1e-12 };

describe("a number and the saved one", () => {
  test.each<[saved: string, fresh: string, same: boolean, why: string]>([
    ["0.5", "0.5000001", true, "within rtol"],
    ["0.5", "0.50001", false, "beyond rtol"],
    ["0.3", "0.30000000000000004", true, "float noise"],
    ["0", "1e-17", true, "within atol of 0"],
    ["0", "1e-9", false, "beyond atol of 0"],
    ["0.5500", "0.5501", true, "the last of four digits rounds either way"],
    ["0.5500", "0.5502", false, "two units"],
    ["0.5", "0.6", false, "one digit is not rounding"],
    ["0.97", "0.98", false, "nor are two"],
    ["9.9999", "10.000", true, "five digits on both sides of a power of ten"],
    ["0.1234", "0.12345678", false, "not printed to the same digit"],
    ["1.2345e-8", "1.2346e-8", true, "the last digit before an exponent"],
    ["1234567", "1234568", false, "whole numbers count"],
    ["9007199254740993", "9007199254740992", false, "beyond 2^53 too"],
    ["9".repeat(400), `${"9".repeat(399)}8`, false, "and beyond the largest float"],
    ["1", "0.9999999", true, "one of them is not whole"],
    ["1,000", "1000", true, "thousands"],
    ["007", "7", true, "leading zeros"],
    ["-0.0000", "0.0000", true, "the sign of 0"],
    ["0.25", "-0.25", false, "the sign of what is not"],
    ["inf", "Infinity", true, "two names"],
    ["inf", "-inf", false, "two infinities"],
    ["nan", "NaN", true, "not a number either"],
    ["nan", "0.5", false, "a number now"],
    ["1e999", "1e1000", false, "too large to compare"],
  ])("%s, %s: %s, %s", (saved, fresh, same) => {
    const found = deviation(printedNumber(saved), printedNumber(fresh), tolerance);
    expect(found === undefined).toBe(same);
  });

  test("are told apart with the numbers that say why", () => {
    const [saved, fresh] = [printedNumber("0.5500"), printedNumber("0.5512")];
    const found = deviation(saved, fresh, { rtol: 0, atol: 1e-6 })!;
    // The tolerance is 1e-6; the last digit may round either way.
    expect(describeDeviation(saved, fresh, found)).toBe("0.5500 → 0.5512, off by 1.2e-3, allowed 1e-4");
  });

  const value = fc
    .tuple(fc.double({ min: 1, max: 9.99, noNaN: true }), fc.integer({ min: -30, max: 30 }), fc.boolean())
    .map(([mantissa, exponent, minus]) => (minus ? -mantissa : mantissa) * 10 ** exponent)
    .filter((number) => !Number.isInteger(number));
  const rtol = fc.double({ min: 1e-9, max: 1e-2, noNaN: true });
  const noise = fc.double({ min: -0.999, max: 0.999, noNaN: true });

  test("are the same where they differ by less than the tolerance, as JavaScript prints them", () => {
    fc.assert(
      fc.property(value, rtol, noise, (number, rtol, share) => {
        const [saved, fresh] = [number, number * (1 + share * rtol)].map((n) => printedNumber(String(n)));
        expect(deviation(saved!, fresh!, { rtol, atol: 0 })).toBeUndefined();
      }),
    );
  });

  test("are the same where only rounding to four digits or more parts them", () => {
    fc.assert(
      fc.property(value, rtol, noise, fc.integer({ min: 4, max: 15 }), (number, rtol, share, digits) => {
        const [saved, fresh] = [number, number * (1 + share * rtol)].map((n) =>
          printedNumber(n.toExponential(digits)),
        );
        // With a tolerance that is nothing beside the last digit, a changed digit is taken for a change.
        fc.pre(rtol * Math.abs(number) * 999 > saved!.unit);
        expect(deviation(saved!, fresh!, { rtol, atol: 0 })).toBeUndefined();
      }),
    );
  });

  test("are different where they differ by more than the tolerance and the last digit", () => {
    fc.assert(
      fc.property(value, rtol, fc.double({ min: 1.001, max: 1e3, noNaN: true }), (number, rtol, share) => {
        const [saved, fresh] = [number, number * (1 + share * rtol)].map((n) => printedNumber(String(n)));
        fc.pre(Math.abs(saved!.value - fresh!.value) > 1.0001 * (rtol * Math.abs(number) + saved!.unit));
        expect(deviation(saved!, fresh!, { rtol, atol: 0 })).toBeDefined();
      }),
    );
  });
});
