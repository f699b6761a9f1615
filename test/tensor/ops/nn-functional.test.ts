import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const F = torch.nn.functional;
const { autograd, tensor } = torch;
type T = torch.Tensor;

/** Not near a multiple of 1/8, where anything here could bend. */
const smooth = fc.integer({ min: -24, max: 24 }).map((n) => n / 8 + 1 / 32);
const probability = fc.integer({ min: 1, max: 14 }).map((n) => n / 16 + 1 / 32);

const activations: Record<string, (x: T) => T> = {
  relu: F.relu,
  relu6: F.relu6,
  gelu: F.gelu,
  "gelu tanh": (x) => F.gelu(x, "tanh"),
  silu: F.silu,
  mish: F.mish,
  elu: (x) => F.elu(x, 0.7),
  celu: (x) => F.celu(x, 1.3),
  selu: F.selu,
  leakyRelu: (x) => F.leakyRelu(x, 0.2),
  rrelu: F.rrelu,
  softplus: F.softplus,
  "softplus with a threshold": (x) => F.softplus(x, 2, 3),
  hardtanh: (x) => F.hardtanh(x, -1, 2),
  hardsigmoid: F.hardsigmoid,
  hardswish: F.hardswish,
  hardshrink: F.hardshrink,
  softshrink: (x) => F.softshrink(x, 0.25),
  logsigmoid: F.logsigmoid,
  softsign: F.softsign,
  tanhshrink: F.tanhshrink,
  threshold: (x) => F.threshold(x, 0.5, -1),
};

const pairs: Record<string, (x: T, y: T) => T> = {
  mseLoss: F.mseLoss,
  l1Loss: F.l1Loss,
  smoothL1Loss: (x, y) => F.smoothL1Loss(x, y, { beta: 0.7, reduction: "none" }),
  huberLoss: (x, y) => F.huberLoss(x, y, "sum", 0.7),
  "klDiv of logarithms": (x, y) => F.klDiv(x, y, { logTarget: true, reduction: "batchmean" }),
  klDiv: (x, y) => F.klDiv(x, y.sigmoid(), { reduction: "none" }),
  poissonNllLoss: (x, y) => F.poissonNllLoss(x, y.exp(), { full: true, reduction: "none" }),
  "poissonNllLoss of rates": (x, y) => F.poissonNllLoss(x.exp(), y, false),
  gaussianNllLoss: (x, y) => F.gaussianNllLoss(x, y, y.exp(), { full: true }),
  binaryCrossEntropy: (x, y) => F.binaryCrossEntropy(x.sigmoid(), y.sigmoid(), { reduction: "sum" }),
  binaryCrossEntropyWithLogits: (x, y) => F.binaryCrossEntropyWithLogits(x, y),
  "binaryCrossEntropyWithLogits with weights": (x, y) =>
    F.binaryCrossEntropyWithLogits(x, y, tensor(2, { dtype: "float64" }), {
      posWeight: tensor(3, { dtype: "float64" }),
    }),
  softMarginLoss: (x, y) => F.softMarginLoss(x, y),
  pairwiseDistance: (x, y) => F.pairwiseDistance(x, y.add(7)),
  cosineSimilarity: (x, y) => F.cosineSimilarity(x, y, -1),
  prelu: (x, y) => F.prelu(x, y.mean().reshape([1])),
};

function filled(shape: number[], values: number[]): T {
  return tensor(values, { dtype: "float64" }).reshape(shape).requiresGrad_();
}

const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
const inputsOf = (count: number, value: fc.Arbitrary<number>): fc.Arbitrary<T[]> =>
  shapes.chain((shape) => {
    const size = shape.reduce((n, s) => n * s, 1);
    const values = fc.array(value, { minLength: size, maxLength: size });
    return fc
      .array(values, { minLength: count, maxLength: count })
      .map((all) => all.map((v) => filled(shape, v)));
  });

