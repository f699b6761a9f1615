import { type Arguments, namedArguments } from "../arguments.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, checkArray, describe, elementCount, normalizeDim } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { expand, permute, reshape, transpose, unsqueeze } from "./view.js";

export interface MovedimOptions {
  source: number | readonly number[];
  destination: number | readonly number[];
}
export interface SwapaxesOptions {
  axis0: number;
  axis1: number;
}
export interface SwapdimsOptions {
  dim0: number;
  dim1: number;
}
export interface UnflattenOptions {
  dim: number;
  /** The sizes that take the place of the dimension; one of them may be −1. */
  sizes: readonly number[];
}
export type MovedimArguments = Arguments<
  [source: number | readonly number[], destination: number | readonly number[]],
  MovedimOptions
>;
export type SwapaxesArguments = Arguments<[axis0: number, axis1: number], SwapaxesOptions>;
export type SwapdimsArguments = Arguments<[dim0: number, dim1: number], SwapdimsOptions>;
export type UnflattenArguments = Arguments<[dim: number, sizes: readonly number[]], UnflattenOptions>;

function moved(operation: string, input: Tensor, given: readonly unknown[]): Tensor {
  checkTensor(operation, input);
  const options = namedArguments<MovedimOptions>(operation, ["source", "destination"], given);
  const rank = input.shape.length;
  const dims = (value: number | readonly number[]): number[] => {
    const list = typeof value === "number" ? [value] : [...value];
    const all = list.map((dim) => normalizeDim(operation, dim, rank));
    if (new Set(all).size !== all.length)
      throw new RangeError(`${operation}: repeated dimension in ${describe(list)}`);
    return all;
  };
  const [source, destination] = [dims(options.source), dims(options.destination)];
  if (source.length !== destination.length) {
    throw new RangeError(
      `${operation}: source and destination dims must have the same number of elements: ${describe(source)} and ` +
        describe(destination),
    );
  }
  const others = input.shape.map((_, d) => d).filter((d) => !source.includes(d));
  return permute(
    input,
    input.shape.map((_, d) => {
      const k = destination.indexOf(d);
      return k < 0 ? (others.shift() as number) : source[k];
    }),
  );
}

/** Dimensions moved to other places, the others kept in order, as a view. */
export function movedim(input: Tensor, ...given: MovedimArguments): Tensor {
  return moved("movedim", input, given);
}

/** Another name of `movedim`. */
export function moveaxis(input: Tensor, ...given: MovedimArguments): Tensor {
  return moved("moveaxis", input, given);
}

/** Two dimensions exchanged, as a view: NumPy's name of `transpose`. */
export function swapaxes(input: Tensor, ...given: SwapaxesArguments): Tensor {
  const { axis0, axis1 } = namedArguments<SwapaxesOptions>("swapaxes", ["axis0", "axis1"], given);
  return transpose(input, axis0, axis1);
}

/** Two dimensions exchanged, as a view: another name of `transpose`. */
export function swapdims(input: Tensor, ...given: SwapdimsArguments): Tensor {
  const { dim0, dim1 } = namedArguments<SwapdimsOptions>("swapdims", ["dim0", "dim1"], given);
  return transpose(input, dim0, dim1);
}

/** One dimension made into several, as a view. */
export function unflatten(input: Tensor, ...given: UnflattenArguments): Tensor {
  checkTensor("unflatten", input);
  const { dim, sizes } = namedArguments<UnflattenOptions>("unflatten", ["dim", "sizes"], given);
  checkArray("unflatten", sizes);
  const d = normalizeDim("unflatten", dim, input.shape.length);
  const size = input.shape[d];
  const known = elementCount(sizes.filter((s) => s !== -1));
  const fits = sizes.includes(-1) ? Number.isInteger(size / known) : known === size;
  if (sizes.length === 0 || !fits) {
    throw new RangeError(
      `unflatten: Provided sizes ${describe(sizes)} don't multiply up to the size of dim ${d} (${size}) in the input tensor`,
    );
  }
  return input.view(input.shape.toSpliced(d, 1, ...sizes.map((s) => (s === -1 ? size / known : s))));
}

/** All elements in one dimension: a view where that is possible, else a copy. */
export function ravel(input: Tensor): Tensor {
  checkTensor("ravel", input);
  return reshape(input, [-1]);
}

/** The tensor repeated along new dimensions and those of size 1, as a view: as `expand`. */
export function broadcastTo(input: Tensor, sizes: readonly number[]): Tensor {
  return expand(input, sizes);
}

/** Every tensor expanded to their joint shape, as views. */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
  for (const tensor of tensors) checkTensor("broadcastTensors", tensor);
  const shape = tensors
    .map((tensor) => tensor.shape)
    .reduce((a, b) => broadcastShapes("broadcastTensors", a, b), []);
  return tensors.map((tensor) => expand(tensor, shape));
}

/** With at least one dimension, as a view. */
export function atleast1d(input: Tensor): Tensor {
  checkTensor("atleast1d", input);
  return input.shape.length === 0 ? reshape(input, [1]) : input;
}

/** With at least two dimensions, as a view; a vector is a row. */
export function atleast2d(input: Tensor): Tensor {
  const vector = atleast1d(input);
  return vector.shape.length === 1 ? unsqueeze(vector, 0) : vector;
}

/** With at least three dimensions, as a view; those of a matrix come first. */
export function atleast3d(input: Tensor): Tensor {
  const matrix = atleast2d(input);
  return matrix.shape.length === 2 ? unsqueeze(matrix, -1) : matrix;
}

declare module "../tensor.js" {
  interface Tensor {
    /** Dimensions moved to other places, the others kept in order, as a view. */
    movedim(...given: MovedimArguments): Tensor;
    moveaxis(...given: MovedimArguments): Tensor;
    /** Two dimensions exchanged, as a view. */
    swapaxes(...given: SwapaxesArguments): Tensor;
    swapdims(...given: SwapdimsArguments): Tensor;
    /** One dimension made into several, as a view. */
    unflatten(...given: UnflattenArguments): Tensor;
    /** All elements in one dimension: a view where that is possible, else a copy. */
    ravel(): Tensor;
    /** As `expand`. */
    broadcastTo(sizes: readonly number[]): Tensor;
    /** Expanded to the shape of `other`, as a view. */
    expandAs(other: Tensor): Tensor;
    /** The same elements in the shape of `other`, as a view. */
    viewAs(other: Tensor): Tensor;
    /** The same elements in the shape of `other`: a view where that is possible, else a copy. */
    reshapeAs(other: Tensor): Tensor;
  }
}

addMethods({
  movedim,
  moveaxis,
  swapaxes,
  swapdims,
  unflatten,
  ravel,
  broadcastTo,
  expandAs: (input: Tensor, other: Tensor) => expand(input, checked("expandAs", other).shape),
  viewAs: (input: Tensor, other: Tensor) => input.view(checked("viewAs", other).shape),
  reshapeAs: (input: Tensor, other: Tensor) => reshape(input, checked("reshapeAs", other).shape),
});

function checked(operation: string, other: Tensor): Tensor {
  checkTensor(operation, other);
  return other;
}
