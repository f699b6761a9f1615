import fc from "fast-check";
import { expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { gradcheck, gradgradcheck } = torch.autograd;
const F = torch.nn.functional;

function values(shape: number[], seed: number): torch.Tensor {
  return torch.randn(shape, { dtype: "float64", generator: new torch.Generator(seed) }).requiresGrad_();
}

type Apply = (...inputs: torch.Tensor[]) => torch.Tensor;

/** Of inputs [batch, 2·channels, …size] with two tensors [2·channels]. */
const normalisations: [name: string, apply: Apply][] = [
  ["batchNorm", (x, w, b) => F.batchNorm(x, null, null, w, b, true)],
  ["batchNorm without weight", (x) => F.batchNorm(x, null, null, { training: true })],
  [
    "batchNorm of running statistics",
    (x, w, b) => F.batchNorm(x, torch.zerosLike(w!), torch.onesLike(w!), w, b),
  ],
  ["instanceNorm", (x, w, b) => F.instanceNorm(x, { weight: w, bias: b })],
  ["groupNorm", (x, w, b) => F.groupNorm(x, 2, w, b)],
  ["layerNorm", (x) => F.layerNorm(x, x.shape.slice(1))],
  ["rmsNorm", (x) => F.rmsNorm(x, x.shape.slice(2))],
  ["localResponseNorm", (x) => F.localResponseNorm(x, 3, { alpha: 0.5 })],
];

test.each(normalisations)("gradients of %s, and their gradients", { timeout: 60_000 }, (_, apply) => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 2, max: 3 }),
    fc.integer({ min: 0, max: 1e6 }),
  );
  fc.assert(
    fc.property(shapes, ([batch, channels, size, seed]) => {
      const inputs = [
        values([batch, 2 * channels, size], seed),
        values([2 * channels], seed + 1),
        values([2 * channels], seed + 2),
      ];
      // Values that lie close together have derivatives that finite differences cannot follow.
      fc.pre(Math.min(...F.avgPool1d(inputs[0]!.square(), size).toArray()) > 0.1);
      expect(gradcheck(apply, inputs, { rtol: 1e-2, atol: 1e-4 })).toBe(true);
      expect(gradgradcheck(apply, inputs, null, { rtol: 1e-2, atol: 1e-3 })).toBe(true);
    }),
    { numRuns: 4 },
  );
});

const poolings: [name: string, apply: Apply][] = [
  ["maxPool2d", (x) => F.maxPool2d(x, 2, { stride: 1, padding: 1 })],
  ["adaptiveMaxPool2d", (x) => F.adaptiveMaxPool2d(x, [2, 1])],
  ["avgPool2d", (x) => F.avgPool2d(x, 2, { stride: 1, padding: 1, countIncludePad: false })],
  ["adaptiveAvgPool2d", (x) => F.adaptiveAvgPool2d(x, [2, 3])],
];
test.each(poolings)("gradients of %s, and their gradients", (_, apply) => {
  const x = values([2, 2, 4, 3], 7);
  expect(gradcheck(apply, x)).toBe(true);
  expect(gradgradcheck(apply, x)).toBe(true);
});

test("NaN is the largest of a window, the first of equals is taken, and empty batches stay empty", () => {
  const x = torch.tensor([[[1, Number.NaN, 3, 3, 2, 2]]]);
  const [out, indices] = F.maxPool1d(x, 2, { returnIndices: true });
  expect([out.tolist(), indices.tolist()]).toEqual([[[[Number.NaN, 3, 2]]], [[[1, 2, 4]]]]);
  expect(F.maxPool2d(torch.zeros([0, 1, 4, 4]), 2).shape).toEqual([0, 1, 2, 2]);
});

test.each<[call: () => unknown, message: string]>([
  [
    () => F.batchNorm(torch.zeros([1, 3]), null, null, { training: true }),
    "Expected more than 1 value per channel when training, got input size [1, 3]",
  ],
  [
    () => F.batchNorm(torch.zeros([2, 3]), null, null),
    "expected runningMean and runningVar to be given when training=false",
  ],
  [
    () => F.layerNorm(torch.zeros([2, 3]), [2]),
    "given normalizedShape=[2], expected input with shape [*, 2], but got input of size [2, 3]",
  ],
  [
    () => F.groupNorm(torch.zeros([2, 3]), 2),
    "groupNorm: expected number of channels in input to be divisible by num_groups",
  ],
  [() => F.maxPool2d(torch.zeros([1, 2, 2]), 3), "Output size is too small"],
  [
    () => F.maxPool2d(torch.zeros([1, 4, 4]), 2, { padding: 2 }),
    "maxPool2d: pad should be at most half of kernel size, but got pad=2,2 and kernel_size=2,2",
  ],
  [
    () => F.avgPool2d(torch.zeros([1, 4, 4]), 2, { divisorOverride: 0 }),
    "avgPool2d: divisor must be not zero",
  ],
  [
    () => new torch.nn.BatchNorm2d(3).forward(torch.zeros([2, 3])),
    "BatchNorm2d: expected 4D input (got 2D input)",
  ],
])("%s", (call, message) => {
  expect(call).toThrow(message);
});
