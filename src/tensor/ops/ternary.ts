import { Elementwise } from "../../engine/elementwise.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { broadcastShapes } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { Operand } from "./binary.js";
import { to } from "./copy.js";
import { checkTensor, commonType, scalarFor } from "./promotion.js";

export interface TernaryOperation extends Operation {
  /** The name in error messages. */
  readonly verb: string;
  readonly kernel: Elementwise;
  /** What the backward needs of the operands. */
  readonly saves: (a: Tensor, b: Tensor, c: Tensor) => readonly (Tensor | null)[];
}

/** Applies an operation to three tensors; the result has the dtype of the first. */
export function applyTernary(operation: TernaryOperation, a: Tensor, b: Tensor, c: Tensor): Tensor {
  const { verb } = operation;
  const shape = broadcastShapes(verb, broadcastShapes(verb, a.shape, b.shape), c.shape);
  const out = shape === a.shape ? Tensor.emptyLike(a, a.dtype, verb) : Tensor.empty(shape, a.dtype, verb);
  operation.kernel.run(out, a, b, c);
  if (isRecorded(a, b, c)) out.gradFn = new Node(operation, [a, b, c], operation.saves(a, b, c));
  return out;
}

const Lerp: TernaryOperation = {
  name: "LerpBackward1",
  verb: "lerp",
  // From the nearer end, as in PyTorch.
  kernel: new Elementwise("Math.abs(c) < 0.5 ? a + c * (b - a) : b - (b - a) * (1 - c)", 3),
  saves(start, end, weight) {
    const weighs = weight.requiresGrad;
    return [weighs ? start : null, weighs ? end : null, weight];
  },
  backward(node, gradient) {
    const weight = node.saved(2);
    if (node.needs(0)) node.give(0, gradient.mul(weight.neg().add(1)));
    if (node.needs(1)) node.give(1, gradient.mul(weight));
    if (node.needs(2)) node.give(2, gradient.mul(node.saved(1).sub(node.saved(0))));
  },
};
const LerpByNumber: TernaryOperation = { ...Lerp, name: "LerpBackward0" };

/** input + weight · (end − input); shapes are broadcast. All of one floating point type. */
export function lerp(input: Tensor, end: Tensor, weight: Operand): Tensor {
  checkTensor("lerp", input);
  checkTensor("lerp", end);
  const weights = weight instanceof Tensor ? weight : scalarFor("lerp", weight, input);
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(
      `lerp: is not supported on ${input.dtype} tensors: convert it first, for example with float()`,
    );
  }
  for (const [name, operand] of Object.entries({ end, weight: weights })) {
    if (operand.dtype !== input.dtype) {
      throw new TypeError(`lerp: expected dtype ${input.dtype} for ${name} but got dtype ${operand.dtype}`);
    }
  }
  return applyTernary(weight instanceof Tensor ? Lerp : LerpByNumber, input, end, weights);
}

const Addcmul: TernaryOperation = {
  name: "AddcmulBackward0",
  verb: "addcmul",
  kernel: new Elementwise("a + b * c", 3),
  saves: (_, b, c) => [c.requiresGrad ? b : null, b.requiresGrad ? c : null],
  backward(node, gradient) {
    node.give(0, gradient);
    if (node.needs(1)) node.give(1, gradient.mul(node.saved(1)));
    if (node.needs(2)) node.give(2, gradient.mul(node.saved(0)));
  },
};

const Addcdiv: TernaryOperation = {
  name: "AddcdivBackward0",
  verb: "addcdiv",
  kernel: new Elementwise("a + b / c", 3),
  saves: (_, b, c) => [c.requiresGrad ? b : null, c],
  backward(node, gradient) {
    node.give(0, gradient);
    const divisor = node.saved(1);
    if (node.needs(1)) node.give(1, gradient.div(divisor));
    if (node.needs(2)) node.give(2, gradient.mul(node.saved(0)).div(divisor.mul(divisor)).neg());
  },
};

export interface ValueOptions {
  /** The factor. Default 1. */
  value?: number;
}

function addScaled(operation: TernaryOperation, operands: readonly Tensor[], options: ValueOptions): Tensor {
  const { verb } = operation;
  for (const operand of operands) checkTensor(verb, operand);
  const { value = 1 } = namedArguments<ValueOptions>(verb, ["value"], [options]);
  if (typeof value !== "number") throw new TypeError(`${verb}: value is a number, not ${typeof value}`);
  const dtype = commonType(operands);
  if (dtype === "bool") {
    throw new TypeError(
      `${verb}: is not supported on bool tensors: convert them first, for example with float()`,
    );
  }
  if (!isFloatingPoint(dtype) && !Number.isInteger(value)) {
    throw new TypeError(
      `${verb}: For integral input tensors, argument value must not be a floating point number (${value})`,
    );
  }
  const [a, b, c] = operands.map((operand) => to(operand, dtype));
  return applyTernary(operation, a, value === 1 ? b : b.mul(value), c);
}

/** input + value · tensor1 · tensor2; shapes are broadcast. */
export function addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, options: ValueOptions = {}): Tensor {
  return addScaled(Addcmul, [input, tensor1, tensor2], options);
}

/** input + value · tensor1 / tensor2; shapes are broadcast. */
export function addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, options: ValueOptions = {}): Tensor {
  for (const operand of [tensor1, tensor2]) checkTensor("addcdiv", operand);
  if (!isFloatingPoint(tensor1.dtype) && !isFloatingPoint(tensor2.dtype)) {
    throw new TypeError(
      `addcdiv: integer division with addcdiv is not supported (${tensor1.dtype} and ${tensor2.dtype}): convert one of them first, for example with float()`,
    );
  }
  return addScaled(Addcdiv, [input, tensor1, tensor2], options);
}

addMethods({ lerp, addcmul, addcdiv });

declare module "../tensor.js" {
  interface Tensor {
    /** this + weight · (end − this); shapes are broadcast. */
    lerp(end: Tensor, weight: Operand): Tensor;
    /** this + value · tensor1 · tensor2; shapes are broadcast. */
    addcmul(tensor1: Tensor, tensor2: Tensor, options?: ValueOptions): Tensor;
    /** this + value · tensor1 / tensor2; shapes are broadcast. */
    addcdiv(tensor1: Tensor, tensor2: Tensor, options?: ValueOptions): Tensor;
  }
}
