import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { broadcastShape, broadcastTo, indices, matchingPairs, values, views } from "../grid.js";

const { add, div, mul, pow, sub, tensor } = torch;

const binary: [
  name: string,
  ours: (a: torch.Tensor, b: torch.Tensor) => torch.Tensor,
  exact: (a: number, b: number) => number,
][] = [
  ["add", torch.add, (a, b) => a + b],
  ["add with alpha", (a, b) => a.add(b, { alpha: -2 }), (a, b) => a + -2 * b],
  ["sub", torch.sub, (a, b) => a - b],
  ["sub with alpha", (a, b) => a.sub(b, { alpha: 0.5 }), (a, b) => a - 0.5 * b],
  ["mul", torch.mul, (a, b) => a * b],
  ["div", torch.div, (a, b) => a / b],
  ["pow", torch.pow, (a, b) => (a === 1 ? 1 : a ** b)],
];

test.each(binary)("%s of any two views, broadcast", (_, ours, exact) => {
  fc.assert(
    fc.property(matchingPairs, ([a, b]) => {
      const shape = broadcastShape(a.grid.shape, b.grid.shape);
      const [x, y] = [broadcastTo(a.grid, shape), broadcastTo(b.grid, shape)];
      const result = ours(a.tensor, b.tensor);
      expect(result.shape).toEqual(shape);
      expect([...result.toArray()]).toEqual([...indices(shape)].map((i) => exact(x.at(i), y.at(i))));
    }),
  );
});

test.each(binary.filter(([name]) => !name.includes("alpha")))(
  "%s with a number on either side",
  (name, _, exact) => {
    const operation = { add, sub, mul, div, pow }[name as "add" | "sub" | "mul" | "div" | "pow"];
    fc.assert(
      fc.property(views, fc.integer({ min: -3, max: 3 }), ({ tensor: x, grid }, number) => {
        expect([...operation(x, number).toArray()]).toEqual(values(grid).map((v) => exact(v, number)));
        expect([...operation(number, x).toArray()]).toEqual(values(grid).map((v) => exact(number, v)));
      }),
    );
  },
);