describe("first and second derivatives", () => {
  test.each(Object.entries(activations))("%s", (_, apply) => {
    fc.assert(
      fc.property(inputsOf(1, smooth), (inputs) => {
        autograd.gradcheck(apply as (...x: T[]) => T, inputs);
        autograd.gradgradcheck(apply as (...x: T[]) => T, inputs);
      }),
      { numRuns: 8 },
    );
  });

  test.each(Object.entries(pairs))("%s", (_, apply) => {
    // Differences that are no multiples of 1/8 either.
    const values = inputsOf(2, smooth).map(([x, y]) => [
      x,
      y
        .detach()
        .add(1 / 64)
        .requiresGrad_(),
    ]);
    fc.assert(
      fc.property(values, (inputs) => {
        autograd.gradcheck(apply as (...x: T[]) => T, inputs);
        autograd.gradgradcheck(apply as (...x: T[]) => T, inputs);
      }),
      { numRuns: 6 },
    );
  });

  const target = tensor([2, 0, -100], { dtype: "int64" });
  const weight = tensor([0.5, 2, 1, 3], { dtype: "float64" });
  const scores: Record<string, (x: T) => T> = {
    nllLoss: (x) => F.nllLoss(x, target, weight),
    "nllLoss of each": (x) => F.nllLoss(x, target, { reduction: "none" }),
    crossEntropy: (x) => F.crossEntropy(x, target, weight, { labelSmoothing: 0.2 }),
    "crossEntropy of probabilities": (x) => F.crossEntropy(x, x.softmax(1), { labelSmoothing: 0.2 }),
    multiMarginLoss: (x) => F.multiMarginLoss(x, target.abs().remainder(3), 2, 0.9),
    multilabelMarginLoss: (x) =>
      F.multilabelMarginLoss(
        x,
        tensor(
          [
            [1, -1, 0, 0],
            [0, 2, 3, -1],
            [-1, 1, 1, 1],
          ],
          { dtype: "int64" },
        ),
      ),
    multilabelSoftMarginLoss: (x) =>
      F.multilabelSoftMarginLoss(x, torch.full([3, 4], 0.25, { dtype: "float64" })),
    glu: F.glu,
    embedding: (x) =>
      F.embedding(
        tensor(
          [
            [0, 2],
            [2, 1],
          ],
          { dtype: "int64" },
        ),
        x,
      ),
    normalize: (x) => F.normalize(x, 3, 1),
    cdist: (x) => torch.cdist(x, x.mul(2).add(9)),
    bilinear: (x) => F.bilinear(x, x.sin(), torch.ones([2, 4, 4], { dtype: "float64" })),
    tripletMarginLoss: (x) => F.tripletMarginLoss(x, x.sin().add(3), x.cos(), { margin: 5 }),
    cosineEmbeddingLoss: (x) => F.cosineEmbeddingLoss(x, x.cos(), tensor([1, 1, 1])),
    hingeEmbeddingLoss: (x) => F.hingeEmbeddingLoss(x, x.detach().sign(), 0.3),
    marginRankingLoss: (x) => F.marginRankingLoss(x, x.sin(), x.detach().sign(), 0.4),
  };
  test.each(Object.entries(scores))("%s", (_, apply) => {
    fc.assert(
      fc.property(fc.uniqueArray(smooth, { minLength: 12, maxLength: 12 }), (values) => {
        // No difference of two of them is a round number.
        const x = filled(
          [3, 4],
          values.map((value) => value * 0.8371),
        );
        autograd.gradcheck(apply, [x]);
        autograd.gradgradcheck(apply, [x]);
      }),
      { numRuns: 4 },
    );
  });

  test("binaryCrossEntropy by probabilities", () => {
    fc.assert(
      fc.property(inputsOf(2, probability), (inputs) => {
        autograd.gradcheck((x, y) => F.binaryCrossEntropy(x!, y!), inputs);
        autograd.gradgradcheck((x, y) => F.binaryCrossEntropy(x!, y!), inputs);
      }),
      { numRuns: 6 },
    );
  });
});

test("in place: the input is overwritten, and its derivative is taken where it was before", () => {
  const inPlace: ((x: T) => T)[] = [
    (x) => F.relu(x, true),
    (x) => F.relu6(x, { inplace: true }),
    (x) => F.silu(x, true),
    (x) => F.mish(x, true),
    (x) => F.elu(x, 0.5, true),
    (x) => F.celu(x, 0.5, true),
    (x) => F.selu(x, true),
    (x) => F.leakyRelu(x, -0.5, true),
    (x) => F.hardtanh(x, { inplace: true }),
    (x) => F.hardswish(x, true),
    (x) => F.hardsigmoid(x, true),
    (x) => F.threshold(x, 0.25, -3, true),
  ];
  const plain = [F.relu, F.relu6, F.silu, F.mish, (x: T) => F.elu(x, 0.5), (x: T) => F.celu(x, 0.5), F.selu]
    .concat([(x: T) => F.leakyRelu(x, -0.5), (x: T) => F.hardtanh(x), F.hardswish, F.hardsigmoid])
    .concat([(x: T) => F.threshold(x, 0.25, -3)]);
  inPlace.forEach((apply, k) => {
    const run = (f: (x: T) => T) => {
      const x = tensor([-2.5, -0.25, 0.125, 3.5], { requiresGrad: true });
      const copy = x.clone();
      const result = f(copy);
      result.sum().backward();
      return { isSame: result === copy, values: result.tolist(), gradient: x.grad?.tolist() };
    };
    expect(run(apply)).toEqual({ ...run(plain[k]!), isSame: true });
  });
});

test("a constant that changes with every call is right every time", () => {
  for (let k = 0; k < 200; k++)
    expect(F.leakyRelu(tensor(-1, { dtype: "float64" }), k / 256).item()).toBe(-k / 256);
});

