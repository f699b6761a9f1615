import { expect, test } from "vitest";
import {
  arange,
  Generator,
  manualSeed,
  multinomial,
  rand,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.js";

const weights = tensor([0.1, 0.2, 0.3, 0.4]);
const both = tensor([
  [0.1, 0.2, 0.3, 0.4],
  [0.4, 0.3, 0.2, 0.1],
]);

// Printed by PyTorch 1.13 after torch.manual_seed(seed), with the next torch.rand(1).
test.each<[seed: number, draws: () => Tensor[], expected: unknown[], next: number]>([
  [0, () => [multinomial(weights, 1, true)], [[3]], 0.08847743272781372],
  [1, () => [multinomial(weights, 1, true)], [[0]], 0.40306925773620605],
  [
    1,
    () => [
      multinomial(both, 2),
      multinomial(both, 5, { replacement: true }),
      both.double().multinomial(1, true),
    ],
    [
      [
        [3, 0],
        [1, 0],
      ],
      [
        [2, 2, 2, 2, 3],
        [0, 0, 0, 1, 0],
      ],
      [[2], [2]],
    ],
    0.9906089901924133,
  ],
  [
    2,
    () => [
      multinomial(both, 2),
      multinomial(both, { numSamples: 5, replacement: true }),
      both.double().multinomial(1, true),
    ],
    [
      [
        [1, 3],
        [2, 1],
      ],
      [
        [3, 2, 0, 3, 3],
        [2, 2, 0, 3, 0],
      ],
      [[3], [0]],
    ],
    0.342998743057251,
  ],
])("seed %i, case %#", (seed, draws, expected, next) => {
  manualSeed(seed);
  expect(draws().map((draw) => draw.tolist())).toEqual(expected);
  expect(rand([1]).item()).toBe(next);
});

test("shapes, dtype, a generator of its own", () => {
  expect(multinomial(zeros([0, 3]), 2).shape).toEqual([0, 2]);
  const generator = new Generator(4);
  const first = multinomial(weights.T, 3, { generator });
  expect([first.dtype, first.shape]).toEqual(["int64", [3]]);
  expect(multinomial(weights, 3, false, { generator: new Generator(4) }).tolist()).toEqual(first.tolist());
});

test.each<[() => unknown, string]>([
  [() => multinomial(arange(4), 1), "multinomial only supports floating-point dtypes for input, got: int64"],
  [() => multinomial(tensor(1), 1), "prob_dist must be 1 or 2 dim, but has 0"],
  [() => multinomial(weights, 5), "cannot sample n_sample > prob_dist.size(-1) samples without replacement"],
  [() => multinomial(weights, 0), "cannot sample n_sample <= 0 samples"],
  [() => multinomial(weights, 1.5), "the number of samples is an integer, not 1.5"],
  [() => multinomial(zeros([3]), 1), "invalid multinomial distribution (sum of probabilities <= 0)"],
  [() => multinomial(tensor([1, -1]), 1), "probability tensor contains either `inf`, `nan` or element < 0"],
])("refuses %s", (body, message) => {
  expect(body).toThrow(message);
});
