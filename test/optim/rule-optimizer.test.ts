import { describe, expect, test } from "vitest";
import { features } from "../../src/engine/wasm/features.js";
import * as torch from "../../src/index.js";

const sgd = (params: torch.Tensor[]) => new torch.optim.SGD(params, { lr: 0.5 });

describe("parameters that share memory are stepped one after the other", () => {
  test.each([10, 1000])("%d elements", (n) => {
    const first = torch.ones([n]).requiresGrad_();
    const second = first.detach().requiresGrad_();
    const third = torch.ones([n]).requiresGrad_();
    first.grad = torch.full([n], 2);
    // The gradients are tensors that the steps before change.
    second.grad = first.detach();
    third.grad = second.detach();
    sgd([first, second, third]).step();
    // 1 − 0.5·2 = 0, then 0 − 0.5·0 = 0, then 1 − 0.5·0 = 1
    expect([first, third].map((tensor) => tensor.sum().item())).toEqual([0, n]);
  });
});

test.skipIf(!features.simd)("a step that is interrupted leaves nothing behind for the next one", () => {
  const [first, second] = [1, 1].map((value) => torch.full([1000], value).requiresGrad_());
  for (const parameter of [first, second]) parameter.grad = torch.ones([1000]);
  first.grad!.storage.settle();
  const gradient = second.grad!;
  gradient.isContiguous = () => {
    throw new Error("interrupted");
  };
  const optimizer = sgd([first, second]);
  expect(() => optimizer.step()).toThrow("interrupted");
  gradient.isContiguous = torch.Tensor.prototype.isContiguous;
  first.grad = null;
  optimizer.step();
  expect([first, second].map((tensor) => tensor.mean().item())).toEqual([1, 0.5]);
});

describe.skipIf(!features.simd)("the memory of gradients", () => {
  const parameter = torch.ones([1000]).requiresGrad_();
  const optimizer = sgd([parameter]);
  const isMoved = (steps: number): boolean => {
    parameter.grad = torch.ones([1000]);
    const { storage } = parameter.grad;
    for (let t = 0; t < steps; t++) optimizer.step();
    return storage.address !== 0;
  };

  test("one that stays is moved, and each further one has to stay twice as long", () => {
    expect([1, 1, 2, 2, 3, 4, 4, 7, 8].map(isMoved)).toEqual([
      ...[false, false, true, false, false, true, false, false, true],
    ]);
  });

  test("a moved gradient is the user's as before", () => {
    const gradient = torch.ones([1000]);
    parameter.grad = gradient;
    for (let t = 0; t < 16; t++) optimizer.step();
    expect(gradient.storage.address).not.toBe(0);
    const before = parameter.sum().item();
    gradient.fill_(2);
    optimizer.step();
    expect(before - parameter.sum().item()).toBeCloseTo(1000, 6);
    optimizer.zeroGrad({ setToNone: false });
    expect(gradient.sum().item()).toBe(0);
  });
});
