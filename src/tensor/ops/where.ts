import { Elementwise } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { asElement, getDefaultDtype } from "../dtype.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Operand } from "./binary.js";
import { to } from "./copy.js";
import { nonzero } from "./nonzero.js";
import { checkTensor, resultType, scalarFor } from "./promotion.js";

const chooseKernel = new Elementwise("a !== 0 ? b : c", 3);

/** The gradient flows to where each element came from. */
const Where: Operation = {
  name: "WhereBackward0",
  backward(node, gradient) {
    const condition = node.saved(0);
    if (node.needs(0)) node.give(0, choose(condition, gradient, Tensor.full([], 0, gradient.dtype)));
    if (node.needs(1)) node.give(1, choose(condition, Tensor.full([], 0, gradient.dtype), gradient));
  },
};

/** Operands of one dtype; shapes are broadcast. */
function choose(condition: Tensor, chosen: Tensor, other: Tensor, operation: Operation = Where): Tensor {
  const shape = broadcastShapes(
    "where",
    condition.shape,
    broadcastShapes("where", chosen.shape, other.shape),
  );
  const out = Tensor.zeros(shape, chosen.dtype);
  chooseKernel.run(out, condition, chosen, other);
  if (isRecorded(chosen, other)) out.gradFn = new Node(operation, [chosen, other], [condition]);
  return out;
}

/** The operand as a tensor: a number adapts to `other`; two numbers make the default dtype. */
function asTensor(value: Operand, other: Operand): Tensor {
  if (value instanceof Tensor) return value;
  if (other instanceof Tensor) return scalarFor("where", value, other);
  return Tensor.full([], value, getDefaultDtype());
}

/**
 * The elements of `input` where `condition` is true, else those of `other`; shapes are broadcast. With the condition
 * alone, the coordinates of where it is true, one tensor for each dimension: `nonzero({ asTuple: true })`.
 */
export function where(condition: Tensor): Tensor[];
export function where(condition: Tensor, input: Operand, other: Operand): Tensor;
export function where(
  condition: Tensor,
  ...operands: [] | [input: Operand, other: Operand]
): Tensor | Tensor[] {
  checkTensor("where: the condition", condition);
  if (operands.length === 0) return nonzero(condition, { asTuple: true });
  const [input, other] = operands;
  if (condition.dtype !== "bool" && condition.dtype !== "uint8") {
    throw new TypeError(
      `where: expected condition to be a boolean tensor, but got a tensor with dtype ${condition.dtype}`,
    );
  }
  for (const operand of [input, other]) if (typeof operand !== "number") checkTensor("where", operand);
  const a = asTensor(input, other);
  const b = asTensor(other, input);
  const dtype = resultType(a, b);
  return choose(condition, to(a, dtype), to(b, dtype));
}

const MaskedFill: Operation = { ...Where, name: "MaskedFillBackward0" };
const MaskedFillWithTensor: Operation = { ...Where, name: "MaskedFillBackward1" };

/** A copy in which the elements where `mask` is true are `value`, a number or a 0-dim tensor; shapes are broadcast. */
export function maskedFill(input: Tensor, mask: Tensor, value: Operand): Tensor {
  checkTensor("maskedFill", input);
  checkTensor("maskedFill: the mask", mask);
  if (mask.dtype !== "bool") {
    throw new TypeError(`maskedFill: only supports boolean masks, but got mask with dtype ${mask.dtype}`);
  }
  if (!(value instanceof Tensor)) {
    const number = scalarFor("maskedFill", value, input).item();
    const filling = Tensor.full([], asElement("maskedFill", number, input.dtype), input.dtype);
    return choose(mask, filling, input, MaskedFill);
  }
  if (value.shape.length > 0) {
    throw new RangeError(
      `maskedFill: only supports a 0-dimensional value tensor, but got tensor with shape ${describe(value.shape)}`,
    );
  }
  return choose(mask, to(value, input.dtype), input, MaskedFillWithTensor);
}

addMethods({
  maskedFill,
  where(input: Tensor, condition: Tensor, other: Operand): Tensor {
    return where(condition, input, other);
  },
});

declare module "../tensor.js" {
  interface Tensor {
    /** The elements of this tensor where `condition` is true, else those of `other`; shapes are broadcast. */
    where(condition: Tensor, other: Operand): Tensor;
    /** A copy in which the elements where `mask` is true are `value`, a number or a 0-dim tensor. */
    maskedFill(mask: Tensor, value: Operand): Tensor;
  }
}
