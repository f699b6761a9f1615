import { expect, test } from "vitest";
import { data, Generator, manualSeed, rand, tensor } from "../../src/index.js";

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

// Printed by PyTorch 1.13.
test.each<[n: number, lengths: number[], seed: number, parts: number[][]]>([
  [
    10,
    [7, 3],
    7,
    [
      [5, 0, 3, 4, 1, 7, 9],
      [6, 8, 2],
    ],
  ],
  [
    10,
    [0.75, 0.25],
    7,
    [
      [5, 0, 3, 4, 1, 7, 9, 6],
      [8, 2],
    ],
  ],
  [
    10,
    [0.3, 0.3, 0.4],
    42,
    [
      [2, 6, 1],
      [8, 4, 5],
      [0, 9, 3, 7],
    ],
  ],
  [
    11,
    [0.5, 0.25, 0.25],
    42,
    [
      [6, 8, 9, 2, 1, 10],
      [0, 7, 3],
      [5, 4],
    ],
  ],
  [1, [1], 42, [[0]]],
])("%i samples in %j with seed %i", (n, lengths, seed, parts) => {
  const generator = new Generator(seed);
  expect(data.randomSplit(range(n), lengths, generator).map(({ indices }) => indices)).toEqual(parts);
  manualSeed(seed);
  expect(data.randomSplit(range(n), lengths).map(({ indices }) => indices)).toEqual(parts);
});

test("the parts are datasets", () => {
  const dataset = new data.TensorDataset(tensor([10, 11, 12, 13]));
  const [train, rest] = data.randomSplit(dataset, [3, 1], { generator: new Generator(0) });
  expect([train.length, rest.length]).toEqual([3, 1]);
  const values = [train.at(0), train.at(1), train.at(2), rest.at(0)].map(([value]) => value.item());
  expect(values.toSorted()).toEqual([10, 11, 12, 13]);
  expect(train.at(-1)[0].item()).toBe(train.at(2)[0].item());
});

test.each<[unknown, string]>([
  [[1, 1], "Sum of input lengths does not equal the length of the input dataset! 1 + 1 = 2 ≠ 3"],
  [[-1, 4], "randomSplit: lengths are an array of numbers ≥ 0, such as [80, 20] or [0.8, 0.2], not [-1, 4]"],
  [[1.5, 1.5], "randomSplit: 1.5 is no length: lengths are integers, or fractions that sum to 1"],
  [[Number.NaN], "randomSplit: lengths are an array of numbers ≥ 0"],
  [3, "randomSplit: lengths are an array of numbers ≥ 0, such as [80, 20] or [0.8, 0.2], not 3"],
])("refuses the lengths %j of 3 samples and draws nothing", (lengths, message) => {
  manualSeed(1);
  expect(() => data.randomSplit(range(3), lengths as number[])).toThrow(message);
  const after = rand([1]).item();
  manualSeed(1);
  expect(rand([1]).item()).toBe(after);
});
