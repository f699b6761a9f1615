import { expect, test } from "vitest";
import { tensor } from "../../../src/index.js";

// 1 + 2^−7 is the neighbour of 1.
test.each([
  [1 + 2 ** -9, 1],
  [1 + 2 ** -8, 1],
  [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
  [1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [-1 - 3 * 2 ** -8, -1 - 2 ** -6],
  [3.4028234e38, Infinity],
  [-Infinity, -Infinity],
  [NaN, NaN],
  [-0, -0],
  [2 ** -140, 0],
])("%d is rounded to %d", (value, expected) => {
  expect(tensor([value]).bfloat16().tolist()).toEqual([expected]);
});

test("the result is float32, and so is the gradient's way, rounded too", () => {
  const x = tensor([1.001, 2], { dtype: "float64", requiresGrad: true });
  const y = x.bfloat16();
  expect([y.dtype, y.tolist()]).toEqual(["float32", [1, 2]]);
  y.mul(tensor([1.001, 3]))
    .sum()
    .backward();
  expect([x.grad?.dtype, x.grad?.tolist()]).toEqual(["float64", [1, 3]]);
});
