import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch, fromPython } from "./python.js";

const noTorch = missing("python3-torch");
// Vitest runs the body of a `describe` that it skips.
const answersOf: typeof askTorch = (expressions) => (noTorch ? [] : askTorch(expressions));

const { tensor } = torch;
const F = torch.nn.functional;

/** Tensors whose values are exact in every dtype, so that both sides start from the same numbers. */
const inputs: Record<string, number[] | number[][] | number[][][] | number> = {
  scalar: 1.5,
  vector: [0.5, -1.25, 2],
  matrix: [
    [1, -2.5, 0.75],
    [3.25, 0.5, -1],
  ],
  column: [[2], [-0.5]],
  tall: [
    [1, 2],
    [0.5, -1],
    [-3, 0.25],
  ],
  positive: [
    [0.5, 1.25, 3],
    [2, 0.125, 1],
  ],
  batch: [
    [
      [1, -1],
      [0.5, 2],
    ],
    [
      [3, 0.25],
      [-2, 1.5],
    ],
  ],
  row: [[1, 2, -3]],
};

type Apply = (...tensors: torch.Tensor[]) => torch.Tensor;
const operations: [python: string, ours: Apply, ...inputs: string[]][] = [
  ["lambda a, b: a + b", (a, b) => a.add(b), "matrix", "vector"],
  ["lambda a, b: a + b", (a, b) => a.add(b), "column", "vector"],
  ["lambda a, b: a.add(b, alpha=2.5)", (a, b) => a.add(b, { alpha: 2.5 }), "matrix", "column"],
  ["lambda a, b: a - b", (a, b) => a.sub(b), "scalar", "matrix"],
  ["lambda a, b: a.sub(b, alpha=3)", (a, b) => a.sub(b, { alpha: 3 }), "matrix", "vector"],
  ["lambda a, b: a * b", (a, b) => a.mul(b), "matrix", "column"],
  ["lambda a: a * a", (a) => a.mul(a), "matrix"],
  ["lambda a, b: a / b", (a, b) => a.div(b), "matrix", "positive"],
  ["lambda a, b: a / b", (a, b) => a.div(b), "scalar", "positive"],
  ["lambda a: 2 - a", (a) => torch.sub(2, a), "matrix"],
  ["lambda a: 1 / a", (a) => torch.div(1, a), "positive"],
  ["lambda a: a ** 3", (a) => a.pow(3), "matrix"],
  ["lambda a: a ** 2", (a) => a.pow(2), "matrix"],
  ["lambda a: a ** 0", (a) => a.pow(0), "matrix"],
  ["lambda a: a ** -1.5", (a) => a.pow(-1.5), "positive"],
  ["lambda a: 2 ** a", (a) => torch.pow(2, a), "matrix"],
  ["lambda a, b: a ** b", (a, b) => a.pow(b), "positive", "matrix"],
  ["lambda a, b: a ** b", (a, b) => a.pow(b), "positive", "vector"],
  ...(["neg", "abs", "sign", "square", "exp", "sin", "cos", "tanh", "sigmoid", "relu"] as const).map(
    (name): [string, Apply, string] => [`torch.${name}`, (a) => a[name](), "matrix"],
  ),
  ["torch.sqrt", (a) => a.sqrt(), "positive"],
  ["torch.log", (a) => a.log(), "positive"],
  ["lambda a: a.sum()", (a) => a.sum(), "matrix"],
  ["lambda a: a.sum(0)", (a) => a.sum(0), "matrix"],
  ["lambda a: a.sum(-1, keepdim=True)", (a) => a.sum(-1, { keepdim: true }), "batch"],
  ["lambda a: a.sum([0, 2])", (a) => a.sum([0, 2]), "batch"],
  ["lambda a: a.sum([])", (a) => a.sum([]), "batch"],
  ["lambda a: a.mean()", (a) => a.mean(), "matrix"],
  ["lambda a: a.mean(1)", (a) => a.mean(1), "matrix"],
  ["lambda a: a.mean((0, 1), keepdim=True)", (a) => a.mean([0, 1], true), "batch"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "matrix", "tall"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "matrix", "vector"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "vector", "tall"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "vector", "vector"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "batch", "batch"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "tall", "batch"],
  ["lambda a, b: a @ b", (a, b) => a.matmul(b), "batch", "column"],
  ["lambda a, b: a.t() @ b", (a, b) => a.t().matmul(b), "matrix", "column"],
  ["torch.nn.functional.linear", (x, w) => F.linear(x, w), "matrix", "row"],
  ["torch.nn.functional.linear", (x, w, b) => F.linear(x, w, b), "tall", "tall", "vector"],
  ["torch.nn.functional.linear", (x, w, b) => F.linear(x, w, b), "batch", "tall", "vector"],
  ["torch.nn.functional.linear", (x, w, b) => F.linear(x, w, b), "vector", "matrix", "bias"],
  ["torch.nn.functional.mse_loss", (x, y) => F.mseLoss(x, y), "matrix", "positive"],
  [
    "lambda x, y: torch.nn.functional.mse_loss(x, y, reduction='sum')",
    (x, y) => F.mseLoss(x, y, { reduction: "sum" }),
    "matrix",
    "positive",
  ],
  [
    "lambda x, y: torch.nn.functional.mse_loss(x, y, reduction='none')",
    (x, y) => F.mseLoss(x, y, { reduction: "none" }),
    "matrix",
    "vector",
  ],
  ["lambda a: a.t().reshape(2, 3)", (a) => a.t().reshape([2, 3]), "matrix"],
  ["lambda a: a.permute(2, 0, 1).flatten(1)", (a) => a.permute([2, 0, 1]).flatten(1), "batch"],
  ["lambda a: a.narrow(1, 1, 2) * 3", (a) => a.narrow(1, 1, 2).mul(3), "matrix"],
  ["lambda a: a.select(-1, 0).exp()", (a) => a.select(-1, 0).exp(), "batch"],
  ["lambda a: a.expand(4, 2, 3)", (a) => a.expand([4, 2, 3]), "column"],
  [
    "lambda a: a.unsqueeze(1).expand(-1, 2, -1).sum(1)",
    (a) => a.unsqueeze(1).expand([-1, 2, -1]).sum(1),
    "matrix",
  ],
  ["lambda a: a.clone().double()", (a) => a.clone().double(), "matrix"],
];
inputs.bias = [0.25, -4];

