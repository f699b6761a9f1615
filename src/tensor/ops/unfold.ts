import { rowMajorStrides } from "../../engine/strided.js";
import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { describe, normalizeDim } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Region, sumIntoRegion } from "./as-strided.js";
import { checkTensor } from "./promotion.js";

export interface UnfoldOptions {
  dimension: number;
  /** The length of each window. */
  size: number;
  /** How far each window begins behind the one before. */
  step: number;
}
export type UnfoldArguments = Arguments<[dimension: number, size: number, step: number], UnfoldOptions>;

const Unfold: Operation = {
  name: "UnfoldBackward0",
  backward(node, gradient) {
    const { dimension, size, step } = node.attributes as UnfoldOptions;
    const shape = node.shapes[0];
    node.give(
      0,
      sumIntoRegion(gradient, shape, windows(shape, rowMajorStrides(shape), dimension, size, step)),
    );
  },
};

function windows(
  shape: readonly number[],
  strides: readonly number[],
  dim: number,
  size: number,
  step: number,
): Region {
  if (shape.length === 0) return { shape: [size], strides: [1], offset: 0 };
  return {
    shape: [...shape.with(dim, Math.floor((shape[dim] - size) / step) + 1), size],
    strides: [...strides.with(dim, strides[dim] * step), strides[dim]],
    offset: 0,
  };
}

/** All windows of `size` elements along a dimension, `step` apart, in a new last dimension: a view. */
function unfold(input: Tensor, ...given: UnfoldArguments): Tensor {
  checkTensor("unfold", input);
  const { dimension, size, step } = namedArguments<UnfoldOptions>(
    "unfold",
    ["dimension", "size", "step"],
    given,
  );
  const d = normalizeDim("unfold", dimension, input.shape.length);
  const most = input.shape[d] ?? 1;
  if (!Number.isInteger(size) || size < 0 || size > most) {
    throw new RangeError(
      `unfold: maximum size for tensor at dimension ${d} of ${describe(input.shape)} is ${most} but size is ${size}`,
    );
  }
  if (!Number.isInteger(step) || step < 1)
    throw new RangeError(`unfold: step is ${step} but must be a whole number > 0`);
  const { shape, strides } = windows(input.shape, input.strides, d, size, step);
  const out = input.memoryView(shape, strides);
  if (isRecorded(input))
    out.gradFn = new Node(Unfold, [input], undefined, { dimension: d, size, step } satisfies UnfoldOptions);
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** All windows of `size` elements along a dimension, `step` apart, in a new last dimension: a view. */
    unfold(...given: UnfoldArguments): Tensor;
  }
}

addMethods({ unfold });
