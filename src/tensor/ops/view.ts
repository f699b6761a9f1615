import { rowMajorStrides } from "../../engine/strided.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { checkSizes, describe, elementCount, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto } from "./copy.js";

const Reshape: Operation = {
  name: "ViewBackward0",
  backward(node, gradient) {
    node.give(0, reshape(gradient, node.shapes[0]));
  },
};

const Permute: Operation = {
  name: "PermuteBackward0",
  backward(node, gradient) {
    const order = node.attributes as readonly number[];
    const inverse = new Array<number>(order.length);
    order.forEach((d, k) => {
      inverse[d] = k;
    });
    node.give(0, permute(gradient, inverse));
  },
};

const Expand: Operation = {
  name: "ExpandBackward0",
  backward(node, gradient) {
    node.give(0, gradient);
  },
};

interface Window {
  readonly dim: number;
  readonly start: number;
}

const Narrow: Operation = {
  name: "SliceBackward0",
  backward(node, gradient) {
    const { dim, start } = node.attributes as Window;
    node.give(0, embed(gradient, node.shapes[0], dim, start));
  },
};

const Embed: Operation = {
  name: "SliceBackwardBackward",
  backward(node, gradient) {
    const { dim, start } = node.attributes as Window;
    node.give(0, narrow(gradient, dim, start, node.shapes[0][dim]));
  },
};

/** Zeros of `shape` with `input` at `start` of one dimension. */
function embed(input: Tensor, shape: readonly number[], dim: number, start: number): Tensor {
  const out = Tensor.zeros(shape, input.dtype);
  copyInto(out.viewAs(input.shape, out.strides, start * out.strides[dim]), input);
  if (isRecorded(input)) out.gradFn = new Node(Embed, [input], undefined, { dim, start });
  return out;
}

/** The strides that show the elements of `input` in another shape without copying, or null where there are none. */
function viewStrides(input: Tensor, shape: readonly number[]): number[] | null {
  if (input.rowMajor) return rowMajorStrides(shape);
  const strides = new Array<number>(shape.length);
  // Runs of dimensions that lie evenly in memory are matched, from the last, with runs of new dimensions.
  let d = input.shape.length - 1;
  let k = shape.length - 1;
  while (d >= 0) {
    const step = input.strides[d];
    let available = input.shape[d];
    while (d > 0 && (input.shape[d - 1] === 1 || input.strides[d - 1] === step * available)) {
      d--;
      available *= input.shape[d];
    }
    d--;
    let taken = 1;
    while (k >= 0 && (taken < available || shape[k] === 1)) {
      strides[k] = step * taken;
      taken *= shape[k];
      k--;
    }
    if (taken !== available) return null;
  }
  while (k >= 0) strides[k--] = 1;
  return strides;
}

/** Fills in the one size that is −1. */
function completeShape(operation: string, count: number, sizes: readonly number[]): readonly number[] {
  const unknown = sizes.indexOf(-1);
  const shape = unknown < 0 ? sizes : sizes.map((size, d) => (d === unknown ? 1 : size));
  checkSizes(operation, shape);
  const known = elementCount(shape);
  const complete =
    unknown < 0 || known === 0 ? shape : shape.map((size, d) => (d === unknown ? count / known : size));
  if (elementCount(complete) !== count || !complete.every(Number.isInteger)) {
    throw new RangeError(`${operation}: shape ${describe(sizes)} is invalid for input of size ${count}`);
  }
  return complete;
}

function shapedLike(input: Tensor, shape: readonly number[], strides: readonly number[]): Tensor {
  const out = input.viewAs(shape, strides);
  if (isRecorded(input)) out.gradFn = new Node(Reshape, [input]);
  return out;
}

