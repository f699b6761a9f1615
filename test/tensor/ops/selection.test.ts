import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { expectValues, fullShapes, indices, type Pair, pairOf } from "../grid.js";

const { gradcheck, gradgradcheck } = torch.autograd;

interface Case extends Pair {
  readonly dim: number;
  readonly index: torch.Tensor;
  readonly src: torch.Tensor;
}

const at = (tensor: torch.Tensor, index: readonly number[]): number => tensor.at(...index).item();

/** A tensor, a dimension, and an index and values that fit both, smaller or longer where that is allowed. */
const cases: fc.Arbitrary<Case> = fullShapes
  .filter((shape) => shape.length > 0)
  .chain((shape) =>
    fc
      .tuple(
        pairOf(shape),
        fc.nat(shape.length - 1),
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.nat(11), { minLength: 40 }),
      )
      .map(([pair, dim, length, numbers]) => {
        const smaller = shape.map((size, d) => (d === dim ? length : Math.max(1, size - (numbers[d] % 2))));
        const count = smaller.reduce((n, size) => n * size, 1);
        const positions = Array.from({ length: count }, (_, k) => numbers[k % 40] % shape[dim]);
        const sources = Array.from({ length: count }, (_, k) => numbers[(k * 3) % 40] / 4 - 1.3);
        return {
          ...pair,
          dim: numbers[0] % 2 === 0 ? dim : dim - shape.length,
          index: torch.tensor(positions, { dtype: "int64" }).reshape(smaller),
          src: torch.tensor(sources, { dtype: "float64" }).reshape(smaller),
        };
      }),
  );

/** For every element of the index: where it points, in words of its definition. */
function* places({ grid, dim, index }: Case): Generator<[from: number[], to: number[]]> {
  const d = dim < 0 ? dim + grid.shape.length : dim;
  for (const from of indices(index.shape)) yield [from, from.with(d, at(index, from))];
}

function reduced(given: Case, includeSelf: boolean, combine: (values: number[]) => number): number[] {
  const { grid, src } = given;
  const collected = new Map<string, number[]>();
  for (const [from, to] of places(given)) {
    const key = String(to);
    if (!collected.has(key)) collected.set(key, includeSelf ? [grid.at(to)] : []);
    collected.get(key)?.push(at(src, from));
  }
  return [...indices(grid.shape)].map((index) => {
    const values = collected.get(String(index));
    return values === undefined ? grid.at(index) : combine(values);
  });
}

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const product = (values: number[]): number => values.reduce((a, b) => a * b, 1);