/** Agreement to the last digits: all sums here have terms of order 1, so errors are measured against 1 or more. */
function expectClose(ours: torch.Tensor, answer: Answer, name: string): void {
  if (answer.kind !== "tensor") throw new Error(`${name}: PyTorch gives ${JSON.stringify(answer)}`);
  expect([ours.dtype, ours.shape], name).toEqual([answer.dtype, answer.shape]);
  const epsilon = ours.dtype === "float32" ? 2 ** -22 : 2 ** -50;
  [...ours.toArray()].forEach((value, k) => {
    const expected = fromPython(answer.values[k]);
    if (Number.isFinite(expected))
      expect(Math.abs(value - expected), `${name}[${k}]: ${value} and ${expected}`).toBeLessThanOrEqual(
        epsilon * Math.max(Math.abs(expected), 1),
      );
    else expect(value, name).toBe(expected);
  });
}

const cases = (["float32", "float64"] as const).flatMap((dtype) =>
  operations.map(([python, ours, ...names]) => ({
    title: `${python} of ${names} (${dtype})`,
    python,
    ours,
    names,
    dtype,
  })),
);

describe.skipIf(noTorch)("values and gradients are PyTorch's", () => {
  const answers = answersOf(
    cases.map(({ python, names, dtype }) => {
      const leaves = names.map((name) => `leaf(${JSON.stringify(inputs[name])}, dtype=torch.${dtype})`);
      return `gradients(${python}, ${leaves.join(", ")})`;
    }),
  );
  test.each(cases.map((c, k) => ({ ...c, answer: answers[k] })))(
    "$title",
    ({ ours, names, dtype, answer }) => {
      const leaves = names.map((name) => tensor(inputs[name], { dtype, requiresGrad: true }));
      const y = ours(...leaves);
      const weights = torch.arange(1, y.count + 1, { dtype: y.dtype as torch.DType }).reshape(y.shape);
      y.mul(weights).sum().backward();
      if (answer.kind !== "list") throw new Error(JSON.stringify(answer));
      expectClose(y.detach(), answer.items[0], "value");
      leaves.forEach((leaf, k) => {
        expectClose(leaf.grad as torch.Tensor, answer.items[k + 1], `gradient ${k}`);
      });
    },
  );
});

