import { type Arguments, namedArguments } from "../arguments.js";
import { asElement } from "../dtype.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { changeInPlace } from "./in-place.js";
import { checkIndex, coordinatesOf, positionsOf } from "./nonzero.js";
import { checkTensor } from "./promotion.js";
import { type ScatterReduction, scatterReduceSelected } from "./scatter-reduce.js";
import {
  adding,
  addSelected,
  Positions,
  PositionsAlong,
  reading,
  readSelected,
  writeSelected,
  writing,
} from "./selection.js";
import { narrow } from "./slicing.js";
import { expand, reshape, unsqueeze } from "./view.js";

export interface GatherOptions {
  /** The dimension along which `index` points. */
  dim: number;
  /** int64 or int32, with as many dimensions as the tensor. */
  index: Tensor;
}
export interface ScatterOptions extends GatherOptions {
  /** At least as large as `index` in every dimension. */
  src: Tensor | number;
  /** What happens to the present elements: nothing is left of them, or they are added to or multiplied. */
  reduce?: "add" | "multiply";
}
export interface ScatterValueOptions extends GatherOptions {
  value: number;
  reduce?: "add" | "multiply";
}
export interface ScatterAddOptions extends GatherOptions {
  src: Tensor;
}
export interface ScatterReduceOptions extends ScatterAddOptions {
  reduce: ScatterReduction;
  /** Whether the present elements take part. Default true. */
  includeSelf?: boolean;
}
export interface PutOptions {
  index: Tensor;
  source: Tensor;
  /** Whether the values are added to the present ones. Default false. */
  accumulate?: boolean;
}
export interface TakeAlongDimOptions {
  indices: Tensor;
  /** Null (the default): the tensor as if it had one dimension. */
  dim?: number | null;
}

export type GatherArguments = Arguments<[dim: number, index: Tensor], GatherOptions>;
export type ScatterArguments =
  | Arguments<[dim: number, index: Tensor, src: Tensor | number, reduce?: "add" | "multiply"], ScatterOptions>
  | [dim: number, index: Tensor, options: { value: number; reduce?: "add" | "multiply" }]
  | [options: ScatterValueOptions];
export type ScatterAddArguments = Arguments<[dim: number, index: Tensor, src: Tensor], ScatterAddOptions>;
export type ScatterReduceArguments = Arguments<
  [dim: number, index: Tensor, src: Tensor, reduce: ScatterReduction],
  ScatterReduceOptions
>;
export type PutArguments = Arguments<[index: Tensor, source: Tensor, accumulate?: boolean], PutOptions>;
export type TakeAlongDimArguments = Arguments<[indices: Tensor, dim?: number | null], TakeAlongDimOptions>;

const Gather = reading("GatherBackward0");
const Scatter = writing("ScatterBackward0");
const ScatterValue = writing("ScatterBackward1");
const ScatterAdd = adding("ScatterAddBackward0");
const Take = reading("TakeBackward0");
const Put = writing("PutBackward0");
const PutAdding = adding("PutBackward0");

/** The elements that `index` names along `dim`, after all checks of shapes and positions. */
function along(operation: string, input: Tensor, dim: number, index: Tensor): PositionsAlong {
  checkIndex(operation, index);
  const d = normalizeDim(operation, dim, input.shape.length);
  if (Math.max(index.shape.length, 1) !== Math.max(input.shape.length, 1)) {
    throw new RangeError(
      `${operation}: Index tensor must have the same number of dimensions as input tensor: ${describe(index.shape)} ` +
        `and ${describe(input.shape)}`,
    );
  }
  if (index.shape.some((size, k) => k !== d && size > input.shape[k])) {
    throw new RangeError(
      `${operation}: Size does not match: expected index ${describe(index.shape)} to be smaller than self ` +
        `${describe(input.shape)} apart from dimension ${d}`,
    );
  }
  return new PositionsAlong(d, positionsOf(operation, index, d, input.shape[d] ?? 1), index.shape);
}

/** The part of `src` that belongs to an index of `shape`. */
function partOf(operation: string, input: Tensor, src: Tensor, shape: readonly number[]): Tensor {
  if (src.dtype !== input.dtype) {
    throw new TypeError(
      `${operation}: Expected self.dtype to be equal to src.dtype: ${input.dtype} and ${src.dtype}`,
    );
  }
  if (src.shape.length !== shape.length || shape.some((size, d) => size > src.shape[d])) {
    throw new RangeError(
      `${operation}: Expected index ${describe(shape)} to be smaller than src ${describe(src.shape)}`,
    );
  }
  return shape.reduce((part, size, d) => (size === part.shape[d] ? part : narrow(part, d, 0, size)), src);
}

