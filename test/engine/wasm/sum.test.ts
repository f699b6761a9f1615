import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Storage } from "../../../src/engine/storage.js";
import { isRowMajor, type Strided } from "../../../src/engine/strided.js";
import { sumFloats } from "../../../src/engine/sum.js";
import { features } from "../../../src/engine/wasm/features.js";
import { addSumsCompiled } from "../../../src/engine/wasm/sum.js";
import { vector } from "./support.js";

let isShort = false;
vi.mock("../../../src/engine/wasm/memory.js", async (original) => {
  const memory = await original<typeof import("../../../src/engine/wasm/memory.js")>();
  const layOut = (lengths: readonly number[], bytes: number) =>
    isShort ? null : memory.layOut(lengths, bytes);
  return { ...memory, layOut };
});

const ARRAYS = { float32: Float32Array, float64: Float64Array };

/** The sums over some dimensions; without memory for them plain JavaScript makes them. */
function sums(input: Strided, reduce: readonly boolean[], short: boolean): Float32Array | Float64Array {
  const kept = input.shape.filter((_, d) => !reduce[d]).reduce((n, size) => n * size, 1);
  const out = input.storage.data instanceof Float32Array ? new Float32Array(kept) : new Float64Array(kept);
  isShort = short;
  try {
    sumFloats({ ...vector(out), shape: input.shape.filter((_, d) => !reduce[d]) }, input, reduce);
  } finally {
    isShort = false;
  }
  return out;
}

const size = fc.oneof(
  fc.integer({ min: 1, max: 70 }),
  fc.constantFrom(128, 256, 513, 784, 1_000, 4_095, 4_096, 4_127, 4_128, 9_000),
);
const shape = fc
  .array(size, { minLength: 1, maxLength: 3 })
  .filter((sizes) => sizes.reduce((n, each) => n * each, 1) <= 100_000);

describe.skipIf(!features.simd)("compiled sums", () => {
  test("are those of plain JavaScript to the last bit, whatever the shape and the dimensions", () => {
    const cases = shape.chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        order: fc.shuffledSubarray([...sizes.keys()], { minLength: sizes.length }),
        reduce: fc.array(fc.boolean(), { minLength: sizes.length, maxLength: sizes.length }),
        dtype: fc.constantFrom("float32", "float64"),
        gap: fc.constantFrom(0, 0, 3),
        offset: fc.nat(3),
        special: fc.constantFrom(null, null, NaN, Infinity, -0),
        seed: fc.nat(1000),
      }),
    );
    fc.assert(
      fc.property(cases, ({ sizes, order, reduce, dtype, gap, offset, special, seed }) => {
        const strides = new Array<number>(sizes.length);
        let step = 1;
        for (const d of order) {
          strides[d] = step;
          step = step * sizes[d] + gap;
        }
        let state = seed + 1;
        const data = new ARRAYS[dtype as keyof typeof ARRAYS](offset + step).map(() => {
          state = (state * 48_271) % 2_147_483_647;
          return state / 2 ** 30 - 1;
        });
        if (special !== null) data[offset] = special;
        const count = sizes.reduce((n, each) => n * each, 1);
        const rowMajor = isRowMajor(sizes, strides);
        const input = { storage: new Storage(data), offset, shape: sizes, strides, count, rowMajor };
        const [compiled, plain] = [sums(input, reduce, false), sums(input, reduce, true)];
        for (const [k, value] of plain.entries())
          if (!Object.is(compiled[k], value)) throw new Error(`[${k}] is ${compiled[k]}, not ${value}`);
      }),
      { numRuns: 200 },
    );
  });

  test("of two million elements, whose fourth level is reached", () => {
    const input = vector(Float32Array.from({ length: 2_100_001 }, (_, k) => Math.fround(1 / (k + 1))));
    expect(sums(input, [true], false)).toEqual(sums(input, [true], true));
  });

  test("are added to what is there, and some are left over", () => {
    const data = new Float32Array(70 * 50).fill(1);
    const out = new Float32Array(70).fill(5);
    // 64 of 70 columns are whole groups.
    expect(addSumsCompiled(out, 0, 1, 70, data, 0, 1, 50, 70)).toBe(64);
    expect([...out.subarray(62, 66)]).toEqual([55, 55, 5, 5]);
    expect(addSumsCompiled(out, 0, 2, 2, data, 0, 1000, 40, 1)).toBe(2);
    expect([...out.subarray(0, 3)]).toEqual([95, 55, 95]);
  });
});
