import { Reduction } from "../../engine/reduce.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { category, type DType } from "../dtype.js";
import { addMethods } from "../methods.js";
import { normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { cumulativeProductGradient } from "./cumulative.js";
import { bindReduction, ReducedDimensions } from "./reduction-arguments.js";

export interface ProductOptions {
  /** The dimension to reduce; all of them when left out. */
  dim?: number;
  /** Whether it stays, with size 1. Default false. */
  keepdim?: boolean;
  /** The type to convert to first. */
  dtype?: DType;
}
export type ProductArguments =
  | [options?: ProductOptions]
  | [dim: number, options?: ProductOptions]
  | [dim: number, keepdim: boolean, options?: ProductOptions];

const products = new Reduction("1", "s * x");
const allTrue = new Reduction("1", "x !== 0 ? s : 0");

/** The product is the last of the cumulative ones. */
function lastOf(gradient: Tensor, input: Tensor, dim: number): Tensor {
  const size = input.shape[dim];
  if (size === 0) return Tensor.like(input);
  // Everywhere but at the end, the gradients of the cumulative products are 0.
  const place = Tensor.zeros([size], input.dtype);
  place.storage.data[size - 1] = 1;
  const along = input.shape.map((_, d) => (d === dim ? size : 1));
  return cumulativeProductGradient(gradient.mul(place.reshape(along)), input, dim);
}

const Prod: Operation = {
  name: "ProdBackward0",
  backward(node, gradient) {
    const input = node.saved(0);
    node.give(0, lastOf(gradient.reshape([1]), input.reshape([-1]), 0).reshape(input.shape));
  },
};

const ProdOver: Operation = {
  name: "ProdBackward1",
  backward(node, gradient) {
    const reduced = node.attributes as ReducedDimensions;
    node.give(0, lastOf(reduced.restore(gradient), node.saved(0), reduced.dims[0]));
  },
};

/** The product over one dimension, or over all of them; 1 over no elements. Integers give int64. */
export function prod(input: Tensor, ...given: ProductArguments): Tensor {
  const options = bindReduction<ProductOptions>("prod", input, ["dim", "keepdim", "dtype"], given);
  const { dim } = options;
  if (dim !== undefined) normalizeDim("prod", dim, input.shape.length);
  const operand = to(input, options.dtype ?? (category(input.dtype) < 2 ? "int64" : input.dtype));
  const reduced = new ReducedDimensions("prod", operand.shape, dim, options.keepdim);
  const out = Tensor.zeros(reduced.resultShape, operand.dtype);
  (operand.dtype === "bool" ? allTrue : products).run(out, operand, reduced.mask);
  if (isRecorded(operand)) {
    const whole = dim === undefined || operand.shape.length === 0;
    out.gradFn = whole
      ? new Node(Prod, [operand], [operand])
      : new Node(ProdOver, [operand], [operand], reduced);
  }
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The product over one dimension, or over all of them. */
    prod(...options: ProductArguments): Tensor;
  }
}

addMethods({ prod });
