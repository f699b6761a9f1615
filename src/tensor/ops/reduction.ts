import { Reduction } from "../../engine/reduce.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { category, checkDType, type DType, isFloatingPoint } from "../dtype.js";
import { checkSizes, describe, dimensionMask, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { expand, reshape } from "./view.js";

export interface ReductionOptions {
  /** The dimensions to reduce; all of them when left out. */
  dim?: number | readonly number[] | null;
  /** Whether the reduced dimensions stay, with size 1. Default false. */
  keepdim?: boolean;
  /** The type to convert to first. */
  dtype?: DType;
}

/** `sum()`, `sum(1)`, `sum([0, 1], true)`, `sum({ dim: 1, keepdim: true })`, … */
export type ReductionArguments =
  | [options?: ReductionOptions]
  | [dim: number | readonly number[] | null, options?: ReductionOptions]
  | [dim: number | readonly number[] | null, keepdim: boolean, options?: ReductionOptions];

const PARAMETERS = ["dim", "keepdim", "dtype"] as const;
const NONE: ReductionOptions = {};

const Sum: Operation = {
  name: "SumBackward0",
  backward(node, gradient) {
    node.give(0, spread(gradient, node.shapes[0], node.attributes as readonly boolean[]));
  },
};

const Mean: Operation = {
  name: "MeanBackward0",
  backward(node, gradient) {
    const shape = node.shapes[0];
    const mask = node.attributes as readonly boolean[];
    node.give(0, spread(gradient.div(reducedCount(shape, mask)), shape, mask));
  },
};

const sums = new Reduction("0", "s + x");
const anyTrue = new Reduction("0", "x !== 0 ? 1 : s");

// PyTorch has two names for each, without and with dimensions.
const SumOver: Operation = { ...Sum, name: "SumBackward1" };
const MeanOver: Operation = { ...Mean, name: "MeanBackward1" };

function isPartial(options: ReductionOptions): boolean {
  return options.dim !== undefined && options.dim !== null;
}

/** Binds and checks the arguments of a reduction. */
function reductionOptions(operation: string, given: readonly unknown[]): ReductionOptions {
  if (given.length === 0) return NONE;
  const options = namedArguments<ReductionOptions>(operation, PARAMETERS, given);
  if (options.keepdim !== undefined && typeof options.keepdim !== "boolean") {
    throw new TypeError(
      `${operation}: keepdim is true or false, not ${String(options.keepdim)}; several dimensions are an array: ${operation}([0, 1])`,
    );
  }
  if (options.dtype !== undefined) checkDType(operation, options.dtype);
  return options;
}

/** Repeats the result of a reduction along the dimensions that were reduced. */
function spread(gradient: Tensor, shape: readonly number[], mask: readonly boolean[]): Tensor {
  const kept = shape.map((size, d) => (mask[d] ? 1 : size));
  return expand(sameShape(gradient.shape, kept) ? gradient : reshape(gradient, kept), shape);
}

function reducedCount(shape: readonly number[], mask: readonly boolean[]): number {
  return shape.reduce((n, size, d) => (mask[d] ? n * size : n), 1);
}

function reducedShape(shape: readonly number[], mask: readonly boolean[], keepdim: boolean): number[] {
  return keepdim ? shape.map((size, d) => (mask[d] ? 1 : size)) : shape.filter((_, d) => !mask[d]);
}

/** The sum over some dimensions, or over all of them. Sums are float64 inside; integers give int64. */
export function sum(input: Tensor, ...given: ReductionArguments): Tensor {
  checkTensor("sum", input);
  const options = reductionOptions("sum", given);
  const dtype = options.dtype ?? (category(input.dtype) < 2 ? "int64" : input.dtype);
  const operand = to(input, dtype);
  const mask = dimensionMask("sum", options.dim, operand.shape.length);
  const out = Tensor.zeros(reducedShape(operand.shape, mask, options.keepdim ?? false), dtype);
  (dtype === "bool" ? anyTrue : sums).run(out, operand, mask);
  if (isRecorded(operand))
    out.gradFn = new Node(isPartial(options) ? SumOver : Sum, [operand], undefined, mask);
  return out;
}

/** The mean over some dimensions, or over all of them. NaN over no elements. */
export function mean(input: Tensor, ...given: ReductionArguments): Tensor {
  checkTensor("mean", input);
  const options = reductionOptions("mean", given);
  const dtype = options.dtype ?? input.dtype;
  if (!isFloatingPoint(dtype)) {
    throw new TypeError(
      `mean: the input dtype should be floating point, got ${dtype}: convert it with float() or give { dtype: "float32" }`,
    );
  }
  const operand = to(input, dtype);
  const mask = dimensionMask("mean", options.dim, operand.shape.length);
  const out = Tensor.zeros(reducedShape(operand.shape, mask, options.keepdim ?? false), dtype);
  sums.run(out, operand, mask);
  const { data } = out.storage;
  const n = reducedCount(operand.shape, mask);
  for (let k = 0; k < data.length; k++) data[k] /= n;
  if (isRecorded(operand))
    out.gradFn = new Node(isPartial(options) ? MeanOver : Mean, [operand], undefined, mask);
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The sum over some dimensions, or over all of them. */
    sum(...options: ReductionArguments): Tensor;
    /** The mean over some dimensions, or over all of them. */
    mean(...options: ReductionArguments): Tensor;
    /** Summed so that the shape becomes `sizes`, which could be broadcast to the present one. */
    sumToSize(sizes: readonly number[]): Tensor;
  }
}

Tensor.prototype.sum = function (...given) {
  return sum(this, ...given);
};
Tensor.prototype.mean = function (...given) {
  return mean(this, ...given);
};
Tensor.prototype.sumToSize = function (sizes) {
  checkSizes("sumToSize", sizes);
  const added = this.shape.length - sizes.length;
  if (added < 0 || sizes.some((size, d) => size !== 1 && size !== this.shape[d + added])) {
    throw new RangeError(
      `sumToSize: size ${describe(sizes)} is not expandable to size ${describe(this.shape)}`,
    );
  }
  const dims: number[] = [];
  for (let d = 0; d < this.shape.length; d++) {
    if (d < added || (sizes[d - added] === 1 && this.shape[d] !== 1)) dims.push(d);
  }
  if (dims.length === 0) return this;
  return dims.length === added ? sum(this, dims) : reshape(sum(this, dims, true), sizes);
};
