import { describe, expect, test } from "vitest";
import { evaluate, type Library, MissingNameError } from "./evaluate.js";
import { camelCase } from "./names.js";

/** A stand-in that writes down how it is called. */
class Traced {
  constructor(readonly text: string) {}
}

function written(value: unknown): string {
  if (value instanceof Traced) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, entry]) => `${name}: ${written(entry)}`)
      .join(", ")} }`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const call = (name: string) =>
  function traced(this: unknown, ...given: unknown[]): Traced {
    const receiver = this instanceof Traced ? `${this.text}.` : "";
    return new Traced(`${receiver}${name}(${given.map(written).join(", ")})`);
  };

const METHODS =
  "add sub mul div pow matmul neg gt lt eq reciprocal remainder bitwiseNot logSoftmax reshape sum mul_ to abs";
for (const name of METHODS.split(" ")) Object.defineProperty(Traced.prototype, name, { value: call(name) });

const namespace = (members: object): object => Object.assign(Object.create(null), members);
const torch = namespace({
  float64: "float64",
  nn: namespace({
    Linear: class extends Traced {
      constructor(...given: unknown[]) {
        super(`new Linear(${given.map(written).join(", ")})`);
      }
    },
  }),
  ...Object.fromEntries(
    ["randn", "tensor", "arange", "full", "pow", "randLike"].map((name) => [name, call(name)]),
  ),
});
const library: Library = {
  torch,
  isTensor: (value) => value instanceof Traced,
  index: (tensor, items) => new Traced(`${written(tensor)}[${items.map(written).join("; ")}]`),
  defaultDtype: () => "float32",
};
const scope = {
  torch,
  nn: (torch as { nn: object }).nn,
  x: new Traced("x"),
  y: new Traced("y"),
  xs: [5, 6, 7],
};

describe("evaluate", () => {
  test.each([
    ["torch.randn(5,10)", "randn([5, 10])"],
    ["torch.randn((5, 10), dtype=torch.float64)", 'randn([5, 10], { dtype: "float64" })'],
    ["torch.rand_like(x)", "randLike(x)"],
    ["x.reshape(3, -1)", "x.reshape([3, -1])"],
    ["x.sum((0, 1), keepdim=True)", "x.sum([0, 1], { keepdim: true })"],
    ["x.log_softmax(-1)", "x.logSoftmax(-1)"],
    ["nn.Linear(3, 2, in_place=None)", "new Linear(3, 2, { inPlace: null })"],
    ["torch.tensor([1, 2])", 'tensor([1, 2], { dtype: "int64" })'],
    ["torch.tensor([1., 2])", 'tensor([1, 2], { dtype: "float32" })'],
    ["torch.tensor([True, False])", 'tensor([true, false], { dtype: "bool" })'],
    ["torch.arange(1., 5.)", 'arange(1, 5, { dtype: "float32" })'],
    ["torch.arange(4 / 2)", 'arange(2, { dtype: "float32" })'],
    ["torch.full((8,), 0.4, dtype=torch.float64)", 'full([8], 0.4, { dtype: "float64" })'],
    ["x + y * 2", "x.add(y.mul(2))"],
    ["x @ -y", "x.matmul(y.neg())"],
    ["2 + x", "x.add(2)"],
    ["2 - x", "x.neg().add(2)"],
    ["2 / x", "x.reciprocal().mul(2)"],
    ["2.0 ** x", "pow(2, x)"],
    ["0 < x", "x.gt(0)"],
    ["~(x > 0)", "x.gt(0).bitwiseNot()"],
    ["x.mul_(2)", "x.mul_(2)"],
    ["x[1:3, ..., None]", "x[{ from: 1, to: 3, step: null }; { ellipsis: true }; null]"],
    ["xs[-1] + xs[0] ** 2 // 2", "19"],
    ["xs[1:]", "[6, 7]"],
    ["[a * 2 for a in xs if a > 5]", "[12, 14]"],
    ["list(range(3)) + [len(xs)]", "[0, 1, 2, 3]"],
    ["-7 // 2 + -7 % 3", "-2"],
    ["math.sqrt(4) if 1 in xs else math.pi > 3", "true"],
    ["(lambda e: e // 10 + 1)(25)", "3"],
    ["round(2.5) + round(3.5)", "6"],
    ["sum([x, y])", "x.add(0).add(y)"],
    ["abs(x) + abs(-2)", "x.abs().add(2)"],
    ["pow(x, 2) if max(xs) > min(3, 4) else y", "x.pow(2)"],
    ["[a + i for i, a in enumerate(reversed(xs))]", "[7, 7, 7]"],
    ["torch.rand_like(input=x)", "randLike(x)"],
  ])("%s → %s", (source, expected) => {
    expect(written(evaluate(source, scope, library))).toBe(expected);
  });

  test.each([
    ["torch.utils.data.DataLoader(x)", "torch.utils"],
    ["torch.no_such(1)", "torch.no_such"],
    ["nn.Conv2d(1, 2, 3)", "nn.Conv2d"],
    ["x.exponential_(1.5)", "Traced.exponential_"],
    ["x // 2", "Traced.floorDivide"],
    ["unknown + 1", "unknown"],
  ])("%s needs %s", (source, missing) => {
    expect(() => evaluate(source, scope, library)).toThrow(new MissingNameError(missing));
  });
});

test.each([
  ["log_softmax", "logSoftmax"],
  ["kaiming_normal_", "kaimingNormal_"],
  ["avg_pool2d", "avgPool2d"],
  ["smooth_l1_loss", "smoothL1Loss"],
  ["AdamW", "AdamW"],
  ["T", "T"],
])("camelCase: %s → %s", (name, expected) => {
  expect(camelCase(name)).toBe(expected);
});