describe("in place", () => {
  const inPlace = [
    ["add_", (a: number, b: number) => a + b],
    ["sub_", (a: number, b: number) => a - b],
    ["mul_", (a: number, b: number) => a * b],
    ["div_", (a: number, b: number) => a / b],
    ["copy_", (_: number, b: number) => b],
  ] as const;

  test.each(inPlace)("%s changes the elements of a view and nothing else", (name, exact) => {
    const base = torch.arange(24, { dtype: "float64" }).reshape([2, 3, 4]);
    const view = base.narrow(2, 1, 2).transpose(0, 2);
    const other = torch.arange(6, { dtype: "float64" }).add(1).reshape([3, 2]);
    expect(view[name](other)).toBe(view);
    const expected = Array.from({ length: 24 }, (_, n) => {
      const [i, j, k] = [Math.floor(n / 12), Math.floor(n / 4) % 3, n % 4];
      return k === 1 || k === 2 ? exact(n, j * 2 + i + 1) : n;
    });
    expect([...base.toArray()]).toEqual(expected);
  });

  test.each(inPlace)("%s reads an operand that shares its memory before writing", (name, exact) => {
    const square = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const x = tensor(square, { dtype: "float64" }).reshape([3, 3]);
    x[name](x.t());
    expect([...x.toArray()]).toEqual(square.map((v, n) => exact(v, square[(n % 3) * 3 + Math.floor(n / 3)])));
    const y = tensor(square, { dtype: "float64" }).reshape([3, 3]);
    y[name](y.select(0, 0));
    expect([...y.toArray()]).toEqual(square.map((v, n) => exact(v, square[n % 3])));
  });

  test("fill_ and zero_", () => {
    const x = torch.ones([2, 3]);
    x.t().narrow(0, 0, 2).fill_(7);
    expect(x.tolist()).toEqual([
      [7, 7, 1],
      [7, 7, 1],
    ]);
    expect(x.zero_().tolist()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(tensor([1, 2], { dtype: "int64" }).fill_(-1.5).tolist()).toEqual([-1, -1]);
    expect(tensor([true, false]).fill_(3).tolist()).toEqual([1, 1]);
  });

  const leaf = tensor([1, 2], { requiresGrad: true });
  const plain = (): torch.Tensor => tensor([1, 2]);
  const refusals: [change: (x: torch.Tensor) => unknown, x: torch.Tensor, message: string][] = [
    [
      (x) => x.add_(tensor([1, 2, 3])),
      plain(),
      "add_: [2] and [3] cannot be broadcast together: 2 ≠ 3 in dimension 0",
    ],
    [
      (x) => x.mul_(torch.ones([3, 2])),
      plain(),
      "mul_: output with shape [2] doesn't match the broadcast shape of [2] and [3, 2]",
    ],
    [
      (x) => x.add_(1),
      leaf,
      "add_: a leaf Variable that requires grad is being used in an in-place operation",
    ],
    [
      (x) => x.zero_(),
      leaf,
      "zero_: a leaf Variable that requires grad is being used in an in-place operation",
    ],
    [(x) => x.uniform_(), leaf, "uniform_: a leaf Variable that requires grad is being used in an in-place"],
    [
      (x) => x.expand([3, 2]).add_(1),
      plain(),
      "add_: unsupported operation: more than one element of the written-to",
    ],
    [(x) => x.expand([3, 2]).normal_(), plain(), "normal_: unsupported operation: more than one element of"],
    [
      (x) => x.add_(0.5),
      torch.ones([2], { dtype: "int64" }),
      "add_: result type float32 can't be cast to the desired output type int64",
    ],
    [
      (x) => x.div_(2),
      torch.ones([2], { dtype: "int64" }),
      "div_: result type float32 can't be cast to the desired output type int64",
    ],
    [(x) => x.sub_(tensor([true, true])), plain(), "sub_: subtraction with a bool tensor is not supported"],
    [
      (x) => x.fill_(300),
      torch.ones([2], { dtype: "uint8" }),
      "fill_: value cannot be converted to type uint8 without overflow: 300",
    ],
    [(x) => x.fill_("1" as never), plain(), "fill_: the value is a number, not string"],
    [
      (x) => x.copy_([1, 2] as never),
      plain(),
      "copy_: expected a Tensor, got an array: make it one with torch.tensor(…)",
    ],
    [(x) => x.add_(null as never), plain(), "add_: an operand is a Tensor or a number, not null"],
    [(x) => x.add_(1, { beta: 2 } as never), plain(), "add_: unknown option beta; the options are alpha"],
  ];
  test.each(refusals)("%s is refused, and nothing is changed", (change, x, message) => {
    const before = x.tolist();
    const { version } = x.storage;
    expect(() => change(x)).toThrow(message);
    expect(x.tolist()).toEqual(before);
    expect(x.storage.version).toBe(version);
  });
});

test("gradients flow through a change in place of what is no leaf", () => {
  const x = tensor([1, 2], { requiresGrad: true });
  const y = x.mul(3);
  y.sub_(1).mul_(x.detach());
  const sum = torch.zeros([2]).add_(x);
  y.add(sum).sum().backward();
  expect([y.tolist(), x.grad?.tolist()]).toEqual([
    [2, 10],
    [4, 7],
  ]);
});

describe("bad operands", () => {
  const x = torch.ones([5, 10]);
  test.each<[call: () => unknown, message: string]>([
    [
      () => x.add(torch.ones([20, 1])),
      "add: [5, 10] and [20, 1] cannot be broadcast together: 5 ≠ 20 in dimension 0",
    ],
    [
      () => x.mul(torch.ones([3])),
      "mul: [5, 10] and [3] cannot be broadcast together: 10 ≠ 3 in dimension 1",
    ],
    [() => x.div(undefined as never), "div: an operand is a Tensor or a number, not undefined"],
    [() => torch.sub([1] as never, x), "sub: an operand is a Tensor or a number, not object"],
    [() => torch.add(1, 2 as never), "add: expected a Tensor, got number"],
    [() => torch.sub(tensor([true]), 1), "sub: subtraction with a bool tensor is not supported"],
    [
      () => torch.pow(tensor([2], { dtype: "int64" }), -1),
      "pow: Integers to negative integer powers are not allowed",
    ],
    [() => torch.pow(tensor([true]), tensor([true])), "pow: is not supported on bool tensors"],
    [() => x.add(1, { alpha: "2" } as never), "add: alpha is a number, not string"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});

describe("integers", () => {
  test("have no negative zero", () => {
    const zero = tensor([0], { dtype: "int64" });
    for (const x of [zero.neg(), zero.mul(-1), tensor([-0.5]).to("int64"), tensor([-0], { dtype: "int64" })])
      expect(x.tolist()).toEqual([0]);
  });
  test("wrap around in 32 bits, exactly", () => {
    const large = tensor([2 ** 31 - 1], { dtype: "int32" });
    expect(large.mul(large).item()).toBe(1);
    expect(large.add(1).item()).toBe(-(2 ** 31));
  });
  test("are exact to 2^53 in int64", () => {
    expect(
      tensor([2 ** 53 - 1], { dtype: "int64" })
        .add(1)
        .item(),
    ).toBe(2 ** 53);
  });
});

test("1 to any power is 1, as in C", () => {
  expect(
    tensor([1, 1, -1])
      .pow(tensor([NaN, Infinity, -Infinity]))
      .tolist(),
  ).toEqual([1, 1, 1]);
});
