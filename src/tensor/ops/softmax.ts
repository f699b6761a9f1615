import { forEachLane } from "../../engine/lanes.js";
import { Reduction } from "../../engine/reduce.js";
import {
  type Numbers,
  normalizedGradientCompiled,
  normalizeRowsCompiled,
} from "../../engine/wasm/softmax.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { checkDType, type DType, getDefaultDtype, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { bindReduction, type KeepdimOptions, ReducedDimensions } from "./reduction-arguments.js";

export interface SoftmaxOptions {
  dim: number;
  /** The type to convert to first. */
  dtype?: DType;
}
export type SoftmaxArguments = [dim: number, options?: { dtype?: DType }] | [options: SoftmaxOptions];

const Softmax: Operation = {
  name: "SoftmaxBackward0",
  backward(node, gradient) {
    const output = node.saved(0);
    const dim = node.attributes as number;
    const compiled = gradientOf(gradient, output, dim, false);
    if (compiled !== null) {
      node.give(0, compiled);
      return;
    }
    const weighted = gradient.mul(output);
    node.give(0, weighted.sub(output.mul(weighted.sum(dim, true))));
  },
};

const LogSoftmax: Operation = {
  name: "LogSoftmaxBackward0",
  backward(node, gradient) {
    const output = node.saved(0);
    const dim = node.attributes as number;
    const compiled = gradientOf(gradient, output, dim, true);
    if (compiled !== null) {
      node.give(0, compiled);
      return;
    }
    const total = gradient.sum(dim, true);
    node.give(0, gradient.sub(output.exp().mul(total)));
  },
};

const LogSumExp: Operation = {
  name: "LogsumexpBackward0",
  backward(node, gradient) {
    const reduced = node.attributes as ReducedDimensions;
    const output = reduced.restore(node.saved(1));
    node.give(0, reduced.restore(gradient).mul(node.saved(0).sub(output).exp()));
  },
};

/** Below so many elements, and in rows below such a length, plain JavaScript is faster. */
const FEWEST = 64;
const SHORTEST_ROW = 4;

/** Whether a tensor consists of rows along `dim` that are worth a call of compiled kernels. */
function hasRows(tensor: Tensor, dim: number): boolean {
  const { shape, count } = tensor;
  return count >= FEWEST && dim === shape.length - 1 && shape[dim] >= SHORTEST_ROW && tensor.rowMajor;
}

function numbersOf({ storage, offset }: Tensor): Numbers {
  return { data: storage.data, offset };
}

/** The gradient of the input in one pass, or null where the pass is recorded itself or cannot be compiled. */
function gradientOf(gradient: Tensor, output: Tensor, dim: number, logarithm: boolean): Tensor | null {
  if (isRecorded(gradient, output) || !hasRows(output, dim)) return null;
  const out = Tensor.emptyLike(output);
  const isDone = normalizedGradientCompiled(
    output.shape[dim],
    numbersOf(gradient.contiguous()),
    numbersOf(output),
    out.storage.data,
    logarithm,
  );
  return isDone ? out : null;
}

/** One pass: the sum is rescaled whenever a larger exponent turns up. Equal ones are told apart for the sake of ∞ − ∞. */
const logSums = new Reduction(
  "0, largest = -Infinity",
  "x > largest ? (s = s * Math.exp(largest - x) + 1, largest = x, s) : s + (x === largest ? 1 : Math.exp(x - largest))",
  "largest + Math.log(s)",
);

/**
 * e^x divided by their sum, along one dimension (or the logarithm of that), from float64 sums of exponentials that
 * cannot overflow. Rows that lie one behind the other are compiled.
 */
