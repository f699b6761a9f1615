import { expect, test } from "vitest";
import { data, ones, tensor } from "../../src/index.js";

test("TensorDataset: samples are views along the first dimension", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const dataset = new data.TensorDataset(x, tensor([5, 6]));
  expect(dataset.length).toBe(2);
  expect(dataset.at(1).map((part) => part.tolist())).toEqual([[3, 4], 6]);
  expect(dataset.at(-2).map((part) => part.tolist())).toEqual([[1, 2], 5]);
  expect(dataset.at(0)[0].storage).toBe(x.storage);
  expect(() => dataset.at(2)).toThrow("index 2 is out of range");
});

test.each<[() => unknown, string]>([
  [() => new data.TensorDataset(ones([2]), ones([3])), "Size mismatch between tensors: 2, 3 samples"],
  [() => new data.TensorDataset(tensor(1)), "0-dim tensor"],
  [() => new data.TensorDataset(), "expected at least one tensor"],
  [() => new data.TensorDataset([1, 2] as never), "TensorDataset: expected a Tensor, got an array"],
  [() => new data.Subset({} as never, [0]), "Subset: a dataset is an array, or has length and at(index)"],
  [() => new data.Subset([1, 2], [0]).at(1), "Subset: index 1 is out of range for a dataset of length 1"],
  [() => new data.Subset([1, 2], [5]).at(0), "Subset: index 5 is out of range for a dataset of length 2"],
])("refuses %s", (body, message) => {
  expect(body).toThrow(message);
});
