import { forEachLane } from "../../engine/lanes.js";
import {
  cumulativeExtreme,
  cumulativeLogSum,
  cumulativeProduct,
  cumulativeSum,
  type Line,
  recurrence,
  reversed,
} from "../../engine/scan.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { category, checkDType, type DType, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { type NamedResults, namedResults } from "../named-results.js";
import { normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto, to } from "./copy.js";
import { pick } from "./pick.js";
import { checkTensor } from "./promotion.js";

export interface CumulativeOptions {
  dim: number;
  /** The type to convert to first. */
  dtype?: DType;
}

/** `cumsum(0)`, `cumsum(0, { dtype: "float64" })`, `cumsum({ dim: 0 })`. */
export type CumulativeArguments = [dim: number, options?: { dtype?: DType }] | [options: CumulativeOptions];

export type DimArguments = [dim: number] | [options: { dim: number }];

function bind(operation: string, input: Tensor, given: readonly unknown[]): [operand: Tensor, dim: number] {
  checkTensor(operation, input);
  const { dim, dtype } = namedArguments<CumulativeOptions>(operation, ["dim", "dtype"], given);
  const d = normalizeDim(operation, dim, input.shape.length);
  if (dtype !== undefined) checkDType(operation, dtype);
  return [to(input, dtype ?? (category(input.dtype) < 2 ? "int64" : input.dtype)), d];
}

function lineOf(tensor: Tensor, dim: number, start: number): Line {
  return { data: tensor.storage.data, start, step: tensor.shape.length === 0 ? 0 : tensor.strides[dim] };
}

/** Runs `scan` over every lane, from its end with `backwards`. */
function scanLanes(
  scan: (lines: Line[], length: number) => void,
  tensors: readonly Tensor[],
  dim: number,
  backwards = false,
): void {
  const length = tensors[0].shape[dim] ?? 1;
  if (tensors[0].count === 0) return;
  forEachLane(tensors, dim, (...starts) => {
    const lines = tensors.map((tensor, k) => lineOf(tensor, dim, starts[k]));
    scan(backwards ? lines.map((line) => reversed(line, length)) : lines, length);
  });
}

interface Direction {
  readonly dim: number;
  readonly backwards: boolean;
}

const CumSum: Operation = {
  name: "CumsumBackward0",
  backward(node, gradient) {
    const { dim, backwards } = node.attributes as Direction;
    node.give(0, sumAlong(gradient, dim, !backwards));
  },
};

function sumAlong(input: Tensor, dim: number, backwards: boolean): Tensor {
  const out = Tensor.like(input);
  scanLanes(([o, x], length) => cumulativeSum(o, x, length), [out, input], dim, backwards);
  if (isRecorded(input))
    out.gradFn = new Node(CumSum, [input], undefined, { dim, backwards } satisfies Direction);
  return out;
}

/** The elements one place further along a dimension (back with `backwards`), after a 0. */
const Shift: Operation = {
  name: "ShiftBackward",
  backward(node, gradient) {
    const { dim, backwards } = node.attributes as Direction;
    node.give(0, shift(gradient, dim, !backwards));
  },
};

function shift(input: Tensor, dim: number, backwards: boolean): Tensor {
  const out = Tensor.like(input);
  if (input.count > 0 && input.shape.length > 0) {
    const length = input.shape[dim] - 1;
    copyInto(
      out.narrow(dim, backwards ? 0 : 1, length),
      input.detach().narrow(dim, backwards ? 1 : 0, length),
    );
  }
  if (isRecorded(input))
    out.gradFn = new Node(Shift, [input], undefined, { dim, backwards } satisfies Direction);
  return out;
}

/**
 * y[k] = x[k] + c[k] · y[k − 1] along a dimension, or, backwards, y[k] = x[k] + c[k + 1] · y[k + 1]: each is what the
 * gradient of the other is made of.
 */
const Recurrence: Operation = {
  name: "LinearRecurrenceBackward",
  backward(node, gradient) {
    const { dim, backwards } = node.attributes as Direction;
    const adjoint = recur(gradient, node.saved(0), dim, !backwards);
    node.give(0, adjoint);
    if (!node.needs(1)) return;
    const [earlier, later] = backwards ? [adjoint, node.saved(1)] : [node.saved(1), adjoint];
    node.give(1, shift(earlier, dim, false).mul(later));
  },
};

function recur(input: Tensor, coefficients: Tensor, dim: number, backwards: boolean): Tensor {
  const out = Tensor.like(input);
  scanLanes(
    ([o, x, c], length) => recurrence(o, x, c, length, backwards ? -1 : 0),
    [out, input, coefficients],
    dim,
    backwards,
  );
  if (isRecorded(input, coefficients)) {
    out.gradFn = new Node(Recurrence, [input, coefficients], [coefficients, out], {
      dim,
      backwards,
    } satisfies Direction);
  }
  return out;
}

const CumProd: Operation = {
  name: "CumprodBackward0",
  backward(node, gradient) {
    node.give(0, cumulativeProductGradient(gradient, node.saved(0), node.attributes as number));
  },
};

/**
 * The gradient of the products of all elements up to each: the product of those before, times the gradients of all
 * later ones with the factors between. No division, so zeros are no special case.
 */
