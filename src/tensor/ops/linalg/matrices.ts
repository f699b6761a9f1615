import { isFloatingPoint } from "../../dtype.js";
import { describe, elementCount } from "../../shape.js";
import { Tensor } from "../../tensor.js";
import { copyInto } from "../copy.js";
import { checkTensor } from "../promotion.js";
import { transpose } from "../view.js";

/** Refuses what is not a matrix, or a batch of matrices, of floating point numbers. */
export function checkMatrices(operation: string, input: unknown): asserts input is Tensor {
  checkTensor(operation, input);
  if (input.shape.length < 2) {
    throw new RangeError(
      `${operation}: The input tensor A must have at least 2 dimensions, but its shape is ${describe(input.shape)}`,
    );
  }
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(
      `${operation}: Expected a floating point tensor as input. Got ${input.dtype}: convert it with float()`,
    );
  }
}

/** Refuses what is not a square matrix, or a batch of them, and gives its order. */
export function checkSquare(operation: string, input: unknown): number {
  checkMatrices(operation, input);
  const [rows, columns] = input.shape.slice(-2);
  if (rows !== columns) {
    throw new RangeError(
      `${operation}: A must be batches of square matrices, but they are ${rows} by ${columns} matrices`,
    );
  }
  return rows;
}

/**
 * Computes something of every matrix of a batch, in float64, and gives the results as tensors of the dtype of
 * `input`, without history.
 *
 * @param shapes what each result has in the place of the last two dimensions
 * @param compute receives the matrix row by row, and its number in the batch
 */
export function mapMatrices(
  input: Tensor,
  shapes: readonly (readonly number[])[],
  compute: (matrix: Float64Array, element: number) => readonly ArrayLike<number>[],
): Tensor[] {
  const batch = input.shape.slice(0, -2);
  const values = float64Values(input);
  const size = elementCount(input.shape.slice(-2));
  const results = shapes.map((shape) => Tensor.zeros([...batch, ...shape], input.dtype));
  const sizes = shapes.map(elementCount);
  const matrices = elementCount(batch);
  for (let element = 0; element < matrices; element++) {
    compute(values.subarray(element * size, (element + 1) * size), element).forEach((result, k) => {
      results[k].storage.data.set(result, element * sizes[k]);
    });
  }
  return results;
}

/** A copy of the elements in float64, row by row. */
export function float64Values(input: Tensor): Float64Array {
  const copy = Tensor.zeros(input.shape, "float64");
  copyInto(copy, input);
  return copy.storage.data as Float64Array;
}

/** ` (Batch element 2):` where there is a batch. */
export function batchElement(input: Tensor, element: number): string {
  return input.shape.length > 2 ? ` (Batch element ${element}):` : "";
}

/** The transpose of the last two dimensions. */
export function transposed(input: Tensor): Tensor {
  return transpose(input, -2, -1);
}

/** The identity matrix in the dtype of `input`. */
export function identityLike(input: Tensor, n: number): Tensor {
  const out = Tensor.zeros([n, n], input.dtype);
  for (let k = 0; k < n; k++) out.storage.data[k * n + k] = 1;
  return out;
}

/** A matrix of weights by which others are multiplied: `entry(i, j)`. */
export function weights(input: Tensor, n: number, entry: (i: number, j: number) => number): Tensor {
  const out = Tensor.zeros([n, n], input.dtype);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out.storage.data[i * n + j] = entry(i, j);
  return out;
}