test("losses stay finite for large logits", () => {
  const logits = tensor([[1000, -1000]], { dtype: "float32" });
  expect(F.binaryCrossEntropyWithLogits(logits, tensor([[0, 1]])).item()).toBe(1000);
  expect(F.crossEntropy(logits, tensor([1], { dtype: "int64" })).item()).toBe(2000);
  expect(F.logsigmoid(logits).tolist()).toEqual([[0, -1000]]);
});

test("an empty batch has no mean, as in PyTorch", () => {
  const none = torch.zeros([0, 3]);
  expect(F.mseLoss(none, none).item()).toBeNaN();
  expect(F.crossEntropy(none, torch.zeros([0], { dtype: "int64" })).item()).toBeNaN();
  expect(F.gelu(none).shape).toEqual([0, 3]);
});

const x = torch.zeros([2, 3]);
const long = (...values: number[]): T => tensor(values, { dtype: "int64" });
const refused: [name: string, call: () => unknown, message: RegExp][] = [
  ["integers", () => F.gelu(long(1)), /gelu: is not supported on int64/],
  ["an unknown approximation", () => F.gelu(x, "erf" as "tanh"), /must be either none or tanh/],
  ["a constant that is no number", () => F.elu(x, "1" as unknown as number), /elu: alpha is a number/],
  ["a leaf in place", () => F.silu(torch.zeros([2], { requiresGrad: true }), true), /silu_: a leaf/],
  ["an odd dimension", () => F.glu(x), /dimension 1 is size 3/],
  ["a wrong number of slopes", () => F.prelu(x, torch.zeros([2])), /found 2 weights .* 3 channels/],
  ["a negative lambda", () => F.softshrink(x, -1), /greater or equal to 0/],
  [
    "an unknown reduction",
    () => F.mseLoss(x, x, { reduction: "avg" as "mean" }),
    /mseLoss: avg is not a valid value/,
  ],
  ["other dtypes", () => F.mseLoss(x, x.double()), /same dtype, but they are float32 and float64/],
  ["no probabilities", () => F.binaryCrossEntropy(x.add(2), x), /between 0 and 1, but one is 2/],
  ["another shape", () => F.binaryCrossEntropyWithLogits(x, x.t()), /\[3, 2\].*\[2, 3\]/],
  [
    "a class that is none",
    () => F.crossEntropy(x, long(0, 3)),
    /crossEntropy: Target 3 is out of bounds: there are 3/,
  ],
  ["classes as floats", () => F.nllLoss(x, tensor([0, 1])), /expected int64, found float32/],
  ["too few targets", () => F.nllLoss(x, long(0)), /Expected target size \[2\], got \[1\]/],
  ["too few weights", () => F.nllLoss(x, long(0, 1), torch.ones([2])), /all 3 classes .*\[2\]/],
  [
    "too much smoothing",
    () => F.crossEntropy(x, long(0, 1), { labelSmoothing: 2 }),
    /between 0.0 and 1.0. Got: 2/,
  ],
  ["a negative delta", () => F.huberLoss(x, x, { delta: -1 }), /non-positive values for delta, got -1/],
  ["a negative variance", () => F.gaussianNllLoss(x, x, x.sub(1)), /negative entry/],
  ["p = 3", () => F.multiMarginLoss(x, long(0, 1), 3 as 2), /only p == 1 and p == 2/],
  [
    "a probability above 1",
    () => F.dropout(x, 1.5),
    /dropout probability has to be between 0 and 1, but got 1.5/,
  ],
  ["one dimension for channels", () => F.dropout2d(torch.zeros([3])), /at least 2 dimensions/],
  [
    "a row that is none",
    () => F.embedding(long(2), x),
    /index out of range in self: 2 is no row of \[2, 3\]/,
  ],
  ["positions as floats", () => F.embedding(tensor([1]), x), /positions are integers/],
  ["a padding row that is none", () => new torch.nn.Embedding(2, 3, 2), /Padding_idx must be within/],
  ["other widths", () => torch.cdist(x, x.t()), /cdist: .*\[2, 3\] and \[3, 2\]/],
  ["an unknown option", () => F.elu(x, { beta: 1 } as object), /elu: unknown option beta/],
];

test.each(refused)("refuses %s", (_, call, message) => {
  expect(call).toThrow(message);
});

test("a class weight is a buffer: part of the state, not learned", () => {
  const loss = new torch.nn.CrossEntropyLoss(tensor([1, 2, 3]));
  expect(Object.keys(loss.stateDict())).toEqual(["weight"]);
  expect(loss.parameters()).toEqual([]);
});

test("Dropout and RReLU do nothing random in evaluation", () => {
  const input = torch.ones([8]).neg();
  expect(new torch.nn.Dropout().eval().forward(input)).toBe(input);
  expect(new torch.nn.RReLU(0.25, 0.75).eval().forward(input).tolist()).toEqual(new Array(8).fill(-0.5));
});
