import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Elementwise } from "../../src/engine/elementwise.js";
import { matmul } from "../../src/engine/matmul.js";
import { Reduction } from "../../src/engine/reduce.js";
import { Storage } from "../../src/engine/storage.js";
import { isRowMajor, rowMajorStrides, type Strided } from "../../src/engine/strided.js";

function strided(
  data: Float64Array | Float32Array | Int32Array,
  shape: number[],
  strides = rowMajorStrides(shape),
  offset = 0,
): Strided {
  const count = shape.reduce((n, size) => n * size, 1);
  return { storage: new Storage(data), offset, shape, strides, count, rowMajor: isRowMajor(shape, strides) };
}

describe("Elementwise", () => {
  test("constants, and up to three operands", () => {
    const x = strided(Float64Array.of(1, 2, 3), [3]);
    const results = [
      [new Elementwise("7", 0), []],
      [new Elementwise("a + 1", 1), [x]],
      [new Elementwise("a * b", 2), [x, x]],
      [new Elementwise("a * b + c", 3), [x, x, x]],
    ] as const;
    const values = results.map(([kernel, operands]) => {
      const out = new Float64Array(3);
      kernel.run(strided(out, [3]), ...operands);
      return [...out];
    });
    expect(values).toEqual([
      [7, 7, 7],
      [2, 3, 4],
      [1, 4, 9],
      [2, 6, 12],
    ]);
  });
  test("results are rounded when stored", () => {
    const out = new Int32Array(2);
    new Elementwise("a / 2", 1).run(strided(out, [2]), strided(Float64Array.of(3, -3), [2]));
    expect([...out]).toEqual([1, -1]);
  });
  test("writes through strides, and only there", () => {
    const out = new Float64Array(8).fill(-1);
    new Elementwise("a", 1).run(
      strided(out, [2, 2], [1, 4], 1),
      strided(Float64Array.of(1, 2, 3, 4), [2, 2]),
    );
    expect([...out]).toEqual([-1, 1, 3, -1, -1, 2, 4, -1]);
  });
});

describe("Reduction", () => {
  const largest = new Reduction("-Infinity", "x > s ? x : s");
  test.each<[reduce: boolean[], expected: number[]]>([
    [[true, true], [6]],
    [
      [true, false],
      [4, 5, 6],
    ],
    [
      [false, true],
      [3, 6],
    ],
    [
      [false, false],
      [1, 2, 3, 4, 5, 6],
    ],
  ])("%j", (reduce, expected) => {
    const out = new Float64Array(expected.length);
    largest.run(strided(out, [expected.length]), strided(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]), reduce);
    expect([...out]).toEqual(expected);
  });
});

test("matmul with any strides, offsets and bias", () => {
  const size = fc.nat(9);
  fc.assert(
    fc.property(
      size,
      size,
      size,
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.nat(3),
      (m, k, n, ta, tb, hasBias, offset) => {
        const fill = (count: number, f: (i: number) => number) =>
          Float64Array.from({ length: offset + count }, (_, i) => f(i - offset));
        const a = fill(m * k, (i) => (i % 7) - 3);
        const b = fill(k * n, (i) => (i % 5) - 1);
        const bias = fill(n, (i) => i * 10);
        const out = new Float32Array(m * n + 2).fill(-1);
        const layout = (data: Float64Array, rows: number, columns: number, transposed: boolean) =>
          transposed
            ? { storage: new Storage(data), offset, rowStride: 1, columnStride: rows }
            : { storage: new Storage(data), offset, rowStride: columns, columnStride: 1 };
        const [x, y] = [layout(a, m, k, ta), layout(b, k, n, tb)];
        matmul(m, k, n, x, y, out, 1, hasBias ? bias : null, offset, 1);
        const at = (l: typeof x, i: number, j: number) =>
          l.storage.data[l.offset + i * l.rowStride + j * l.columnStride];
        const expected = Array.from({ length: m * n }, (_, p) => {
          const [i, j] = [Math.floor(p / n), p % n];
          let s = hasBias ? bias[offset + j] : 0;
          for (let l = 0; l < k; l++) s += at(x, i, l) * at(y, l, j);
          return s;
        });
        expect([...out]).toEqual([-1, ...expected, -1]);
      },
    ),
  );
});
