import { forEachLane } from "../../engine/lanes.js";
import { sortedOrder } from "../../engine/sorting.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { pickOne, sharing, type ValuesAndIndices } from "./extrema.js";
import { checkTensor } from "./promotion.js";
import {
  bindReduction,
  type DimKeepdimArguments,
  type DimKeepdimOptions,
  ReducedDimensions,
} from "./reduction-arguments.js";

const Median = sharing("MedianBackward0");
const Nanmedian = sharing("NanmedianBackward0");

/** Which element of a lane is taken: its position, from the values and their positions in sorted order. */
type Choice = (keys: Float64Array, order: Uint32Array) => number;

/** The lower of the two in the middle; the first NaN if there is one. */
const middle: Choice = (keys, order) => {
  const n = keys.length;
  if (!Number.isNaN(keys[order[n - 1]])) return order[(n - 1) >> 1];
  return keys.findIndex(Number.isNaN);
};

/** The lower of the two in the middle of the numbers. */
const middleNumber: Choice = (keys, order) => {
  let n = keys.length;
  while (n > 1 && Number.isNaN(keys[order[n - 1]])) n--;
  return order[(n - 1) >> 1];
};

/** The last position of the value that is there most often; of several such values the smallest. */
const mostFrequent: Choice = (keys, order) => {
  let best = 0;
  let longest = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && keys[order[to]] === keys[order[from]]) to++;
    if (to - from > longest) {
      longest = to - from;
      best = order[to - 1];
    }
    from = to;
  }
  return best;
};

/** The position that `choose` takes from every lane; the dimension stays, with size 1. */
function chooseAlong(operation: string, input: Tensor, dim: number, choose: Choice): Tensor {
  const isScalar = input.shape.length === 0;
  const length = isScalar ? 1 : input.shape[dim];
  if (length === 0) {
    throw new RangeError(
      `${operation}(): Expected reduction dim ${dim} to have non-zero size, but the input has shape ${describe(input.shape)}`,
    );
  }
  const indices = Tensor.zeros(
    input.shape.map((size, d) => (d === dim ? 1 : size)),
    "int64",
  );
  if (isScalar || indices.count === 0) return indices;
  const keys = new Float64Array(length);
  forEachLane([input, indices], dim, (start, indexStart) => {
    for (let k = 0; k < length; k++) keys[k] = input.storage.data[start + k * input.strides[dim]];
    indices.storage.data[indexStart] = choose(keys, sortedOrder(keys, false));
  });
  return indices;
}

type Options = DimKeepdimOptions & { k?: number };

function along(
  operation: string,
  name: string,
  input: Tensor,
  options: Options,
  choose: Choice,
): ValuesAndIndices {
  const dim = normalizeDim(operation, options.dim ?? -1, input.shape.length);
  return pickOne(input, dim, options.keepdim ?? false, chooseAlong(operation, input, dim, choose), name);
}

function whole(operation: string, recorded: typeof Median, input: Tensor, choose: Choice): Tensor {
  const out = Tensor.zeros([], input.dtype);
  if (input.count === 0) {
    out.storage.data[0] = Number.NaN;
    return out;
  }
  const flat = input.detach().reshape([-1]);
  const at = chooseAlong(operation, flat, 0, choose).item();
  out.storage.data[0] = flat.storage.data[flat.offset + at * flat.strides[0]];
  if (isRecorded(input))
    out.gradFn = new Node(
      recorded,
      [input],
      [input, out],
      new ReducedDimensions(operation, input.shape, null),
    );
  return out;
}

type DimAndKeepdim =
  | [dim: number, keepdim?: boolean]
  | [dim: number, options: DimKeepdimOptions]
  | [options: DimKeepdimOptions];

/**
 * The median of all elements, the lower of two in the middle (equal ones share the gradient); with a dimension, the
 * medians along it and their positions. NaN where there is a NaN.
 */
export function median(input: Tensor): Tensor;
export function median(input: Tensor, ...given: DimAndKeepdim): ValuesAndIndices;
export function median(input: Tensor, ...given: unknown[]): Tensor | ValuesAndIndices {
  const options = bindReduction<Options>("median", input, ["dim", "keepdim"], given);
  if (given.length === 0) return whole("median", Median, input, middle);
  return along("median", "Median", input, options, middle);
}

/** The median of the elements that are not NaN: of all, or along a dimension with their positions. */
export function nanmedian(input: Tensor): Tensor;
export function nanmedian(input: Tensor, ...given: DimAndKeepdim): ValuesAndIndices;
export function nanmedian(input: Tensor, ...given: unknown[]): Tensor | ValuesAndIndices {
  const options = bindReduction<Options>("nanmedian", input, ["dim", "keepdim"], given);
  if (given.length === 0) return whole("nanmedian", Nanmedian, input, middleNumber);
  return along("nanmedian", "Nanmedian", input, options, middleNumber);
}

/** The most frequent value along a dimension (default: the last), the smallest of several, and its last position. */
export function mode(input: Tensor, ...given: DimKeepdimArguments): ValuesAndIndices {
  const options = bindReduction<Options>("mode", input, ["dim", "keepdim"], given);
  return along("mode", "Mode", input, options, mostFrequent);
}

export type KthvalueArguments =
  | [k: number, dim?: number, keepdim?: boolean]
  | [k: number, options: DimKeepdimOptions]
  | [k: number, dim: number, options: DimKeepdimOptions]
  | [options: DimKeepdimOptions & { k: number }];

/** The `k`-th smallest element along a dimension (default: the last), counted from 1, and its position. */
export function kthvalue(input: Tensor, ...given: KthvalueArguments): ValuesAndIndices {
  checkTensor("kthvalue", input);
  const options = namedArguments<Options>("kthvalue", ["k", "dim", "keepdim"], given);
  const k = options.k as number;
  const dim = normalizeDim("kthvalue", options.dim ?? -1, input.shape.length);
  const length = input.shape.length === 0 ? 1 : input.shape[dim];
  if (!Number.isInteger(k) || k < 1 || k > length)
    throw new RangeError(
      `kthvalue(): selected number k out of range for dimension ${dim}: ${k} does not lie between 1 and ${length}`,
    );
  return along("kthvalue", "Kthvalue", input, options, (_, order) => order[k - 1]);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The median of all elements; with a dimension, the medians along it and their positions. */
    median(): Tensor;
    median(...options: DimAndKeepdim): ValuesAndIndices;
    /** The median of the elements that are not NaN. */
    nanmedian(): Tensor;
    nanmedian(...options: DimAndKeepdim): ValuesAndIndices;
    /** The most frequent value along a dimension, and its last position. */
    mode(...options: DimKeepdimArguments): ValuesAndIndices;
    /** The `k`-th smallest element along a dimension, and its position. */
    kthvalue(...options: KthvalueArguments): ValuesAndIndices;
  }
}

addMethods({ median, nanmedian, mode, kthvalue });
