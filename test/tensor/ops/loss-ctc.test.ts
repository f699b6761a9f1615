import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const F = torch.nn.functional;
const { autograd, tensor } = torch;

/** What is left of a path of classes: repetitions become one, blanks vanish. */
const collapsed = (path: number[], blank: number): number[] =>
  path.filter((label, t) => label !== blank && label !== path[t - 1]);

/** The sum over all paths by their definition: classes^time of them. */
function bySearch(probabilities: number[][], target: number[], blank: number): number {
  const classes = probabilities[0]?.length ?? 0;
  const rest = (path: number[], probability: number): number => {
    if (path.length === probabilities.length)
      return String(collapsed(path, blank)) === String(target) ? probability : 0;
    let total = 0;
    for (let c = 0; c < classes; c++)
      total += rest([...path, c], probability * (probabilities[path.length]?.[c] ?? 0));
    return total;
  };
  return -Math.log(rest([], 1));
}

const classes = 3;
const batches = fc
  .record({
    time: fc.integer({ min: 1, max: 5 }),
    blank: fc.integer({ min: 0, max: classes - 1 }),
    samples: fc.array(
      fc.record({
        used: fc.integer({ min: 1, max: 5 }),
        labels: fc.array(fc.integer({ min: 1, max: classes - 1 }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    seed: fc.nat(),
  })
  .map(({ time, blank, samples, seed }) => {
    torch.manualSeed(seed);
    return {
      blank,
      scores: torch.randn([time, samples.length, classes], { dtype: "float64" }),
      inputLengths: samples.map(({ used }) => Math.min(used, time)),
      targets: samples.map(({ labels }) => labels.map((label) => (blank + label) % classes)),
    };
  });
const concatenated = (targets: number[][]): torch.Tensor => tensor(targets.flat(), { dtype: "int64" });
const lengths = (targets: number[][]): number[] => targets.map((target) => target.length);

describe("ctcLoss", () => {
  test("is the sum over all paths", () => {
    fc.assert(
      fc.property(batches, ({ blank, scores, inputLengths, targets }) => {
        const losses = F.ctcLoss(
          scores.logSoftmax(-1),
          concatenated(targets),
          inputLengths,
          lengths(targets),
          blank,
          "none",
        );
        const probabilities = scores.softmax(-1).transpose(0, 1).tolist() as number[][][];
        targets.forEach((target, n) => {
          const expected = bySearch((probabilities[n] ?? []).slice(0, inputLengths[n]), target, blank);
          const actual = losses.toArray()[n] as number;
          if (expected === Infinity) expect(actual).toBe(Infinity);
          else expect(actual).toBeCloseTo(expected, 10);
        });
      }),
    );
  });

  test("has the gradient of its differences, through a log-softmax", () => {
    fc.assert(
      fc.property(
        batches,
        fc.constantFrom("mean" as const, "sum" as const, "none" as const),
        ({ blank, scores, inputLengths, targets }, reduction) => {
          autograd.gradcheck(
            (x) =>
              F.ctcLoss(x.logSoftmax(-1), concatenated(targets), inputLengths, lengths(targets), {
                blank,
                reduction,
                zeroInfinity: true,
              }),
            [scores.requiresGrad_()],
          );
        },
      ),
    );
  });

  test("takes padded targets, tensors of lengths, and a single sample", () => {
    const logProbs = torch.randn([4, 2, 3]).logSoftmax(-1);
    const padded = tensor(
      [
        [1, 2],
        [2, -1],
      ],
      { dtype: "int32" },
    );
    const given = [tensor([4, 3], { dtype: "int64" }), tensor([2, 1], { dtype: "int32" })] as const;
    const both = F.ctcLoss(logProbs, padded, ...given, { reduction: "none" });
    expect(both.dtype).toBe("float32");
    expect(F.ctcLoss(logProbs, concatenated([[1, 2], [2]]), [4, 3], [2, 1], 0, "none").tolist()).toEqual(
      both.tolist(),
    );
    const one = F.ctcLoss(logProbs.select(1, 1), tensor([2], { dtype: "int64" }), [3], [1], 0, "none");
    expect([one.shape, one.item()]).toEqual([[], both.toArray()[1]]);
  });

  test("of no time at all is 0 for no labels and infinite for some", () => {
    const logProbs = torch.zeros([2, 2, 3]).logSoftmax(-1).requiresGrad_();
    const losses = F.ctcLoss(logProbs, concatenated([[], [1]]), [0, 0], [0, 1], 0, "none");
    expect(losses.tolist()).toEqual([0, Infinity]);
    losses.sum().backward();
    expect(logProbs.grad?.abs().sum().item()).toBe(0);
  });

  test("cannot be differentiated twice", () => {
    const x = torch.zeros([2, 3]).requiresGrad_();
    const loss = F.ctcLoss(x.logSoftmax(-1), tensor([1], { dtype: "int64" }), [2], [1]);
    const [gradient] = autograd.grad(loss, [x], { createGraph: true });
    expect(() => gradient?.square().sum().backward()).toThrow(
      "ctcLoss: the second derivative is not implemented",
    );
  });

  const logProbs = torch.zeros([4, 2, 3]).logSoftmax(-1);
  const targets = tensor(
    [
      [1, 2],
      [2, 1],
    ],
    { dtype: "int64" },
  );
  const wrong = (value: unknown): never => value as never;
  test.each<[call: () => unknown, message: string]>([
    [
      () => F.ctcLoss(torch.zeros([3]), targets, [4, 4], [2, 2]),
      "ctcLoss: expected log-probabilities [T, N, C] or [T, C], not empty, got [3]",
    ],
    [() => F.ctcLoss(torch.zeros([4, 0, 3]), targets, [], []), "not empty, got [4, 0, 3]"],
    [
      () => F.ctcLoss(logProbs.long(), targets, [4, 4], [2, 2]),
      "ctcLoss: is not supported on int64 tensors: convert them first, for example with float()",
    ],
    [
      () => F.ctcLoss(logProbs, targets.float(), [4, 4], [2, 2]),
      "ctcLoss: targets must be integral: expected int64, found float32; convert it with long()",
    ],
    [
      () => F.ctcLoss(logProbs, targets, tensor([4, 4]), [2, 2]),
      "ctcLoss: inputLengths must be integral: expected int64, found float32",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4], [2, 2]),
      "ctcLoss: inputLengths must be of size batch_size: one for each of 2 samples, got 1",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 4], [2, 0.5]),
      "ctcLoss: targetLengths must be integers ≥ 0, got 0.5",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 5], [2, 2]),
      "ctcLoss: Expected inputLengths to have value at most 4, but got value 5",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 4], [2, 3]),
      "ctcLoss: expected targets [2, ≥ 3] or, one after the other, [5] for target lengths [2, 3], got [2, 2]",
    ],
    [
      () => F.ctcLoss(logProbs, targets.reshape([4]), [4, 4], [2, 1]),
      "ctcLoss: expected targets [2, ≥ 2] or, one after the other, [3] for target lengths [2, 1], got [4]",
    ],
    [
      () => F.ctcLoss(logProbs, targets.add(1), [4, 4], [2, 2]),
      "ctcLoss: Target 3 is out of bounds: there are 3 classes",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 4], [2, 2], 2),
      "ctcLoss: the targets of sample 0 hold the blank, 2, which is no label",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 4], [2, 2], 3),
      "ctcLoss: blank must be in label range: an integer from 0 to 2, not 3",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 4], [2, 2], { reduction: wrong("average") }),
      "ctcLoss: average is not a valid value for reduction: it is one of mean, sum, none",
    ],
    [
      () => F.ctcLoss(logProbs, targets, [4, 4], [2, 2], { zeroInfinity: wrong(1) }),
      "ctcLoss: zeroInfinity is true or false, not 1",
    ],
    [
      () => F.ctcLoss(logProbs, targets, wrong(4), [2, 2]),
      "ctcLoss: inputLengths are an array or a tensor of integers, not 4",
    ],
    [
      () => new torch.nn.CTCLoss({ zero: true } as never),
      "CTCLoss: unknown option zero; the options are blank, reduction, zeroInfinity",
    ],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
