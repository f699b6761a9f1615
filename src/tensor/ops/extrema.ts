import { Reduction } from "../../engine/reduce.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { type NamedResults, namedResults } from "../named-results.js";
import { describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { equalityMask } from "./masking.js";
import { pick } from "./pick.js";
import { checkTensor } from "./promotion.js";
import {
  bindReduction,
  type DimKeepdimArguments,
  type DimKeepdimOptions,
  type KeepdimArguments,
  type KeepdimOptions,
  ReducedDimensions,
} from "./reduction-arguments.js";
import { squeeze } from "./view.js";

// NaN counts as larger and as smaller than every number; of equal elements the first is taken.
const largest = new Reduction("-Infinity", "x > s || x !== x ? x : s");
const smallest = new Reduction("Infinity", "x < s || x !== x ? x : s");
const POSITION = "0, at = 0, k = -1";
const largestAt = new Reduction(POSITION, "(k++, k === 0 || (s === s && !(x <= s)) ? (at = k, x) : s)", "at");
const smallestAt = new Reduction(
  POSITION,
  "(k++, k === 0 || (s === s && !(x >= s)) ? (at = k, x) : s)",
  "at",
);

/** All elements that are equal to the result share its gradient. */
export function sharing(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      const reduced = node.attributes as ReducedDimensions;
      const mask = equalityMask(node.saved(0), reduced.restore(node.saved(1)));
      const shares = reduced.dims.length === 0 ? mask : mask.sum(reduced.dims, true);
      node.give(0, reduced.restore(gradient).div(shares).mul(mask));
    },
  };
}

const Max = sharing("MaxBackward1");
const Min = sharing("MinBackward1");
const Amax = sharing("AmaxBackward0");
const Amin = sharing("AminBackward0");

/** Refuses to take an extremum of nothing. */
function checkNotEmpty(operation: string, reduced: ReducedDimensions): void {
  const empty = reduced.dims.find((d) => reduced.shape[d] === 0);
  if (empty === undefined) return;
  throw new RangeError(
    `${operation}(): Expected reduction dim ${empty} to have non-zero size, but the input has shape ${describe(reduced.shape)}`,
  );
}

function extremum(
  kernel: Reduction,
  operation: Operation,
  verb: string,
  input: Tensor,
  { dim, keepdim }: KeepdimOptions,
): Tensor {
  const reduced = new ReducedDimensions(verb, input.shape, dim, keepdim);
  checkNotEmpty(verb, reduced);
  const out = Tensor.zeros(reduced.resultShape, input.dtype);
  kernel.run(out, input, reduced.mask);
  if (isRecorded(input)) out.gradFn = new Node(operation, [input], [input, out], reduced);
  return out;
}

const KEEPDIM = ["dim", "keepdim"] as const;

/** The largest element over some dimensions, or over all of them; equal ones share the gradient. */
export function amax(input: Tensor, ...given: KeepdimArguments): Tensor {
  return extremum(largest, Amax, "amax", input, bindReduction<KeepdimOptions>("amax", input, KEEPDIM, given));
}

/** The smallest element over some dimensions, or over all of them; equal ones share the gradient. */
export function amin(input: Tensor, ...given: KeepdimArguments): Tensor {
  return extremum(
    smallest,
    Amin,
    "amin",
    input,
    bindReduction<KeepdimOptions>("amin", input, KEEPDIM, given),
  );
}

/** The smallest and the largest element over one dimension, or over all of them. */
export function aminmax(input: Tensor, ...given: [options?: DimKeepdimOptions]): NamedResults<"min" | "max"> {
  const options = bindReduction<DimKeepdimOptions>("aminmax", input, KEEPDIM, given);
  return namedResults({
    min: extremum(smallest, Amin, "aminmax", input, options),
    max: extremum(largest, Amax, "aminmax", input, options),
  });
}

function position(kernel: Reduction, verb: string, input: Tensor, given: readonly unknown[]): Tensor {
  const { dim, keepdim } = bindReduction<DimKeepdimOptions>(verb, input, KEEPDIM, given);
  if (dim !== undefined && dim !== null) normalizeDim(verb, dim, input.shape.length);
  const reduced = new ReducedDimensions(verb, input.shape, dim, keepdim);
  checkNotEmpty(verb, reduced);
  const out = Tensor.zeros(reduced.resultShape, "int64");
  kernel.run(out, input, reduced.mask);
  return out;
}

function refuseBools(verb: string): never {
  throw new TypeError(
    `${verb}: is not implemented for bool tensors: convert it first, for example with int()`,
  );
}

