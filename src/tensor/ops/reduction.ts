import { Elementwise } from "../../engine/elementwise.js";
import { Reduction } from "../../engine/reduce.js";
import { sumFloats } from "../../engine/sum.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { category, type DType, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { checkSizes, describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { bindReduction, type KeepdimOptions, ReducedDimensions } from "./reduction-arguments.js";
import { reshape } from "./view.js";

export interface ReductionOptions extends KeepdimOptions {
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
    node.give(0, (node.attributes as ReducedDimensions).spread(gradient));
  },
};

const Mean: Operation = {
  name: "MeanBackward0",
  backward(node, gradient) {
    const reduced = node.attributes as ReducedDimensions;
    node.give(0, reduced.spread(gradient.div(reduced.count)));
  },
};

/** Only numbers receive their share. */
const NanSum: Operation = {
  name: "NansumBackward0",
  backward(node, gradient) {
    const input = node.saved(0);
    const isNumber = Tensor.like(input);
    isNumberKernel.run(isNumber, input);
    node.give(0, (node.attributes as ReducedDimensions).restore(gradient).mul(isNumber));
  },
};

const integerSums = new Reduction("0", "s + x");
const numberSums = new Reduction("0", "x === x ? s + x : s");
const numberMeans = new Reduction("0, n = 0", "x === x ? (n++, s + x) : s", "s / n");
const numberCounts = new Reduction("0", "x === x ? s + 1 : s");
const nonzeroCounts = new Reduction("0", "x !== 0 ? s + 1 : s");
const anyTrue = new Reduction("0", "x !== 0 ? 1 : s");
const isNumberKernel = new Elementwise("a === a ? 1 : 0", 1);
const divided = new Elementwise("a / b", 2);

// PyTorch has two names for each, without and with dimensions.
const SumOver: Operation = { ...Sum, name: "SumBackward1" };
const MeanOver: Operation = { ...Mean, name: "MeanBackward1" };

function isPartial(options: ReductionOptions): boolean {
  return options.dim !== undefined && options.dim !== null;
}

function bind(operation: string, input: Tensor, given: readonly unknown[]): ReductionOptions {
  if (given.length > 0) return bindReduction<ReductionOptions>(operation, input, PARAMETERS, given);
  checkTensor(operation, input);
  return NONE;
}

/** Integers and bools are summed as int64. */
function sumType(input: Tensor, options: ReductionOptions): DType {
  return options.dtype ?? (category(input.dtype) < 2 ? "int64" : input.dtype);
}

function floatingType(operation: string, input: Tensor, options: ReductionOptions): DType {
  const dtype = options.dtype ?? input.dtype;
  if (!isFloatingPoint(dtype)) {
    throw new TypeError(
      `${operation}: the input dtype should be floating point, got ${dtype}: convert it with float() or give { dtype: "float32" }`,
    );
  }
  return dtype;
}

/** The sum over some dimensions, or over all of them. Sums of floats are PyTorch's to the last bit; integers give int64. */
export function sum(input: Tensor, ...given: ReductionArguments): Tensor {
  const options = bind("sum", input, given);
  const operand = to(input, sumType(input, options));
  const reduced = new ReducedDimensions("sum", operand.shape, options.dim, options.keepdim);
  const out = Tensor.zeros(reduced.resultShape, operand.dtype);
  if (isFloatingPoint(operand.dtype)) sumFloats(out, operand, reduced.mask);
  else (operand.dtype === "bool" ? anyTrue : integerSums).run(out, operand, reduced.mask);
  if (isRecorded(operand))
    out.gradFn = new Node(isPartial(options) ? SumOver : Sum, [operand], undefined, reduced);
  return out;
}

/** The mean over some dimensions, or over all of them. NaN over no elements. */
export function mean(input: Tensor, ...given: ReductionArguments): Tensor {
  const options = bind("mean", input, given);
  const operand = to(input, floatingType("mean", input, options));
  const reduced = new ReducedDimensions("mean", operand.shape, options.dim, options.keepdim);
  const out = Tensor.zeros(reduced.resultShape, operand.dtype);
  sumFloats(out, operand, reduced.mask);
  divided.run(out, out, Tensor.full([], reduced.count, "float64"));
  if (isRecorded(operand))
    out.gradFn = new Node(isPartial(options) ? MeanOver : Mean, [operand], undefined, reduced);
  return out;
}

/** The sum of the elements that are not NaN. */
export function nansum(input: Tensor, ...given: ReductionArguments): Tensor {
  const options = bind("nansum", input, given);
  const operand = to(input, sumType(input, options));
  const reduced = new ReducedDimensions("nansum", operand.shape, options.dim, options.keepdim);
  const out = Tensor.zeros(reduced.resultShape, operand.dtype);
  numberSums.run(out, operand, reduced.mask);
  if (isRecorded(operand)) out.gradFn = new Node(NanSum, [operand], [operand], reduced);
  return out;
}

/** The mean of the elements that are not NaN; NaN where there are none. */
export function nanmean(input: Tensor, ...given: ReductionArguments): Tensor {
  const options = bind("nanmean", input, given);
  const operand = to(input, floatingType("nanmean", input, options));
  const reduced = new ReducedDimensions("nanmean", operand.shape, options.dim, options.keepdim);
  if (isRecorded(operand)) {
    const numbers = Tensor.zeros(reduced.resultShape, operand.dtype);
    numberCounts.run(numbers, operand, reduced.mask);
    return nansum(operand, options.dim ?? null, options.keepdim ?? false).div(numbers);
  }
  const out = Tensor.zeros(reduced.resultShape, operand.dtype);
  numberMeans.run(out, operand, reduced.mask);
  return out;
}

export interface CountOptions {
  /** The dimensions to count over; all of them when left out. */
  dim?: number | readonly number[] | null;
}

/** How many elements are not 0 (NaN is not), as int64. */
export function countNonzero(
  input: Tensor,
  ...given: [dim?: number | readonly number[] | null] | [options: CountOptions]
): Tensor {
  const { dim } = bindReduction<CountOptions & { keepdim?: boolean; dtype?: DType }>(
    "countNonzero",
    input,
    ["dim"],
    given,
  );
  const reduced = new ReducedDimensions("countNonzero", input.shape, dim);
  const out = Tensor.zeros(reduced.resultShape, "int64");
  nonzeroCounts.run(out, input, reduced.mask);
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The sum over some dimensions, or over all of them. */
    sum(...options: ReductionArguments): Tensor;
    /** The mean over some dimensions, or over all of them. */
    mean(...options: ReductionArguments): Tensor;
    /** The sum of the elements that are not NaN. */
    nansum(...options: ReductionArguments): Tensor;
    /** The mean of the elements that are not NaN. */
    nanmean(...options: ReductionArguments): Tensor;
    /** How many elements are not 0, as int64. */
    countNonzero(...options: [dim?: number | readonly number[] | null] | [options: CountOptions]): Tensor;
    /** Summed so that the shape becomes `sizes`, which could be broadcast to the present one. */
    sumToSize(sizes: readonly number[]): Tensor;
  }
}

addMethods({ sum, mean, nansum, nanmean, countNonzero });

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
