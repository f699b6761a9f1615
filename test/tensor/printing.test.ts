import { inspect } from "node:util";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { tensor } = torch;

// Written down from PyTorch; test/peers/torch compares many more with PyTorch itself, where it is installed.
const printed: [x: () => torch.Tensor, text: string][] = [
  [() => tensor(3), "tensor(3.)"],
  [() => tensor([]), "tensor([])"],
  [() => torch.zeros([2, 0]), "tensor([], size=(2, 0))"],
  [() => tensor([], { dtype: "int64" }), "tensor([], dtype=torch.int64)"],
  [() => tensor([1, 2.5]), "tensor([1.0000, 2.5000])"],
  [() => tensor([1, NaN, -Infinity]), "tensor([1., nan, -inf])"],
  [() => tensor([0, -0]), "tensor([0., -0.])"],
  [() => tensor([1e-5, 1]), "tensor([1.0000e-05, 1.0000e+00])"],
  [() => tensor([100005, 1]), "tensor([1.0000e+05, 1.0000e+00])"],
  [() => tensor([0.03125, 0.09375]), "tensor([0.0312, 0.0938])"],
  [() => tensor([true, false]), "tensor([ True, False])"],
  [() => tensor([1, -20], { dtype: "int64" }), "tensor([  1, -20])"],
  [() => tensor([1, 2], { dtype: "uint8" }), "tensor([1, 2], dtype=torch.uint8)"],
  [() => tensor([0.5], { dtype: "float64" }), "tensor([0.5000], dtype=torch.float64)"],
  [
    () =>
      tensor([
        [1, 2],
        [3, 4],
      ]).t(),
    "tensor([[1., 3.],\n        [2., 4.]])",
  ],
  [
    () => torch.arange(8).reshape([2, 2, 2]),
    "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])",
  ],
  [() => torch.arange(1001), "tensor([   0,    1,    2,  ...,  998,  999, 1000])"],
  [() => tensor([1], { requiresGrad: true }), "tensor([1.], requires_grad=True)"],
  [() => tensor([1], { requiresGrad: true }).mul(2), "tensor([2.], grad_fn=<MulBackward0>)"],
  [() => new torch.nn.Parameter(torch.ones([1])), "Parameter containing:\ntensor([1.], requires_grad=True)"],
];

test.each(printed)("%s", (x, text) => {
  expect(x().toString()).toBe(text);
  expect(inspect(x())).toBe(text);
});
