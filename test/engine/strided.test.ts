import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collapse, isRowMajor, rowMajorStrides } from "../../src/engine/strided.js";

const dims = fc.array(
  fc.record({ size: fc.integer({ min: 0, max: 4 }), a: fc.integer({ min: 0, max: 12 }), b: fc.nat(12) }),
  {
    maxLength: 5,
  },
);

/** The places that loops visit, in order. */
function visited(sizes: readonly number[], strides: readonly (readonly number[])[]): number[][] {
  let places = [strides.map(() => 0)];
  sizes.forEach((size, d) => {
    places = places.flatMap((at) =>
      Array.from({ length: size }, (_, k) => at.map((p, i) => p + k * strides[i][d])),
    );
  });
  return places;
}

test("collapsed loops visit the same places in the same order", () => {
  fc.assert(
    fc.property(dims, (d) => {
      const sizes = d.map(({ size }) => size);
      const strides = [rowMajorStrides(sizes), d.map(({ a }) => a), d.map(({ b }) => b)];
      const nest = collapse(sizes, strides);
      expect(nest.sizes.length).toBeGreaterThan(0);
      expect(visited(nest.sizes, nest.strides)).toEqual(visited(sizes, strides));
    }),
  );
});

test("what lies evenly becomes one loop", () => {
  expect(
    collapse(
      [2, 3, 4],
      [
        [12, 4, 1],
        [12, 4, 1],
      ],
    ),
  ).toEqual({ sizes: [24], strides: [[1], [1]] });
  expect(collapse([2, 1, 4], [[4, 9, 1]])).toEqual({ sizes: [8], strides: [[1]] });
  expect(collapse([], [[]])).toEqual({ sizes: [1], strides: [[0]] });
});

describe("isRowMajor", () => {
  test.each<[shape: number[], strides: number[], expected: boolean]>([
    [[], [], true],
    [[3], [1], true],
    [[3], [2], false],
    [[1], [7], true],
    [[2, 3], [3, 1], true],
    [[2, 3], [1, 2], false],
    [[2, 1, 3], [3, 99, 1], true],
    [[2, 3], [0, 1], false],
    [[0, 3], [5, 5], true],
    [[3, 0], [5, 5], true],
  ])("%j with strides %j", (shape, strides, expected) => {
    expect(isRowMajor(shape, strides)).toBe(expected);
  });
});