/** Where the largest element stands: along one dimension, or in the flattened tensor; the first of equal ones. */
export function argmax(input: Tensor, ...given: DimKeepdimArguments): Tensor {
  checkTensor("argmax", input);
  if (input.dtype === "bool") refuseBools("argmax");
  return position(largestAt, "argmax", input, given);
}

/** Where the smallest element stands: along one dimension, or in the flattened tensor; the first of equal ones. */
export function argmin(input: Tensor, ...given: DimKeepdimArguments): Tensor {
  checkTensor("argmin", input);
  if (input.dtype === "bool") refuseBools("argmin");
  return position(smallestAt, "argmin", input, given);
}

export type ValuesAndIndices = NamedResults<"values" | "indices">;
type DimAndKeepdim =
  | [dim: number, keepdim?: boolean]
  | [dim: number, options: DimKeepdimOptions]
  | [options: DimKeepdimOptions & { dim: number }];

/** The elements at the positions that were found with `keepdim`, and the positions. */
export function pickOne(
  input: Tensor,
  dim: number,
  keepdim: boolean,
  indices: Tensor,
  name: string,
): ValuesAndIndices {
  const values = pick(input, dim, indices, name);
  if (keepdim || input.shape.length === 0) return namedResults({ values, indices });
  return namedResults({ values: squeeze(values, dim), indices: squeeze(indices, dim) });
}

function along(
  kernel: Reduction,
  verb: "max" | "min",
  input: Tensor,
  given: readonly unknown[],
): ValuesAndIndices {
  const { dim, keepdim = false } = bindReduction<DimKeepdimOptions>(verb, input, KEEPDIM, given);
  const d = normalizeDim(verb, dim, input.shape.length);
  const indices = position(kernel, verb, input, [d, true]);
  return pickOne(input, d, keepdim, indices, verb === "max" ? "Max" : "Min");
}

/**
 * The largest element of the whole tensor (equal ones share the gradient); with a dimension, the largest along it
 * and their positions; with another tensor, the larger of both, element by element.
 */
export function max(input: Tensor): Tensor;
export function max(input: Tensor, other: Tensor): Tensor;
export function max(input: Tensor, ...given: DimAndKeepdim): ValuesAndIndices;
export function max(input: Tensor, ...given: unknown[]): Tensor | ValuesAndIndices {
  checkTensor("max", input);
  if (given[0] instanceof Tensor) return input.maximum(given[0]);
  return given.length === 0
    ? extremum(largest, Max, "max", input, {})
    : along(largestAt, "max", input, given);
}

/**
 * The smallest element of the whole tensor (equal ones share the gradient); with a dimension, the smallest along it
 * and their positions; with another tensor, the smaller of both, element by element.
 */
export function min(input: Tensor): Tensor;
export function min(input: Tensor, other: Tensor): Tensor;
export function min(input: Tensor, ...given: DimAndKeepdim): ValuesAndIndices;
export function min(input: Tensor, ...given: unknown[]): Tensor | ValuesAndIndices {
  checkTensor("min", input);
  if (given[0] instanceof Tensor) return input.minimum(given[0]);
  return given.length === 0
    ? extremum(smallest, Min, "min", input, {})
    : along(smallestAt, "min", input, given);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The largest element over some dimensions, or over all of them; equal ones share the gradient. */
    amax(...options: KeepdimArguments): Tensor;
    /** The smallest element over some dimensions, or over all of them; equal ones share the gradient. */
    amin(...options: KeepdimArguments): Tensor;
    /** The smallest and the largest element. */
    aminmax(...options: [options?: DimKeepdimOptions]): NamedResults<"min" | "max">;
    /** Where the largest element stands, along one dimension or in the flattened tensor. */
    argmax(...options: DimKeepdimArguments): Tensor;
    /** Where the smallest element stands, along one dimension or in the flattened tensor. */
    argmin(...options: DimKeepdimArguments): Tensor;
    /** The largest element; with a dimension, the largest along it and their positions; with a tensor, the larger of both. */
    max(): Tensor;
    max(other: Tensor): Tensor;
    max(...options: DimAndKeepdim): ValuesAndIndices;
    /** The smallest element; with a dimension, the smallest along it and their positions; with a tensor, the smaller of both. */
    min(): Tensor;
    min(other: Tensor): Tensor;
    min(...options: DimAndKeepdim): ValuesAndIndices;
  }
}

addMethods({ amax, amin, aminmax, argmax, argmin, max, min });
