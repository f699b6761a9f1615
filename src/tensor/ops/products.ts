import { Elementwise } from "../../engine/elementwise.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, describe, elementCount, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkSquare, identityLike } from "./linalg/matrices.js";
import { inv } from "./linalg/solve.js";
import { matmul } from "./matmul.js";
import { checkTensor } from "./promotion.js";
import { expand, permute, reshape } from "./view.js";

/** Refuses operands of another number of dimensions than the operation is for. */
function checkRanks(operation: string, ranks: readonly number[], ...operands: Tensor[]): void {
  operands.forEach((operand, k) => {
    checkTensor(operation, operand);
    if (operand.shape.length !== ranks[k]) {
      throw new RangeError(
        `${operation}: argument ${k + 1} must be ${ranks[k]}-D, but its shape is ${describe(operand.shape)}`,
      );
    }
  });
}

function checkInner(operation: string, a: Tensor, b: Tensor, inner: number, otherInner: number): void {
  if (inner === otherInner) return;
  throw new RangeError(
    `${operation}: ${describe(a.shape)} and ${describe(b.shape)} do not match: ${inner} ≠ ${otherInner}`,
  );
}

/** The product of two matrices; nothing is broadcast. */
export function mm(input: Tensor, mat2: Tensor): Tensor {
  checkRanks("mm", [2, 2], input, mat2);
  checkInner("mm", input, mat2, input.shape[1], mat2.shape[0]);
  return matmul(input, mat2);
}

/** The products of two batches of matrices, [b, n, m] and [b, m, p]; nothing is broadcast. */
export function bmm(input: Tensor, mat2: Tensor): Tensor {
  checkRanks("bmm", [3, 3], input, mat2);
  checkInner("bmm", input, mat2, input.shape[0], mat2.shape[0]);
  checkInner("bmm", input, mat2, input.shape[2], mat2.shape[1]);
  return matmul(input, mat2);
}

/** The product of a matrix [n, m] and a vector [m]. */
export function mv(input: Tensor, vec: Tensor): Tensor {
  checkRanks("mv", [2, 1], input, vec);
  checkInner("mv", input, vec, input.shape[1], vec.shape[0]);
  return matmul(input, vec);
}

/** The scalar product of two vectors. */
export function dot(input: Tensor, tensor: Tensor): Tensor {
  checkRanks("dot", [1, 1], input, tensor);
  checkInner("dot", input, tensor, input.shape[0], tensor.shape[0]);
  return matmul(input, tensor);
}

/** The scalar product of two vectors: of real numbers, that is `dot`. */
export function vdot(input: Tensor, other: Tensor): Tensor {
  checkRanks("vdot", [1, 1], input, other);
  checkInner("vdot", input, other, input.shape[0], other.shape[0]);
  return matmul(input, other);
}

/** The scalar products of all vectors along the last dimension of one tensor with all of the other. */
export function inner(input: Tensor, other: Tensor): Tensor {
  checkTensor("inner", input);
  checkTensor("inner", other);
  const [rankA, rankB] = [input.shape.length, other.shape.length];
  if (rankA === 0 || rankB === 0) return input.mul(other);
  checkInner("inner", input, other, input.shape[rankA - 1], other.shape[rankB - 1]);
  return tensordot(input, other, [[-1], [-1]]);
}

/** The product of every element of one vector with every element of the other, [n, m]. */
export function outer(input: Tensor, vec2: Tensor): Tensor {
  checkRanks("outer", [1, 1], input, vec2);
  return reshape(input, [-1, 1]).mul(vec2);
}

export interface BetaAlphaOptions {
  /** The factor of `input`. Default 1; with 0, `input` is not even read. */
  beta?: number;
  /** The factor of the product. Default 1. */
  alpha?: number;
}

function scaledSum(operation: string, input: Tensor, product: Tensor, given: readonly unknown[]): Tensor {
  checkTensor(operation, input);
  const { beta = 1, alpha = 1 } = namedArguments<BetaAlphaOptions>(operation, ["beta", "alpha"], given);
  const common = broadcastShapes(operation, input.shape, product.shape);
  if (elementCount(common) !== product.count || common.length !== product.shape.length) {
    throw new RangeError(
      `${operation}: ${describe(input.shape)} cannot be expanded to the shape of the product, ${describe(product.shape)}`,
    );
  }
  const scaled = alpha === 1 ? product : product.mul(alpha);
  if (beta === 0) return scaled;
  return (beta === 1 ? input : input.mul(beta)).add(scaled);
}

