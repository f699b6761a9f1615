import { expect, test } from "vitest";
import { significant, table } from "./table.js";

test("columns are as wide as their widest cell, numbers to the right", () => {
  const rows = [
    ["", "ours", "goal"],
    ["SimpleNet, µs", "20.1", "✓ 20.1 ≤ 25"],
    ["matmul", "–", ""],
  ];
  expect(table(rows, new Set([1])).split("\n")).toEqual([
    "               ours  goal",
    "─────────────  ────  ───────────",
    "SimpleNet, µs  20.1  ✓ 20.1 ≤ 25",
    "matmul            –",
  ]);
});

test.each([
  [0.012345, "0.0123"],
  [1.2345, "1.23"],
  [12.345, "12.3"],
  [99.99, "100"],
  [1234.5, "1235"],
  [0, "0.00"],
])("%d is written %s", (value, text) => {
  expect(significant(value)).toBe(text);
});
