import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { indices, shapes } from "./grid.js";

const { tensor } = torch;

test("tensor and tolist are inverse", () => {
  fc.assert(
    fc.property(
      shapes.filter((s) => s.indexOf(0) < 0 || s.indexOf(0) === s.length - 1),
      (shape) => {
        let next = 0;
        const nested = (d: number): torch.TensorData =>
          d === shape.length ? next++ : Array.from({ length: shape[d] }, () => nested(d + 1));
        const data = nested(0);
        const x = tensor(data);
        expect([x.shape, x.tolist()]).toEqual([shape, data]);
        expect([...x.toArray()]).toEqual([...indices(shape)].map((_, k) => k));
      },
    ),
  );
});

describe("tensor infers its dtype", () => {
  test.each<[data: torch.TensorData, dtype: string, list: unknown]>([
    [1, "float32", 1],
    [true, "bool", 1],
    [[true, false], "bool", [1, 0]],
    [[true, 2.5], "float32", [1, 2.5]],
    [[[true], [0.5]], "float32", [[1], [0.5]]],
    [[], "float32", []],
    [[[], []], "float32", [[], []]],
    [Float64Array.of(0.1), "float64", [0.1]],
    [Int32Array.of(1, 2), "int32", [1, 2]],
    [Uint8Array.of(255), "uint8", [255]],
    [[Float64Array.of(1), Float64Array.of(2)], "float64", [[1], [2]]],
  ])("%j is %s", (data, dtype, list) => {
    const x = tensor(data);
    expect([x.dtype, x.tolist()]).toEqual([dtype, list]);
  });
  test("typed arrays are copied", () => {
    const data = Float32Array.of(1, 2);
    const x = tensor(data);
    data[0] = 9;
    expect(x.tolist()).toEqual([1, 2]);
  });
  test("setDefaultDtype", () => {
    torch.setDefaultDtype("float64");
    try {
      expect([tensor(1).dtype, torch.zeros([1]).dtype, torch.arange(0.5).dtype]).toEqual([
        "float64",
        "float64",
        "float64",
      ]);
      expect(tensor([1, 2], { dtype: "int32" }).div(2).dtype).toBe("float64");
    } finally {
      torch.setDefaultDtype("float32");
    }
    expect(() => torch.setDefaultDtype("int64")).toThrow(
      "setDefaultDtype: only floating-point types are supported as the default type, not int64",
    );
  });
});

describe("values become elements of their dtype", () => {
  test.each<[make: () => torch.Tensor, list: unknown]>([
    [() => tensor([1.7, -1.7, -0], { dtype: "int64" }), [1, -1, 0]],
    [() => tensor([2, 0, NaN], { dtype: "bool" }), [1, 0, 1]],
    [() => torch.full([2], 1.5, { dtype: "int64" }), [1, 1]],
    [() => torch.full([1], 2, { dtype: "bool" }), [1]],
    [() => torch.fullLike(tensor([1], { dtype: "int32" }), -2.5), [-2]],
    [() => torch.onesLike(tensor([5, 6], { dtype: "float64" })), [1, 1]],
    [() => torch.zerosLike(tensor([5], { dtype: "bool" })), [0]],
    [() => torch.arange(0.5, 5.5, 1.5, { dtype: "int64" }), [0, 1, 2, 3, 4]],
    [() => tensor([0.1]), [Math.fround(0.1)]],
    [() => tensor([-1.5, NaN, Infinity]).to("int64"), [-1, -(2 ** 63), -(2 ** 63)]],
    [() => tensor([0.5, 0]).to("bool"), [1, 0]],
  ])("%s", (make, list) => {
    expect(make().tolist()).toEqual(list);
  });
});

test.each<[make: () => torch.Tensor, dtype: string, list: number[]]>([
  [() => torch.arange(5), "int64", [0, 1, 2, 3, 4]],
  [() => torch.arange(2, 5), "int64", [2, 3, 4]],
  [() => torch.arange(5, 0, -2), "int64", [5, 3, 1]],
  [() => torch.arange(0, 1, 0.25), "float32", [0, 0.25, 0.5, 0.75]],
  [() => torch.arange(3, { dtype: "float64" }), "float64", [0, 1, 2]],
  [() => torch.arange(0), "int64", []],
])("%s", (make, dtype, list) => {
  const x = make();
  expect([x.dtype, x.tolist()]).toEqual([dtype, list]);
});

