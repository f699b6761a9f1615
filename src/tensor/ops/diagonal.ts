import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { describe, elementCount, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto } from "./copy.js";
import { checkTensor } from "./promotion.js";

export interface DiagonalOptions {
  /** Which diagonal: 0 the main one (default), positive above it, negative below. */
  offset?: number;
  dim1?: number;
  dim2?: number;
}
export type DiagonalArguments =
  | [offset?: number, dim1?: number, dim2?: number]
  | [offset: number, options: DiagonalOptions]
  | [options: DiagonalOptions];
export type DiagonalNumberArguments = [diagonal?: number] | [options: { diagonal?: number }];

interface Line {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

const Diagonal: Operation = {
  name: "DiagonalBackward0",
  backward(node, gradient) {
    node.give(0, ontoDiagonal(gradient, node.shapes[0], node.attributes as Line));
  },
};

const OntoDiagonal: Operation = {
  name: "DiagEmbedBackward0",
  backward(node, gradient) {
    const { offset, dim1, dim2 } = node.attributes as Line;
    node.give(0, diagonal(gradient, offset, dim1, dim2));
  },
};

function checkOffset(operation: string, offset: unknown): asserts offset is number {
  if (!Number.isInteger(offset))
    throw new TypeError(`${operation}: the diagonal is an integer, not ${String(offset)}`);
}

/** The elements of a diagonal, without history, as a view of the tensor: its dimension comes last. */
function viewOfDiagonal(input: Tensor, { offset, dim1, dim2 }: Line): Tensor {
  const rows = input.shape[dim1] - Math.max(0, -offset);
  const columns = input.shape[dim2] - Math.max(0, offset);
  const length = Math.max(0, Math.min(rows, columns));
  const rest = input.shape.map((_, d) => d).filter((d) => d !== dim1 && d !== dim2);
  const start = offset >= 0 ? offset * input.strides[dim2] : -offset * input.strides[dim1];
  return input.memoryView(
    [...rest.map((d) => input.shape[d]), length],
    [...rest.map((d) => input.strides[d]), input.strides[dim1] + input.strides[dim2]],
    input.offset + (length === 0 ? 0 : start),
  );
}

/** Zeros of `shape` with the elements of `input` on a diagonal. */
function ontoDiagonal(input: Tensor, shape: readonly number[], line: Line): Tensor {
  const out = Tensor.zeros(shape, input.dtype);
  copyInto(viewOfDiagonal(out, line), input);
  if (isRecorded(input)) out.gradFn = new Node(OntoDiagonal, [input], undefined, line);
  return out;
}

/** The diagonal of two dimensions (default: the first two) as a view; its dimension comes last. */
export function diagonal(input: Tensor, ...given: DiagonalArguments): Tensor {
  checkTensor("diagonal", input);
  const options = namedArguments<DiagonalOptions>("diagonal", ["offset", "dim1", "dim2"], given);
  const { offset = 0 } = options;
  checkOffset("diagonal", offset);
  const rank = input.shape.length;
  if (rank < 2)
    throw new RangeError(`diagonal: needs at least 2 dimensions, but the shape is ${describe(input.shape)}`);
  const dim1 = normalizeDim("diagonal", options.dim1 ?? 0, rank);
  const dim2 = normalizeDim("diagonal", options.dim2 ?? 1, rank);
  if (dim1 === dim2)
    throw new RangeError(
      `diagonal: dimensions cannot be identical ${options.dim1 ?? 0}, ${options.dim2 ?? 1}`,
    );
  const line: Line = { offset, dim1, dim2 };
  const out = viewOfDiagonal(input, line);
  if (isRecorded(input)) out.gradFn = new Node(Diagonal, [input], undefined, line);
  return out;
}

/** Matrices of zeros with the last dimension of `input` on a diagonal; `dim1` and `dim2` are theirs (default: the last two). */
export function diagEmbed(input: Tensor, ...given: DiagonalArguments): Tensor {
  checkTensor("diagEmbed", input);
  const options = namedArguments<DiagonalOptions>("diagEmbed", ["offset", "dim1", "dim2"], given);
  const { offset = 0 } = options;
  checkOffset("diagEmbed", offset);
  if (input.shape.length === 0) throw new RangeError("diagEmbed: needs at least 1 dimension");
  const rank = input.shape.length + 1;
  const dim1 = normalizeDim("diagEmbed", options.dim1 ?? -2, rank);
  const dim2 = normalizeDim("diagEmbed", options.dim2 ?? -1, rank);
  if (dim1 === dim2)
    throw new RangeError(`diagEmbed: diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  const size = input.shape[input.shape.length - 1] + Math.abs(offset);
  const shape = input.shape.slice(0, -1);
  for (const d of [dim1, dim2].sort((a, b) => a - b)) shape.splice(d, 0, size);
  return ontoDiagonal(input, shape, { offset, dim1, dim2 });
}

/** The square matrix with a vector on its diagonal, or the diagonal of a matrix. */
export function diag(input: Tensor, ...given: DiagonalNumberArguments): Tensor {
  checkTensor("diag", input);
  const { diagonal: offset = 0 } = namedArguments<{ diagonal?: number }>("diag", ["diagonal"], given);
  checkOffset("diag", offset);
  if (input.shape.length === 1) return diagEmbed(input, offset);
  if (input.shape.length === 2) return diagonal(input, offset).clone();
  throw new RangeError(`diag: Supports 1D or 2D tensors. Got ${describe(input.shape)}`);
}

/** The sum of the diagonal of a matrix. */
export function trace(input: Tensor): Tensor {
  checkTensor("trace", input);
  if (input.shape.length !== 2)
    throw new RangeError(`trace: expected a matrix, but got a tensor of shape ${describe(input.shape)}`);
  return diagonal(input).sum();
}

function triangle(
  name: string,
  keeps: (diagonal: number) => boolean,
): (input: Tensor, from: number) => Tensor {
  const operation: Operation = {
    name,
    backward(node, gradient) {
      node.give(0, keep(gradient, node.attributes as number));
    },
  };
  const keep = (input: Tensor, from: number): Tensor => {
    const out = Tensor.like(input);
    copyInto(out, input);
    const [rows, columns] = input.shape.slice(-2);
    const { data } = out.storage;
    const matrices = elementCount(input.shape.slice(0, -2));
    for (let row = 0; row < matrices * rows; row++) {
      for (let j = 0; j < columns; j++) if (!keeps(j - (row % rows) - from)) data[row * columns + j] = 0;
    }
    if (isRecorded(input)) out.gradFn = new Node(operation, [input], undefined, from);
    return out;
  };
  return keep;
}

const lower = triangle("TrilBackward0", (above) => above <= 0);
const upper = triangle("TriuBackward0", (above) => above >= 0);

function bindTriangle(operation: string, input: Tensor, given: readonly unknown[]): number {
  checkTensor(operation, input);
  const { diagonal: from = 0 } = namedArguments<{ diagonal?: number }>(operation, ["diagonal"], given);
  checkOffset(operation, from);
  if (input.shape.length < 2)
    throw new RangeError(`${operation}: input tensor must have at least 2 dimensions`);
  return from;
}

/** The lower triangle of matrices, up to `diagonal` (0: the main one); 0 above it. */
export function tril(input: Tensor, ...given: DiagonalNumberArguments): Tensor {
  return lower(input, bindTriangle("tril", input, given));
}

/** The upper triangle of matrices, from `diagonal` (0: the main one) on; 0 below it. */
export function triu(input: Tensor, ...given: DiagonalNumberArguments): Tensor {
  return upper(input, bindTriangle("triu", input, given));
}

declare module "../tensor.js" {
  interface Tensor {
    /** The diagonal of two dimensions as a view. */
    diagonal(...options: DiagonalArguments): Tensor;
    /** Matrices of zeros with the last dimension on a diagonal. */
    diagEmbed(...options: DiagonalArguments): Tensor;
    /** The square matrix with this vector on its diagonal, or the diagonal of this matrix. */
    diag(...options: DiagonalNumberArguments): Tensor;
    /** The sum of the diagonal of a matrix. */
    trace(): Tensor;
    /** The lower triangle of matrices; 0 above it. */
    tril(...options: DiagonalNumberArguments): Tensor;
    /** The upper triangle of matrices; 0 below it. */
    triu(...options: DiagonalNumberArguments): Tensor;
  }
}

addMethods({ diagonal, diagEmbed, diag, trace, tril, triu });
