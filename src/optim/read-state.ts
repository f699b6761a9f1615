import type { DType } from "../tensor/dtype.js";
import { copyInto } from "../tensor/ops/copy.js";
import { Tensor } from "../tensor/tensor.js";
import { nearest } from "./nearest.js";
import { typeName } from "./param-groups.js";
import { snakeCase } from "./state-dict.js";

/** Checks of what a state dict holds for one parameter, for optimizers that are no rule. `what` names it in errors. */

/** @throws {TypeError} for entries that the optimizer does not know, or when some are missing */
export function checkEntries(
  optimizer: string,
  where: string,
  entry: Record<string, unknown>,
  needed: readonly string[],
  more: readonly string[] = [],
): void {
  const known = [...needed, ...more].map(snakeCase);
  for (const key of Object.keys(entry).map(snakeCase))
    if (!known.includes(key))
      throw new TypeError(
        `loadStateDict: ${optimizer} has no state "${key}" (found for ${where})${nearest(key, known) || "."} Its states are ${known.join(", ")}.`,
      );
  for (const key of needed)
    if (entry[key] === undefined || entry[key] === null)
      throw new TypeError(`loadStateDict: the state of ${where} has no ${snakeCase(key)}`);
}

/** A whole number ≥ 0 in a number or a tensor of one element. */
export function readCount(value: unknown, what: string): number {
  const count = readNumber(value, what);
  if (!Number.isInteger(count) || count < 0)
    throw new TypeError(`loadStateDict: ${what} must be a whole number ≥ 0, not ${count}`);
  return count;
}

/** The number in a number or a tensor of one element. */
export function readNumber(value: unknown, what: string): number {
  const number = value instanceof Tensor && value.numel() === 1 ? value.item() : value;
  if (typeof number !== "number")
    throw new TypeError(
      `loadStateDict: ${what} must be a number or a tensor of one, not ${value instanceof Tensor ? `of shape [${value.shape.join(", ")}]` : typeName(value)}`,
    );
  return number;
}

/** A copy of a tensor of a given shape, in a given dtype. */
export function readTensor(value: unknown, shape: readonly number[], dtype: DType, what: string): Tensor {
  if (!(value instanceof Tensor))
    throw new TypeError(`loadStateDict: ${what} must be a Tensor, but got ${typeName(value)}`);
  if (value.shape.join() !== shape.join())
    throw new RangeError(
      `loadStateDict: ${what} has shape [${value.shape.join(", ")}], where [${shape.join(", ")}] is needed`,
    );
  const own = Tensor.zeros(shape, dtype);
  copyInto(own, value);
  return own;
}

/** Copies of the tensors in a list, one of each shape. For one without elements the list may have an empty list. */
export function readTensors(
  value: unknown,
  shapes: readonly (readonly number[])[],
  dtype: DType,
  what: string,
): Tensor[] {
  if (!Array.isArray(value) || value.length !== shapes.length)
    throw new TypeError(
      `loadStateDict: ${what} must be a list of ${shapes.length} tensors, but got ${Array.isArray(value) ? `one of ${value.length}` : typeName(value)}`,
    );
  return shapes.map((shape, k) => {
    const empty = shape.includes(0) && Array.isArray(value[k]) && value[k].length === 0;
    return empty ? Tensor.zeros(shape, dtype) : readTensor(value[k], shape, dtype, `${what}, number ${k},`);
  });
}
