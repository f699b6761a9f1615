import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import {
  broadcastShape,
  broadcastTo,
  expectValues,
  type Grid,
  indices,
  matchingShapes,
  type Pair,
  pairOf,
} from "../grid.js";

const size = fc.integer({ min: 0, max: 6 });

/** Matrices whose batch dimensions can be broadcast, stored in any order of dimensions. */
const operands: fc.Arbitrary<[Pair, Pair]> = fc
  .tuple(matchingShapes, size, size, size)
  .chain(([[batchA, batchB], m, k, n]) =>
    fc.tuple(pairOf([...batchA.slice(-2), m, k]), pairOf([...batchB.slice(-2), k, n])),
  );

function product(a: Grid, b: Grid): { shape: number[]; values: number[] } {
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [m, k] = a.shape.slice(-2);
  const n = b.shape.at(-1) as number;
  const x = broadcastTo(a, [...batch, m, k]);
  const y = broadcastTo(b, [...batch, k, n]);
  const shape = [...batch, m, n];
  const values = [...indices(shape)].map((index) => {
    const [i, j] = index.slice(-2);
    const head = index.slice(0, -2);
    return Array.from({ length: k }, (_, l) => x.at([...head, i, l]) * y.at([...head, l, j])).reduce(
      (s, t) => s + t,
      0,
    );
  });
  return { shape, values };
}

test("matrices and batches", () => {
  fc.assert(
    fc.property(operands, ([a, b]) => {
      const expected = product(a.grid, b.grid);
      const result = a.tensor.matmul(b.tensor);
      expect(result.shape).toEqual(expected.shape);
      expectValues(result, expected.values);
    }),
  );
});

test("vectors are a row on the left, a column on the right", () => {
  fc.assert(
    fc.property(
      size.chain((k) => fc.tuple(pairOf([k]), pairOf([k]), pairOf([2, k, 3]), pairOf([2, 3, k]))),
      ([u, v, right, left]) => {
        const row: Grid = { shape: [1, ...u.grid.shape], at: ([, k]) => u.grid.at([k]) };
        const column: Grid = { shape: [...v.grid.shape, 1], at: ([k]) => v.grid.at([k]) };
        const cases: [torch.Tensor, number[], number[]][] = [
          [u.tensor.matmul(v.tensor), [], product(row, column).values],
          [u.tensor.matmul(right.tensor), [2, 3], product(row, right.grid).values],
          [left.tensor.matmul(v.tensor), [2, 3], product(left.grid, column).values],
        ];
        for (const [result, shape, expected] of cases) {
          expect(result.shape).toEqual(shape);
          expectValues(result, expected);
        }
      },
    ),
  );
});

test("linear is x·Wᵀ + b for any leading dimensions", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), size, size)
        .chain(([lead, i, o]) => fc.tuple(pairOf([...lead, i]), pairOf([o, i]), pairOf([o]))),
      ([x, w, b]) => {
        const plain = torch.nn.functional.linear(x.tensor, w.tensor);
        const biased = torch.nn.functional.linear(x.tensor, w.tensor, b.tensor);
        const expected = x.tensor.matmul(w.tensor.t());
        expect(plain.shape).toEqual(expected.shape);
        expectValues(plain, [...expected.toArray()]);
        expectValues(biased, [...expected.add(b.tensor).toArray()]);
      },
    ),
  );
});

describe("bad input", () => {
  const { linear } = torch.nn.functional;
  const a = torch.ones([5, 10]);
  test.each<[call: () => unknown, message: string]>([
    [() => a.matmul(torch.ones([20, 1])), "matmul: [5, 10] and [20, 1] do not match: 10 ≠ 20"],
    [() => a.matmul(torch.ones([5])), "matmul: [5, 10] and [5] do not match: 10 ≠ 5"],
    [
      () => a.matmul(torch.tensor(1)),
      "matmul: both operands need at least 1 dimension, but they have shapes [5, 10] and []",
    ],
    [
      () => torch.ones([2, 3, 4]).matmul(torch.ones([3, 4, 5])),
      "matmul: [2] and [3] cannot be broadcast together: 2 ≠ 3",
    ],
    [
      () => a.matmul(torch.ones([10, 2], { dtype: "float64" })),
      "matmul: expected both operands to have the same dtype, but got float32 and float64",
    ],
    [() => a.matmul(2 as never), "matmul: expected a Tensor, got number"],
    [() => torch.tensor([[true]]).matmul(torch.tensor([[true]])), "matmul: is not supported on bool tensors"],
    [() => linear(a, torch.ones([3, 9])), "linear: input [5, 10] and weight [3, 9] do not match: 10 ≠ 9"],
    [
      () => linear(torch.tensor(1), torch.ones([3, 9])),
      "linear: input [] and weight [3, 9] do not match: no last dimension ≠ 9",
    ],
    [() => linear(a, torch.ones([10])), "linear: the weight is a matrix [out, in], not [10]"],
    [
      () => linear(a, torch.ones([3, 10]), torch.ones([2])),
      "linear: the bias must have shape [3] for a weight [3, 10], not [2]",
    ],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