function normalized(input: Tensor, dim: number, logarithm: boolean): Tensor {
  const out = Tensor.emptyLike(input, input.dtype, logarithm ? "logSoftmax" : "softmax");
  if (input.count === 0) return out;
  const from = input.storage.data;
  const into = out.storage.data;
  const [length, step, outStep] =
    input.shape.length === 0 ? [1, 0, 0] : [input.shape[dim], input.strides[dim], out.strides[dim]];
  if (hasRows(input, dim) && normalizeRowsCompiled(length, numbersOf(input), into, logarithm)) return out;
  const powers = new Float64Array(length);
  forEachLane([input, out], dim, (start, outStart) => {
    let largest = -Infinity;
    for (let k = 0, p = start; k < length; k++, p += step) if (from[p] > largest) largest = from[p];
    let sum = 0;
    for (let k = 0, p = start; k < length; k++, p += step) {
      const power = Math.exp(from[p] - largest);
      powers[k] = power;
      sum += power;
    }
    if (logarithm) {
      const logSum = Math.log(sum);
      for (let k = 0, p = start, o = outStart; k < length; k++, p += step, o += outStep)
        into[o] = from[p] - largest - logSum;
    } else {
      for (let k = 0, o = outStart; k < length; k++, o += outStep) into[o] = powers[k] / sum;
    }
  });
  return out;
}

function bind(operation: string, input: Tensor, given: readonly unknown[]): [operand: Tensor, dim: number] {
  checkTensor(operation, input);
  const { dim, dtype } = namedArguments<SoftmaxOptions>(operation, ["dim", "dtype"], given);
  const d = normalizeDim(operation, dim, input.shape.length);
  if (dtype !== undefined) checkDType(operation, dtype);
  const operand = to(input, dtype ?? input.dtype);
  if (!isFloatingPoint(operand.dtype)) {
    throw new TypeError(
      `${operation}: is not implemented for ${operand.dtype}: convert it with float() or give { dtype: "float32" }`,
    );
  }
  return [operand, d];
}

/** e^x divided by the sum of all e^x along a dimension: positive numbers that sum to 1. */
export function softmax(input: Tensor, ...given: SoftmaxArguments): Tensor {
  const [operand, dim] = bind("softmax", input, given);
  const out = normalized(operand, dim, false);
  if (isRecorded(operand)) out.gradFn = new Node(Softmax, [operand], [out], dim);
  return out;
}

/** The logarithm of the softmax along a dimension, exact also where the softmax would be 0. */
export function logSoftmax(input: Tensor, ...given: SoftmaxArguments): Tensor {
  const [operand, dim] = bind("logSoftmax", input, given);
  const out = normalized(operand, dim, true);
  if (isRecorded(operand)) out.gradFn = new Node(LogSoftmax, [operand], [out], dim);
  return out;
}

/** The softmax of −x: small elements get the large shares. */
export function softmin(input: Tensor, ...given: SoftmaxArguments): Tensor {
  const [operand, dim] = bind("softmin", input, given);
  return softmax(operand.neg(), dim);
}

export type LogSumExpArguments =
  | [dim: number | readonly number[], keepdim?: boolean]
  | [dim: number | readonly number[], options: KeepdimOptions]
  | [options: KeepdimOptions & { dim: number | readonly number[] }];

/** log Σ e^x over some dimensions, without overflow. Integers give floating point. */
export function logsumexp(input: Tensor, ...given: LogSumExpArguments): Tensor {
  const { dim, keepdim } = bindReduction<KeepdimOptions>("logsumexp", input, ["dim", "keepdim"], given);
  if (dim === undefined || dim === null)
    throw new TypeError("logsumexp: missing the dimension(s) to reduce: logsumexp(1), logsumexp([0, 1])");
  const operand = isFloatingPoint(input.dtype) ? input : to(input, getDefaultDtype());
  const reduced = new ReducedDimensions("logsumexp", operand.shape, dim, keepdim);
  const out = Tensor.zeros(reduced.resultShape, operand.dtype);
  logSums.run(out, operand, reduced.mask);
  if (isRecorded(operand)) out.gradFn = new Node(LogSumExp, [operand], [operand, out], reduced);
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** e^x divided by the sum of all e^x along a dimension. */
    softmax(...options: SoftmaxArguments): Tensor;
    /** The logarithm of the softmax along a dimension. */
    logSoftmax(...options: SoftmaxArguments): Tensor;
    /** log Σ e^x over some dimensions, without overflow. */
    logsumexp(...options: LogSumExpArguments): Tensor;
  }
}

addMethods({ softmax, logSoftmax, logsumexp });