/** The same elements in another shape (one size may be −1); a view where that is possible, else a copy. */
export function reshape(input: Tensor, sizes: readonly number[]): Tensor {
  const shape = completeShape("reshape", input.count, sizes);
  const strides = viewStrides(input, shape);
  return strides === null
    ? shapedLike(input.contiguous(), shape, rowMajorStrides(shape))
    : shapedLike(input, shape, strides);
}

/** The dimensions in another order, as a view. */
export function permute(input: Tensor, dims: readonly number[]): Tensor {
  const rank = input.shape.length;
  const order = dims.map((dim) => normalizeDim("permute", dim, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new RangeError(
      `permute: ${describe(dims)} does not name each of the ${rank} dimensions of ${describe(input.shape)} once`,
    );
  }
  const out = input.viewAs(
    order.map((d) => input.shape[d]),
    order.map((d) => input.strides[d]),
  );
  if (isRecorded(input)) out.gradFn = new Node(Permute, [input], undefined, order);
  return out;
}

/** Two dimensions exchanged, as a view. */
export function transpose(input: Tensor, dim0: number, dim1: number): Tensor {
  const rank = input.shape.length;
  const a = normalizeDim("transpose", dim0, rank);
  const b = normalizeDim("transpose", dim1, rank);
  return permute(
    input,
    input.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/** Dimensions of size 1 repeated, and new ones put in front, as a view; −1 keeps a size. */
export function expand(input: Tensor, sizes: readonly number[]): Tensor {
  const added = sizes.length - input.shape.length;
  const shape = sizes.map((size, d) => (size === -1 && d >= added ? input.shape[d - added] : size));
  checkSizes("expand", shape);
  if (added < 0 || input.shape.some((size, d) => size !== 1 && size !== shape[d + added])) {
    throw new RangeError(
      `expand: ${describe(input.shape)} cannot be expanded to ${describe(sizes)}: only sizes of 1 can be repeated`,
    );
  }
  const out = input.viewAs(
    shape,
    shape.map((_, d) =>
      d < added || (input.shape[d - added] === 1 && shape[d] !== 1) ? 0 : input.strides[d - added],
    ),
  );
  if (isRecorded(input)) out.gradFn = new Node(Expand, [input]);
  return out;
}

/** `length` elements from `start` on along one dimension, as a view. */
export function narrow(input: Tensor, dim: number, start: number, length: number): Tensor {
  const d = normalizeDim("narrow", dim, input.shape.length);
  const size = input.shape[d] ?? 0;
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
  const out = input.viewAs(
    input.shape.map((s, k) => (k === d ? length : s)),
    input.strides,
    input.offset + from * input.strides[d],
  );
  if (isRecorded(input)) out.gradFn = new Node(Narrow, [input], undefined, { dim: d, start: from });
  return out;
}

/** The tensor without one dimension: its part at `index` (negative: from the end), as a view. */
export function select(input: Tensor, dim: number, index: number): Tensor {
  if (input.shape.length === 0) throw new RangeError("select: cannot be applied to a 0-dim tensor");
  const d = normalizeDim("select", dim, input.shape.length);
  const size = input.shape[d];
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new RangeError(`select: index ${index} is out of range for dimension ${d} with size ${size}`);
  }
  const row = narrow(input, d, index < 0 ? index + size : index, 1);
  return squeeze(row, d);
}

/** Without the dimensions of size 1, or without that one if its size is 1; a view. */
export function squeeze(input: Tensor, dim?: number): Tensor {
  const only = dim === undefined ? -1 : normalizeDim("squeeze", dim, input.shape.length);
  const keep = (_: number, d: number) => input.shape[d] !== 1 || (only >= 0 && d !== only);
  return shapedLike(input, input.shape.filter(keep), input.strides.filter(keep));
}

/** With a new dimension of size 1 at `dim`; a view. */
export function unsqueeze(input: Tensor, dim: number): Tensor {
  const d = normalizeDim("unsqueeze", dim, input.shape.length + 1);
  const stride = d < input.shape.length ? input.shape[d] * input.strides[d] : 1;
  return shapedLike(input, input.shape.toSpliced(d, 0, 1), input.strides.toSpliced(d, 0, stride));
}

/** Dimensions `startDim` to `endDim` made into one. */
export function flatten(input: Tensor, startDim = 0, endDim = -1): Tensor {
  const rank = input.shape.length;
  const from = normalizeDim("flatten", startDim, rank);
  const to = normalizeDim("flatten", endDim, rank);
  if (from > to) throw new RangeError(`flatten: startDim ${startDim} comes after endDim ${endDim}`);
  const { shape } = input;
  return reshape(input, [
    ...shape.slice(0, from),
    elementCount(shape.slice(from, to + 1)),
    ...shape.slice(to + 1),
  ]);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The same elements in another shape; one size may be −1. A view where that is possible, else a copy. */
    reshape(sizes: readonly number[]): Tensor;
    /** As `reshape`, but never a copy: throws where the elements do not lie in memory that way. */
    view(sizes: readonly number[]): Tensor;
    /** The dimensions in another order, as a view. */
    permute(dims: readonly number[]): Tensor;
    /** Two dimensions exchanged, as a view. */
    transpose(dim0: number, dim1: number): Tensor;
    /** The transpose of a matrix, as a view; vectors and 0-dim tensors stay what they are. */
    t(): Tensor;
    /** All dimensions in reverse order, as a view. */
    readonly T: Tensor;
    /** Dimensions of size 1 repeated, as a view; −1 keeps a size. */
    expand(sizes: readonly number[]): Tensor;
    /** `length` elements from `start` on along one dimension, as a view. */
    narrow(dim: number, start: number, length: number): Tensor;
    /** The part at `index` of one dimension, without that dimension, as a view. */
    select(dim: number, index: number): Tensor;
    /** Without the dimensions of size 1 (or without that one). */
    squeeze(dim?: number): Tensor;
    /** With a new dimension of size 1 at `dim`. */
    unsqueeze(dim: number): Tensor;
    /** Dimensions `startDim` to `endDim` made into one. */
    flatten(startDim?: number, endDim?: number): Tensor;
  }
}

Tensor.prototype.reshape = function (sizes) {
  return reshape(this, sizes);
};
Tensor.prototype.view = function (sizes) {
  const shape = completeShape("view", this.count, sizes);
  const strides = viewStrides(this, shape);
  if (strides === null) {
    throw new Error(
      `view: shape ${describe(shape)} is not compatible with a tensor of shape ${describe(this.shape)} and strides ` +
        `${describe(this.strides)}: at least one dimension spans across two subspaces; use reshape`,
    );
  }
  return shapedLike(this, shape, strides);
};
Tensor.prototype.permute = function (dims) {
  return permute(this, dims);
};
Tensor.prototype.transpose = function (dim0, dim1) {
  return transpose(this, dim0, dim1);
};
Tensor.prototype.t = function () {
  if (this.shape.length > 2) {
    throw new RangeError(
      `t: expects a tensor with at most 2 dimensions, but this one has shape ${describe(this.shape)}`,
    );
  }
  return this.shape.length < 2 ? this : permute(this, [1, 0]);
};
Object.defineProperty(Tensor.prototype, "T", {
  get(this: Tensor): Tensor {
    return permute(this, this.shape.map((_, d) => d).reverse());
  },
});
Tensor.prototype.expand = function (sizes) {
  return expand(this, sizes);
};
Tensor.prototype.narrow = function (dim, start, length) {
  return narrow(this, dim, start, length);
};
Tensor.prototype.select = function (dim, index) {
  return select(this, dim, index);
};
Tensor.prototype.squeeze = function (dim) {
  return squeeze(this, dim);
};
Tensor.prototype.unsqueeze = function (dim) {
  return unsqueeze(this, dim);
};
Tensor.prototype.flatten = function (startDim, endDim) {
  return flatten(this, startDim, endDim);
};
