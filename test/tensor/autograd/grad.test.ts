import { expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { autograd } = torch;
const leaf = (value: number) => torch.tensor(value, { dtype: "float64", requiresGrad: true });

test("what arrives at leaves that were not asked for is gone before the next pass", () => {
  const [x, w] = [leaf(3), leaf(5)];
  const gradient = (of: torch.Tensor) => autograd.grad(x.mul(w), [of])[0].item();
  expect([gradient(x), gradient(w), gradient(x), gradient(w)]).toEqual([5, 3, 5, 3]);
  expect([x.grad, w.grad]).toEqual([null, null]);
});

test("the same for backward with inputs, and for several outputs", () => {
  const [x, w] = [leaf(3), leaf(5)];
  x.mul(w).backward({ inputs: [x] });
  x.mul(w).backward({ inputs: [x] });
  expect(x.grad?.item()).toBe(10);
  expect(w.grad).toBeNull();
  expect(autograd.grad([x.mul(w), w.mul(2)], [w])[0].item()).toBe(5);
  x.mul(w).backward();
  expect([x.grad?.item(), w.grad?.item()]).toEqual([15, 3]);
});

test("and after a pass that failed half way", () => {
  const [x, w] = [leaf(3), leaf(5)];
  const product = x.mul(w);
  const handle = product.registerHook(() => {
    throw new Error("stop");
  });
  expect(() => product.mul(2).backward()).toThrow("stop");
  handle.remove();
  product.backward();
  expect([x.grad?.item(), w.grad?.item()]).toEqual([5, 3]);
});

test("a gradient by a tensor in the middle, and by one of two outputs of an operation", () => {
  const x = leaf(2);
  const middle = x.mul(3);
  expect(autograd.grad(middle.pow(2), [middle], { retainGraph: true })[0].item()).toBe(12);
  expect(autograd.grad(middle.pow(2), [x])[0].item()).toBe(36);
  const { values } = torch.stack([x, x.mul(2)]).max(0);
  expect(autograd.grad(values, [x])[0].item()).toBe(2);
});
