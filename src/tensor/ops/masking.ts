import { Elementwise } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { broadcastShapes } from "../shape.js";
import { Tensor } from "../tensor.js";

const equalKernel = new Elementwise("a === b || (a !== a && b !== b) ? 1 : 0", 2);
const exactlyEqualKernel = new Elementwise("a === b ? 1 : 0", 2);
const zeroKernel = new Elementwise("b === 0 ? 0 : a", 2);

/** 1 where both are equal, in the dtype of `input`; NaN equals NaN unless `nan` is false. For gradients of extrema. */
export function equalityMask(input: Tensor, other: Tensor, nan = true): Tensor {
  const out = Tensor.zeros(broadcastShapes("eq", input.shape, other.shape), input.dtype);
  (nan ? equalKernel : exactlyEqualKernel).run(out, input, other);
  return out;
}

const Zeroed: Operation = {
  name: "MaskedFillBackward0",
  backward(node, gradient) {
    node.give(0, zeroWhereZero(gradient, node.saved(0)));
  },
};

/** `input`, but 0 where `condition` is 0: for gradients that PyTorch defines as 0 where the formula gives NaN. */
export function zeroWhereZero(input: Tensor, condition: Tensor): Tensor {
  const out = Tensor.zeros(broadcastShapes("maskedFill", input.shape, condition.shape), input.dtype);
  zeroKernel.run(out, input, condition);
  if (isRecorded(input)) out.gradFn = new Node(Zeroed, [input], [condition]);
  return out;
}
