import { describe, expect, it } from "vitest";
import { optim, zeros } from "../../src/index.js";

const p = zeros([1], { requiresGrad: true });
const adam = (options: Partial<optim.AdamOptions>) => () => new optim.Adam([p], options);
const sgd = (options: Partial<optim.SGDOptions>) => () => new optim.SGD([p], options);

describe("option values out of range are refused in PyTorch's words", () => {
  it.each<[string, () => unknown]>([
    ["Invalid learning rate: -0.1", sgd({ lr: -0.1 })],
    ["Invalid learning rate: NaN", sgd({ lr: Number.NaN })],
    ["Invalid learning rate: 0.1", sgd({ lr: "0.1" as never })],
    ["Invalid momentum value: -0.5", sgd({ momentum: -0.5 })],
    ["Invalid weight_decay value: -1", sgd({ weightDecay: -1 })],
    ["Invalid dampening value: NaN", sgd({ dampening: Number.NaN })],
    ["Nesterov momentum requires a momentum and zero dampening", sgd({ nesterov: true })],
    [
      "Nesterov momentum requires a momentum and zero dampening",
      sgd({ nesterov: true, momentum: 0.9, dampening: 0.1 }),
    ],
    ["Invalid learning rate: -1", adam({ lr: -1 })],
    ["Invalid epsilon value: -1e-8", adam({ eps: -1e-8 })],
    ["Invalid beta parameter at index 0: 1", adam({ betas: [1, 0.9] })],
    ["Invalid beta parameter at index 1: -0.1", adam({ betas: [0.9, -0.1] })],
    ["Invalid beta parameter at index 1: NaN", adam({ betas: [0.9, Number.NaN] })],
    ["Invalid betas: 0.9; betas must be two numbers such as [0.9, 0.999]", adam({ betas: 0.9 as never })],
    ["Invalid betas: 0.9; betas must be two numbers", adam({ betas: [0.9] as never })],
  ])("%s", (message, make) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });

  it.each([sgd({ lr: 0, momentum: 0 }), adam({ lr: 0, betas: [0, 0], eps: 0 })])(
    "the limits are allowed %#",
    (make) => {
      expect(make).not.toThrow();
    },
  );
});