/** beta · input + alpha · mat1 · mat2, for matrices. */
export function addmm(
  input: Tensor,
  mat1: Tensor,
  mat2: Tensor,
  ...given: [options?: BetaAlphaOptions]
): Tensor {
  checkRanks("addmm", [2, 2], mat1, mat2);
  checkInner("addmm", mat1, mat2, mat1.shape[1], mat2.shape[0]);
  return scaledSum("addmm", input, matmul(mat1, mat2), given);
}

/** beta · input + alpha · mat · vec, for a matrix and a vector. */
export function addmv(
  input: Tensor,
  mat: Tensor,
  vec: Tensor,
  ...given: [options?: BetaAlphaOptions]
): Tensor {
  checkRanks("addmv", [2, 1], mat, vec);
  checkInner("addmv", mat, vec, mat.shape[1], vec.shape[0]);
  return scaledSum("addmv", input, matmul(mat, vec), given);
}

/** beta · input + alpha · (vec1 ⊗ vec2), for vectors. */
export function addr(
  input: Tensor,
  vec1: Tensor,
  vec2: Tensor,
  ...given: [options?: BetaAlphaOptions]
): Tensor {
  checkRanks("addr", [1, 1], vec1, vec2);
  return scaledSum("addr", input, outer(vec1, vec2), given);
}

/** beta · input + alpha · Σ batch1[i] · batch2[i], for batches of matrices. */
export function addbmm(
  input: Tensor,
  batch1: Tensor,
  batch2: Tensor,
  ...given: [options?: BetaAlphaOptions]
): Tensor {
  return scaledSum("addbmm", input, bmm(batch1, batch2).sum(0), given);
}

/** beta · input[i] + alpha · batch1[i] · batch2[i], for batches of matrices. */
export function baddbmm(
  input: Tensor,
  batch1: Tensor,
  batch2: Tensor,
  ...given: [options?: BetaAlphaOptions]
): Tensor {
  return scaledSum("baddbmm", input, bmm(batch1, batch2), given);
}

/** The order of multiplications that needs the fewest, by dynamic programming: where the chain i…j is split. */
function bestSplits(sizes: readonly number[]): number[][] {
  const n = sizes.length - 1;
  const costs = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const splits = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let length = 1; length < n; length++) {
    for (let i = 0, j = length; j < n; i++, j++) {
      costs[i][j] = Infinity;
      for (let k = i; k < j; k++) {
        const cost = costs[i][k] + costs[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (cost < costs[i][j]) {
          costs[i][j] = cost;
          splits[i][j] = k;
        }
      }
    }
  }
  return splits;
}

/** The product of several matrices in the order that needs the fewest multiplications; the first and the last may be vectors. */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const last = tensors.length - 1;
  if (last < 1)
    throw new RangeError(`linalg.multiDot: expected at least 2 tensors but got ${tensors.length}`);
  const matrices = tensors.map((tensor, k) => {
    checkTensor("linalg.multiDot", tensor);
    if (tensor.shape.length === 1 && k === 0) return tensor.unsqueeze(0);
    if (tensor.shape.length === 1 && k === last) return tensor.unsqueeze(1);
    if (tensor.shape.length === 2) return tensor;
    throw new RangeError(
      `linalg.multiDot: tensor ${k} must be a matrix, but its shape is ${describe(tensor.shape)}`,
    );
  });
  matrices.forEach((matrix, k) => {
    if (k > 0)
      checkInner("linalg.multiDot", matrices[k - 1], matrix, matrices[k - 1].shape[1], matrix.shape[0]);
  });
  const splits = bestSplits([matrices[0].shape[0], ...matrices.map((matrix) => matrix.shape[1])]);
  const multiply = (i: number, j: number): Tensor =>
    i === j ? matrices[i] : matmul(multiply(i, splits[i][j]), multiply(splits[i][j] + 1, j));
  let product = multiply(0, last);
  if (tensors[0].shape.length === 1) product = product.squeeze(0);
  return tensors[last].shape.length === 1 ? product.squeeze(-1) : product;
}