const promotions: [python: string, ours: (a: torch.Tensor, b: torch.Tensor) => torch.Tensor][] = [
  ["a + b", (a, b) => a.add(b)],
  ["a - b", (a, b) => a.sub(b)],
  ["a * b", (a, b) => a.mul(b)],
  ["a / b", (a, b) => a.div(b)],
  ["a ** b", (a, b) => a.pow(b)],
  ["a + 2", (a) => a.add(2)],
  ["a - 1.5", (a) => a.sub(1.5)],
  ["a * -1", (a) => a.mul(-1)],
  ["a / 2", (a) => a.div(2)],
  ["a ** 2", (a) => a.pow(2)],
  ["a ** -1", (a) => a.pow(-1)],
  ["a ** 0.5", (a) => a.pow(0.5)],
  ["3 - a", (a) => torch.sub(3, a)],
  ["-a", (a) => a.neg()],
  ["a.sum()", (a) => a.sum()],
  ["a.mean()", (a) => a.mean()],
  ["a.sum(dtype=torch.bool)", (a) => a.sum({ dtype: "bool" })],
  ["a.sum(dtype=torch.float64)", (a) => a.sum({ dtype: "float64" })],
  ["a.exp()", (a) => a.exp()],
  ["a.abs()", (a) => a.abs()],
  ["a.sign()", (a) => a.sign()],
  ["a.relu()", (a) => a.relu()],
  ["a.clone().add_(b)", (a, b) => a.clone().add_(b)],
  ["a.clone().sub_(b)", (a, b) => a.clone().sub_(b)],
  ["a.clone().mul_(b)", (a, b) => a.clone().mul_(b)],
  ["a.clone().div_(b)", (a, b) => a.clone().div_(b)],
  ["a.clone().copy_(b)", (a, b) => a.clone().copy_(b)],
  ["a.clone().fill_(1.5)", (a) => a.clone().fill_(1.5)],
  ["a.clone().add_(2)", (a) => a.clone().add_(2)],
  ["a.clone().mul_(1.5)", (a) => a.clone().mul_(1.5)],
];
const dtypes = ["bool", "uint8", "int32", "int64", "float32", "float64"] as const;

test.skipIf(noTorch)("dtypes, values and refusals of mixed operands are PyTorch's", () => {
  const mixed = dtypes.flatMap((x) =>
    dtypes.flatMap((y) =>
      [
        ["[0, 1, 3]", "[1, 1, 2]"],
        ["[2, 1, 3]", "2"],
        ["3", "[1, 0, 1]"],
        ["1", "1"],
      ].flatMap(([a, b]) =>
        promotions.map(([python, ours]) => ({
          python: `(lambda a, b: ${python})(torch.tensor(${a}).to(torch.${x}), torch.tensor(${b}).to(torch.${y}))`,
          ours: () =>
            ours(
              tensor(JSON.parse(a), { dtype: "int64" }).to(x),
              tensor(JSON.parse(b), { dtype: "int64" }).to(y),
            ),
        })),
      ),
    ),
  );
  const answers = askTorch(mixed.map(({ python }) => python));
  const differences = mixed
    .map(({ python, ours }, k) => ({ python, optimlab: outcome(ours), pytorch: outcomeOf(answers[k]) }))
    .filter(({ optimlab, pytorch }) => optimlab !== pytorch);
  expect(differences).toEqual([]);
});

/** Dtype, shape and values to 6 digits, or "refused". */
function outcome(ours: () => torch.Tensor): string {
  try {
    const result = ours();
    return text(result.dtype, result.shape, [...result.toArray()]);
  } catch {
    return "refused";
  }
}

function outcomeOf(answer: Answer): string {
  if (answer.kind !== "tensor") return "refused";
  return text(answer.dtype, answer.shape, answer.values.map(fromPython));
}

function text(dtype: string, shape: readonly number[], values: readonly number[]): string {
  const digits = values.map((value) => (Object.is(value, -0) ? "-0" : Number(value.toPrecision(6))));
  return `${dtype} ${JSON.stringify(shape)} ${digits.join(" ")}`;
}

const second: [python: string, ours: (x: torch.Tensor) => torch.Tensor][] = [
  ["lambda x: x ** 3", (x) => x.pow(3)],
  ["lambda x: x.exp() * x.sin()", (x) => x.exp().mul(x.sin())],
  ["lambda x: x.tanh() / (x ** 2 + 1)", (x) => x.tanh().div(x.pow(2).add(1))],
  ["lambda x: (x @ x.t()).sigmoid()", (x) => x.matmul(x.t()).sigmoid()],
  ["lambda x: x.mean(0, keepdim=True) * x.relu()", (x) => x.mean(0, true).mul(x.relu())],
  ["lambda x: torch.nn.functional.mse_loss(x * x, x.cos())", (x) => F.mseLoss(x.mul(x), x.cos())],
];

describe.skipIf(noTorch)("gradients of gradients are PyTorch's", () => {
  const answers = answersOf(
    second.map(
      ([python]) => `second(${python}, leaf(${JSON.stringify(inputs.matrix)}, dtype=torch.float64))`,
    ),
  );
  test.each(second.map(([python, ours], k) => ({ python, ours, answer: answers[k] })))(
    "$python",
    ({ ours, answer }) => {
      const x = tensor(inputs.matrix, { dtype: "float64", requiresGrad: true });
      ours(x).sum().backward({ createGraph: true });
      const gradient = x.grad as torch.Tensor;
      x.grad = null;
      gradient.mul(gradient).sum().backward();
      if (answer.kind !== "tensor") throw new Error(JSON.stringify(answer));
      [...(x.grad as unknown as torch.Tensor).toArray()].forEach((value, k) => {
        expect(value).toBeCloseTo(fromPython(answer.values[k]), 10);
      });
    },
  );
});
