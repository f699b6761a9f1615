import type { DType } from "../../dtype.js";
import { describe } from "../../shape.js";
import type { Tensor } from "../../tensor.js";
import { to } from "../copy.js";
import { normOver, nuclear } from "../norm.js";
import { bindReduction, ReducedDimensions } from "../reduction-arguments.js";
import { svdvals } from "./svd.js";

type Dims = number | readonly number[] | null;

export interface VectorNormOptions {
  /** The order: a number or ±Infinity. Default 2. */
  ord?: number;
  dim?: Dims;
  keepdim?: boolean;
  dtype?: DType;
}
export type VectorNormArguments =
  | [ord?: number, dim?: Dims, keepdim?: boolean]
  | [options: VectorNormOptions]
  | [ord: number, options: VectorNormOptions]
  | [ord: number, dim: Dims, options: VectorNormOptions];

/** The order of a matrix norm. */
export type MatrixOrder = number | "fro" | "nuc";
export interface MatrixNormOptions {
  /** "fro" (default), "nuc", ±Infinity (row sums), ±1 (column sums) or ±2 (singular values). */
  ord?: MatrixOrder;
  /** The two dimensions of the matrices. Default [−2, −1]. */
  dim?: readonly number[];
  keepdim?: boolean;
  dtype?: DType;
}
export type MatrixNormArguments =
  | [ord?: MatrixOrder, dim?: readonly number[], keepdim?: boolean]
  | [options: MatrixNormOptions]
  | [ord: MatrixOrder, options: MatrixNormOptions]
  | [ord: MatrixOrder, dim: readonly number[], options: MatrixNormOptions];

export interface LinalgNormOptions {
  /** Euclidean when left out; else that of vectors or of matrices, by the number of dimensions. */
  ord?: MatrixOrder | null;
  dim?: Dims;
  keepdim?: boolean;
  dtype?: DType;
}
export type LinalgNormArguments =
  | [ord?: MatrixOrder | null, dim?: Dims, keepdim?: boolean]
  | [options: LinalgNormOptions]
  | [ord: MatrixOrder | null, options: LinalgNormOptions]
  | [ord: MatrixOrder | null, dim: Dims, options: LinalgNormOptions];

const NAMES = ["ord", "dim", "keepdim", "dtype"] as const;

/** (Σ |x|^ord)^(1/ord) over some dimensions, or over all of them. */
export function vectorNorm(x: Tensor, ...given: VectorNormArguments): Tensor {
  const options = bindReduction<VectorNormOptions>("linalg.vectorNorm", x, NAMES, given);
  const { ord = 2, dim = null, keepdim = false, dtype = x.dtype } = options;
  if (typeof ord !== "number") throw new TypeError(`linalg.vectorNorm: ord is a number, not ${String(ord)}`);
  return normOver("linalg.vectorNorm", to(x, dtype), ord, dim, keepdim);
}

/** A norm of matrices: of the last two dimensions, or of two others. */
export function matrixNorm(A: Tensor, ...given: MatrixNormArguments): Tensor {
  const options = bindReduction<MatrixNormOptions>("linalg.matrixNorm", A, NAMES, given);
  const { ord = "fro", dim = [-2, -1], keepdim = false, dtype = A.dtype } = options;
  if (!Array.isArray(dim) || dim.length !== 2) {
    throw new RangeError(`linalg.matrixNorm: dim must be a 2-tuple of dimensions, not ${String(dim)}`);
  }
  if (A.shape.length < 2)
    throw new RangeError(
      `linalg.matrixNorm: The input tensor A must have at least 2 dimensions, but its shape is ${describe(A.shape)}`,
    );
  const input = to(A, dtype);
  if (ord === "fro") return normOver("linalg.matrixNorm", input, 2, dim, keepdim);
  if (ord === "nuc") return nuclear(input, dim, keepdim);
  const size = Math.abs(ord);
  if (size !== 1 && size !== 2 && size !== Infinity)
    throw new RangeError(`linalg.matrixNorm: Order ${String(ord)} not supported.`);
  const [row, column] = dim.map((d) => (d < 0 ? d + A.shape.length : d));
  let result: Tensor;
  if (size === 2) {
    const rest = A.shape.map((_, d) => d).filter((d) => d !== row && d !== column);
    const values = svdvals(input.permute([...rest, row, column]));
    result = ord > 0 ? values.amax(-1) : values.amin(-1);
  } else {
    const [summed, compared] = size === 1 ? [row, column] : [column, row];
    const sums = normOver("linalg.matrixNorm", input, 1, summed, true);
    result = ord > 0 ? sums.amax(compared) : sums.amin(compared);
  }
  const reduced = new ReducedDimensions("linalg.matrixNorm", A.shape, dim, keepdim);
  return result.reshape(reduced.resultShape);
}

/** The norm of vectors (one dimension, or no order) or of matrices (two dimensions). */
export function norm(A: Tensor, ...given: LinalgNormArguments): Tensor {
  const options = bindReduction<LinalgNormOptions>("linalg.norm", A, NAMES, given);
  const { ord = null, dim = null, keepdim = false, dtype = A.dtype } = options;
  const input = to(A, dtype);
  if (ord === null) return normOver("linalg.norm", input, 2, dim, keepdim);
  const rank = Array.isArray(dim) ? dim.length : dim === null ? A.shape.length : 1;
  if (rank === 2) return matrixNorm(input, ord, (dim as readonly number[] | null) ?? [-2, -1], keepdim);
  if (rank !== 1) {
    throw new RangeError(
      `linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ${A.shape.length}D.`,
    );
  }
  return vectorNorm(input, ord as number, dim, keepdim);
}
