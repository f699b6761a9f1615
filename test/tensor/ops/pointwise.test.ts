import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { values, views } from "../grid.js";

const { tensor } = torch;
const functions: [name: string, ours: (x: torch.Tensor) => torch.Tensor, exact: (x: number) => number][] = [
  ["neg", torch.neg, (x) => -x],
  ["abs", torch.abs, Math.abs],
  // As in PyTorch, −0 has no sign, but relu keeps it.
  ["sign", torch.sign, (x) => (x > 0 ? 1 : x < 0 ? -1 : 0)],
  ["square", torch.square, (x) => x * x],
  ["sqrt", torch.sqrt, Math.sqrt],
  ["exp", torch.exp, Math.exp],
  ["log", torch.log, Math.log],
  ["sin", torch.sin, Math.sin],
  ["cos", torch.cos, Math.cos],
  ["tanh", torch.tanh, Math.tanh],
  ["sigmoid", torch.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  ["relu", torch.relu, (x) => (x < 0 ? 0 : x)],
];

test.each(functions)("%s of any view", (name, ours, exact) => {
  fc.assert(
    fc.property(views, ({ tensor: x, grid }) => {
      const result = ours(x);
      expect(result.shape).toEqual(grid.shape);
      expect([...result.toArray()]).toEqual(values(grid).map(exact));
      const method = x[name as "exp"]();
      expect([...method.toArray()]).toEqual([...result.toArray()]);
    }),
  );
});

describe("dtypes", () => {
  test.each(functions)("%s of integers", (name, ours) => {
    const kept = ["neg", "abs", "sign", "square", "relu"].includes(name);
    expect(ours(tensor([1, 4], { dtype: "int32" })).dtype).toBe(kept ? "int32" : "float32");
  });
  test("square of bools is that of integers", () => {
    expect(tensor([true, false]).square()).toMatchObject({ dtype: "int64" });
  });
  test.each(["neg", "abs", "relu"] as const)("%s refuses bools", (name) => {
    expect(() => tensor([true])[name]()).toThrow(`${name}: is not supported on bool tensors`);
  });
  test.each(functions)("%s refuses what is no tensor", (name, ours) => {
    expect(() => ours(2 as never)).toThrow(`${name}: expected a Tensor, got number`);
  });
});

test("NaN and infinities pass through", () => {
  const x = tensor([NaN, Infinity, -Infinity]);
  expect(x.relu().tolist()).toEqual([NaN, Infinity, 0]);
  expect(x.sigmoid().tolist()).toEqual([NaN, 1, 0]);
  expect(x.tanh().tolist()).toEqual([NaN, 1, -1]);
});
