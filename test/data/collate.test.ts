import { expect, test } from "vitest";
import { arange, data, ones, type Tensor, tensor } from "../../src/index.js";

const { defaultCollate } = data;
const show = (value: Tensor): unknown => [value.dtype, value.shape, value.tolist()];

test.each<[unknown[], unknown]>([
  [
    [1, 2],
    ["int64", [2], [1, 2]],
  ],
  [
    [1.5, 2],
    ["float64", [2], [1.5, 2]],
  ],
  [
    [true, false],
    ["bool", [2], [1, 0]],
  ],
  [
    [1, true],
    ["int64", [2], [1, 1]],
  ],
  [
    [ones([2]), ones([2])],
    [
      "float32",
      [2, 2],
      [
        [1, 1],
        [1, 1],
      ],
    ],
  ],
  [
    [ones([2]), arange(2)],
    [
      "float32",
      [2, 2],
      [
        [1, 1],
        [0, 1],
      ],
    ],
  ],
  [
    [arange(6).reshape([2, 3]).T],
    [
      "int64",
      [1, 3, 2],
      [
        [
          [0, 3],
          [1, 4],
          [2, 5],
        ],
      ],
    ],
  ],
  [[arange(6).narrow(0, 4, 2)], ["int64", [1, 2], [[4, 5]]]],
  [
    [tensor(3), tensor(4)],
    ["float32", [2], [3, 4]],
  ],
  [
    [ones([0, 3]), ones([0, 3])],
    ["float32", [2, 0, 3], [[], []]],
  ],
  [[new Float64Array([1, 2])], ["float64", [1, 2], [[1, 2]]]],
])("%j", (batch, expected) => {
  expect(show(defaultCollate(batch) as unknown as Tensor)).toEqual(expected);
});

test("arrays by position, objects by key, strings unchanged, to any depth", () => {
  const batch = defaultCollate([
    { name: "a", point: [1, 2.5], target: { label: 0 } },
    { name: "b", point: [3, 4], target: { label: 1 } },
  ]);
  expect(batch.name).toEqual(["a", "b"]);
  expect((batch.point as Tensor[]).map(show)).toEqual([
    ["int64", [2], [1, 3]],
    ["float64", [2], [2.5, 4]],
  ]);
  expect(show(batch.target.label)).toEqual(["int64", [2], [0, 1]]);
});

test.each<[unknown[], string]>([
  [[], "default_collate: the batch is empty"],
  [
    [ones([2]), ones([3])],
    "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
  ],
  [[[1, 2], [3]], "each element in list of batch should be of equal size, but got 2, 1"],
  [
    [null],
    "default_collate: batch must contain tensors, typed arrays, numbers, strings, objects or arrays; found null",
  ],
  [[new Map()], "found Map"],
  [[1n], "found bigint"],
  [[1, "a"], "default_collate: element 1 of the batch is string, where element 0 is a number"],
  [[{ a: 1 }, { b: 1 }], "default_collate: element 1 of the batch has no key a"],
  [[ones([2], { requiresGrad: true })], "a tensor of the batch requires grad"],
])("refuses %o", (batch, message) => {
  expect(() => defaultCollate(batch)).toThrow(message);
});