describe("by definition", () => {
  const check = (property: (given: Case) => void) =>
    fc.assert(fc.property(cases, property), { numRuns: 200 });

  test("gather", () =>
    check((given) => {
      const { tensor, grid, dim, index } = given;
      const expected = [...places(given)].map(([, to]) => grid.at(to));
      const result = tensor.gather(dim, index);
      expect(result.shape).toEqual(index.shape);
      expectValues(result, expected);
      expectValues(torch.gather(tensor, { dim, index: index.int() }), expected);
    }));

  test("scatter: the last value stays", () =>
    check((given) => {
      const { tensor, dim, index, src } = given;
      const last = reduced(given, true, (values) => values.at(-1) as number);
      expectValues(tensor.scatter(dim, index, src), last);
      const written = tensor.clone();
      expect(written.scatter_(dim, index, src)).toBe(written);
      expectValues(written, last);
      const filled = reduced(given, true, () => 2.5);
      expectValues(tensor.scatter(dim, index, 2.5), filled);
      expectValues(tensor.scatter({ dim, index, value: 2.5 }), filled);
    }));

  test.each<[torch.ScatterReduction, (values: number[]) => number]>([
    ["sum", sum],
    ["prod", product],
    ["mean", (values) => sum(values) / values.length],
    ["amax", (values) => Math.max(...values)],
    ["amin", (values) => Math.min(...values)],
  ])("scatterReduce: %s", (reduce, combine) =>
    check((given) => {
      const { tensor, dim, index, src } = given;
      expectValues(tensor.scatterReduce(dim, index, src, reduce), reduced(given, true, combine));
      expectValues(
        tensor.scatterReduce(dim, index, src, { reduce, includeSelf: false }),
        reduced(given, false, combine),
      );
      expectValues(tensor.clone().scatterReduce_(dim, index, src, reduce), reduced(given, true, combine));
      if (reduce === "sum") expectValues(tensor.scatterAdd(dim, index, src), reduced(given, true, sum));
      if (reduce === "sum")
        expectValues(tensor.scatter(dim, index, src, { reduce: "add" }), reduced(given, true, sum));
      if (reduce === "prod")
        expectValues(tensor.scatter(dim, index, src, "multiply"), reduced(given, true, product));
    }),
  );

  test("indexSelect, indexAdd, indexCopy and indexFill are what at and indexPut_ do with one index", () =>
    check(({ tensor, grid, dim, index }) => {
      const d = dim < 0 ? dim + grid.shape.length : dim;
      const own = index.flatten();
      const before: torch.Index[] = grid.shape.slice(0, d).map(() => ":");
      const slices = tensor.at(...before, own);
      expectValues(tensor.indexSelect(dim, own), [...slices.toArray()]);
      const source = slices.mul(0.5).add(1);
      const added = tensor.indexPut([...before, own], source.mul(3), true);
      expectValues(tensor.indexAdd(dim, own, source, { alpha: 3 }), [...added.toArray()]);
      expectValues(tensor.indexCopy(dim, own, source), [
        ...tensor.indexPut([...before, own], source).toArray(),
      ]);
      expectValues(tensor.indexFill(dim, own, 4), [...tensor.indexPut([...before, own], 4).toArray()]);
    }));

  test("take and put count through the elements row by row", () =>
    check(({ tensor, index }) => {
      const positions = index.remainder(tensor.numel());
      const flat = tensor.flatten();
      expectValues(tensor.take(positions), [...flat.at(positions).toArray()]);
      expectValues(tensor.take(positions.sub(tensor.numel())), [...flat.at(positions).toArray()]);
      const source = positions.double().mul(0.5);
      expectValues(tensor.put(positions, source), [...flat.indexPut([positions], source).toArray()]);
    }));

  test("nonzero, maskedSelect and maskedScatter agree", () =>
    check(({ tensor, grid }) => {
      const mask = tensor.gt(0);
      const found = [...indices(grid.shape)].filter((index) => grid.at(index) > 0);
      expect(mask.nonzero().tolist()).toEqual(found);
      expect(torch.argwhere(mask).shape).toEqual([found.length, grid.shape.length]);
      expectValues(
        tensor.maskedSelect(mask),
        found.map((index) => grid.at(index)),
      );
      expectValues(
        tensor.at(...mask.nonzero({ asTuple: true })),
        found.map((index) => grid.at(index)),
      );
      expectValues(tensor.maskedScatter(mask, tensor.maskedSelect(mask)), [...tensor.toArray()]);
    }));

  test("takeAlongDim sorts by argsort", () =>
    check(({ tensor, dim }) => {
      expectValues(tensor.takeAlongDim(tensor.argsort(dim), dim), [...tensor.sort(dim).values.toArray()]);
    }));
});

describe("gradients", () => {
  type Apply = (x: torch.Tensor, src: torch.Tensor, given: Case) => torch.Tensor;
  const distinct = { index: torch.tensor([0], { dtype: "int64" }) };
  const one = (src: torch.Tensor, x: torch.Tensor, dim: number) =>
    src.sum().expand(x.shape.with(dim < 0 ? dim + x.dim() : dim, 1));
  test.each<[string, Apply]>([
    ["gather", (x, _, { dim, index }) => x.mul(x).gather(dim, index)],
    ["scatter with a number", (x, _, { dim, index }) => x.mul(x).scatter(dim, index, 2)],
    ["scatterAdd", (x, src, { dim, index }) => x.mul(x).scatterAdd(dim, index, src.mul(src))],
    ["scatterAdd_", (x, src, { dim, index }) => x.mul(x).scatterAdd_(dim, index, src.mul(src))],
    ["scatterReduce prod", (x, src, { dim, index }) => x.scatterReduce(dim, index, src, "prod")],
    ["scatterReduce_ prod", (x, src, { dim, index }) => x.mul(1).scatterReduce_(dim, index, src, "prod")],
    [
      "scatterReduce mean",
      (x, src, { dim, index }) => x.mul(x).scatterReduce(dim, index, src.mul(src), "mean"),
    ],
    [
      "scatterReduce prod without self",
      (x, src, { dim, index }) => x.scatterReduce(dim, index, src, { reduce: "prod", includeSelf: false }),
    ],
    ["indexSelect", (x, _, { dim, index }) => x.mul(x).indexSelect(dim, index.flatten())],
    ["indexAdd", (x, src, { dim }) => x.mul(x).indexAdd(dim, distinct.index, one(src, x, dim), { alpha: 2 })],
    ["indexCopy", (x, src, { dim }) => x.mul(x).indexCopy(dim, distinct.index, one(src, x, dim))],
    ["indexFill", (x, src, { dim }) => x.mul(x).indexFill(dim, torch.zeros([2]).long(), src.sum())],
    ["take", (x, _, { index }) => x.mul(x).take(index)],
    ["put", (x, src) => x.mul(x).put(distinct.index, src.sum().reshape([1]))],
    ["put, accumulate", (x, src, { index }) => x.mul(x).put(index, src.mul(src), { accumulate: true })],
    ["maskedSelect", (x) => x.mul(x).maskedSelect(x.detach().gt(-10))],
    ["maskedScatter", (x, src) => x.mul(x).maskedScatter(torch.tensor(true), src.sum().expand(x.shape))],
  ])("%s", (_, apply) => {
    fc.assert(
      fc.property(cases, (given) => {
        // Away from 0, where products are not smooth enough for differences.
        const x = given.tensor.contiguous().add(4).requiresGrad_();
        const src = given.src.add(3).requiresGrad_();
        gradcheck((a, b) => apply(a, b, given), [x, src]);
        gradgradcheck((a, b) => apply(a, b, given), [x, src]);
      }),
      { numRuns: 8 },
    );
  });

  test("of products with zeros", () => {
    const x = torch.tensor([2, 0, 3], { dtype: "float64", requiresGrad: true });
    const src = torch.tensor([0, 5, 0, 0, 7], { dtype: "float64", requiresGrad: true });
    const index = torch.tensor([0, 0, 1, 2, 2], { dtype: "int64" });
    gradcheck((a, b) => a.scatterReduce(0, index, b, "prod"), [x, src]);
  });

  test("equal extrema share the gradient", () => {
    const x = torch.tensor([1, 4], { requiresGrad: true });
    const src = torch.tensor([1, 0, 3], { requiresGrad: true });
    x.scatterReduce(0, torch.tensor([0, 0, 1]).long(), src, "amax")
      .sum()
      .backward();
    expect([x.grad?.tolist(), src.grad?.tolist()]).toEqual([
      [0.5, 1],
      [0.5, 0, 0],
    ]);
  });
});

