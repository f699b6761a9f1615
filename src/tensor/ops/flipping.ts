import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { describe, dimensionMask, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { reshape, transpose } from "./view.js";

export interface FlipOptions {
  dims: number | readonly number[];
}
export interface RollOptions {
  /** How many places the elements move on; for each of `dims`. */
  shifts: number | readonly number[];
  /** Null (the default): the tensor as if it had one dimension. */
  dims?: number | readonly number[] | null;
}
export interface Rot90Options {
  /** How many quarter turns, from the first dimension towards the second. Default 1. */
  k?: number;
  /** The two dimensions of the plane. Default [0, 1]. */
  dims?: readonly number[];
}
export type FlipArguments = Arguments<[dims: number | readonly number[]], FlipOptions>;
export type RollArguments = Arguments<
  [shifts: number | readonly number[], dims?: number | readonly number[] | null],
  RollOptions
>;
export type Rot90Arguments = Arguments<[k?: number, dims?: readonly number[]], Rot90Options>;

const Flip: Operation = {
  name: "FlipBackward0",
  backward(node, gradient) {
    node.give(0, reversed(gradient, node.attributes as readonly boolean[]));
  },
};

interface Shift {
  readonly by: number;
  readonly dim: number;
}

const Roll: Operation = {
  name: "RollBackward0",
  backward(node, gradient) {
    node.give(
      0,
      rolled(
        gradient,
        (node.attributes as readonly Shift[]).map(({ by, dim }) => ({ by: -by, dim })),
      ),
    );
  },
};

/** A copy in the opposite order along the marked dimensions. */
function reversed(input: Tensor, mask: readonly boolean[]): Tensor {
  const out = Tensor.like(input);
  if (input.count > 0) {
    const last = input.strides.reduce((at, s, d) => (mask[d] ? at + s * (input.shape[d] - 1) : at), 0);
    const backwards = input.strides.map((stride, d) => (mask[d] ? -stride : stride));
    copyInto(out, input.detach().memoryView(input.shape, backwards, input.offset + last));
  }
  if (isRecorded(input)) out.gradFn = new Node(Flip, [input], undefined, mask);
  return out;
}

/** A copy in the opposite order along some dimensions. */
export function flip(input: Tensor, ...given: FlipArguments): Tensor {
  checkTensor("flip", input);
  const { dims } = namedArguments<FlipOptions>("flip", ["dims"], given);
  const none = Array.isArray(dims) && dims.length === 0;
  const { length } = input.shape;
  if (dims === undefined) throw new TypeError("flip: takes the dimensions to reverse, such as [0, 1]");
  return reversed(input, none ? new Array(length).fill(false) : dimensionMask("flip", dims, length));
}

/** A copy with the columns in the opposite order. */
export function fliplr(input: Tensor): Tensor {
  checkTensor("fliplr", input);
  if (input.shape.length < 2)
    throw new RangeError(`fliplr: Input must be >= 2-d, and its shape is ${describe(input.shape)}`);
  return flip(input, [1]);
}

/** A copy with the rows in the opposite order. */
export function flipud(input: Tensor): Tensor {
  checkTensor("flipud", input);
  if (input.shape.length < 1) throw new RangeError("flipud: Input must be >= 1-d, and this one is 0-dim");
  return flip(input, [0]);
}

/** A copy in which all elements moved on; those that leave at the end come back at the start. */
function rolled(input: Tensor, shifts: readonly Shift[]): Tensor {
  let current = input.detach();
  for (const { by, dim } of shifts) {
    const size = current.shape[dim];
    if (size === 0) continue;
    const start = ((by % size) + size) % size;
    const next = Tensor.like(current);
    const move = (from: number, to: number, length: number) => {
      const sizes = current.shape.with(dim, length);
      copyInto(
        next.memoryView(sizes, next.strides, to * next.strides[dim]),
        current.memoryView(sizes, current.strides, current.offset + from * current.strides[dim]),
      );
    };
    move(0, start, size - start);
    move(size - start, 0, start);
    current = next;
  }
  const out = shifts.length === 0 || input.count === 0 ? current.clone() : current;
  if (isRecorded(input)) out.gradFn = new Node(Roll, [input], undefined, shifts);
  return out;
}

/** A copy in which the elements moved on by `shifts` along `dims`; those that leave at the end come back at the start. */
export function roll(input: Tensor, ...given: RollArguments): Tensor {
  checkTensor("roll", input);
  const { shifts, dims } = namedArguments<RollOptions>("roll", ["shifts", "dims"], given);
  const steps = typeof shifts === "number" ? [shifts] : shifts;
  if (!Array.isArray(steps) || !steps.every(Number.isInteger) || steps.length === 0)
    throw new TypeError(`roll: shifts is a whole number or an array of them, not ${String(shifts)}`);
  const none = dims === undefined || dims === null || (Array.isArray(dims) && dims.length === 0);
  if (none) {
    if (steps.length !== 1)
      throw new RangeError(`roll: shifts and dimensions must align: ${steps.length} shifts and no dims`);
    return reshape(rolled(reshape(input, [-1]), [{ by: steps[0], dim: 0 }]), input.shape);
  }
  const along = typeof dims === "number" ? [dims] : (dims as readonly number[]);
  if (along.length !== steps.length) {
    throw new RangeError(
      `roll: shifts and dimensions must align: ${steps.length} shifts and ${along.length} dims`,
    );
  }
  const rank = input.shape.length;
  const shift = (dim: number, k: number): Shift => ({ by: steps[k], dim: normalizeDim("roll", dim, rank) });
  const all = along.map(shift);
  return rank === 0 ? input.clone() : rolled(input, all);
}

/** A copy turned by `k` quarters in the plane of two dimensions, from the first towards the second. */
export function rot90(input: Tensor, ...given: Rot90Arguments): Tensor {
  checkTensor("rot90", input);
  const { k = 1, dims = [0, 1] } = namedArguments<Rot90Options>("rot90", ["k", "dims"], given);
  const rank = input.shape.length;
  if (!Number.isInteger(k)) throw new TypeError(`rot90: k is a whole number of quarter turns, not ${k}`);
  if (!Array.isArray(dims) || dims.length !== 2 || rank < 2)
    throw new RangeError(
      `rot90: needs two dimensions of a tensor with at least two; dims ${String(dims)}, shape ${describe(input.shape)}`,
    );
  const [a, b] = dims.map((dim) => normalizeDim("rot90", dim, rank));
  if (a === b)
    throw new RangeError(`rot90: expected rotation dims to be different, but got ${describe(dims)}`);
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return input.clone();
  if (turns === 1) return transpose(flip(input, [b]), a, b);
  return turns === 2 ? flip(input, [a, b]) : flip(transpose(input, a, b), [b]);
}

declare module "../tensor.js" {
  interface Tensor {
    /** A copy in the opposite order along some dimensions. */
    flip(...given: FlipArguments): Tensor;
    /** A copy with the columns in the opposite order. */
    fliplr(): Tensor;
    /** A copy with the rows in the opposite order. */
    flipud(): Tensor;
    /** A copy in which the elements moved on by `shifts`; those that leave at the end come back at the start. */
    roll(...given: RollArguments): Tensor;
    /** A copy turned by `k` quarters in the plane of two dimensions, from the first towards the second. */
    rot90(...given: Rot90Arguments): Tensor;
  }
}

addMethods({ flip, fliplr, flipud, roll, rot90 });
