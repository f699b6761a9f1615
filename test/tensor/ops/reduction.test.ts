import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { expectValues, indices, values, views } from "../grid.js";

const selections = fc.record({
  dims: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  keepdim: fc.boolean(),
  negative: fc.boolean(),
});

test.each(["sum", "mean"] as const)("%s over any dimensions of any view", (name) => {
  fc.assert(
    fc.property(views, selections, ({ tensor, grid }, { dims, keepdim, negative }) => {
      const rank = grid.shape.length;
      const chosen = grid.shape.flatMap((_, d) => (dims[d] ? [d] : []));
      // An empty list means every dimension.
      const mask = grid.shape.map((_, d) => chosen.length === 0 || dims[d]);
      const kept = grid.shape.map((size, d) => (mask[d] ? 1 : size));
      const totals = new Map([...indices(kept)].map((index) => [index.join(), 0]));
      for (const index of indices(grid.shape)) {
        const key = index.map((k, d) => (mask[d] ? 0 : k)).join();
        totals.set(key, (totals.get(key) as number) + grid.at(index));
      }
      const n = name === "sum" ? 1 : grid.shape.reduce((p, size, d) => (mask[d] ? p * size : p), 1);
      const result = tensor[name](negative ? chosen.map((d) => d - rank) : chosen, { keepdim });
      expect(result.shape).toEqual(keepdim ? kept : kept.filter((_, d) => !mask[d]));
      expectValues(
        result,
        [...totals.values()].map((total) => total / n),
      );
    }),
  );
});

test("everything is reduced when nothing is said", () => {
  fc.assert(
    fc.property(views, ({ tensor, grid }) => {
      const total = values(grid).reduce((a, b) => a + b, 0);
      expectValues(tensor.sum(), [total]);
      expectValues(tensor.mean(), [total / tensor.numel()]);
    }),
  );
});

test("sumToSize undoes expand", () => {
  fc.assert(
    fc.property(views, ({ tensor, grid }) => {
      const repeated = tensor.unsqueeze(0).expand([3, ...grid.shape]);
      expectValues(
        repeated.sumToSize(grid.shape),
        values(grid).map((v) => v * 3),
      );
    }),
  );
});

describe("arguments", () => {
  const x = torch.arange(6, { dtype: "float32" }).reshape([2, 3]);
  test.each<[given: torch.ReductionArguments, expected: unknown]>([
    [[], 15],
    [[null], 15],
    [[1], [3, 12]],
    [[-2], [3, 5, 7]],
    [[{ dim: 0 }], [3, 5, 7]],
    [[[0, 1]], 15],
    [
      [1, true],
      [[3], [12]],
    ],
    [
      [1, { keepdim: true }],
      [[3], [12]],
    ],
    [[{ dim: [1], keepdim: true }], [[3], [12]]],
    [[{ dim: undefined }], 15],
  ])("sum(...%j)", (given, expected) => {
    expect(x.sum(...given).tolist()).toEqual(expected);
    expect(torch.sum(x, ...given).tolist()).toEqual(expected);
  });

  test.each<[call: () => unknown, message: string]>([
    [() => x.sum(2), "sum: dimension 2 is out of range: it must lie between -2 and 1"],
    [() => x.sum([0, -2]), "sum: dimension 0 appears more than once in [0, -2]"],
    [() => x.mean(0.5), "mean: a dimension is an integer, not 0.5"],
    [() => x.mean("1" as never), "mean: a dimension is an integer, not 1"],
    [() => x.sum({ dims: 1 } as never), "sum: unknown option dims; the options are dim, keepdim, dtype"],
    [() => x.sum(1, { dim: 0 }), "sum: dim is given twice, by position and by name"],
    [
      () => x.sum(0, 1 as never),
      "sum: keepdim is true or false, not 1; several dimensions are an array: sum([0, 1])",
    ],
    [() => x.sum(...([0, true, "float32", 4] as never as [])), "sum: takes at most 3 positional arguments"],
    [() => x.sum({ dtype: "float" as never }), "sum: float is not a dtype"],
    [() => torch.arange(3).mean(), "mean: the input dtype should be floating point, got int64"],
    [() => torch.sum([1, 2] as never), "sum: expected a Tensor, got an array"],
    [() => x.sumToSize([4]), "sumToSize: size [4] is not expandable to size [2, 3]"],
    [() => x.sumToSize([1, 2, 3]), "sumToSize: size [1, 2, 3] is not expandable to size [2, 3]"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});

test("integers and bools add up to int64", () => {
  const sum = torch.tensor([true, true, false]).sum();
  expect([sum.dtype, sum.item()]).toEqual(["int64", 2]);
});

test("sums do not lose small terms", () => {
  const many = torch.full([1 << 20], 0.1);
  expect(many.sum().item()).toBeCloseTo((1 << 20) * Math.fround(0.1), 1);
});
