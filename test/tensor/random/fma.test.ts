import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fmaFloat32, fmaFloat64 } from "../../../src/tensor/random/fma.js";

/** A rational number whose denominator is a power of two: numerator / 2^shift. Every finite float64 is one. */
interface Dyadic {
  numerator: bigint;
  shift: bigint;
}

function exact(x: number): Dyadic {
  let scaled = x;
  let shift = 0n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    shift++;
  }
  return { numerator: BigInt(scaled), shift };
}

function multiplyAdd(a: number, b: number, c: number): Dyadic {
  const [x, y, z] = [exact(a), exact(b), exact(c)];
  const shift = x.shift + y.shift + z.shift;
  return {
    numerator: ((x.numerator * y.numerator) << z.shift) + (z.numerator << (x.shift + y.shift)),
    shift,
  };
}

/** The sign of x − y. */
function compare(x: Dyadic, y: Dyadic): number {
  const difference = (x.numerator << y.shift) - (y.numerator << x.shift);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function midpoint(x: number, y: number): Dyadic {
  const [a, b] = [exact(x), exact(y)];
  return { numerator: (a.numerator << b.shift) + (b.numerator << a.shift), shift: a.shift + b.shift + 1n };
}

/** The neighbours of a positive finite float64 or float32, from its bit pattern. */
const formats = {
  float64: {
    neighbour(x: number, step: bigint): number {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, x);
      view.setBigUint64(0, view.getBigUint64(0) + step);
      return view.getFloat64(0);
    },
    isEven: (x: number): boolean => {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, x);
      return (view.getBigUint64(0) & 1n) === 0n;
    },
  },
  float32: {
    neighbour(x: number, step: bigint): number {
      const view = new DataView(new ArrayBuffer(4));
      view.setFloat32(0, x);
      view.setUint32(0, view.getUint32(0) + Number(step));
      return view.getFloat32(0);
    },
    isEven: (x: number): boolean => {
      const view = new DataView(new ArrayBuffer(4));
      view.setFloat32(0, x);
      return (view.getUint32(0) & 1) === 0;
    },
  },
};

/** Fails unless `result` is the value of the format that lies nearest to a·b + c, the even one of two. */
function expectNearest(format: keyof typeof formats, result: number, a: number, b: number, c: number): void {
  const truth = multiplyAdd(a, b, c);
  if (truth.numerator < 0n) {
    expectNearest(format, -result, -a, b, -c);
    return;
  }
  if (truth.numerator === 0n) {
    expect(Math.abs(result)).toBe(0);
    return;
  }
  const { neighbour, isEven } = formats[format];
  expect(result).toBeGreaterThanOrEqual(0);
  if (!Number.isFinite(result)) {
    // The first value that rounds to infinity is half a unit above the largest finite one.
    const largest = neighbour(result, -1n);
    const bound = exact(largest);
    const limit = {
      numerator: 2n * bound.numerator + exact(largest - neighbour(largest, -1n)).numerator,
      shift: 1n,
    };
    expect(compare(truth, limit)).toBeGreaterThanOrEqual(0);
    return;
  }
  if (result > 0) {
    const below = compare(truth, midpoint(neighbour(result, -1n), result));
    expect(below > 0 || (below === 0 && isEven(result)), `${a}·${b} + ${c} lies below ${result}`).toBe(true);
  }
  const next = neighbour(result, 1n);
  if (!Number.isFinite(next)) return;
  const above = compare(truth, midpoint(result, next));
  expect(above < 0 || (above === 0 && isEven(result)), `${a}·${b} + ${c} lies above ${result}`).toBe(true);
}

const finite64 = fc.double({ noDefaultInfinity: true, noNaN: true });
const moderate64 = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const finite32 = fc.float({ noDefaultInfinity: true, noNaN: true });
const moderate32 = fc.float({ min: -1024, max: 1024, noNaN: true });

describe("fmaFloat64 rounds a·b + c once", () => {
  test("for moderate values", () => {
    fc.assert(
      fc.property(moderate64, moderate64, moderate64, (a, b, c) => {
        expectNearest("float64", fmaFloat64(a, b, c), a, b, c);
      }),
      { numRuns: 500 },
    );
  });

  test("where the product and the addend nearly cancel", () => {
    fc.assert(
      fc.property(moderate64, moderate64, fc.integer({ min: -3, max: 3 }), (a, b, units) => {
        const c = -(a * b) * (1 + units * Number.EPSILON);
        expectNearest("float64", fmaFloat64(a, b, c), a, b, c);
      }),
      { numRuns: 500 },
    );
  });

  test("for unit uniforms, as uniform_ uses it", () => {
    const unit = fc.bigInt(0n, 2n ** 53n - 1n).map((k) => Number(k) * 2 ** -53);
    fc.assert(
      fc.property(unit, moderate64, moderate64, (u, width, low) => {
        expectNearest("float64", fmaFloat64(u, width, low), u, width, low);
      }),
      { numRuns: 500 },
    );
  });

  test("for values of any size, subnormal and overflowing ones too", () => {
    fc.assert(
      fc.property(finite64, finite64, finite64, (a, b, c) => {
        expectNearest("float64", fmaFloat64(a, b, c), a, b, c);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    [1.7e308, 1.7e308, -Infinity, -Infinity],
    [1.7e308, -0.5, 1.7e308, 0.85e308],
    [Infinity, 2, 1, Infinity],
    [Infinity, 0, 1, Number.NaN],
    [Infinity, 1, -Infinity, Number.NaN],
    [Number.NaN, 1, 1, Number.NaN],
    [1, 1, Number.NaN, Number.NaN],
    [0, -1, 0, 0],
    [0, -1, -0, -0],
    [1e-200, -1e-200, 0, -0],
    [2 ** -1074, 0.5, 2 ** -1074, 2 ** -1073],
    [Number.MAX_VALUE, 2, -Number.MAX_VALUE, Number.MAX_VALUE],
  ])("%s · %s + %s = %s", (a, b, c, expected) => {
    expect(fmaFloat64(a, b, c)).toBe(expected);
  });
});

describe("fmaFloat32 rounds a·b + c once", () => {
  test("for moderate values", () => {
    fc.assert(
      fc.property(moderate32, moderate32, moderate32, (a, b, c) => {
        expectNearest("float32", fmaFloat32(a, b, c), a, b, c);
      }),
      { numRuns: 1000 },
    );
  });

  test("for values of any size", () => {
    fc.assert(
      fc.property(finite32, finite32, finite32, (a, b, c) => {
        expectNearest("float32", fmaFloat32(a, b, c), a, b, c);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    // A sum 2^-64 below the tie that rounding to even sends up, and one 2^-58 beyond the tie that it sends back to 1.
    [2 ** -24 * (1 - 2 ** -20), 1 + 2 ** -20, 1 + 2 ** -23, 1 + 2 ** -23, 1 + 2 ** -22],
    [-(2 ** -25) * (1 + 2 ** -11), 1 - 2 ** -11 + 2 ** -22, 1, 1 - 2 ** -24, 1],
  ])("where rounding twice goes wrong: %s · %s + %s", (a, b, c, once, twice) => {
    expect(Math.fround(a * b + c)).toBe(twice);
    expect(fmaFloat32(a, b, c)).toBe(once);
  });
});