/** `out[i][j] = input[index[i][j]][j]` for `dim` 0, and alike for others: the shape is that of `index`. */
export function gather(input: Tensor, ...given: GatherArguments): Tensor {
  checkTensor("gather", input);
  const { dim, index } = namedArguments<GatherOptions>("gather", ["dim", "index"], given);
  return readSelected(Gather, input, along("gather", input, dim, index));
}

function scatterInto<T extends Tensor>(operation: string, target: T, given: ScatterArguments): T {
  const options = namedArguments<ScatterOptions & ScatterValueOptions>(
    operation,
    ["dim", "index", "src", "reduce", "value"],
    given,
  );
  const { dim, index, reduce } = options;
  if (reduce !== undefined && reduce !== "add" && reduce !== "multiply") {
    throw new TypeError(
      `${operation}: reduce argument must be either add or multiply, not ${String(reduce)}`,
    );
  }
  const selection = along(operation, target, dim, index);
  const given_ = options.src ?? options.value;
  const values =
    typeof given_ === "number" || typeof given_ === "boolean"
      ? Tensor.full([], asElement(operation, Number(given_), target.dtype), target.dtype)
      : partOf(operation, target, checked(operation, given_), index.shape);
  if (reduce === "add") return addSelected(operation, ScatterAdd, target, selection, values);
  if (reduce === "multiply") {
    const factors = expand(values, selection.shape);
    return changeInPlace(operation, target, [values], (current) =>
      scatterReduceSelected(current, selection, factors, "prod", true),
    );
  }
  const history = values.shape.length === 0 ? ScatterValue : Scatter;
  return writeSelected(operation, history, target, selection, values);
}

function checked(operation: string, src: unknown): Tensor {
  checkTensor(operation, src);
  return src;
}

/** A copy in which `out[index[i][j]][j] = src[i][j]` for `dim` 0, and alike for others; `src` may be a number. */
export function scatter(input: Tensor, ...given: ScatterArguments): Tensor {
  checkTensor("scatter", input);
  return scatterInto("scatter", input.clone(), given);
}

function scatterAddInto<T extends Tensor>(operation: string, target: T, given: ScatterAddArguments): T {
  const { dim, index, src } = namedArguments<ScatterAddOptions>(operation, ["dim", "index", "src"], given);
  const selection = along(operation, target, dim, index);
  const values = partOf(operation, target, checked(operation, src), index.shape);
  return addSelected(operation, ScatterAdd, target, selection, values);
}

/** A copy in which `out[index[i][j]][j] += src[i][j]` for `dim` 0, and alike for others. */
export function scatterAdd(input: Tensor, ...given: ScatterAddArguments): Tensor {
  checkTensor("scatterAdd", input);
  return scatterAddInto("scatterAdd", input.clone(), given);
}

/** A copy in which the elements that `index` names are the sum, product, mean or extremum of those of `src`. */
export function scatterReduce(input: Tensor, ...given: ScatterReduceArguments): Tensor {
  checkTensor("scatterReduce", input);
  const { dim, index, src, reduce, includeSelf } = namedArguments<ScatterReduceOptions>(
    "scatterReduce",
    ["dim", "index", "src", "reduce", "includeSelf"],
    given,
  );
  const selection = along("scatterReduce", input, dim, index);
  const values = partOf("scatterReduce", input, checked("scatterReduce", src), index.shape);
  return scatterReduceSelected(input, selection, values, reduce, includeSelf ?? true);
}

/** The elements of a tensor that are named as if it had one dimension; negative positions count from the end. */
function flatPositions(operation: string, input: Tensor, index: Tensor): Positions {
  const positions = positionsOf(operation, index, 0, input.count, true);
  const { shape } = input;
  return new Positions(
    shape,
    shape.map((_, d) => d),
    coordinatesOf(positions, shape),
    index.shape,
    0,
  );
}

/** The elements at positions of the tensor as if it had one dimension, in the shape of `index`. */
export function take(input: Tensor, index: Tensor): Tensor {
  checkTensor("take", input);
  const source = input.shape.length === 0 ? unsqueeze(input, 0) : input;
  return readSelected(Take, source, flatPositions("take", source, index));
}

