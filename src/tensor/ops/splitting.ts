import { type Arguments, namedArguments } from "../arguments.js";
import { addMethods } from "../methods.js";
import { checkSizes, describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { Split, SplitWithSizes, selectOf, sliceOf, Unbind } from "./slicing.js";

export interface SplitOptions {
  /** The size of every part (the last may be smaller), or the size of each. */
  splitSizeOrSections: number | readonly number[];
  /** Default 0. */
  dim?: number;
}
export interface ChunkOptions {
  /** The number of parts; fewer where the size is not enough. */
  chunks: number;
  dim?: number;
}
export interface TensorSplitOptions {
  /** The number of parts, or the positions at which a new one begins. */
  indicesOrSections: number | readonly number[] | Tensor;
  dim?: number;
}
export interface UnbindOptions {
  dim?: number;
}

export type SplitArguments = Arguments<
  [splitSizeOrSections: number | readonly number[], dim?: number],
  SplitOptions
>;
export type ChunkArguments = Arguments<[chunks: number, dim?: number], ChunkOptions>;
export type TensorSplitArguments = Arguments<
  [indicesOrSections: number | readonly number[] | Tensor, dim?: number],
  TensorSplitOptions
>;
export type UnbindArguments = Arguments<[dim?: number], UnbindOptions>;

/** The dimension that is split, of a tensor that has dimensions. */
function dimensionOf(operation: string, input: Tensor, dim: number): number {
  if (input.shape.length === 0)
    throw new RangeError(`${operation}: expects at least a 1-dimensional tensor, not a 0-dim one`);
  return normalizeDim(operation, dim, input.shape.length);
}

/** Parts of `size`, the last as large as what is left. */
function partsOf(input: Tensor, dim: number, size: number): Tensor[] {
  const length = input.shape[dim];
  const count = Math.max(1, Math.ceil(length / size) || 0);
  return Array.from({ length: count }, (_, k) =>
    sliceOf(input, dim, k * size, Math.min(size, length - k * size), 1, Split),
  );
}

/** Parts of a given size, or of given sizes, along one dimension, as views. */
export function split(input: Tensor, ...given: SplitArguments): Tensor[] {
  checkTensor("split", input);
  const { splitSizeOrSections: splitSize, dim = 0 } = namedArguments<SplitOptions>(
    "split",
    ["splitSizeOrSections", "dim"],
    given,
  );
  const d = dimensionOf("split", input, dim);
  const length = input.shape[d];
  if (typeof splitSize === "number") {
    checkSizes("split", [splitSize]);
    if (splitSize === 0 && length > 0)
      throw new RangeError(
        `split: splitSize can only be 0 if dimension size is 0, but got dimension size of ${length}`,
      );
    return partsOf(input, d, splitSize);
  }
  checkSizes("split", splitSize);
  if (splitSize.reduce((n, size) => n + size, 0) !== length) {
    throw new RangeError(
      `split: expects the sizes to sum exactly to ${length} (the size of ${describe(input.shape)} at dimension ${d}), ` +
        `not ${describe(splitSize)}`,
    );
  }
  let start = 0;
  return splitSize.map((size) => {
    start += size;
    return sliceOf(input, d, start - size, size, 1, SplitWithSizes);
  });
}

/** At most `chunks` parts of one size (the last may be smaller) along one dimension, as views. */
export function chunk(input: Tensor, ...given: ChunkArguments): Tensor[] {
  checkTensor("chunk", input);
  const { chunks, dim = 0 } = namedArguments<ChunkOptions>("chunk", ["chunks", "dim"], given);
  const d = dimensionOf("chunk", input, dim);
  if (!Number.isInteger(chunks) || chunks < 1)
    throw new RangeError(`chunk: expects chunks to be a whole number greater than 0, got ${String(chunks)}`);
  const length = input.shape[d];
  // Of nothing there are as many parts as asked for.
  if (length === 0) return Array.from({ length: chunks }, () => sliceOf(input, d, 0, 0, 1, Split));
  return partsOf(input, d, Math.ceil(length / chunks));
}

/** Parts along one dimension, as views: `sections` as equal as possible, or new ones at the given positions. */
export function tensorSplit(input: Tensor, ...given: TensorSplitArguments): Tensor[] {
  checkTensor("tensorSplit", input);
  const { indicesOrSections, dim = 0 } = namedArguments<TensorSplitOptions>(
    "tensorSplit",
    ["indicesOrSections", "dim"],
    given,
  );
  const d = dimensionOf("tensorSplit", input, dim);
  const length = input.shape[d];
  const bounds = boundsOf(indicesOrSections, length);
  return bounds.slice(1).map((end, k) => {
    const start = bounds[k];
    return sliceOf(input, d, start, Math.max(0, end - start));
  });
}

/** 0, the positions at which a new part begins, and the length. */
function boundsOf(indicesOrSections: number | readonly number[] | Tensor, length: number): number[] {
  const given = indicesOrSections instanceof Tensor ? indicesOrSections.tolist() : indicesOrSections;
  if (typeof given === "number") {
    if (!Number.isInteger(given) || given < 1)
      throw new RangeError(`tensorSplit: number of sections must be larger than 0, got ${given}`);
    const [least, larger] = [Math.floor(length / given), length % given];
    return Array.from({ length: given + 1 }, (_, k) => k * least + Math.min(k, larger));
  }
  if (!Array.isArray(given) || !given.every(Number.isInteger))
    throw new TypeError(
      `tensorSplit: takes a number of sections or an array of whole numbers, not ${String(given)}`,
    );
  const within = (given as number[]).map((at) => Math.min(length, Math.max(0, at < 0 ? at + length : at)));
  return [0, ...within, length];
}

/** The parts at all positions of one dimension, without that dimension, as views. */
export function unbind(input: Tensor, ...given: UnbindArguments): Tensor[] {
  checkTensor("unbind", input);
  const { dim = 0 } = namedArguments<UnbindOptions>("unbind", ["dim"], given);
  const d = dimensionOf("unbind", input, dim);
  return Array.from({ length: input.shape[d] }, (_, k) => selectOf(input, d, k, Unbind));
}

declare module "../tensor.js" {
  interface Tensor {
    /** Parts of a given size, or of given sizes, along one dimension, as views. */
    split(...given: SplitArguments): Tensor[];
    /** At most `chunks` parts of one size (the last may be smaller) along one dimension, as views. */
    chunk(...given: ChunkArguments): Tensor[];
    /** Parts as equal as possible, or beginning at the given positions, along one dimension, as views. */
    tensorSplit(...given: TensorSplitArguments): Tensor[];
    /** The parts at all positions of one dimension, without that dimension, as views. */
    unbind(...given: UnbindArguments): Tensor[];
  }
}

addMethods({ split, chunk, tensorSplit, unbind });
