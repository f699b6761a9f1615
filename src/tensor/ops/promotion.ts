import { category, type DType, getDefaultDtype, promoteTypes } from "../dtype.js";
import { Tensor } from "../tensor.js";

/**
 * The dtype of a result of both operands, as PyTorch's `result_type`: a 0-dim tensor changes the type of one with
 * dimensions only when it is of a higher category (bool < integer < floating point).
 */
export function resultType(a: Tensor, b: Tensor): DType {
  if (a.dtype === b.dtype) return a.dtype;
  const weakA = a.shape.length === 0;
  const weakB = b.shape.length === 0;
  if (weakA !== weakB && category(a.dtype) === category(b.dtype)) return weakA ? b.dtype : a.dtype;
  if (weakB && category(b.dtype) < category(a.dtype)) return a.dtype;
  if (weakA && category(a.dtype) < category(b.dtype)) return b.dtype;
  return promoteTypes(a.dtype, b.dtype);
}

/** The dtype of a result of several operands: those with dimensions decide, unless a 0-dim one is of a higher category. */
export function commonType(operands: readonly Tensor[]): DType {
  const promoted = (group: readonly Tensor[]): DType | null =>
    group.reduce<DType | null>(
      (dtype, operand) => (dtype === null ? operand.dtype : promoteTypes(dtype, operand.dtype)),
      null,
    );
  const strong = promoted(operands.filter(({ shape }) => shape.length > 0));
  const weak = promoted(operands.filter(({ shape }) => shape.length === 0));
  if (strong === null || weak === null) return (strong ?? weak) as DType;
  return category(weak) > category(strong) ? promoteTypes(strong, weak) : strong;
}

/** A number as a 0-dim tensor that adapts to `other`: an integer keeps any dtype, a fraction needs floating point. */
export function scalarFor(operation: string, value: unknown, other: Tensor): Tensor {
  if (typeof value === "boolean") return Tensor.full([], value ? 1 : 0, "bool");
  if (typeof value !== "number") {
    throw new TypeError(
      `${operation}: an operand is a Tensor or a number, not ${value === null ? "null" : typeof value}`,
    );
  }
  let { dtype } = other;
  if (category(dtype) < 2) {
    if (!Number.isInteger(value)) dtype = getDefaultDtype();
    else if (dtype === "bool") dtype = "int64";
  }
  return Tensor.full([], value, dtype);
}

/** Refuses what is not a tensor. */
export function checkTensor(operation: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new TypeError(
      `${operation}: expected a Tensor, got ${value === null ? "null" : Array.isArray(value) ? "an array: make it one with torch.tensor(…)" : typeof value}`,
    );
  }
}
