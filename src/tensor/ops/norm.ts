import { Reduction } from "../../engine/reduce.js";
import { sumOfSquares } from "../../engine/wasm/squares.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { type DType, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { svdvals } from "./linalg/svd.js";
import { equalityMask, zeroWhereZero } from "./masking.js";
import { checkTensor } from "./promotion.js";
import { bindReduction, ReducedDimensions } from "./reduction-arguments.js";

type Dims = number | readonly number[] | null;

export interface NormOptions {
  /** The order: a number, ±Infinity, "fro" (the default, Euclidean) or "nuc" (the sum of singular values of matrices). */
  p?: number | "fro" | "nuc";
  /** The dimensions to reduce; all of them when left out. */
  dim?: Dims;
  /** Whether the reduced dimensions stay, with size 1. Default false. */
  keepdim?: boolean;
  /** The type to convert to first. */
  dtype?: DType;
}

/** `norm()`, `norm(1)`, `norm(2, 1, true)`, `norm({ p: 3, dim: 0 })`, … */
export type NormArguments =
  | [options?: NormOptions]
  | [p: number | "fro" | "nuc", options?: NormOptions]
  | [p: number | "fro" | "nuc", dim: Dims, options?: NormOptions]
  | [p: number | "fro" | "nuc", dim: Dims, keepdim: boolean, options?: NormOptions];

interface Attributes {
  readonly p: number;
  readonly reduced: ReducedDimensions;
}

const counts = new Reduction("0", "x !== 0 ? s + 1 : s");
const sums = new Reduction("0", "s + Math.abs(x)");
const roots = new Reduction("0", "s + x * x", "Math.sqrt(s)");
const powers = new Reduction("0", "s + Math.abs(x) ** parameter", "s ** (1 / parameter)");
const largest = new Reduction("0", "Math.max(s, Math.abs(x))");
const smallest = new Reduction("Infinity", "Math.min(s, Math.abs(x))");

function kernelFor(p: number): Reduction {
  if (p === 0) return counts;
  if (p === 1) return sums;
  if (p === 2) return roots;
  if (p === Infinity) return largest;
  return p === -Infinity ? smallest : powers;
}

/** 0, not NaN, where the norm is 0; elements of the largest absolute value share the gradient of the ∞-norm. */
const Norm: Operation = {
  name: "LinalgVectorNormBackward0",
  backward(node, gradient) {
    const { p, reduced } = node.attributes as Attributes;
    const input = node.saved(0);
    const norm = reduced.restore(node.saved(1));
    const given = reduced.restore(gradient);
    // A count does not change.
    if (p === 0) return;
    if (p === 1) {
      node.give(0, input.sign().mul(given));
    } else if (p === 2) {
      node.give(0, input.mul(zeroWhereZero(given.div(norm), norm)));
    } else if (p === Infinity || p === -Infinity) {
      const mask = equalityMask(input.detach().abs(), norm);
      const shares = reduced.dims.length === 0 ? mask : mask.sum(reduced.dims, true);
      node.give(0, input.sign().mul(given.div(shares)).mul(mask));
    } else {
      const scale = zeroWhereZero(given.div(norm.pow(p - 1)), norm);
      const slope =
        p < 2
          ? zeroWhereZero(input.sign().mul(input.abs().pow(p - 1)), input)
          : input.mul(input.abs().pow(p - 2));
      node.give(0, slope.mul(scale));
    }
  },
};

/** (Σ |x|^p)^(1/p) over some dimensions; ±∞ stand for the largest and the smallest |x|, 0 for the number of x ≠ 0. */
export function normOver(operation: string, input: Tensor, p: number, dim: Dims, keepdim: boolean): Tensor {
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(
      `${operation}: expected a floating point tensor as input, but got ${input.dtype}: convert it with float()`,
    );
  }
  const reduced = new ReducedDimensions(operation, input.shape, dim, keepdim);
  if (reduced.count === 0 && (p < 0 || p === Infinity)) {
    throw new RangeError(
      `${operation}: cannot compute the norm of order ${p} over no elements, because it has no identity: the input has shape ${describe(input.shape)}`,
    );
  }
  const out = Tensor.zeros(reduced.resultShape, input.dtype);
  if (p === 2 && out.count === 1 && input.rowMajor) out.storage.data[0] = Math.sqrt(sumOfSquares(input));
  else kernelFor(p).run(out, input, reduced.mask, p);
  if (isRecorded(input))
    out.gradFn = new Node(Norm, [input], [input, out], { p, reduced } satisfies Attributes);
  return out;
}

/** The norm of order `p` over some dimensions, or over all of them: the Euclidean length unless told otherwise. */
export function norm(input: Tensor, ...given: NormArguments): Tensor {
  const options = bindReduction<NormOptions>("norm", input, ["p", "dim", "keepdim", "dtype"], given);
  const { p = "fro", dim = null, keepdim = false } = options;
  const operand = to(input, options.dtype ?? input.dtype);
  if (p === "nuc") return nuclear(operand, dim, keepdim);
  if (p !== "fro" && typeof p !== "number")
    throw new TypeError(`norm: p is a number, "fro" or "nuc", not ${String(p)}`);
  return normOver("norm", operand, p === "fro" ? 2 : p, dim, keepdim);
}

/** The sum of the singular values of matrices: those of the last two dimensions, or of two others. */
export function nuclear(input: Tensor, dim: Dims, keepdim: boolean): Tensor {
  const dims = dim ?? input.shape.map((_, d) => d);
  const reduced = new ReducedDimensions("norm", input.shape, dims);
  if (reduced.dims.length !== 2)
    throw new RangeError(
      `norm: the nuclear norm is one of matrices: it takes two dimensions, not ${reduced.dims.length}`,
    );
  const [row, column] = reduced.dims;
  const rest = input.shape.map((_, d) => d).filter((d) => !reduced.mask[d]);
  const sum = svdvals(input.permute([...rest, row, column])).sum(-1);
  return keepdim ? sum.reshape(reduced.keptShape) : sum;
}

/** The norm of order `p` of the difference. */
export function dist(
  input: Tensor,
  other: Tensor,
  ...given: [p?: number] | [options: { p?: number }]
): Tensor {
  checkTensor("dist", input);
  checkTensor("dist", other);
  const { p = 2 } = namedArguments<{ p?: number }>("dist", ["p"], given);
  return normOver("dist", input.sub(other), p, null, false);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The norm of order `p` over some dimensions, or over all of them. */
    norm(...options: NormArguments): Tensor;
    /** The norm of order `p` of the difference. */
    dist(other: Tensor, ...options: [p?: number] | [options: { p?: number }]): Tensor;
  }
}

addMethods({ norm, dist });
