import { eigh } from "../tensor/ops/linalg/eigh.js";
import { qr } from "../tensor/ops/linalg/qr.js";
import type { Tensor } from "../tensor/tensor.js";

/*
 * Bases for the dimensions of a tensor. A basis is an orthonormal matrix [n, n] with its vectors in columns; where a
 * dimension is left as it is, an empty tensor stands in its place.
 */

export interface Layout {
  /** Take neighbouring dimensions as one where that is no larger than `maxPrecondDim`. */
  mergeDims: boolean;
  maxPrecondDim: number;
  precondition1d: boolean;
}

/** The shape in which a tensor is rotated, and which of its dimensions are. */
export function layout(
  shape: readonly number[],
  { mergeDims, maxPrecondDim, precondition1d }: Layout,
): { shape: number[]; rotates: boolean[] } {
  const own = mergeDims ? mergedShape(shape, maxPrecondDim) : [...shape];
  const vector = shape.length === 1 && !precondition1d;
  return { shape: own, rotates: own.map((size) => size <= maxPrecondDim && !vector) };
}

function mergedShape(shape: readonly number[], most: number): number[] {
  const merged: number[] = [];
  let open = 1;
  for (const size of shape) {
    if (open * size <= most) open *= size;
    else if (open > 1) {
      merged.push(open);
      open = size;
    } else merged.push(size);
  }
  if (open !== 1 || merged.length === 0) merged.push(open);
  return merged;
}

/** The tensor in the coordinates of the bases. */
export function rotate(tensor: Tensor, bases: readonly Tensor[]): Tensor {
  return alongEach(tensor, bases, (rows, basis) => rows.matmul(basis));
}

/** What `rotate` was given. */
export function rotateBack(tensor: Tensor, bases: readonly Tensor[]): Tensor {
  return alongEach(tensor, bases, (rows, basis) => rows.matmul(basis.T));
}

function alongEach(
  tensor: Tensor,
  bases: readonly Tensor[],
  apply: (rows: Tensor, basis: Tensor) => Tensor,
): Tensor {
  let result = tensor;
  for (const [dim, basis] of bases.entries()) {
    if (basis.numel() === 0) continue;
    result = apply(result.transpose(dim, -1), basis).transpose(dim, -1);
  }
  return result;
}

/** G·Gᵀ of the tensor as a matrix whose rows are along one dimension: [n, n] for a size of n. */
export function outerProduct(tensor: Tensor, dim: number): Tensor {
  const rows = tensor.transpose(dim, 0).reshape([tensor.shape[dim], -1]);
  return rows.matmul(rows.T);
}

/** The eigenvectors of a symmetric matrix, that of the largest eigenvalue first. */
export function eigenvectors(matrix: Tensor): Tensor {
  return eigh(matrix).eigenvectors.flip(-1);
}

/**
 * One step of the power iteration from eigenvectors of an earlier matrix to those of this one.
 *
 * @returns the order by falling eigenvalues into which the earlier vectors were brought, and the vectors
 */
export function nearerEigenvectors(matrix: Tensor, earlier: Tensor): { order: Tensor; basis: Tensor } {
  const moved = matrix.matmul(earlier);
  const order = earlier.mul(moved).sum(0).argsort({ descending: true });
  return { order, basis: qr(moved.indexSelect(1, order)).Q };
}
