import { insertionPoint, sortedOrder } from "../../engine/sorting.js";
import { namedArguments } from "../arguments.js";
import { isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";

export interface UniqueOptions {
  /** Whether the values come in order; they always do here. */
  sorted?: boolean;
  /** Whether to return also where each element of the input went. Default false. */
  returnInverse?: boolean;
  /** Whether to return also how often each value was there. Default false. */
  returnCounts?: boolean;
}
export type UniqueConsecutiveOptions = Omit<UniqueOptions, "sorted">;

/** One of every run of equal elements in the order given, with inverse and counts if asked for. */
function runs(
  input: Tensor,
  order: ArrayLike<number>,
  { returnInverse = false, returnCounts = false }: UniqueOptions,
): Tensor | Tensor[] {
  const values = input.toArray();
  const inverse = Tensor.zeros(input.shape, "int64");
  const unique: number[] = [];
  const counts: number[] = [];
  for (let k = 0; k < values.length; k++) {
    const value = values[order[k]];
    if (k === 0 || value !== unique[unique.length - 1]) {
      unique.push(value);
      counts.push(0);
    }
    counts[counts.length - 1]++;
    inverse.storage.data[order[k]] = unique.length - 1;
  }
  const vector = (from: readonly number[], dtype: Tensor["dtype"]) => {
    const out = Tensor.zeros([from.length], dtype);
    out.storage.data.set(from);
    return out;
  };
  const out = vector(unique, input.dtype);
  if (!returnInverse && !returnCounts) return out;
  return [out, ...(returnInverse ? [inverse] : []), ...(returnCounts ? [vector(counts, "int64")] : [])];
}

/** The different values of a tensor in ascending order; a list with inverse indices and counts when they are asked for. */
export function unique(
  input: Tensor,
  options: UniqueOptions & ({ returnInverse: true } | { returnCounts: true }),
): Tensor[];
export function unique(input: Tensor, options?: UniqueOptions): Tensor;
export function unique(input: Tensor, ...given: unknown[]): Tensor | Tensor[] {
  checkTensor("unique", input);
  const options = namedArguments<UniqueOptions>("unique", ["sorted", "returnInverse", "returnCounts"], given);
  return runs(input, sortedOrder(Float64Array.from(input.toArray()), false), options);
}

/** One of every run of equal neighbours in the flattened tensor; a list with inverse indices and counts when they are asked for. */
export function uniqueConsecutive(
  input: Tensor,
  options: UniqueConsecutiveOptions & ({ returnInverse: true } | { returnCounts: true }),
): Tensor[];
export function uniqueConsecutive(input: Tensor, options?: UniqueConsecutiveOptions): Tensor;
export function uniqueConsecutive(input: Tensor, ...given: unknown[]): Tensor | Tensor[] {
  checkTensor("uniqueConsecutive", input);
  const options = namedArguments<UniqueConsecutiveOptions>(
    "uniqueConsecutive",
    ["returnInverse", "returnCounts"],
    given,
  );
  return runs(
    input,
    Array.from({ length: input.count }, (_, k) => k),
    options,
  );
}

export interface SearchOptions {
  /** Whether positions are int32 instead of int64. Default false. */
  outInt32?: boolean;
  /** Whether a value goes after equal ones. Default false. */
  right?: boolean;
}

/**
 * Where values belong in sorted sequences, as int64.
 *
 * @param sortedSequence one for all values, or one for every lane along the last dimension
 */
export function searchsorted(
  sortedSequence: Tensor,
  input: Tensor | number,
  options: SearchOptions = {},
): Tensor {
  checkTensor("searchsorted", sortedSequence);
  const { outInt32 = false, right = false } = namedArguments<SearchOptions>(
    "searchsorted",
    ["outInt32", "right"],
    [options],
  );
  const values = typeof input === "number" ? Tensor.full([], input, "float64") : input;
  checkTensor("searchsorted", values);
  const rank = sortedSequence.shape.length;
  const one = rank === 1;
  if (rank === 0 || !(one || sameShape(sortedSequence.shape.slice(0, -1), values.shape.slice(0, -1)))) {
    throw new RangeError(
      `searchsorted: boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got ${describe(sortedSequence.shape)} and ${describe(values.shape)}`,
    );
  }
  const out = Tensor.like(values, outInt32 ? "int32" : "int64");
  const sequences = sortedSequence.toArray();
  const length = sortedSequence.shape[rank - 1];
  const lane = one ? 1 : values.shape[values.shape.length - 1];
  values.toArray().forEach((value, k) => {
    const from = one ? 0 : Math.floor(k / lane) * length;
    out.storage.data[k] = insertionPoint(sequences, from, from + length, value, right);
  });
  return out;
}

/** The bucket of each value: how many of the sorted `boundaries` lie below it (or, with `right`, not above it). */
export function bucketize(input: Tensor | number, boundaries: Tensor, options: SearchOptions = {}): Tensor {
  checkTensor("bucketize", boundaries);
  if (boundaries.shape.length !== 1) {
    throw new RangeError(
      `bucketize: boundaries tensor must be 1 dimension, but got ${describe(boundaries.shape)}`,
    );
  }
  return searchsorted(boundaries, input, options);
}

export interface BincountOptions {
  /** What each element counts, in the shape of the input; 1 when left out. */
  weights?: Tensor | null;
  /** The least number of bins. Default 0. */
  minlength?: number;
}

/** How often each number 0, 1, 2, … is in a vector of non-negative integers. */
export function bincount(
  input: Tensor,
  ...given: [weights?: Tensor | null, minlength?: number] | [options: BincountOptions]
): Tensor {
  checkTensor("bincount", input);
  const { weights = null, minlength = 0 } = namedArguments<BincountOptions>(
    "bincount",
    ["weights", "minlength"],
    given,
  );
  const values: number[] = Array.from(input.toArray());
  if (isFloatingPoint(input.dtype) || input.shape.length !== 1 || values.some((value) => value < 0)) {
    throw new RangeError(
      `bincount: only supports 1-d non-negative integral inputs, not ${input.dtype} of shape ${describe(input.shape)}`,
    );
  }
  if (!Number.isInteger(minlength) || minlength < 0)
    throw new RangeError(`bincount: minlength should be >= 0, not ${minlength}`);
  if (weights !== null && !sameShape(weights.shape, input.shape))
    throw new RangeError(`bincount: weights should have the shape of the input, ${describe(input.shape)}`);
  const bins = values.reduce((most, value) => Math.max(most, value + 1), minlength);
  const dtype = weights === null ? "int64" : weights.dtype === "float32" ? "float32" : "float64";
  const out = Tensor.zeros([bins], dtype);
  const counted = weights?.toArray();
  values.forEach((value, k) => {
    out.storage.data[value] += counted === undefined ? 1 : counted[k];
  });
  return out;
}

export interface HistcOptions {
  /** Default 100. */
  bins?: number;
  /** The range; that of the elements when both are 0 (the default). */
  min?: number;
  max?: number;
}

/** How many elements lie in each of `bins` equal intervals between `min` and `max`; others are not counted. */
export function histc(
  input: Tensor,
  ...given: [bins?: number, min?: number, max?: number] | [options: HistcOptions]
): Tensor {
  checkTensor("histc", input);
  const {
    bins = 100,
    min = 0,
    max = 0,
  } = namedArguments<HistcOptions>("histc", ["bins", "min", "max"], given);
  if (!isFloatingPoint(input.dtype)) throw new TypeError(`histc: is not implemented for ${input.dtype}`);
  if (!Number.isInteger(bins) || bins <= 0) throw new RangeError(`histc: bins must be > 0, not ${bins}`);
  const values = input.toArray();
  let [low, high] = [min, max];
  if (low === high && values.length > 0) {
    low = input.amin().item();
    high = input.amax().item();
  }
  if (low === high) [low, high] = [low - 1, high + 1];
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw new RangeError(`histc: range of [${low}, ${high}] is not finite`);
  if (low > high) throw new RangeError(`histc: max must be larger than min, but ${high} < ${low}`);
  const out = Tensor.zeros([bins], input.dtype);
  for (const value of values) {
    if (!(value >= low && value <= high)) continue;
    out.storage.data[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  }
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The different values in ascending order. */
    unique(options: UniqueOptions & ({ returnInverse: true } | { returnCounts: true })): Tensor[];
    unique(options?: UniqueOptions): Tensor;
    /** One of every run of equal neighbours. */
    uniqueConsecutive(
      options: UniqueConsecutiveOptions & ({ returnInverse: true } | { returnCounts: true }),
    ): Tensor[];
    uniqueConsecutive(options?: UniqueConsecutiveOptions): Tensor;
    /** How often each number 0, 1, 2, … is in a vector of non-negative integers. */
    bincount(...options: [weights?: Tensor | null, minlength?: number] | [options: BincountOptions]): Tensor;
    /** How many elements lie in each of `bins` equal intervals. */
    histc(...options: [bins?: number, min?: number, max?: number] | [options: HistcOptions]): Tensor;
  }
}

addMethods({ unique, uniqueConsecutive, bincount, histc });
