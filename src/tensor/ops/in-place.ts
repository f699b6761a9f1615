import { isRecorded } from "../autograd/mode.js";
import type { Tensor } from "../tensor.js";

/**
 * Refuses to change `target` in place, using `operand`, where autograd would have to record it, or where several
 * elements of `target` lie at the same place.
 */
export function checkWritable(operation: string, target: Tensor, operand: Tensor = target): void {
  if (isRecorded(target, operand)) {
    throw new Error(
      target.isLeaf && target.requiresGrad
        ? `${operation}: a leaf Variable that requires grad is being used in an in-place operation; put it inside noGrad(() => …)`
        : `${operation}: in-place operations are not recorded by autograd: use one that returns a new tensor, or put it inside noGrad(() => …)`,
    );
  }
  if (!target.rowMajor && target.strides.some((stride, d) => stride === 0 && target.shape[d] > 1)) {
    throw new Error(
      `${operation}: unsupported operation: more than one element of the written-to tensor refers to a single memory location; clone() the tensor first`,
    );
  }
}