/** The product of several matrices in the order that needs the fewest multiplications. */
export function chainMatmul(...matrices: Tensor[]): Tensor {
  for (const matrix of matrices) checkRanks("chainMatmul", [2], matrix);
  return matrices.length === 1 ? matrices[0] : multiDot(matrices);
}

export type TensordotDims = number | readonly [readonly number[], readonly number[]];

/**
 * Sums over pairs of dimensions: the last `dims` of `a` with the first of `b` (default 2), or the dimensions that two
 * lists name. The others follow each other, those of `a` first.
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  ...given: [dims?: TensordotDims] | [options: { dims?: TensordotDims }]
): Tensor {
  checkTensor("tensordot", a);
  checkTensor("tensordot", b);
  const { dims = 2 } = namedArguments<{ dims?: TensordotDims }>("tensordot", ["dims"], given);
  let lists: readonly [readonly number[], readonly number[]];
  if (typeof dims === "number") {
    if (!Number.isInteger(dims) || dims < 0 || dims > Math.min(a.shape.length, b.shape.length))
      throw new RangeError(
        `tensordot: expects 0 <= dims <= ${Math.min(a.shape.length, b.shape.length)}, but got dims=${dims}`,
      );
    const first = Array.from({ length: dims }, (_, k) => k);
    lists = [first.map((k) => a.shape.length - dims + k), first];
  } else lists = dims;
  const [sumA, sumB] = [
    lists[0].map((d) => normalizeDim("tensordot", d, a.shape.length)),
    lists[1].map((d) => normalizeDim("tensordot", d, b.shape.length)),
  ];
  if (sumA.length !== sumB.length)
    throw new RangeError(
      `tensordot: both dimension lists should have same length: ${sumA.length} ≠ ${sumB.length}`,
    );
  for (const [k, d] of sumA.entries()) checkInner("tensordot", a, b, a.shape[d], b.shape[sumB[k]]);
  const freeA = a.shape.map((_, d) => d).filter((d) => !sumA.includes(d));
  const freeB = b.shape.map((_, d) => d).filter((d) => !sumB.includes(d));
  const size = elementCount(sumA.map((d) => a.shape[d]));
  const shape = [...freeA.map((d) => a.shape[d]), ...freeB.map((d) => b.shape[d])];
  const left = reshape(permute(a, [...freeA, ...sumA]), [elementCount(freeA.map((d) => a.shape[d])), size]);
  const right = reshape(permute(b, [...sumB, ...freeB]), [size, elementCount(freeB.map((d) => b.shape[d]))]);
  return reshape(matmul(left, right), shape);
}

/** The Kronecker product: every element of `input` times the whole of `other`. */
export function kron(input: Tensor, other: Tensor): Tensor {
  checkTensor("kron", input);
  checkTensor("kron", other);
  const rank = Math.max(input.shape.length, other.shape.length);
  const pad = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [a, b] = [pad(input.shape), pad(other.shape)];
  const product = reshape(
    input,
    a.flatMap((size) => [size, 1]),
  ).mul(
    reshape(
      other,
      b.flatMap((size) => [1, size]),
    ),
  );
  return reshape(
    product,
    a.map((size, d) => size * b[d]),
  );
}

const productKernel = new Elementwise("a * b", 2);
const minusProductKernel = new Elementwise("a - b * c", 3);

const Cross: Operation = {
  name: "LinalgCrossBackward0",
  backward(node, gradient) {
    const dim = node.attributes as number;
    if (node.needs(0)) node.give(0, crossAlong(node.saved(1), gradient, dim));
    if (node.needs(1)) node.give(1, crossAlong(gradient, node.saved(0), dim));
  },
};

/** Both have the same shape. */
function crossAlong(a: Tensor, b: Tensor, dim: number): Tensor {
  const out = Tensor.like(a);
  const [x, y, z] = [a.detach(), b.detach(), out];
  for (let k = 0; k < 3; k++) {
    const [next, last] = [(k + 1) % 3, (k + 2) % 3];
    const part = z.select(dim, k);
    productKernel.run(part, x.select(dim, next), y.select(dim, last));
    minusProductKernel.run(part, part, x.select(dim, last), y.select(dim, next));
  }
  if (isRecorded(a, b)) out.gradFn = new Node(Cross, [a, b], [a, b], dim);
  return out;
}

