import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { type DimOption, unsqueeze } from "./view.js";

export interface NarrowOptions extends DimOption {
  start: number;
  length: number;
}
export interface SelectOptions extends DimOption {
  index: number;
}
export type NarrowArguments = [dim: number, start: number, length: number] | [options: NarrowOptions];
export type SelectArguments = [dim: number, index: number] | [options: SelectOptions];

/** Every `step`-th position of one dimension from `start` on. */
interface Window {
  readonly dim: number;
  readonly start: number;
  readonly step: number;
}

function slicing(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      node.give(0, embed(gradient, node.shapes[0], node.attributes as Window));
    },
  };
}

function selecting(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      const window = node.attributes as Window;
      node.give(0, embed(unsqueeze(gradient, window.dim), node.shapes[0], window));
    },
  };
}

const Slice = slicing("SliceBackward0");
const Select = selecting("SelectBackward0");

/** The history of what `split` and its kin give; `unbind` leaves the dimension out. */
export const Split: Operation = slicing("SplitBackward0");
export const SplitWithSizes: Operation = slicing("SplitWithSizesBackward0");
export const Unbind: Operation = selecting("UnbindBackward0");

const Embed: Operation = {
  name: "SliceBackwardBackward",
  backward(node, gradient) {
    const { dim, start, step } = node.attributes as Window;
    node.give(0, sliceOf(gradient, dim, start, node.shapes[0][dim], step));
  },
};

/** Zeros of `shape` with `input` in a window of it. */
function embed(input: Tensor, shape: readonly number[], window: Window): Tensor {
  const { dim, start, step } = window;
  const out = Tensor.zeros(shape, input.dtype);
  const strides = out.strides.map((stride, d) => (d === dim ? stride * step : stride));
  copyInto(out.memoryView(input.shape, strides, start * out.strides[dim]), input);
  if (isRecorded(input)) out.gradFn = new Node(Embed, [input], undefined, window);
  return out;
}

/** `length` elements from `start` on, `step` apart, along one dimension, as a view. The caller has checked them. */
export function sliceOf(
  input: Tensor,
  dim: number,
  start: number,
  length: number,
  step = 1,
  operation: Operation = Slice,
): Tensor {
  const out = input.memoryView(
    input.shape.map((size, d) => (d === dim ? length : size)),
    input.strides.map((stride, d) => (d === dim ? stride * step : stride)),
    // Where nothing is left, the start may lie behind the memory.
    length === 0 ? input.offset : input.offset + start * input.strides[dim],
  );
  if (isRecorded(input))
    out.gradFn = new Node(operation, [input], undefined, { dim, start, step } satisfies Window);
  return out;
}

/** The part at `start` of one dimension, without that dimension, as a view. The caller has checked them. */
export function selectOf(input: Tensor, dim: number, start: number, operation: Operation = Select): Tensor {
  const out = input.memoryView(
    input.shape.toSpliced(dim, 1),
    input.strides.toSpliced(dim, 1),
    input.offset + start * input.strides[dim],
  );
  if (isRecorded(input))
    out.gradFn = new Node(operation, [input], undefined, { dim, start, step: 1 } satisfies Window);
  return out;
}

/** `length` elements from `start` on along one dimension, as a view. */
export function narrow(input: Tensor, ...given: NarrowArguments): Tensor {
  checkTensor("narrow", input);
  const { dim, start, length } = namedArguments<NarrowOptions>("narrow", ["dim", "start", "length"], given);
  if (input.shape.length === 0) throw new RangeError("narrow: cannot be applied to a 0-dim tensor");
  const d = normalizeDim("narrow", dim, input.shape.length);
  const size = input.shape[d];
  const from = start < 0 ? start + size : start;
  if (
    !Number.isInteger(from) ||
    !Number.isInteger(length) ||
    from < 0 ||
    length < 0 ||
    from + length > size
  ) {
    throw new RangeError(
      `narrow: start ${start} and length ${length} do not lie within dimension ${d} of ${describe(input.shape)}`,
    );
  }
  return sliceOf(input, d, from, length);
}

/** The tensor without one dimension: its part at `index` (negative: from the end), as a view. */
export function select(input: Tensor, ...given: SelectArguments): Tensor {
  checkTensor("select", input);
  const { dim, index } = namedArguments<SelectOptions>("select", ["dim", "index"], given);
  if (input.shape.length === 0) throw new RangeError("select: cannot be applied to a 0-dim tensor");
  const d = normalizeDim("select", dim, input.shape.length);
  const size = input.shape[d];
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new RangeError(`select: index ${index} is out of range for dimension ${d} with size ${size}`);
  }
  return selectOf(input, d, index < 0 ? index + size : index);
}

declare module "../tensor.js" {
  interface Tensor {
    /** `length` elements from `start` on along one dimension, as a view. */
    narrow(...given: NarrowArguments): Tensor;
    /** The part at `index` of one dimension, without that dimension, as a view. */
    select(...given: SelectArguments): Tensor;
  }
}

Tensor.prototype.narrow = function (...given) {
  return narrow(this, ...given);
};
Tensor.prototype.select = function (...given) {
  return select(this, ...given);
};