function putInto<T extends Tensor>(operation: string, target: T, given: PutArguments): T {
  const { index, source, accumulate } = namedArguments<PutOptions>(
    operation,
    ["index", "source", "accumulate"],
    given,
  );
  checkTensor(operation, source);
  const view = target.shape.length === 0 ? unsqueeze(target, 0) : target;
  const selection = flatPositions(operation, view, index);
  if (source.dtype !== target.dtype || source.count !== index.count) {
    throw new RangeError(
      `${operation}: source must have as many elements as index, in the dtype of self: ${source.dtype} ` +
        `${describe(source.shape)}, index ${describe(index.shape)}, self ${target.dtype}`,
    );
  }
  const values = reshape(source, index.shape);
  if (accumulate) addSelected(operation, PutAdding, view, selection, values);
  else writeSelected(operation, Put, view, selection, values);
  return target;
}

/** A copy with `source` at positions of the tensor as if it had one dimension. */
export function put(input: Tensor, ...given: PutArguments): Tensor {
  checkTensor("put", input);
  return putInto("put", input.clone(), given);
}

/** As `gather`, but the other dimensions of both are broadcast: what `argsort` and `argmax` (with keepdim) are for. */
export function takeAlongDim(input: Tensor, ...given: TakeAlongDimArguments): Tensor {
  checkTensor("takeAlongDim", input);
  const { indices, dim } = namedArguments<TakeAlongDimOptions>("takeAlongDim", ["indices", "dim"], given);
  checkIndex("takeAlongDim", indices);
  if (dim === undefined || dim === null) return gather(reshape(input, [-1]), 0, reshape(indices, [-1]));
  const d = normalizeDim("takeAlongDim", dim, input.shape.length);
  if (indices.shape.length !== input.shape.length) {
    throw new RangeError(
      `takeAlongDim: input and indices should have the same number of dimensions: ${describe(input.shape)} and ` +
        describe(indices.shape),
    );
  }
  const others = broadcastShapes(
    "takeAlongDim",
    input.shape.toSpliced(d, 1, 1),
    indices.shape.toSpliced(d, 1, 1),
  );
  const sized = (size: number) => others.toSpliced(d, 1, size);
  return gather(expand(input, sized(input.shape[d])), d, expand(indices, sized(indices.shape[d])));
}

declare module "../tensor.js" {
  interface Tensor {
    /** `out[i][j] = this[index[i][j]][j]` for `dim` 0, and alike for others: the shape is that of `index`. */
    gather(...given: GatherArguments): Tensor;
    /** A copy in which `out[index[i][j]][j] = src[i][j]` for `dim` 0, and alike for others; `src` may be a number. */
    scatter(...given: ScatterArguments): Tensor;
    scatter_(...given: ScatterArguments): this;
    /** A copy in which `out[index[i][j]][j] += src[i][j]` for `dim` 0, and alike for others. */
    scatterAdd(...given: ScatterAddArguments): Tensor;
    scatterAdd_(...given: ScatterAddArguments): this;
    /** A copy in which the elements that `index` names are the sum, product, mean or extremum of those of `src`. */
    scatterReduce(...given: ScatterReduceArguments): Tensor;
    scatterReduce_(...given: ScatterReduceArguments): this;
    /** The elements at positions of the tensor as if it had one dimension, in the shape of `index`. */
    take(index: Tensor): Tensor;
    /** A copy with `source` at positions of the tensor as if it had one dimension. */
    put(...given: PutArguments): Tensor;
    put_(...given: PutArguments): this;
    /** As `gather`, but the other dimensions of both are broadcast. */
    takeAlongDim(...given: TakeAlongDimArguments): Tensor;
  }
}

addMethods({ gather, scatter, scatterAdd, scatterReduce, take, put, takeAlongDim });
addMethods({
  scatter_: (target: Tensor, ...given: ScatterArguments) => scatterInto("scatter_", target, given),
  scatterAdd_: (target: Tensor, ...given: ScatterAddArguments) =>
    scatterAddInto("scatterAdd_", target, given),
  scatterReduce_: (target: Tensor, ...given: ScatterReduceArguments) =>
    changeInPlace("scatterReduce_", target, given, (current) => scatterReduce(current, ...given)),
  put_: (target: Tensor, ...given: PutArguments) => putInto("put_", target, given),
});