export function cumulativeProductGradient(gradient: Tensor, input: Tensor, dim: number): Tensor {
  const first = Tensor.like(input);
  if (input.count > 0) {
    if (input.shape.length === 0) first.storage.data[0] = 1;
    else first.narrow(dim, 0, 1).fill_(1);
  }
  const before = recur(first, shift(input, dim, false), dim, false);
  return before.mul(recur(gradient, input, dim, true));
}

const LogCumSumExp: Operation = {
  name: "LogcumsumexpBackward0",
  backward(node, gradient) {
    const dim = node.attributes as number;
    const input = node.saved(0);
    const output = node.saved(1);
    // The shares of an element in the later sums become smaller from each sum to the next by these factors.
    const decay = shift(output, dim, false).sub(output).exp();
    node.give(0, recur(gradient, decay, dim, true).mul(input.sub(output).exp()));
  },
};

/** The sum of all elements up to each along a dimension. Integers give int64. */
export function cumsum(input: Tensor, ...given: CumulativeArguments): Tensor {
  const [operand, dim] = bind("cumsum", input, given);
  return sumAlong(operand, dim, false);
}

/** The product of all elements up to each along a dimension. Integers give int64. */
export function cumprod(input: Tensor, ...given: CumulativeArguments): Tensor {
  const [operand, dim] = bind("cumprod", input, given);
  const out = Tensor.like(operand);
  scanLanes(([o, x], length) => cumulativeProduct(o, x, length), [out, operand], dim);
  if (isRecorded(operand)) out.gradFn = new Node(CumProd, [operand], [operand], dim);
  return out;
}

/** The logarithm of the sum of e^x of all elements up to each along a dimension, without overflow. */
export function logcumsumexp(input: Tensor, ...given: DimArguments): Tensor {
  const [operand, dim] = bind("logcumsumexp", input, given);
  if (!isFloatingPoint(input.dtype))
    throw new TypeError(`logcumsumexp: is not supported on ${input.dtype} tensors: convert it with float()`);
  const out = Tensor.like(operand);
  scanLanes(([o, x], length) => cumulativeLogSum(o, x, length), [out, operand], dim);
  if (isRecorded(operand)) out.gradFn = new Node(LogCumSumExp, [operand], [operand, out], dim);
  return out;
}

function extreme(
  operation: "cummax" | "cummin",
  input: Tensor,
  given: readonly unknown[],
): NamedResults<"values" | "indices"> {
  checkTensor(operation, input);
  const { dim } = namedArguments<{ dim: number }>(operation, ["dim"], given);
  const d = normalizeDim(operation, dim, input.shape.length);
  const values = Tensor.like(input);
  const indices = Tensor.like(input, "int64");
  const sign = operation === "cummax" ? 1 : -1;
  scanLanes(([v, i, x], length) => cumulativeExtreme(v, i, x, length, sign), [values, indices, input], d);
  const name = operation === "cummax" ? "Cummax" : "Cummin";
  return namedResults({ values: isRecorded(input) ? pick(input, d, indices, name) : values, indices });
}

/** The largest of all elements up to each along a dimension, and where it stands; the last of equal ones. */
export function cummax(input: Tensor, ...given: DimArguments): NamedResults<"values" | "indices"> {
  return extreme("cummax", input, given);
}

/** The smallest of all elements up to each along a dimension, and where it stands; the last of equal ones. */
export function cummin(input: Tensor, ...given: DimArguments): NamedResults<"values" | "indices"> {
  return extreme("cummin", input, given);
}

export interface DiffOptions {
  /** How often. Default 1. */
  n?: number;
  /** Default −1. */
  dim?: number;
}
export type DiffArguments =
  | [n?: number, dim?: number]
  | [n: number, options: DiffOptions]
  | [options: DiffOptions];

/** The differences between neighbours along a dimension, `n` times over. */
export function diff(input: Tensor, ...given: DiffArguments): Tensor {
  checkTensor("diff", input);
  const { n = 1, dim = -1 } = namedArguments<DiffOptions>("diff", ["n", "dim"], given);
  if (input.shape.length === 0) throw new RangeError("diff: expects input to be at least one-dimensional");
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`diff: order must be non-negative but got ${n}`);
  const d = normalizeDim("diff", dim, input.shape.length);
  let result = input;
  for (let k = 0; k < n && result.shape[d] > 0; k++) {
    const length = result.shape[d] - 1;
    const [later, earlier] = [result.narrow(d, 1, length), result.narrow(d, 0, length)];
    result = input.dtype === "bool" ? later.ne(earlier) : later.sub(earlier);
  }
  return result;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The sum of all elements up to each along a dimension. */
    cumsum(...options: CumulativeArguments): Tensor;
    /** The product of all elements up to each along a dimension. */
    cumprod(...options: CumulativeArguments): Tensor;
    /** The logarithm of the sum of e^x of all elements up to each along a dimension. */
    logcumsumexp(...options: DimArguments): Tensor;
    /** The largest of all elements up to each along a dimension, and where it stands. */
    cummax(...options: DimArguments): NamedResults<"values" | "indices">;
    /** The smallest of all elements up to each along a dimension, and where it stands. */
    cummin(...options: DimArguments): NamedResults<"values" | "indices">;
    /** The differences between neighbours along a dimension, `n` times over. */
    diff(...options: DiffArguments): Tensor;
  }
}

addMethods({ cumsum, cumprod, logcumsumexp, cummax, cummin, diff });