describe("refused, with nothing changed", () => {
  const long = (...values: number[]) => torch.tensor(values, { dtype: "int64" });
  test.each<[title: string, apply: (x: torch.Tensor) => unknown, message: RegExp]>([
    [
      "gather: an index of floats",
      (x) => x.gather(0, torch.ones([1, 1])),
      /gather: Expected dtype int64 for index/,
    ],
    [
      "gather: another rank",
      (x) => x.gather(0, long(0)),
      /gather: Index tensor must have the same number of dimensions/,
    ],
    [
      "gather: out of range",
      (x) => x.gather(1, long(3).reshape([1, 1])),
      /index 3 is out of bounds for dimension 1 with size 3/,
    ],
    ["gather: negative", (x) => x.gather(1, long(-1).reshape([1, 1])), /index -1 is out of bounds/],
    [
      "gather: too large",
      (x) => x.gather(1, torch.zeros([3, 1]).long()),
      /smaller than self \[2, 3\] apart from dimension 1/,
    ],
    [
      "scatter_: src too small",
      (x) => x.scatter_(1, torch.zeros([2, 2]).long(), torch.ones([2, 1])),
      /smaller than src \[2, 1\]/,
    ],
    [
      "scatter_: another dtype",
      (x) => x.scatter_(1, torch.zeros([1, 1]).long(), torch.ones([1, 1]).double()),
      /self.dtype to be equal to src.dtype/,
    ],
    [
      "scatter_: a reduction",
      (x) => x.scatter_(1, torch.zeros([1, 1]).long(), 1, { reduce: "mean" as "add" }),
      /either add or multiply, not mean/,
    ],
    [
      "scatterReduce: a reduction",
      (x) => x.scatterReduce(1, torch.zeros([1, 1]).long(), torch.ones([1, 1]), "max" as "amax"),
      /sum, prod, mean, amax or amin, got max/,
    ],
    [
      "indexSelect: a matrix",
      (x) => x.indexSelect(0, torch.zeros([1, 1]).long()),
      /Index is supposed to be a vector/,
    ],
    ["indexSelect: a dimension", (x) => x.indexSelect(2, long(0)), /dimension 2 is out of range/],
    [
      "indexAdd_: another shape",
      (x) => x.indexAdd_(0, long(0), torch.ones([2, 3])),
      /source has shape \[2, 3\], but the index chooses \[1, 3\]/,
    ],
    ["indexFill_: a vector", (x) => x.indexFill_(0, long(0), torch.ones([1])), /0-dimensional value tensor/],
    [
      "take: out of range",
      (x) => x.take(long(6)),
      /take: index 6 is out of bounds for dimension 0 with size 6/,
    ],
    ["put_: another count", (x) => x.put_(long(0, 1), torch.ones([1])), /as many elements as index/],
    ["maskedSelect: no bools", (x) => x.maskedSelect(torch.ones([2, 3])), /expected BoolTensor for mask/],
    ["maskedScatter_: too few", (x) => x.maskedScatter_(torch.ones([2, 3]).bool(), torch.ones([5])), /5 < 6/],
  ])("%s", (_, apply, message) => {
    const x = torch.zeros([2, 3]);
    expect(() => apply(x)).toThrow(message);
    expect(x.sum().item()).toBe(0);
  });
});
