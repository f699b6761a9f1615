import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { features } from "../../../src/engine/wasm/features.js";
import { sumPlanesCompiled } from "../../../src/engine/wasm/plane-sums.js";

describe.skipIf(!features.simd)("compiled sums of planes", () => {
  test("are those of the elements", () => {
    fc.assert(
      fc.property(
        ...([fc.nat(40), fc.integer({ min: 1, max: 300 }), fc.nat(3), fc.nat(1000)] as const),
        fc.constantFrom<Float32ArrayConstructor | Float64ArrayConstructor>(Float32Array, Float64Array),
        (count, plane, offset, seed, Kind) => {
          let state = seed + 1;
          const input = new Kind(offset + count * plane).map(() => {
            state = (state * 48_271) % 2_147_483_647;
            return state / 2 ** 30 - 1;
          });
          const sums: number[] = [];
          const visit = (k: number, sum: number): void => {
            expect(k).toBe(sums.length);
            sums.push(sum);
          };
          expect(sumPlanesCompiled(input, offset, count, plane, visit)).toBe(true);
          expect(sums).toHaveLength(count);
          const unit = Kind === Float32Array ? 2 ** -24 : 2 ** -52;
          for (const [k, sum] of sums.entries()) {
            const elements = [...input.subarray(offset + k * plane, offset + (k + 1) * plane)];
            const exact = elements.reduce((a, b) => a + b, 0);
            const size = elements.reduce((a, b) => a + Math.abs(b), 0);
            // Higham 2002, section 4.2.
            expect(Math.abs(sum - exact)).toBeLessThanOrEqual(plane * unit * size);
          }
        },
      ),
    );
  });

  test("of integers are left to plain JavaScript", () => {
    expect(sumPlanesCompiled(Int32Array.of(1, 2), 0, 1, 2, () => {})).toBe(false);
  });
});
