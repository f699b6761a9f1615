import { describe, expect, test } from "vitest";
import { compareNumbers, compareValue, exactly, Mismatch, relative, unitsInTheLastPlace } from "./compare.js";
import { parseGolden, titleOf } from "./format.js";

describe("parseGolden", () => {
  test.each([
    ["[1.25, -3, 1e-3]", [1.25, -3, 1e-3]],
    ['["NaN", "Infinity", "-Infinity", "text"]', [Number.NaN, Infinity, -Infinity, "text"]],
    ["[9223372036854775807,-9007199254740993]", [9223372036854775807n, -9007199254740993n]],
    ["[1000000000000000, 9007199254740991]", [1000000000000000, 9007199254740991]],
    [
      "[0.1234567890123456789, 1e-1234567890123456, 12345678901234567.5]",
      [0.12345678901234568, 0, 12345678901234568],
    ],
    [
      '{"12345678901234567890": "a 12345678901234567890"}',
      { "12345678901234567890": "a 12345678901234567890" },
    ],
  ])("%s", (text, expected) => {
    expect(parseGolden(text)).toEqual(expected);
  });
});

test.each([
  [{ id: "SGD-1" }, "SGD-1"],
  [
    { seed: 3, calls: [{ expr: "torch.rand(1)" }, { expr: "torch.rand(2)" }] },
    "7: seed 3, torch.rand(1); torch.rand(2)",
  ],
  [{ kind: "LSTM" }, "7: LSTM"],
])("the title of %j", (golden, title) => {
  expect(titleOf(golden, 7)).toBe(title);
});

describe("compareNumbers", () => {
  test.each([
    ["equal", [1, Number.NaN, -Infinity], [1, Number.NaN, -Infinity], exactly],
    ["both zeros", [-0], [0], exactly],
    ["bigint against a number", [2 ** 60], [2n ** 60n], exactly],
    ["relative to the largest", [100, 1e-7], [100, 0], relative(1e-9)],
    ["never less than the floor", [0.5], [0], relative(1e-9, 0.5)],
    ["four units in the last place", [1 + 4 * Number.EPSILON], [1], unitsInTheLastPlace(4)],
  ])("accepts: %s", (_title, actual, expected, tolerance) => {
    compareNumbers("x", actual, expected, tolerance);
  });

  test.each([
    ["x: 2 values, expected 1", [1, 2], [1], exactly],
    ["x[1]: 3, expected 2 (difference 1.00e+0, allowed 0.00e+0)", [1, 3], [1, 2], exactly],
    ["x: NaN, expected 1", [Number.NaN], [1], relative(1)],
    ["x: 1, expected NaN", [1], [Number.NaN], relative(1)],
    ["x: 1, expected Infinity", [1], [Infinity], relative(1)],
    ["x: 1152921504606846976, expected 1152921504606846977", [2n ** 60n], [2n ** 60n + 1n], exactly],
    ["x: 1.000000000000001", [1 + 5 * Number.EPSILON], [1], unitsInTheLastPlace(4)],
    ["x: 5e-324, expected 0", [5e-324], [0], relative(1e-9)],
  ])("refuses: %s", (message, actual, expected, tolerance) => {
    expect(() => compareNumbers("x", actual, expected, tolerance)).toThrow(message);
  });
});

test.each([
  ["x: 1, expected a Tensor", 1, { shape: [], dtype: "float32", data: [1] }],
  ["x: 2 items, expected 1", [1, 2], [1]],
  ["x: 1, expected a list", 1, [1]],
  ["x: b missing", { a: 1 }, { a: 1, b: 2 }],
  ["x: c not expected", { a: 1, c: 2 }, { a: 1 }],
  ["x: text, expected the number 1", "text", 1],
  ["x: 1, expected null", 1, null],
])("compareValue refuses: %s", (message, actual, expected) => {
  expect(() => compareValue("x", actual, expected, () => exactly)).toThrow(new Mismatch(message));
});
