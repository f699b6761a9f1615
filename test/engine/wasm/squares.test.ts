import fc from "fast-check";
import { expect, test } from "vitest";
import { Storage } from "../../../src/engine/storage.js";
import { sumOfSquares } from "../../../src/engine/wasm/squares.js";

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array };

test("sums of squares are those of plain JavaScript, wherever the numbers lie", () => {
  fc.assert(
    fc.property(
      ...([fc.constantFrom("float32", "float64", "int32"), fc.boolean(), fc.nat(5)] as const),
      ...([fc.oneof(fc.nat(600), fc.constantFrom(8_191, 8_192, 8_193, 20_000)), fc.nat(1000)] as const),
      fc.constantFrom(null, NaN, Infinity),
      (dtype, isSettled, offset, count, seed, special) => {
        let state = seed + 1;
        const data = new ARRAYS[dtype](offset + count + 1).map(() => {
          state = (state * 48_271) % 2_147_483_647;
          return (state / 2 ** 30 - 1) * 100;
        });
        // What lies beside the numbers must not count.
        data.fill(1e6, 0, offset).fill(1e6, offset + count);
        if (special !== null && count > 0) data[offset + (seed % count)] = special;
        const storage = new Storage(data);
        if (isSettled) storage.settle();
        const expected = Array.from(data.subarray(offset, offset + count)).reduce((sum, x) => sum + x * x, 0);
        const found = sumOfSquares({ storage, offset, count, shape: [count], strides: [1], rowMajor: true });
        if (Object.is(found, expected)) return;
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-14 * count * expected);
      },
    ),
    { numRuns: 300 },
  );
});