describe("bad input", () => {
  test.each<[call: () => unknown, message: string]>([
    [
      () => tensor([[1, 2], [3]]),
      "tensor: expected sequence of length 2 at dim 1 (got 1): all parts of [2, 2] must have equal lengths",
    ],
    [() => tensor([[1], 2]), "tensor: expected an array of 1 values at dimension 1, got number 2"],
    [() => tensor([1, [2]]), "tensor: values are numbers or booleans, got an array at position 1"],
    [() => tensor([1, "2"] as never), "tensor: values are numbers or booleans, got string 2 at position 1"],
    [
      () => tensor([1, undefined] as never),
      "tensor: values are numbers or booleans, got undefined at position 1",
    ],
    [() => tensor(null as never), "tensor: values are numbers or booleans, got null at position 0"],
    [
      () => tensor(torch.ones([1]) as never),
      "tensor: the data is a Tensor already; use clone().detach() for a copy",
    ],
    [
      () => tensor([300], { dtype: "uint8" }),
      "tensor: value cannot be converted to type uint8 without overflow: 300 does not lie between 0 and 255",
    ],
    [
      () => tensor([2 ** 31], { dtype: "int32" }),
      "tensor: value cannot be converted to type int32 without overflow",
    ],
    [
      () => tensor([NaN], { dtype: "int64" }),
      "tensor: value cannot be converted to type int64 without overflow: NaN",
    ],
    [
      () => tensor([1], { dtype: "float" as never }),
      "tensor: float is not a dtype; the dtypes are bool, uint8, int32, int64, float32, float64",
    ],
    [
      () => tensor([1], { requires_grad: true } as never),
      "tensor: unknown option requires_grad; the options are dtype, requiresGrad",
    ],
    [() => tensor([1], "float64" as never), 'tensor: options are an object such as { dtype: "float64" }'],
    [
      () => tensor([1], { dtype: "int64", requiresGrad: true }),
      "requiresGrad: only Tensors of floating point dtype can require gradients, and this one is int64",
    ],
    [() => tensor([1], { requiresGrad: 1 as never }), "requiresGrad: must be true or false, not 1"],
    [() => torch.zeros(3 as never), "zeros: takes an array such as [2, 3], not 3"],
    [() => torch.ones([2, -1]), "ones: [2, -1] is not a shape: -1 is not a size (an integer ≥ 0)"],
    [() => torch.empty([1.5]), "empty: [1.5] is not a shape: 1.5 is not a size"],
    [() => torch.full([2], "1" as never), "full: the fill value is a number, not string 1"],
    [
      () => torch.fullLike(torch.ones([1]), undefined as never),
      "fullLike: the fill value is a number, not undefined",
    ],
    [() => torch.zerosLike([1] as never), "zerosLike: expected a Tensor, got an array"],
    [() => torch.arange(0, 1, 0), "arange: step must be nonzero"],
    [() => torch.arange(0, 1, 0.3, { dtype: "int64" }), "arange: step must be nonzero"],
    [
      () => torch.arange(1, 0),
      "arange: upper bound and lower bound inconsistent with step sign: 1 -> 0 in steps of 1",
    ],
    [() => torch.arange(Infinity), "arange: unsupported range: 0 -> Infinity in steps of 1"],
    [() => torch.arange(3, { dtype: "bool" }), "arange: not implemented for bool"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});

test("requiresGrad of leaves and others", () => {
  const x = tensor([1]);
  expect([x.requiresGrad, x.isLeaf]).toEqual([false, true]);
  x.requiresGrad = true;
  const y = x.mul(2);
  expect([y.requiresGrad, y.isLeaf, y.requiresGrad_()]).toEqual([true, false, y]);
  expect(() => {
    y.requiresGrad = false;
  }).toThrow("requiresGrad: you can only change requires_grad flags of leaf variables");
  expect(y.detach().requiresGrad).toBe(false);
});

describe("evenly spaced numbers, the identity, and tensors of the dtype of another", () => {
  const like = torch.zeros([1], { dtype: "float64" });
  test.each<[title: string, made: () => torch.Tensor, dtype: torch.DType, expected: unknown]>([
    ["linspace", () => torch.linspace(0, 1, 5), "float32", [0, 0.25, 0.5, 0.75, 1]],
    ["linspace by name", () => torch.linspace(3, -3, { steps: 3, dtype: "float64" }), "float64", [3, 0, -3]],
    ["linspace of one", () => torch.linspace(2, 9, 1), "float32", [2]],
    ["linspace of none", () => torch.linspace({ start: 0, end: 1, steps: 0 }), "float32", []],
    ["linspace of integers", () => torch.linspace(0, 10, 4, { dtype: "int64" }), "int64", [0, 3, 6, 10]],
    ["logspace", () => torch.logspace(0, 2, 3), "float32", [1, 10, 100]],
    ["logspace to base 2", () => torch.logspace(0, 3, 4, 2), "float32", [1, 2, 4, 8]],
    [
      "eye",
      () => torch.eye(2, 3),
      "float32",
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    ["eye by name", () => torch.eye(1, { dtype: "bool" }), "bool", [[1]]],
    ["newZeros", () => like.newZeros([2]), "float64", [0, 0]],
    ["newOnes", () => like.newOnes([2], { dtype: "int64" }), "int64", [1, 1]],
    ["newFull", () => like.newFull([2], 7), "float64", [7, 7]],
    ["newTensor", () => like.newTensor([1.5]), "float64", [1.5]],
  ])("%s", (_, made, dtype, expected) => {
    const result = made();
    expect([result.dtype, result.tolist()]).toEqual([dtype, expected]);
  });
  test("the last value is the end, to the bit", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const n of [2, 7, 10, 49, 1000])
        expect(torch.linspace(0.1, 0.7, n, { dtype }).at(-1).item()).toBe(
          dtype === "float32" ? Math.fround(0.7) : 0.7,
        );
    }
  });
  test.each<[title: string, made: () => unknown, message: RegExp]>([
    [
      "steps that are no count",
      () => torch.linspace(0, 1, 2.5),
      /linspace: number of steps must be a non-negative whole number, not 2.5/,
    ],
    ["NaN steps", () => torch.linspace(0, 1, Number.NaN), /not NaN/],
    ["no steps", () => torch.linspace(0, 1, {}), /not undefined/],
    ["an infinite end", () => torch.linspace(0, Infinity, 3), /start, end and base are numbers/],
    ["bools", () => torch.linspace(0, 1, 2, { dtype: "bool" }), /not implemented for bool/],
    ["a negative size", () => torch.eye(-1), /eye: .* is not a size/],
    ["newFull of nothing", () => like.newFull([1], undefined as never), /the fill value is a number/],
  ])("refused: %s", (_, made, message) => {
    expect(made).toThrow(message);
  });
});
