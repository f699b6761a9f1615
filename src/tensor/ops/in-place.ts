import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { category } from "../dtype.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { recordWrite } from "./as-strided.js";
import { clone, copyInto } from "./copy.js";

/** The history of a tensor that was overwritten with values that depend on nothing. */
const Overwrite: Operation = {
  name: "OverwriteBackward",
  backward() {},
};

/**
 * Refuses to change a tensor in place where its gradient would be lost or its elements share memory, before
 * anything is changed.
 */
export function checkWritable(operation: string, target: Tensor, operand: Tensor = target): void {
  if (isRecorded(target, operand)) {
    const { base } = target;
    if (base?.isLeaf && base.requiresGrad) {
      throw new Error(
        `${operation}: a view of a leaf Variable that requires grad is being used in an in-place operation; put it inside noGrad(() => …)`,
      );
    }
    if (target.isLeaf && target.requiresGrad) {
      throw new Error(
        `${operation}: a leaf Variable that requires grad is being used in an in-place operation; put it inside noGrad(() => …)`,
      );
    }
  }
  for (let d = 0; d < target.shape.length; d++) {
    if (target.strides[d] === 0 && target.shape[d] > 1) {
      throw new Error(
        `${operation}: unsupported operation: more than one element of the written-to tensor refers to a single memory ` +
          `location (shape ${describe(target.shape)}, strides ${describe(target.strides)}); use clone() first`,
      );
    }
  }
}

/**
 * The present values of a tensor that is about to change, with its history: an operation may save them for its
 * backward, where the changed ones would be wrong.
 */
export function snapshot(target: Tensor): Tensor {
  const copy = clone(target.detach());
  copy.gradFn = target.gradFn;
  return copy;
}

/**
 * Gives `target` the values of `value`, as every operation in place does, and the history of `value` where that is
 * recorded: what is computed from `target`, or from other views of its memory, afterwards depends on `value`.
 *
 * @param value the result of the operation, of the shape of `target`
 */
export function assign<T extends Tensor>(operation: string, target: T, value: Tensor): T {
  checkWritable(operation, target, value);
  if (category(value.dtype) > category(target.dtype)) {
    throw new TypeError(
      `${operation}: result type ${value.dtype} can't be cast to the desired output type ${target.dtype}`,
    );
  }
  if (!sameShape(value.shape, target.shape)) {
    throw new RangeError(
      `${operation}: output with shape ${describe(target.shape)} doesn't match the broadcast shape ${describe(value.shape)}`,
    );
  }
  const recorded = isRecorded(target, value);
  const written = value.to(target.dtype);
  target.storage.markChanged();
  copyInto(target, written);
  if (recorded) recordAssignment(target, written);
  return target;
}

/**
 * Gives `target` the result of an operation on its present values.
 *
 * @param others what else the operation depends on
 */
export function changeInPlace<T extends Tensor>(
  operation: string,
  target: T,
  others: readonly unknown[],
  compute: (current: Tensor) => Tensor,
): T {
  checkWritable(operation, target);
  const recorded = [target, ...others].some((operand) => operand instanceof Tensor && isRecorded(operand));
  return assign(operation, target, compute(recorded ? snapshot(target) : target));
}

/** Gives a tensor that was written the history of `value`, as do the views of its memory. */
export function recordAssignment(target: Tensor, value: Tensor): void {
  const retained = target.retainsGrad;
  if (target.base === null) {
    target.revision++;
    target.gradFn =
      value.gradFn ?? (value.requiresGrad ? clone(value).gradFn : new Node(Overwrite, [target]));
  } else {
    recordWrite(target, target.base, value);
  }
  if (retained) target.retainGrad();
}
