import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { checkOptionNames, isOptions, namedArguments } from "../../src/tensor/arguments.js";

const bind = (...given: unknown[]): object =>
  namedArguments<Record<"dim" | "keepdim" | "dtype", unknown>>(
    "op",
    ["dim", "keepdim", "dtype"] as const,
    given,
  );

describe("namedArguments", () => {
  test.each<[given: unknown[], bound: object]>([
    [[], {}],
    [[1], { dim: 1 }],
    [[1, true, "float32"], { dim: 1, keepdim: true, dtype: "float32" }],
    [[{ keepdim: true }], { keepdim: true }],
    [[1, { dtype: "int64" }], { dim: 1, dtype: "int64" }],
    [[[0, 1]], { dim: [0, 1] }],
    [[null], { dim: null }],
    [[undefined, true], { keepdim: true }],
    [[1, undefined], { dim: 1 }],
    [[{}], {}],
  ])("%j", (given, bound) => {
    expect(bind(...given)).toEqual(bound);
  });
  test.each<[given: unknown[], message: string]>([
    [[1, true, "float32", 4], "op: takes at most 3 positional arguments (dim, keepdim, dtype), got 4"],
    [[{ dims: 1 }], "op: unknown option dims; the options are dim, keepdim, dtype"],
    [[1, { dim: 1 }], "op: dim is given twice, by position and by name"],
    [[{ toString: 1 }], "op: unknown option toString"],
  ])("%j is refused", (given, message) => {
    expect(() => bind(...given)).toThrow(message);
  });
});

test("only plain objects are options", () => {
  expect([{}, [], null, 1, torch.ones([1]), new Date(), Float32Array.of(1)].map(isOptions)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(() => checkOptionNames("op", ["a"], { b: 1 })).toThrow("op: unknown option b; the options are a");
});