function vectorProduct(operation: string, input: Tensor, other: Tensor, dim: number | undefined): Tensor {
  checkTensor(operation, input);
  checkTensor(operation, other);
  if (input.shape.length !== other.shape.length) {
    throw new RangeError(
      `${operation}: inputs must have the same number of dimensions, but their shapes are ${describe(input.shape)} and ${describe(other.shape)}`,
    );
  }
  if (input.dtype !== other.dtype) {
    throw new TypeError(
      `${operation}: expected both operands to have the same dtype, but got ${input.dtype} and ${other.dtype}`,
    );
  }
  const shape = broadcastShapes(operation, input.shape, other.shape);
  const d = dim === undefined ? shape.indexOf(3) : normalizeDim(operation, dim, shape.length);
  if (shape[d] !== 3) {
    const where = dim === undefined ? "no dimension has size 3" : `dimension ${d} does not have size 3`;
    throw new RangeError(`${operation}: ${where}: the shape is ${describe(shape)}`);
  }
  return crossAlong(expand(input, shape), expand(other, shape), d);
}

export type CrossArguments = [dim?: number] | [options: { dim?: number }];

/** The vector product along a dimension of size 3 (default: the first of that size). */
export function cross(input: Tensor, other: Tensor, ...given: CrossArguments): Tensor {
  const { dim } = namedArguments<{ dim?: number }>("cross", ["dim"], given);
  return vectorProduct("cross", input, other, dim);
}

/** The vector product along a dimension of size 3 (default: the last). */
export function linalgCross(input: Tensor, other: Tensor, ...given: CrossArguments): Tensor {
  const { dim = -1 } = namedArguments<{ dim?: number }>("linalg.cross", ["dim"], given);
  return vectorProduct("linalg.cross", input, other, dim);
}

/** A square matrix times itself `n` times; the inverse for negative `n`, the identity for 0. */
export function matrixPower(A: Tensor, n: number): Tensor {
  const order = checkSquare("linalg.matrixPower", A);
  if (!Number.isInteger(n)) throw new TypeError(`linalg.matrixPower: n is an integer, not ${String(n)}`);
  if (n === 0) return expand(identityLike(A, order), A.shape).clone();
  let square = n < 0 ? inv(A) : A;
  let result: Tensor | null = null;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === null ? square : matmul(result, square);
    if (rest > 1) square = matmul(square, square);
  }
  return result === A ? A.clone() : (result as Tensor);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The product with another matrix. */
    mm(mat2: Tensor): Tensor;
    /** The products with another batch of matrices. */
    bmm(mat2: Tensor): Tensor;
    /** The product of this matrix and a vector. */
    mv(vec: Tensor): Tensor;
    /** The scalar product with another vector. */
    dot(tensor: Tensor): Tensor;
    vdot(other: Tensor): Tensor;
    /** The scalar products of all vectors along the last dimension. */
    inner(other: Tensor): Tensor;
    /** The product of every element of this vector with every element of another. */
    outer(vec2: Tensor): Tensor;
    ger(vec2: Tensor): Tensor;
    /** beta · this + alpha · mat1 · mat2. */
    addmm(mat1: Tensor, mat2: Tensor, options?: BetaAlphaOptions): Tensor;
    /** beta · this + alpha · mat · vec. */
    addmv(mat: Tensor, vec: Tensor, options?: BetaAlphaOptions): Tensor;
    /** beta · this + alpha · (vec1 ⊗ vec2). */
    addr(vec1: Tensor, vec2: Tensor, options?: BetaAlphaOptions): Tensor;
    /** beta · this + alpha · Σ batch1[i] · batch2[i]. */
    addbmm(batch1: Tensor, batch2: Tensor, options?: BetaAlphaOptions): Tensor;
    /** beta · this + alpha · batch1[i] · batch2[i], matrix by matrix. */
    baddbmm(batch1: Tensor, batch2: Tensor, options?: BetaAlphaOptions): Tensor;
    /** The Kronecker product. */
    kron(other: Tensor): Tensor;
    /** The vector product along a dimension of size 3. */
    cross(other: Tensor, ...options: CrossArguments): Tensor;
    /** This matrix times itself `n` times. */
    matrixPower(n: number): Tensor;
  }
}

addMethods({
  mm,
  bmm,
  mv,
  dot,
  vdot,
  inner,
  outer,
  ger: outer,
  addmm,
  addmv,
  addr,
  addbmm,
  baddbmm,
  kron,
  cross,
  matrixPower,
});

export { outer as ger };
