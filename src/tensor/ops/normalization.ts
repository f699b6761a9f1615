import { Elementwise } from "../../engine/elementwise.js";
import { standardizeChannels } from "../../engine/normalization.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { recordOutputs } from "../autograd/outputs.js";
import { isFloatingPoint } from "../dtype.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";

/**
 * (x − mean)/√(variance + eps) of [outer, channels, inner], over all elements of a channel, and 1/√(variance + eps).
 *
 * With y and s for these two, ∂y/∂x and ∂s/∂x need nothing but y and s themselves, so that they can be
 * differentiated any number of times.
 */
const Standardize: Operation = {
  name: "StandardizeBackward",
  backward(node) {
    const [byOutput, byScale] = node.parts as (Tensor | null)[];
    const output = node.saved(0);
    const scale = node.saved(1);
    if (byOutput !== null) {
      const mean = byOutput.mean([0, 2], true);
      const slope = byOutput.mul(output).mean([0, 2], true);
      node.give(0, byOutput.sub(mean).sub(output.mul(slope)).mul(scale));
    }
    if (byScale !== null) {
      const count = output.shape[0] * output.shape[2];
      node.give(0, output.mul(byScale.mul(scale).mul(scale).div(-count)));
    }
  },
};

export interface Standardized {
  readonly output: Tensor;
  /** Mean and variance (over n, not n − 1) of each channel. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Mean 0 and variance 1 for every channel of [outer, channels, inner]. */
export function standardize(input: Tensor, eps: number): Standardized {
  const [outer, channels, inner] = input.shape;
  const output = Tensor.zeros(input.shape, input.dtype);
  const scale = Tensor.zeros([1, channels, 1], input.dtype);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  const { storage, offset } = input.contiguous();
  standardizeChannels(
    outer,
    channels,
    inner,
    eps,
    storage.data,
    offset,
    output.storage.data,
    scale.storage.data,
    mean,
    variance,
  );
  if (isRecorded(input)) recordOutputs(new Node(Standardize, [input], [output, scale]), [output, scale]);
  return { output, mean, variance };
}

const scaleAndShift = new Elementwise("a * b + c", 3);

/** x · scale + shift: the last step of every normalisation, which gives it its name. */
function lastStep(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      if (node.needs(0)) node.give(0, gradient.mul(node.saved(1)));
      if (node.needs(1)) node.give(1, gradient.mul(node.saved(0)));
      node.give(2, gradient);
    },
  };
}

export const BatchNorm: Operation = lastStep("NativeBatchNormBackward0");
export const LayerNorm: Operation = lastStep("NativeLayerNormBackward0");
export const GroupNorm: Operation = lastStep("NativeGroupNormBackward0");

/** Scale and shift are broadcast to the shape of the input. */
export function affine(
  operation: Operation,
  input: Tensor,
  scale: Tensor | null,
  shift: Tensor | null,
): Tensor {
  const factor = scale ?? Tensor.full([], 1, input.dtype);
  const summand = shift ?? Tensor.full([], 0, input.dtype);
  const out = Tensor.like(input);
  scaleAndShift.run(out, input, factor, summand);
  if (isRecorded(input, factor, summand)) {
    const saved = [factor.requiresGrad ? input : null, input.requiresGrad ? factor : null];
    out.gradFn = new Node(operation, [input, factor, summand], saved);
  }
  return out;
}

/** Refuses what is not a floating-point tensor. */
export function checkInput(operation: string, input: unknown): asserts input is Tensor {
  checkTensor(operation, input);
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(
      `${operation}: is not supported on ${input.dtype} tensors: convert the input first, for example with float()`,
    );
  }
}

/** Refuses a weight, bias or running statistic of another shape or dtype; null is none. */
export function checkPerChannel(
  operation: string,
  name: string,
  value: Tensor | null,
  shape: readonly number[],
  input: Tensor,
): void {
  if (value === null) return;
  checkTensor(operation, value);
  if (!sameShape(value.shape, shape)) {
    throw new RangeError(
      `${operation}: expected ${name} to have shape ${describe(shape)} for an input of shape ${describe(input.shape)}, but got ${describe(value.shape)}`,
    );
  }
  if (value.dtype !== input.dtype) {
    throw new TypeError(
      `${operation}: input and ${name} must have the same dtype, but they are ${input.dtype} and ${value.dtype}`,
    );
  }
}

/** A value for each channel, so shaped that it is broadcast along dimension 1 of an input of `rank` dimensions. */
export function alongChannels(value: Tensor | null, rank: number): Tensor | null {
  return value === null || rank === 2
    ? value
    : value.reshape([value.count, ...new Array<number>(rank - 2).fill(1)]);
}
