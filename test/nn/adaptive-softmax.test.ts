import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { autograd, nn, tensor } = torch;
const classes = (values: number[]): torch.Tensor => tensor(values, { dtype: "int64" });
const make = (headBias = false): torch.nn.AdaptiveLogSoftmaxWithLoss =>
  new nn.AdaptiveLogSoftmaxWithLoss(6, 9, [3, 4, 7], 1.5, { headBias, dtype: "float64" });

describe("AdaptiveLogSoftmaxWithLoss", () => {
  test("has PyTorch's parameters", () => {
    const layer = new nn.AdaptiveLogSoftmaxWithLoss(16, 100, [10, 40], { headBias: true });
    expect([...layer.namedParameters()].map(([name, { shape }]) => [name, shape])).toEqual([
      ["head.weight", [12, 16]],
      ["head.bias", [12]],
      ["tail.0.0.weight", [4, 16]],
      ["tail.0.1.weight", [30, 4]],
      ["tail.1.0.weight", [1, 16]],
      ["tail.1.1.weight", [60, 1]],
    ]);
    expect(layer.cutoffs).toEqual([10, 40, 100]);
  });

  const rows = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 6 });
  test("gives the log-probabilities of the targets, which add up to 1", () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.boolean(), (right, seed, headBias) => {
        torch.manualSeed(seed);
        const layer = make(headBias);
        const input = torch.randn([right.length, 6], { dtype: "float64" }).mul(3);
        const all = layer.logProb(input);
        expect(all.shape).toEqual([right.length, 9]);
        for (const total of all.exp().sum(1).toArray()) expect(total).toBeCloseTo(1, 12);
        const { output, loss } = layer.forward(input, classes(right));
        expect(output.shape).toEqual([right.length]);
        right.forEach((label, n) => {
          expect(output.toArray()[n]).toBeCloseTo(all.at(n, label).item(), 12);
        });
        if (right.length === 0) expect(loss.item()).toBeNaN();
        else expect(loss.item()).toBeCloseTo(-output.mean().item(), 12);
        expect(layer.predict(input).tolist()).toEqual(all.argmax(1).tolist());
        expect(layer.predict(input).dtype).toBe("int64");
      }),
    );
  });

  test("takes a single sample", () => {
    const layer = make();
    const input = torch.randn([6], { dtype: "float64" });
    const [output, loss] = layer.forward(input, tensor(8, { dtype: "int64" }));
    expect([output?.shape, loss?.shape]).toEqual([[], []]);
    expect(output?.item()).toBe(layer.forward(input.unsqueeze(0), classes([8])).output.item());
  });

  test("has the gradients of its differences", () => {
    const layer = make(true);
    const input = torch.randn([5, 6], { dtype: "float64" }).requiresGrad_();
    const right = classes([0, 8, 3, 4, 2]);
    const leaves = [input, ...layer.parameters()];
    for (const apply of [
      (): torch.Tensor => layer.forward(input, right).loss,
      (): torch.Tensor => layer.forward(input, right).output,
      (): torch.Tensor => layer.logProb(input),
    ]) {
      autograd.gradcheck(apply, leaves);
      autograd.gradgradcheck(apply, leaves);
    }
  });

  const bad = (value: unknown): never => value as never;
  const cutoffs =
    "AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and nClasses-1 (9), got ";
  const input = torch.zeros([2, 6], { dtype: "float64" });
  test.each<[call: () => unknown, message: string]>([
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [5, 2]), `${cutoffs}[5,2]`],
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 2]), `${cutoffs}[2,2]`],
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [0, 2]), `${cutoffs}[0,2]`],
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 10]), `${cutoffs}[2,10]`],
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2.5]), `${cutoffs}[2.5]`],
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, []), `${cutoffs}[]`],
    [() => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, bad(3)), `${cutoffs}3`],
    [
      () => new nn.AdaptiveLogSoftmaxWithLoss({ inFeatures: 4, nClasses: 10 }),
      "AdaptiveLogSoftmaxWithLoss: missing required arguments: cutoffs",
    ],
    [
      () => new nn.AdaptiveLogSoftmaxWithLoss(0, 10, [2]),
      "AdaptiveLogSoftmaxWithLoss: inFeatures must be an integer ≥ 1, not 0",
    ],
    [
      () => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2], 0),
      "AdaptiveLogSoftmaxWithLoss: divValue must be a number > 0, not 0",
    ],
    [
      () => new nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2], 4, bad(1)),
      "AdaptiveLogSoftmaxWithLoss: headBias is true or false, not 1",
    ],
    [
      () => make().forward(input, classes([1, 9])),
      "AdaptiveLogSoftmaxWithLoss: Target values should be in [0, 8], but 9 was found",
    ],
    [
      () => make().forward(input, classes([1])),
      "AdaptiveLogSoftmaxWithLoss: expected an input [1, 6] for a target [1], got [2, 6]",
    ],
    [
      () => make().forward(input, tensor([1, 2])),
      "AdaptiveLogSoftmaxWithLoss: the target holds the numbers of classes: expected int64, found float32",
    ],
    [
      () => make().forward(input, torch.zeros([2, 1], { dtype: "int64" })),
      "0D or 1D target tensor expected, multi-target not supported, got [2, 1]",
    ],
    [
      () => make().logProb(input.at(0)),
      "AdaptiveLogSoftmaxWithLoss.logProb: expected an input [N, 6], got [6]",
    ],
    [
      () => make().predict(torch.zeros([2, 5])),
      "AdaptiveLogSoftmaxWithLoss.predict: expected an input [N, 6], got [2, 5]",
    ],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
