import { forEachLane } from "../../engine/lanes.js";
import { sortedOrder } from "../../engine/sorting.js";
import { namedArguments } from "../arguments.js";
import { addMethods } from "../methods.js";
import { namedResults } from "../named-results.js";
import { describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import type { ValuesAndIndices } from "./extrema.js";
import { pick } from "./pick.js";
import { checkTensor } from "./promotion.js";

export interface SortOptions {
  /** Default −1. */
  dim?: number;
  /** Whether the largest come first. Default false. */
  descending?: boolean;
  /** Whether equal elements keep their order; they always do here. */
  stable?: boolean;
}
export type SortArguments =
  | [dim?: number, descending?: boolean]
  | [dim: number, options: SortOptions]
  | [options: SortOptions];

export interface TopkOptions {
  /** Default −1. */
  dim?: number;
  /** The largest, or the smallest. Default true. */
  largest?: boolean;
  /** Whether they come in order; they always do here. */
  sorted?: boolean;
}
export type TopkArguments =
  | [k: number, dim?: number, largest?: boolean, sorted?: boolean]
  | [k: number, options: TopkOptions]
  | [k: number, dim: number, options: TopkOptions]
  | [options: TopkOptions & { k: number }];

/** The first `count` positions in sorted order along every lane, as int64. */
function orderAlong(input: Tensor, dim: number, descending: boolean, count?: number): Tensor {
  const isScalar = input.shape.length === 0;
  const length = isScalar ? 1 : input.shape[dim];
  const kept = count ?? length;
  const indices = Tensor.zeros(
    input.shape.map((size, d) => (d === dim ? kept : size)),
    "int64",
  );
  if (isScalar || indices.count === 0) return indices;
  const keys = new Float64Array(length);
  forEachLane([input, indices], dim, (start, indexStart) => {
    for (let k = 0; k < length; k++) keys[k] = input.storage.data[start + k * input.strides[dim]];
    const order = sortedOrder(keys, descending);
    for (let k = 0; k < kept; k++) indices.storage.data[indexStart + k * indices.strides[dim]] = order[k];
  });
  return indices;
}

function bind(
  operation: string,
  input: Tensor,
  given: readonly unknown[],
): [dim: number, descending: boolean] {
  checkTensor(operation, input);
  const { dim = -1, descending = false } = namedArguments<SortOptions>(
    operation,
    ["dim", "descending", "stable"],
    given,
  );
  if (typeof descending !== "boolean")
    throw new TypeError(`${operation}: descending is true or false, not ${String(descending)}`);
  return [normalizeDim(operation, dim, input.shape.length), descending];
}

/** Sorted along a dimension, and where each element stood. Equal elements keep their order; NaN is the largest. */
export function sort(input: Tensor, ...given: SortArguments): ValuesAndIndices {
  const [dim, descending] = bind("sort", input, given);
  const indices = orderAlong(input, dim, descending);
  return namedResults({ values: pick(input, dim, indices, "Sort"), indices });
}

/** The positions that sort a tensor along a dimension, as int64. */
export function argsort(input: Tensor, ...given: SortArguments): Tensor {
  const [dim, descending] = bind("argsort", input, given);
  return orderAlong(input, dim, descending);
}

/** Sorted along the first dimension. */
export function msort(input: Tensor): Tensor {
  return sort(input, 0).values;
}

/** The `k` largest (or smallest) elements along a dimension, in order, and where they stood. */
export function topk(input: Tensor, ...given: TopkArguments): ValuesAndIndices {
  checkTensor("topk", input);
  const {
    k,
    dim = -1,
    largest = true,
  } = namedArguments<TopkOptions & { k: number }>("topk", ["k", "dim", "largest", "sorted"], given);
  const d = normalizeDim("topk", dim, input.shape.length);
  const length = input.shape.length === 0 ? 1 : input.shape[d];
  if (!Number.isInteger(k) || k < 0 || k > length) {
    throw new RangeError(
      `topk: selected index k out of range: k is ${k}, and dimension ${d} of ${describe(input.shape)} has ${length} elements`,
    );
  }
  const indices = orderAlong(input, d, largest, k);
  return namedResults({ values: pick(input, d, indices, "Topk"), indices });
}

declare module "../tensor.js" {
  interface Tensor {
    /** Sorted along a dimension, and where each element stood. */
    sort(...options: SortArguments): ValuesAndIndices;
    /** The positions that sort this tensor along a dimension. */
    argsort(...options: SortArguments): Tensor;
    /** Sorted along the first dimension. */
    msort(): Tensor;
    /** The `k` largest (or smallest) elements along a dimension, in order, and where they stood. */
    topk(...options: TopkArguments): ValuesAndIndices;
  }
}

addMethods({ sort, argsort, msort, topk });
