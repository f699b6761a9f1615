import type { Elementwise } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { category, type DType, getDefaultDtype, isFloatingPoint } from "../dtype.js";
import { broadcastShapes, describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { assign, checkWritable, snapshot } from "./in-place.js";
import { checkTensor, resultType, scalarFor } from "./promotion.js";

/** A tensor, or a number that adapts to the other operand. */
export type Operand = Tensor | number;

/** A function of two operands, one of which may be a number; shapes are broadcast. */
export type BinaryFunction = (input: Operand, other: Operand) => Tensor;

/** A function of two tensors; shapes are broadcast. */
export type BinaryTensorFunction = (input: Tensor, other: Tensor) => Tensor;

export interface BinaryOperation extends Operation {
  /** The name in error messages. */
  readonly verb: string;
  readonly kernel: Elementwise;
  /** Where another kernel computes the elements of a dtype; null where they are refused. */
  readonly exceptions?: Partial<Record<DType, Elementwise | null>>;
  /** Whether integers and bools give floating point. */
  readonly leavesIntegers?: boolean;
  /** The dtype of the result where it is not that of the operands. */
  readonly gives?: DType;
  /**
   * What the backward needs of the operands and the result. No more: a saved tensor that is changed in place
   * afterwards stops the backward pass.
   */
  readonly saves: (a: Tensor, b: Tensor, out: Tensor) => readonly (Tensor | null)[] | undefined;
}

export const nothing = (): undefined => undefined;
export const both = (a: Tensor, b: Tensor): readonly Tensor[] => [a, b];

/** The exception of all integer types. */
export function integers<T>(kernel: T): { uint8: T; int32: T; int64: T } {
  return { uint8: kernel, int32: kernel, int64: kernel };
}

/** The backward of what PyTorch does not differentiate either. */
export function notDifferentiable(verb: string): Operation["backward"] {
  return () => {
    throw new Error(`backward: the derivative for ${verb} is not implemented`);
  };
}

/** Applies an operation to two tensors: promotes, broadcasts, computes, records. */
export function applyBinary(operation: BinaryOperation, a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== b.dtype || (operation.leavesIntegers && !isFloatingPoint(a.dtype))) {
    const common = resultType(a, b);
    const dtype = operation.leavesIntegers && !isFloatingPoint(common) ? getDefaultDtype() : common;
    return applyBinary(operation, to(a, dtype), to(b, dtype));
  }
  const kernel = kernelFor(operation, operation.verb, a.dtype);
  const shape = broadcastShapes(operation.verb, a.shape, b.shape);
  const dtype = operation.gives ?? a.dtype;
  const out =
    shape === a.shape
      ? Tensor.emptyLike(a, dtype, operation.verb)
      : shape === b.shape
        ? Tensor.emptyLike(b, dtype, operation.verb)
        : Tensor.empty(shape, dtype, operation.verb);
  kernel.run(out, a, b);
  if (isRecorded(a, b) && isFloatingPoint(dtype)) {
    out.gradFn = new Node(operation, [a, b], operation.saves(a, b, out));
  }
  return out;
}

function kernelFor(operation: BinaryOperation, verb: string, dtype: DType): Elementwise {
  const kernel = operation.exceptions?.[dtype];
  if (kernel === null) {
    throw new TypeError(
      `${verb}: is not supported on ${dtype} tensors: convert one of them first, for example with float()`,
    );
  }
  return kernel ?? operation.kernel;
}

/** Applies an operation to operands of which one may be a number, which adapts to the other. */
export function applyToOperands(operation: BinaryOperation, a: Operand, b: Operand): Tensor {
  if (a instanceof Tensor)
    return applyBinary(operation, a, b instanceof Tensor ? b : numberFor(operation, b, a));
  checkTensor(operation.verb, b);
  return applyBinary(operation, numberFor(operation, a, b), b);
}

/** Where integers turn floating point, so does the number: −2 is no uint8. */
function numberFor(operation: BinaryOperation, value: number, other: Tensor): Tensor {
  const { verb, leavesIntegers = false } = operation;
  if (leavesIntegers && !isFloatingPoint(other.dtype) && typeof value === "number") {
    return Tensor.full([], value, getDefaultDtype());
  }
  return scalarFor(verb, value, other);
}

/** The function that applies an operation. */
export function binary(operation: BinaryOperation): BinaryFunction {
  return (input, other) => applyToOperands(operation, input, other);
}

/** The function that applies an operation to tensors only, where PyTorch takes no numbers. */
export function binaryOfTensors(operation: BinaryOperation): BinaryTensorFunction {
  return (input, other) => {
    checkTensor(operation.verb, input);
    checkTensor(operation.verb, other);
    return applyBinary(operation, input, other);
  };
}

/**
 * Changes `target` in place. What is not recorded is written straight into its memory; otherwise the result takes
 * the place of the values and of the history.
 */
export function applyInPlace(operation: BinaryOperation, target: Tensor, other: Operand): Tensor {
  const verb = `${operation.verb}_`;
  const operand = other instanceof Tensor ? other : scalarFor(verb, other, target);
  checkWritable(verb, target, operand);
  if (category(operand.dtype) > category(target.dtype)) {
    throw new TypeError(
      `${verb}: result type ${operand.dtype} can't be cast to the desired output type ${target.dtype}`,
    );
  }
  if (!sameShape(broadcastShapes(verb, target.shape, operand.shape), target.shape)) {
    throw new RangeError(
      `${verb}: output with shape ${describe(target.shape)} doesn't match the broadcast shape of ${describe(target.shape)} and ${describe(operand.shape)}`,
    );
  }
  const kernel = kernelFor(operation, verb, target.dtype);
  if (isRecorded(target, operand)) {
    const before = snapshot(target);
    return assign(verb, target, applyBinary(operation, before, operand === target ? before : operand));
  }
  // An operand that overlaps the target otherwise than element by element would be read after it was changed.
  const apart = operand.storage === target.storage && operand !== target ? operand.clone() : operand;
  kernel.run(target, target, apart);
  target.storage.markChanged();
  return target;
}
