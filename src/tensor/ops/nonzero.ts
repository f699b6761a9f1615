import { namedArguments } from "../arguments.js";
import { isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";

export interface NonzeroOptions {
  /** Whether the coordinates come as one tensor per dimension, which can index again. Default false. */
  asTuple?: boolean;
}

/** The positions, row by row, of the elements that are not zero. */
export function flatNonzero(input: Tensor): Uint32Array {
  const { storage, offset, count } = input.contiguous();
  const { data } = storage;
  let n = 0;
  for (let k = 0; k < count; k++) if (data[offset + k] !== 0) n++;
  const found = new Uint32Array(n);
  for (let k = 0, i = 0; i < n; k++) if (data[offset + k] !== 0) found[i++] = k;
  return found;
}

/** Positions in a shape, row by row, as one array of coordinates for each dimension. */
export function coordinatesOf(positions: Uint32Array, shape: readonly number[]): Uint32Array[] {
  const coordinates = shape.map(() => new Uint32Array(positions.length));
  for (let k = 0; k < positions.length; k++) {
    let rest = positions[k];
    for (let d = shape.length - 1; d >= 0; d--) {
      const quotient = Math.floor(rest / shape[d]);
      coordinates[d][k] = rest - quotient * shape[d];
      rest = quotient;
    }
  }
  return coordinates;
}

/**
 * Positions that an index tensor names along a dimension, row by row.
 *
 * @param fromEnd whether negative ones count from the end
 * @throws when it is no tensor of whole numbers, or one of them lies outside of the dimension
 */
export function positionsOf(
  operation: string,
  index: Tensor,
  dim: number,
  size: number,
  fromEnd = false,
): Uint32Array {
  checkIndex(operation, index);
  const { storage, offset, count } = index.contiguous();
  const positions = new Uint32Array(count);
  const least = fromEnd ? -size : 0;
  for (let k = 0; k < count; k++) {
    const position = storage.data[offset + k];
    if (!(position >= least && position < size)) {
      throw new RangeError(
        `${operation}: index ${position} is out of bounds for dimension ${dim} with size ${size}`,
      );
    }
    positions[k] = position < 0 ? position + size : position;
  }
  return positions;
}

/** Refuses what is not a tensor of whole numbers. */
export function checkIndex(operation: string, index: unknown): asserts index is Tensor {
  checkTensor(operation, index);
  if (isFloatingPoint(index.dtype) || index.dtype === "bool") {
    throw new TypeError(
      `${operation}: Expected dtype int64 for index: an index holds whole numbers (int64 or int32), this one is ${index.dtype}`,
    );
  }
}

/** An int64 tensor of these positions. */
export function indexTensor(positions: ArrayLike<number>, shape: readonly number[]): Tensor {
  const out = Tensor.zeros(shape, "int64");
  (out.storage.data as Float64Array).set(positions);
  return out;
}

/**
 * The coordinates of the elements that are not zero: int64, one row for each element, one column for each dimension;
 * with `asTuple` one tensor for each dimension instead.
 */
export function nonzero(input: Tensor, options: NonzeroOptions & { asTuple: true }): Tensor[];
export function nonzero(input: Tensor, options?: NonzeroOptions & { asTuple?: false }): Tensor;
export function nonzero(input: Tensor, ...given: [options?: NonzeroOptions]): Tensor | Tensor[] {
  checkTensor("nonzero", input);
  const { asTuple = false } = namedArguments<NonzeroOptions>("nonzero", ["asTuple"], given);
  const found = flatNonzero(input);
  if (asTuple) {
    const shape = input.shape.length === 0 ? [1] : input.shape;
    return coordinatesOf(found, shape).map((column) => indexTensor(column, [column.length]));
  }
  const columns = coordinatesOf(found, input.shape);
  const out = Tensor.zeros([found.length, columns.length], "int64");
  const { data } = out.storage;
  for (let i = 0, k = 0; i < found.length; i++) for (const column of columns) data[k++] = column[i];
  return out;
}

/** The coordinates of the elements that are not zero, one row for each: as `nonzero`. */
export function argwhere(input: Tensor): Tensor {
  checkTensor("argwhere", input);
  return nonzero(input);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The coordinates of the elements that are not zero, one row for each, or one tensor for each dimension. */
    nonzero(options: NonzeroOptions & { asTuple: true }): Tensor[];
    nonzero(options?: NonzeroOptions & { asTuple?: false }): Tensor;
    /** The coordinates of the elements that are not zero, one row for each. */
    argwhere(): Tensor;
  }
}

addMethods({ nonzero, argwhere });
