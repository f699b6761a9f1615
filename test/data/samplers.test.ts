import { expect, test } from "vitest";
import { data, Generator, manualSeed, rand } from "../../src/index.js";

const ten = Array.from({ length: 10 }, (_, k) => k);
const g = (): Generator => new Generator(3);

// Printed by PyTorch 1.13 after torch.manual_seed(7), with the next torch.rand(1) of the default generator.
test.each<[string, () => unknown, unknown, number]>([
  [
    "RandomSampler, more than there are",
    () => [...new data.RandomSampler(ten, { numSamples: 13 })],
    [3, 0, 1, 9, 4, 7, 2, 5, 6, 8, 1, 6, 4],
    0.6592116951942444,
  ],
  [
    "RandomSampler with replacement",
    () => [...new data.RandomSampler(ten, true, 40)],
    [
      3, 5, 7, 1, 0, 2, 3, 6, 1, 1, 6, 6, 0, 6, 0, 7, 4, 8, 6, 8, 0, 2, 4, 9, 6, 0, 4, 4, 1, 2, 7, 8, 8, 8, 1,
      5, 8, 1, 9, 3,
    ],
    0.6592116951942444,
  ],
  [
    "RandomSampler with a generator",
    () => {
      const generator = g();
      const sampler = new data.RandomSampler(ten, { replacement: true, numSamples: 4, generator });
      return [[...sampler], rand([1], { generator }).item()];
    },
    [[6, 8, 7, 7], 0.47161436080932617],
    0.5349225401878357,
  ],
  [
    "SubsetRandomSampler",
    () => [...new data.SubsetRandomSampler([2, 4, 6, 8, 10])],
    [2, 4, 8, 6, 10],
    0.23276156187057495,
  ],
  [
    "WeightedRandomSampler",
    () => [...new data.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 5)],
    [3, 3, 4, 4, 5],
    0.8549431562423706,
  ],
  [
    "WeightedRandomSampler without replacement",
    () => [...new data.WeightedRandomSampler([0.9, 0.4, 0.05, 0.2, 0.3, 0.1], 5, false)],
    [0, 1, 3, 4, 5],
    0.28683900833129883,
  ],
])("%s", (name, body, expected, next) => {
  manualSeed(7);
  const result = body();
  expect(result).toEqual(expected);
  if (!name.endsWith("generator")) expect(rand([1]).item()).toBe(next);
});

test("BatchSampler groups any numbers", () => {
  expect([...new data.BatchSampler(new data.SequentialSampler(ten), 4, false)]).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [8, 9],
  ]);
  expect([...new data.BatchSampler([5, 6, 7], { batchSize: 2, dropLast: true })]).toEqual([[5, 6]]);
});

test.each<[() => unknown, string]>([
  [
    () => new data.RandomSampler(ten, { numSamples: 0 }),
    "num_samples should be a positive integer value, but got num_samples=0",
  ],
  [
    () => new data.RandomSampler(ten, 1 as never),
    "replacement should be a boolean value, but got replacement=1",
  ],
  [
    () => new data.WeightedRandomSampler([1, 2], 0.5),
    "num_samples should be a positive integer value, but got num_samples=0.5",
  ],
  [
    () => new data.BatchSampler((function* () {})(), 2, false).length,
    "BatchSampler: its sampler has no length",
  ],
])("refuses %s", (body, message) => {
  expect(body).toThrow(message);
});
