import { isFloatingPoint } from "../dtype.js";
import { describe } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";

/** A size along each spatial dimension: one number for all of them, or one for each. */
export type Size = number | readonly number[];

/** Two of them; of one-dimensional data the first stands for a height of 1. */
export type Pair = readonly [number, number];

/**
 * One number per spatial dimension, as [vertical, horizontal].
 *
 * @param unused what stands for the vertical direction of one-dimensional data
 */
export function sizePair(
  operation: string,
  name: string,
  value: unknown,
  spatial: 1 | 2,
  least: number,
  unused: number,
): Pair {
  const given = Array.isArray(value) ? value : [value];
  if (
    (given.length !== 1 && given.length !== spatial) ||
    !given.every((n) => Number.isInteger(n) && n >= least)
  ) {
    throw new RangeError(
      `${operation}: ${name} must be an integer ≥ ${least}${spatial === 2 ? " or two of them" : ""}, not ${Array.isArray(value) ? describe(value) : String(value)}`,
    );
  }
  return spatial === 1 ? [unused, given[0]] : [given[0], given[given.length - 1]];
}

/** Height and width of the planes in the last dimensions. */
export function planeSize(input: Tensor, spatial: 1 | 2): Pair {
  const { shape } = input;
  const width = shape[shape.length - 1];
  return spatial === 1 ? [1, width] : [shape[shape.length - 2], width];
}

/** A shape with other planes. */
export function withPlanes(leading: readonly number[], [height, width]: Pair, spatial: 1 | 2): number[] {
  return spatial === 1 ? [...leading, width] : [...leading, height, width];
}

/** Refuses what is not a floating-point tensor of planes, [batch, channels, …size] or [channels, …size]. */
export function checkPlanes(operation: string, input: unknown, spatial: 1 | 2): asserts input is Tensor {
  checkTensor(operation, input);
  const { shape } = input;
  if (shape.length !== spatial + 1 && shape.length !== spatial + 2) {
    const size = spatial === 1 ? "length" : "height, width";
    throw new RangeError(
      `${operation}: expected input of shape [batch, channels, ${size}] or [channels, ${size}], but got ${describe(shape)}`,
    );
  }
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(
      `${operation}: is not supported on ${input.dtype} tensors: convert the input first, for example with float()`,
    );
  }
}
