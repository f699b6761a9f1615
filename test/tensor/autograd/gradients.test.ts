import fc from "fast-check";
import { expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { fullShapes, pairOf } from "../grid.js";

type Apply = (...inputs: torch.Tensor[]) => torch.Tensor;

interface Case {
  readonly name: string;
  readonly apply: Apply;
  /** The shapes of the inputs, from a random one. */
  readonly shapes: (shape: number[]) => number[][];
  /** Where the function is smooth. */
  readonly values: fc.Arbitrary<number>;
}

const anywhere = fc.integer({ min: -24, max: 24 }).map((n) => n / 8 + 1 / 32);
const positive = fc.integer({ min: 4, max: 24 }).map((n) => n / 8);

const same = (shape: number[]): number[][] => [shape];
const pair = (shape: number[]): number[][] => [shape, shape];
const broadcast = (shape: number[]): number[][] => [
  shape,
  shape.slice(1).map((size, d) => (d === 0 ? 1 : size)),
];
const mirrored = (shape: number[]): number[][] => broadcast(shape).reverse();

const binary = (name: string, apply: Apply, values = anywhere): Case[] =>
  [pair, broadcast, mirrored].map((shapes) => ({ name: `${name} (${shapes.name})`, apply, shapes, values }));
const unary = (name: string, apply: Apply, values = anywhere): Case => ({
  name,
  apply,
  shapes: same,
  values,
});

/** Inside (−1, 1), and away from 0. */
const inside = fc.integer({ min: 1, max: 14 }).map((n) => (n - 7.5) / 8);
/** Away from the steps of functions that round. */
const between = fc.integer({ min: -12, max: 12 }).map((n) => n / 4 + 1 / 9);
const third = (a: torch.Tensor): torch.Tensor => torch.fullLike(a, 1 / 3);

const { linear, mseLoss } = torch.nn.functional;
const matrices = (shape: number[]): number[][] => [
  [shape[0] ?? 2, 3],
  [3, shape[1] ?? 1],
];

const cases: Case[] = [
  ...binary("add", (a, b) => a.add(b, { alpha: 2 })),
  ...binary("sub", (a, b) => a.sub(b)),
  ...binary("mul", (a, b) => a.mul(b)),
  ...binary("div", (a, b) => a.div(b), positive),
  ...binary("pow", (a, b) => a.pow(b), positive),
  ...binary("mseLoss", (a, b) => mseLoss(a, b)),
  ...binary("mseLoss, sum", (a, b) => mseLoss(a, b, { reduction: "sum" })),
  ...binary("mseLoss, none", (a, b) => mseLoss(a, b, { reduction: "none" })),
  unary("number minus x", (x) => torch.sub(3, x)),
  unary("number over x", (x) => torch.div(3, x), positive),
  unary("number to the power of x", (x) => torch.pow(1.5, x)),
  unary("pow 3", (x) => x.pow(3)),
  unary("pow −0.5", (x) => x.pow(-0.5), positive),
  unary("x · x", (x) => x.mul(x)),
  unary("neg", (x) => x.neg()),
  unary("abs", (x) => x.abs()),
  unary("sign", (x) => x.sign()),
  unary("square", (x) => x.square()),
  unary("sqrt", (x) => x.sqrt(), positive),
  unary("exp", (x) => x.exp()),
  unary("log", (x) => x.log(), positive),
  unary("sin", (x) => x.sin()),
  unary("cos", (x) => x.cos()),
  unary("tanh", (x) => x.tanh()),
  unary("sigmoid", (x) => x.sigmoid()),
  unary("relu", (x) => x.relu()),
  unary("tan", (x) => x.tan(), inside),
  unary("asin", (x) => x.asin(), inside),
  unary("acos", (x) => x.acos(), inside),
  unary("atan", (x) => x.atan()),
  unary("sinh", (x) => x.sinh(), inside),
  unary("cosh", (x) => x.cosh(), inside),
  unary("asinh", (x) => x.asinh()),
  unary("acosh", (x) => x.add(1).acosh(), positive),
  unary("atanh", (x) => x.atanh(), inside),
  unary("log1p", (x) => x.log1p(), positive),
  unary("expm1", (x) => x.expm1(), inside),
  unary("exp2", (x) => x.exp2(), inside),
  unary("log2", (x) => x.log2(), positive),
  unary("log10", (x) => x.log10(), positive),
  unary("rsqrt", (x) => x.rsqrt(), positive),
  unary("reciprocal", (x) => x.reciprocal(), positive),
  unary("erf", (x) => x.erf()),
  unary("erfc", (x) => x.erfc()),
  unary("erfinv", (x) => x.erfinv(), inside),
  unary("lgamma", (x) => x.lgamma(), positive),
  unary("digamma", (x) => x.digamma(), positive),
  unary("polygamma", (x) => x.polygamma(1), positive),
  unary("sinc", (x) => x.sinc(), positive),
  unary("logit", (x) => x.div(2).add(0.5).logit(), inside),
  unary("logit with eps", (x) => x.div(2).add(0.5).logit(0.1), inside),
  unary("floor", (x) => x.floor(), between),
  unary("ceil", (x) => x.ceil(), between),
  unary("round", (x) => x.round(), between),
  unary("round to decimals", (x) => x.round({ decimals: 1 }), between),
  unary("trunc", (x) => x.trunc(), between),
  unary("frac", (x) => x.frac(), between),
  unary("nanToNum", (x) => x.nanToNum()),
  unary("clamp", (x) => x.clamp(-0.3, 0.8)),
  unary("clampMin", (x) => x.clampMin(0.1)),
  unary("clamp, max only", (x) => x.clamp({ max: 0.1 })),
  unary("remainder by a number", (x) => x.remainder(0.7), between),
  unary("fmod by a number", (x) => x.fmod(0.7), between),
  unary("rsub", (x) => x.rsub(2, { alpha: 3 })),
  unary("maskedFill", (x) => x.maskedFill(x.gt(0.5), 2)),
  ...binary("atan2", (a, b) => a.atan2(b), positive),
  ...binary("hypot", (a, b) => a.hypot(b), positive),
  ...binary("xlogy", (a, b) => a.xlogy(b), positive),
  ...binary("logaddexp", (a, b) => a.logaddexp(b)),
  ...binary("copysign", (a, b) => a.copysign(b), inside),
  ...binary("maximum", (a, b) => a.maximum(b.add(1 / 16))),
  ...binary("minimum", (a, b) => a.minimum(b.add(1 / 16))),
  ...binary("fmax", (a, b) => a.fmax(b.add(1 / 16))),
  ...binary("fmin", (a, b) => a.fmin(b.add(1 / 16))),
  ...binary("clamp to tensors", (a, b) => a.clamp(b.add(1 / 16), b.add(17 / 16))),
  ...binary("remainder", (a, b) => a.remainder(b.mul(3).add(0.013)), positive),
  ...binary("fmod", (a, b) => a.fmod(b.mul(3).add(0.013)), positive),
  ...binary("div, floor", (a, b) => a.div(b.mul(3).add(0.013), { roundingMode: "floor" }), positive),
  ...binary("lerp", (a, b) => a.lerp(b, 0.3)),
  ...binary("lerp by a tensor", (a, b) => a.lerp(third(b), b), positive),
  ...binary("addcmul", (a, b) => a.addcmul(b, b.sin(), { value: 0.5 })),
  ...binary("addcdiv", (a, b) => a.addcdiv(b, b.add(1), { value: 0.5 }), positive),
  ...binary("where", (a, b) => torch.where(a.gt(0.3), a, b)),
  unary("sum", (x) => x.sum()),
  unary("sum over one", (x) => (x.ndim > 0 ? x.sum(-1) : x.sum())),
  unary("sum, keepdim", (x) => x.sum(0, true)),
  unary("mean", (x) => x.mean()),
  unary("mean over one", (x) => x.mean(0)),
  unary("mean, keepdim", (x) => x.mean(-1, true)),
  unary("T", (x) => x.T),
  unary("reshape", (x) => x.reshape([-1])),
  unary("reshape of a transpose", (x) => x.T.reshape([1, -1])),
  unary("flatten", (x) => x.flatten()),
  unary("transpose", (x) => x.transpose(0, -1)),
  unary("expand", (x) => x.unsqueeze(0).expand([2, ...x.shape])),
  unary("squeeze", (x) => x.squeeze()),
  unary("unsqueeze", (x) => x.unsqueeze(-1)),
  unary("narrow", (x) => (x.ndim > 0 ? x.narrow(0, (x.shape[0] ?? 1) - 1, 1) : x.mul(1))),
  unary("select", (x) => (x.ndim > 0 ? x.select(-1, 0) : x.mul(1))),
  unary("clone", (x) => x.clone()),
  { name: "matmul", apply: (a, b) => a.matmul(b), shapes: matrices, values: anywhere },
  {
    name: "matmul, batched",
    apply: (a, b) => a.matmul(b),
    shapes: ([n = 2, m = 1]) => [
      [n, m, 3],
      [1, 3, 2],
    ],
    values: anywhere,
  },
  {
    name: "matmul, batch and matrix",
    apply: (a, b) => a.matmul(b),
    shapes: ([n = 2, m = 1]) => [
      [n, m, 3],
      [3, 2],
    ],
    values: anywhere,
  },
  {
    name: "matmul, matrix and batch",
    apply: (a, b) => a.matmul(b),
    shapes: ([n = 2, m = 1]) => [
      [m, 3],
      [n, 3, 2],
    ],
    values: anywhere,
  },
  {
    name: "matmul, vectors",
    apply: (a, b) => a.matmul(b),
    shapes: ([n = 2]) => [[n], [n]],
    values: anywhere,
  },
  {
    name: "matmul, matrix and vector",
    apply: (a, b) => a.matmul(b),
    shapes: ([m = 1, n = 2]) => [[m, n], [n]],
    values: anywhere,
  },
  {
    name: "linear",
    apply: (x, w, b) => linear(x, w, b),
    shapes: (shape) => [[...shape, 3], [2, 3], [2]],
    values: anywhere,
  },
  {
    name: "linear, no bias",
    apply: (x, w) => linear(x, w),
    shapes: (shape) => [
      [...shape, 3],
      [2, 3],
    ],
    values: anywhere,
  },
];

/** Fixed weights, so that every element of the result counts differently. */
function scalarOf(y: torch.Tensor): torch.Tensor {
  const weights = Array.from({ length: y.numel() }, (_, k) => Math.cos(k + 0.5));
  return y.mul(torch.tensor(weights, { dtype: "float64" }).reshape(y.shape)).sum();
}

/** Central differences of fourth order of `f` at `inputs`, for every element of every input. */
function numeric(f: (inputs: torch.Tensor[]) => number, inputs: torch.Tensor[]): number[][] {
  const step = 1e-3;
  return inputs.map((input, which) =>
    Array.from({ length: input.numel() }, (_, k) => {
      const at = (shift: number): number => {
        const values = input.toArray();
        values[k] += shift;
        return f(inputs.with(which, torch.tensor(values as Float64Array).reshape(input.shape)));
      };
      return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
    }),
  );
}

function expectGradients(
  inputs: torch.Tensor[],
  gradients: (torch.Tensor | null)[],
  expected: number[][],
): void {
  inputs.forEach((input, which) => {
    const gradient = gradients[which] ?? torch.zerosLike(input);
    expect(gradient.shape).toEqual(input.shape);
    [...gradient.toArray()].forEach((value, k) => {
      expect(Math.abs(value - expected[which][k])).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
    });
  });
}

/** Inputs of any memory layout. */
function inputsOf({ shapes, values }: Case): fc.Arbitrary<torch.Tensor[]> {
  return fullShapes
    .chain((shape) => fc.tuple(...shapes(shape).map((s) => pairOf(s, values))))
    .map((pairs) => pairs.map(({ tensor }) => tensor));
}

const asLeaves = (inputs: torch.Tensor[]): torch.Tensor[] => inputs.map((x) => x.detach().requiresGrad_());

test.each(cases)("$name: the gradient is that of finite differences", (item) => {
  fc.assert(
    fc.property(inputsOf(item), (inputs) => {
      const leaves = asLeaves(inputs);
      scalarOf(item.apply(...leaves)).backward();
      const expected = numeric((xs) => scalarOf(item.apply(...xs)).item(), inputs);
      expectGradients(
        inputs,
        leaves.map((leaf) => leaf.grad),
        expected,
      );
    }),
    { numRuns: 25 },
  );
});

test.each(cases)("$name: so is the gradient of the gradient", (item) => {
  /** A scalar made of all gradients, as a function of the inputs. */
  const penalty = (xs: torch.Tensor[]): torch.Tensor => {
    const leaves = asLeaves(xs);
    scalarOf(item.apply(...leaves).square()).backward({ createGraph: true });
    const gradients = leaves.map((leaf) => leaf.grad).filter((g) => g !== null);
    return gradients.map((g) => scalarOf(g.mul(g))).reduce((a, b) => a.add(b));
  };
  fc.assert(
    fc.property(inputsOf(item), (inputs) => {
      const leaves = asLeaves(inputs);
      scalarOf(item.apply(...leaves).square()).backward({ createGraph: true });
      const gradients = leaves.map((leaf) => leaf.grad as torch.Tensor);
      for (const leaf of leaves) leaf.grad = null;
      const total = gradients.map((g) => scalarOf(g.mul(g))).reduce((a, b) => a.add(b));
      if (!total.requiresGrad) return;
      total.backward();
      expectGradients(
        inputs,
        leaves.map((leaf) => leaf.grad),
        numeric((xs) => penalty(xs).item(), inputs),
      );
    }),
    { numRuns: 10 },
  );
});
