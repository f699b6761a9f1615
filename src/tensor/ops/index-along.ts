import { type Arguments, namedArguments } from "../arguments.js";
import { asElement } from "../dtype.js";
import { addMethods } from "../methods.js";
import { describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkIndex, positionsOf } from "./nonzero.js";
import { checkTensor } from "./promotion.js";
import {
  adding,
  addSelected,
  Positions,
  reading,
  readSelected,
  writeSelected,
  writing,
} from "./selection.js";
import { unsqueeze } from "./view.js";

export interface IndexSelectOptions {
  dim: number;
  /** Positions along `dim`: int64 or int32, of one dimension. */
  index: Tensor;
}
export interface IndexCopyOptions extends IndexSelectOptions {
  /** Of the shape of the tensor, but as long as `index` in `dim`. */
  source: Tensor;
}
export interface IndexAddOptions extends IndexCopyOptions {
  /** A factor of `source`. Default 1. */
  alpha?: number;
}
export interface IndexFillOptions extends IndexSelectOptions {
  value: number | Tensor;
}

export type IndexSelectArguments = Arguments<[dim: number, index: Tensor], IndexSelectOptions>;
export type IndexCopyArguments = Arguments<[dim: number, index: Tensor, source: Tensor], IndexCopyOptions>;
export type IndexAddArguments = Arguments<[dim: number, index: Tensor, source: Tensor], IndexAddOptions>;
export type IndexFillArguments = Arguments<
  [dim: number, index: Tensor, value: number | Tensor],
  IndexFillOptions
>;

const IndexSelect = reading("IndexSelectBackward0");
const IndexCopy = writing("IndexCopyBackward0");
const IndexAdd = adding("IndexAddBackward0");
const IndexFill = writing("IndexFillBackward0");
const IndexFillWithTensor = writing("IndexFillBackward1");

/** The slices that `index` names along `dim`. A 0-dim tensor counts as one of one element. */
function slices(operation: string, target: Tensor, dim: number, index: Tensor): Positions {
  checkIndex(operation, index);
  checkVector(operation, index);
  const d = normalizeDim(operation, dim, target.shape.length);
  const positions = positionsOf(operation, index, d, target.shape[d]);
  return new Positions(target.shape, [d], [positions], [positions.length], d);
}

/** The same, each of them once: a single value for all of them gets its gradient once. */
function distinctSlices(operation: string, target: Tensor, dim: number, index: Tensor): Positions {
  checkIndex(operation, index);
  checkVector(operation, index);
  const d = normalizeDim(operation, dim, target.shape.length);
  const positions = new Uint32Array(new Set(positionsOf(operation, index, d, target.shape[d], true)));
  return new Positions(target.shape, [d], [positions], [positions.length], d);
}

function checkVector(operation: string, index: Tensor): void {
  if (index.shape.length > 1) {
    throw new RangeError(
      `${operation}: Index is supposed to be a vector, but its shape is ${describe(index.shape)}`,
    );
  }
}

function withDimension(input: Tensor): Tensor {
  return input.shape.length === 0 ? unsqueeze(input, 0) : input;
}

/** The slices at `index` along `dim`, as a copy: `indexSelect(x, 1, index)` is `x.at(":", index)`. */
export function indexSelect(input: Tensor, ...given: IndexSelectArguments): Tensor {
  checkTensor("indexSelect", input);
  const { dim, index } = namedArguments<IndexSelectOptions>("indexSelect", ["dim", "index"], given);
  const source = withDimension(input);
  const out = readSelected(IndexSelect, source, slices("indexSelect", source, dim, index));
  return input.shape.length === 0 && out.count === 1 ? out.reshape([]) : out;
}

/** Checks that the values of a change fit the slices. */
function fitting(operation: string, target: Tensor, selection: Positions, source: unknown): Tensor {
  checkTensor(operation, source);
  if (source.dtype !== target.dtype) {
    throw new TypeError(
      `${operation}: self and source must have the same scalar type: ${target.dtype} and ${source.dtype}`,
    );
  }
  const values = withDimension(source);
  if (describe(values.shape) !== describe(selection.shape)) {
    throw new RangeError(
      `${operation}: the source has shape ${describe(source.shape)}, but the index chooses ${describe(selection.shape)} ` +
        `of ${describe(target.shape)}`,
    );
  }
  return values;
}

