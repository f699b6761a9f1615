import { Reduction } from "../../engine/reduce.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { type NamedResults, namedResults } from "../named-results.js";
import { Tensor } from "../tensor.js";
import { zeroWhereZero } from "./masking.js";
import { mean } from "./reduction.js";
import { bindReduction, ReducedDimensions } from "./reduction-arguments.js";

type Dims = number | readonly number[] | null;

export interface VarianceOptions {
  /** The dimensions to reduce; all of them when left out. */
  dim?: Dims;
  /** Whether the divisor is n − 1 (the default) or n; the same as `correction` 1 or 0. */
  unbiased?: boolean;
  /** What is subtracted from the number of elements in the divisor. Default 1. */
  correction?: number;
  /** Whether the reduced dimensions stay, with size 1. Default false. */
  keepdim?: boolean;
}

/** `var()`, `var(false)`, `var(0)`, `var(0, false, true)`, `var({ dim: 0, correction: 0 })`, … */
export type VarianceArguments =
  | [options?: VarianceOptions]
  | [unbiased: boolean]
  | [dim: Dims, options?: VarianceOptions]
  | [dim: Dims, unbiased: boolean, options?: VarianceOptions]
  | [dim: Dims, unbiased: boolean, keepdim: boolean];

const WITH_DIM = ["dim", "unbiased", "keepdim", "correction"] as const;
const WITHOUT_DIM = ["unbiased", "keepdim", "correction", "dim"] as const;

interface Attributes {
  readonly reduced: ReducedDimensions;
  /** The divisor. */
  readonly freedom: number;
}

/** Welford's recurrence for the sum of squared deviations, one pass and stable. */
const WELFORD = [
  "0, n = 0, mean = 0, deviation = 0",
  "(n++, deviation = x - mean, mean += deviation / n, s + deviation * (x - mean))",
] as const;
const variances = new Reduction(...WELFORD, "s / parameter");
const deviations = new Reduction(...WELFORD, "Math.sqrt(s / parameter)");

const Var: Operation = {
  name: "VarBackward0",
  backward(node, gradient) {
    node.give(0, varianceGradient(gradient, node.saved(0), node.attributes as Attributes));
  },
};

const Std: Operation = {
  name: "StdBackward0",
  backward(node, gradient) {
    const std = node.saved(1);
    const ofVariance = zeroWhereZero(gradient.div(std.mul(2)), std);
    node.give(0, varianceGradient(ofVariance, node.saved(0), node.attributes as Attributes));
  },
};

function varianceGradient(gradient: Tensor, input: Tensor, { reduced, freedom }: Attributes): Tensor {
  const centered = input.sub(mean(input, reduced.dims, true));
  return reduced
    .restore(gradient)
    .mul(2 / freedom)
    .mul(centered);
}

function bind(operation: string, input: Tensor, given: readonly unknown[]): Attributes {
  const names = typeof given[0] === "boolean" ? WITHOUT_DIM : WITH_DIM;
  const options = bindReduction<VarianceOptions>(operation, input, names, given);
  const { dim, unbiased, keepdim } = options;
  if (unbiased !== undefined && typeof unbiased !== "boolean")
    throw new TypeError(`${operation}: unbiased is true or false, not ${String(unbiased)}`);
  if (unbiased !== undefined && options.correction !== undefined)
    throw new TypeError(`${operation}: give either unbiased or correction, not both`);
  const correction = options.correction ?? (unbiased === false ? 0 : 1);
  if (!Number.isFinite(correction))
    throw new TypeError(`${operation}: correction is a number, not ${String(correction)}`);
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(
      `${operation}: only support floating point dtypes, and the input is ${input.dtype}: convert it with float()`,
    );
  }
  const reduced = new ReducedDimensions(operation, input.shape, dim, keepdim);
  return { reduced, freedom: Math.max(0, reduced.count - correction) };
}

function spreadOf(input: Tensor, attributes: Attributes, root: boolean): Tensor {
  const { reduced, freedom } = attributes;
  const out = Tensor.zeros(reduced.resultShape, input.dtype);
  (root ? deviations : variances).run(out, input, reduced.mask, freedom);
  if (isRecorded(input))
    out.gradFn = root
      ? new Node(Std, [input], [input, out], attributes)
      : new Node(Var, [input], [input], attributes);
  return out;
}

/** The variance over some dimensions, or over all of them: the mean squared deviation, with Bessel's correction. */
function variance(input: Tensor, ...given: VarianceArguments): Tensor {
  return spreadOf(input, bind("var", input, given), false);
}

/** The standard deviation over some dimensions, or over all of them, with Bessel's correction. */
export function std(input: Tensor, ...given: VarianceArguments): Tensor {
  return spreadOf(input, bind("std", input, given), true);
}

/** The variance and the mean. */
export function varMean(input: Tensor, ...given: VarianceArguments): NamedResults<"var" | "mean"> {
  const attributes = bind("varMean", input, given);
  const { dims, keepdim } = attributes.reduced;
  return namedResults({ var: spreadOf(input, attributes, false), mean: mean(input, dims, keepdim) });
}

/** The standard deviation and the mean. */
export function stdMean(input: Tensor, ...given: VarianceArguments): NamedResults<"std" | "mean"> {
  const attributes = bind("stdMean", input, given);
  const { dims, keepdim } = attributes.reduced;
  return namedResults({ std: spreadOf(input, attributes, true), mean: mean(input, dims, keepdim) });
}

declare module "../tensor.js" {
  interface Tensor {
    /** The variance over some dimensions, or over all of them, with Bessel's correction unless `unbiased` is false. */
    var(...options: VarianceArguments): Tensor;
    /** The standard deviation over some dimensions, or over all of them, with Bessel's correction unless `unbiased` is false. */
    std(...options: VarianceArguments): Tensor;
  }
}

// `var` is a word of the language, so the function cannot have this name in here.
export { variance as var };

addMethods({ var: variance, std });
