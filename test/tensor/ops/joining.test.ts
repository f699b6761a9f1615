import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { expectValues, fullShapes, gridOf, indices, shapes, values } from "../grid.js";

const { gradcheck, gradgradcheck } = torch.autograd;
const withDimension = fullShapes.filter((shape) => shape.length > 0);

function counted(shape: readonly number[]): torch.Tensor {
  return torch
    .arange(shape.reduce((n, size) => n * size, 1))
    .double()
    .reshape(shape);
}

test("the parts of every way to split, joined again, are the tensor; and they are views of it", () => {
  fc.assert(
    fc.property(
      shapes.filter((shape) => shape.length > 0),
      fc.nat(20),
      fc.integer({ min: 1, max: 6 }),
      (shape, pick, n) => {
        const x = counted(shape);
        const d = pick % shape.length;
        const dim = pick % 2 === 0 ? d : d - shape.length;
        const size = shape[d];
        const cut = pick % (size + 1);
        const ways = [
          x.split(n, dim),
          x.split([cut, size - cut], { dim }),
          x.chunk(n, dim),
          x.tensorSplit(n, dim),
          x.tensorSplit([cut], dim),
        ];
        for (const parts of ways) {
          expectValues(torch.cat(parts, { dim }), [...x.toArray()]);
          for (const part of parts) expect(part.storage).toBe(x.storage);
        }
        expect(x.tensorSplit(n, dim).length).toBe(n);
        expect(x.chunk(n, dim).length).toBeLessThanOrEqual(n);
        if (size > 0) {
          const parts = x.unbind(dim);
          expect(parts.length).toBe(size);
          expectValues(torch.stack(parts, dim), [...x.toArray()]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("cat and stack by definition", () => {
  fc.assert(
    fc.property(withDimension, fc.nat(20), fc.integer({ min: 0, max: 3 }), (shape, pick, length) => {
      const d = pick % shape.length;
      const [a, b] = [counted(shape), counted(shape.with(d, length)).neg()];
      const joined = torch.cat([a, b], d);
      const [ga, gb] = [gridOf(shape, [...a.toArray()]), gridOf(b.shape, [...b.toArray()])];
      const total = shape.with(d, shape[d] + length);
      const at = (index: readonly number[]) =>
        index[d] < shape[d] ? ga.at(index) : gb.at(index.with(d, index[d] - shape[d]));
      expect(joined.shape).toEqual(total);
      expectValues(joined, [...indices(total)].map(at));
      const e = pick % (shape.length + 1);
      const stacked = torch.stack([a, a.neg()], e);
      expectValues(
        stacked,
        values({
          shape: shape.toSpliced(e, 0, 2),
          at: (index) => (index[e] === 0 ? 1 : -1) * ga.at(index.toSpliced(e, 1)),
        }),
      );
    }),
    { numRuns: 200 },
  );
});

test.each<[string, (x: torch.Tensor, y: torch.Tensor, dim: number) => torch.Tensor | torch.Tensor[]]>([
  ["cat", (x, y, dim) => torch.cat([x.mul(x), y, x], dim)],
  ["cat with an empty vector", (x, y, dim) => torch.cat([x.mul(x), torch.zeros([0]).double(), y], dim)],
  ["stack", (x, y, dim) => torch.stack([x.mul(x), y], dim)],
  ["hstack", (x, y) => torch.hstack([x.mul(x), y])],
  ["vstack", (x, y) => torch.vstack([x.mul(x), y])],
  ["dstack", (x, y) => torch.dstack([x.mul(x), y])],
  ["columnStack", (x, y) => torch.columnStack([x.mul(x), y])],
  ["split", (x, y, dim) => x.mul(y).split(2, dim)],
  ["unbind", (x, y, dim) => x.mul(y).unbind(dim)],
  ["one of several parts", (x, y, dim) => x.mul(y).chunk(2, dim)[0]],
])("gradients: %s", (_, apply) => {
  fc.assert(
    fc.property(withDimension, fc.nat(20), (shape, pick) => {
      const [x, y] = [0, 1].map(() => torch.randn(shape, { dtype: "float64", requiresGrad: true }));
      const inner = (a: torch.Tensor, b: torch.Tensor) => apply(a, b, pick % shape.length);
      gradcheck(inner, [x, y]);
      gradgradcheck(inner, [x, y]);
    }),
    { numRuns: 8 },
  );
});

test("the dtype holds the values of all", () => {
  const whole = torch.tensor([1, 2], { dtype: "int64" });
  expect(torch.cat([whole, torch.tensor([true])]).dtype).toBe("int64");
  expect(torch.stack([whole, torch.ones([2])]).dtype).toBe("float32");
});

describe("refused", () => {
  const x = torch.zeros([2, 3]);
  test.each<[title: string, apply: () => unknown, message: RegExp]>([
    ["cat of nothing", () => torch.cat([]), /cat: expects a non-empty array of Tensors/],
    ["cat of no array", () => torch.cat(x as never), /cat: takes an array/],
    ["cat of numbers", () => torch.cat([1] as never), /cat: expected a Tensor/],
    [
      "cat of 0-dim tensors",
      () => torch.cat([torch.tensor(1)]),
      /zero-dimensional tensor cannot be concatenated: use stack/,
    ],
    [
      "cat of other sizes",
      () => torch.cat([x, torch.zeros([2, 2])]),
      /Sizes of tensors must match except in dimension 0: \[2, 3\] and \[2, 2\]/,
    ],
    ["cat along no dimension", () => torch.cat([x, x], 2), /dimension 2 is out of range/],
    [
      "stack of other shapes",
      () => torch.stack([x, torch.zeros([3])]),
      /each tensor to be equal size, but got \[2, 3\] and \[3\]/,
    ],
    ["split of a number", () => torch.tensor(1).split(1), /at least a 1-dimensional tensor/],
    ["split into sizes of 0", () => x.split(0), /splitSize can only be 0 if dimension size is 0/],
    ["split into other sizes", () => x.split([1, 1], 1), /to sum exactly to 3 .*, not \[1, 1\]/],
    ["chunk into none", () => x.chunk(0), /chunks to be a whole number greater than 0, got 0/],
    ["tensorSplit into none", () => x.tensorSplit(0), /number of sections must be larger than 0/],
    ["unbind along no dimension", () => x.unbind(5), /dimension 5 is out of range/],
  ])("%s", (_, apply, message) => {
    expect(apply).toThrow(message);
  });
});