function indexCopyInto<T extends Tensor>(operation: string, target: T, given: IndexCopyArguments): T {
  const { dim, index, source } = namedArguments<IndexCopyOptions>(
    operation,
    ["dim", "index", "source"],
    given,
  );
  const view = withDimension(target);
  const selection = slices(operation, view, dim, index);
  writeSelected(operation, IndexCopy, view, selection, fitting(operation, view, selection, source));
  return target;
}

function indexAddInto<T extends Tensor>(operation: string, target: T, given: IndexAddArguments): T {
  const names = ["dim", "index", "source", "alpha"] as const;
  const { dim, index, source, alpha = 1 } = namedArguments<IndexAddOptions>(operation, names, given);
  const view = withDimension(target);
  const selection = slices(operation, view, dim, index);
  const values = fitting(operation, view, selection, source);
  addSelected(operation, IndexAdd, view, selection, alpha === 1 ? values : values.mul(alpha));
  return target;
}

function indexFillInto<T extends Tensor>(operation: string, target: T, given: IndexFillArguments): T {
  const { dim, index, value } = namedArguments<IndexFillOptions>(operation, ["dim", "index", "value"], given);
  const view = withDimension(target);
  const selection = distinctSlices(operation, view, dim, index);
  if (value instanceof Tensor) {
    if (value.shape.length > 0) {
      throw new RangeError(
        `${operation}: only supports a 0-dimensional value tensor, but got one of shape ${describe(value.shape)}`,
      );
    }
    writeSelected(operation, IndexFillWithTensor, view, selection, value.to(target.dtype));
  } else {
    if (typeof value !== "number" && typeof value !== "boolean")
      throw new TypeError(`${operation}: the value is a number or a 0-dim Tensor, not ${String(value)}`);
    const filling = asElement(operation, Number(value), target.dtype);
    writeSelected(operation, IndexFill, view, selection, Tensor.full([], filling, target.dtype));
  }
  return target;
}

/** A copy in which the slices at `index` along `dim` are those of `source`. */
export function indexCopy(input: Tensor, ...given: IndexCopyArguments): Tensor {
  checkTensor("indexCopy", input);
  return indexCopyInto("indexCopy", input.clone(), given);
}

/** A copy to whose slices at `index` along `dim` those of `alpha · source` are added. */
export function indexAdd(input: Tensor, ...given: IndexAddArguments): Tensor {
  checkTensor("indexAdd", input);
  return indexAddInto("indexAdd", input.clone(), given);
}

/** A copy in which the slices at `index` along `dim` are filled with one value. */
export function indexFill(input: Tensor, ...given: IndexFillArguments): Tensor {
  checkTensor("indexFill", input);
  return indexFillInto("indexFill", input.clone(), given);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The slices at `index` along `dim`, as a copy. */
    indexSelect(...given: IndexSelectArguments): Tensor;
    /** A copy in which the slices at `index` along `dim` are those of `source`. */
    indexCopy(...given: IndexCopyArguments): Tensor;
    indexCopy_(...given: IndexCopyArguments): this;
    /** A copy to whose slices at `index` along `dim` those of `alpha · source` are added. */
    indexAdd(...given: IndexAddArguments): Tensor;
    indexAdd_(...given: IndexAddArguments): this;
    /** A copy in which the slices at `index` along `dim` are filled with one value. */
    indexFill(...given: IndexFillArguments): Tensor;
    indexFill_(...given: IndexFillArguments): this;
  }
}

addMethods({ indexSelect, indexCopy, indexAdd, indexFill });
addMethods({
  indexCopy_: (target: Tensor, ...given: IndexCopyArguments) => indexCopyInto("indexCopy_", target, given),
  indexAdd_: (target: Tensor, ...given: IndexAddArguments) => indexAddInto("indexAdd_", target, given),
  indexFill_: (target: Tensor, ...given: IndexFillArguments) => indexFillInto("indexFill_", target, given),
});
