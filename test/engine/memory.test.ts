import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allocateFloat32,
  allocateFloat64,
  allocateUnsetFloat32,
  allocateUnsetFloat64,
} from "../../src/engine/memory.js";

test.each([
  ["allocateFloat32", allocateFloat32],
  ["allocateFloat64", allocateFloat64],
] as const)("%s: zeroed, of the right length, apart from all others", (_, allocate) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(40), fc.nat(3000)), { maxLength: 60 }), (counts) => {
      const arrays = counts.map((count, k) => {
        const array = allocate(count);
        expect(array.length).toBe(count);
        expect(array.every((value) => value === 0)).toBe(true);
        return array.fill(k + 1);
      });
      arrays.forEach((array, k) => {
        expect(array.every((value) => value === k + 1)).toBe(true);
      });
    }),
  );
});

test("both kinds take turns in one slab", () => {
  const arrays = Array.from({ length: 200 }, (_, k) =>
    k % 2 === 0 ? allocateFloat32(17 + (k % 5)) : allocateFloat64(9 + (k % 3)),
  );
  for (const [k, array] of arrays.entries()) array.fill(k);
  arrays.forEach((array, k) => {
    expect(array.every((value) => value === k)).toBe(true);
  });
});

test.each([
  ["allocateUnsetFloat32", allocateUnsetFloat32, Float32Array],
  ["allocateUnsetFloat64", allocateUnsetFloat64, Float64Array],
] as const)("%s: of the right length, apart from all others, small and large", (_, allocate, Kind) => {
  const counts = [0, 1, 16, 17, 600, 8_191, 8_192, 16_383, 16_384, 100_001];
  const arrays = counts.map((count, k) => allocate(count).fill(k + 1));
  arrays.forEach((array, k) => {
    expect(array).toBeInstanceOf(Kind);
    expect(array.length).toBe(counts[k]);
    expect(array.every((value) => value === k + 1)).toBe(true);
  });
});
