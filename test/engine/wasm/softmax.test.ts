import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { features } from "../../../src/engine/wasm/features.js";
import { normalizedGradientCompiled, normalizeRowsCompiled } from "../../../src/engine/wasm/softmax.js";

/** In float64, by the definition. */
function normalized(row: readonly number[], logarithm: boolean): number[] {
  const largest = row.reduce((a, b) => (b > a ? b : a), -Infinity);
  const sum = row.reduce((total, x) => total + Math.exp(x - largest), 0);
  return row.map((x) => (logarithm ? x - largest - Math.log(sum) : Math.exp(x - largest) / sum));
}

describe.skipIf(!features.simd)("compiled softmax", () => {
  test("of any rows, and its logarithm, are as right as the roundings of what is subtracted let them be", () => {
    fc.assert(
      fc.property(
        ...([fc.integer({ min: 1, max: 200 }), fc.nat(4), fc.nat(3), fc.boolean()] as const),
        ...([fc.constantFrom(0, 1, 40, 1000), fc.constantFrom(null, NaN, Infinity, -Infinity)] as const),
        fc.nat(1000),
        (length, rows, offset, logarithm, scale, special, seed) => {
          let state = seed + 1;
          const from = new Float32Array(offset + rows * length).map(() => {
            state = (state * 48_271) % 2_147_483_647;
            return (state / 2 ** 30 - 1) * scale;
          });
          if (special !== null && rows > 0) from[offset + (seed % length)] = special;
          const into = new Float32Array(rows * length);
          expect(normalizeRowsCompiled(length, { data: from, offset }, into, logarithm)).toBe(true);
          for (let r = 0; r < rows; r++) {
            const row = [...from.subarray(offset + r * length, offset + (r + 1) * length)];
            for (const [k, expected] of normalized(row, logarithm).entries()) {
              const value = into[r * length + k];
              if (Object.is(value, Math.fround(expected))) continue;
              // x − max is rounded: that much of it is in the exponent, and so is the size of what the powers are.
              const size = Math.max(...row.filter(Number.isFinite).map(Math.abs), 1);
              const allowed = logarithm
                ? 2 ** -23 * (2 * size + Math.log(length) + 2)
                : Math.max(2 ** -149, (size + 3) * 2 ** -22 * expected);
              if (!(Math.abs(value - expected) <= allowed))
                throw new Error(`[${r}, ${k}] is ${value}, not ${expected}`);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("gradients are those of the definition", () => {
    fc.assert(
      fc.property(
        ...([fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 400 }), fc.nat(3)] as const),
        ...([fc.boolean(), fc.nat(1000)] as const),
        (length, rows, offset, logarithm, seed) => {
          let state = seed + 1;
          const random = (): number => {
            state = (state * 48_271) % 2_147_483_647;
            return state / 2 ** 30 - 1;
          };
          const gradient = new Float32Array(offset + rows * length).map(random);
          const scores = Array.from({ length: rows }, () => Array.from({ length }, random));
          const output = Float32Array.from(scores.flatMap((row) => normalized(row, logarithm)));
          const into = new Float32Array(rows * length);
          const given = { data: gradient, offset };
          expect(
            normalizedGradientCompiled(length, given, { data: output, offset: 0 }, into, logarithm),
          ).toBe(true);
          for (let r = 0; r < rows; r++) {
            const g = [...gradient.subarray(offset + r * length, offset + (r + 1) * length)];
            const y = [...output.subarray(r * length, (r + 1) * length)];
            const terms = g.map((x, k) => (logarithm ? x : x * y[k]));
            const sum = terms.reduce((total, term) => total + term, 0);
            const size = terms.reduce((total, term) => total + Math.abs(term), 0);
            for (const [k, x] of g.entries()) {
              const expected = logarithm ? x - Math.exp(y[k]) * sum : y[k] * (x - sum);
              const value = into[r * length + k];
              const allowed = 2 ** -22 * (Math.abs(x) + size) * (logarithm ? 1 : y[k]) + 2 ** -149;
              if (!(Math.abs(value - expected) <= allowed))
                throw new Error(`[${r}, ${k}] is ${value}, not ${expected}`);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("of a million equal numbers is a millionth", () => {
    const into = new Float32Array(1_000_000);
    const data = new Float32Array(1_000_000).fill(7);
    normalizeRowsCompiled(1_000_000, { data, offset: 0 }, into, false);
    expect(into.every((value) => value === Math.fround(1e-6))).toBe(true);
  });

  test("float64 is left to plain JavaScript", () => {
    const numbers = { data: new Float64Array(4), offset: 0 };
    expect(normalizeRowsCompiled(4, numbers, new Float64Array(4), true)).toBe(false);
    expect(normalizedGradientCompiled(4, numbers, numbers, new Float64Array(4), true)).toBe(false);
  });
});
