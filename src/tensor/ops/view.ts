import { rowMajorStrides } from "../../engine/strided.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { checkArray, checkSizes, describe, elementCount, normalizeDim, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";

/** Views that only arrange the elements in another shape differ in nothing but the name that `gradFn` prints. */
function reshaping(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      node.give(0, reshape(gradient, node.shapes[0]));
    },
  };
}

export interface DimOption {
  /** A dimension; negative ones count from the last. */
  dim: number;
}
export interface TransposeOptions {
  dim0: number;
  dim1: number;
}
export interface FlattenOptions {
  /** The first dimension that is merged. Default 0. */
  startDim?: number;
  /** The last one. Default −1. */
  endDim?: number;
}

/** Parameters by position or by name. */
export type TransposeArguments = [dim0: number, dim1: number] | [options: TransposeOptions];
export type SqueezeArguments = [dim?: number] | [options: DimOption];
export type UnsqueezeArguments = [dim: number] | [options: DimOption];
export type FlattenArguments =
  | [startDim?: number, endDim?: number]
  | [startDim: number, options: FlattenOptions]
  | [options: FlattenOptions];

const View = reshaping("ViewBackward0");
const ViewOfCopy = reshaping("UnsafeViewBackward0");
const SqueezeAll = reshaping("SqueezeBackward0");
const Squeeze = reshaping("SqueezeBackward1");
const Unsqueeze = reshaping("UnsqueezeBackward0");

function reordering(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      const order = node.attributes as readonly number[];
      const inverse = new Array<number>(order.length);
      order.forEach((d, k) => {
        inverse[d] = k;
      });
      node.give(0, permute(gradient, inverse));
    },
  };
}

const Permute = reordering("PermuteBackward0");
const Transpose = reordering("TransposeBackward0");
const MatrixTranspose = reordering("TBackward0");

const Expand: Operation = {
  name: "ExpandBackward0",
  backward(node, gradient) {
    node.give(0, gradient);
  },
};

/** The strides that show the elements of `input` in another shape without copying, or null where there are none. */
function viewStrides(input: Tensor, shape: readonly number[]): readonly number[] | null {
  if (sameShape(input.shape, shape)) return input.strides;
  if (input.count === 0) return rowMajorStrides(shape);
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

/** The shape that `sizes` ask of `count` elements, with the one size that may be −1 filled in. */
function completeShape(operation: string, count: number, sizes: readonly number[]): readonly number[] {
  checkArray(operation, sizes);
  const unknown = sizes.indexOf(-1);
  if (unknown !== sizes.lastIndexOf(-1))
    throw new RangeError(
      `${operation}: only one dimension can be inferred, not several as in ${describe(sizes)}`,
    );
  const known = sizes.filter((_, d) => d !== unknown);
  checkSizes(operation, known);
  const rest = count / elementCount(known);
  if (unknown < 0 ? elementCount(known) !== count : !Number.isInteger(rest)) {
    const ambiguous = unknown >= 0 && count === 0 ? ": the size of −1 can be any" : "";
    throw new RangeError(
      `${operation}: shape ${describe(sizes)} is invalid for input of size ${count}${ambiguous}`,
    );
  }
  return sizes.map((size) => (size === -1 ? rest : size));
}

function shapedLike(
  input: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  operation: Operation,
): Tensor {
  const out = input.memoryView(shape, strides);
  if (isRecorded(input)) out.gradFn = new Node(operation, [input]);
  return out;
}

/** The same elements in another shape (one size may be −1); a view where that is possible, else a copy. */
export function reshape(input: Tensor, sizes: readonly number[]): Tensor {
  checkTensor("reshape", input);
  const shape = completeShape("reshape", input.count, sizes);
  const strides = viewStrides(input, shape);
  return strides === null
    ? shapedLike(input.contiguous(), shape, rowMajorStrides(shape), ViewOfCopy)
    : shapedLike(input, shape, strides, View);
}

/** The dimensions in another order, as a view. */
export function permute(input: Tensor, dims: readonly number[]): Tensor {
  checkTensor("permute", input);
  checkArray("permute", dims);
  const rank = input.shape.length;
  const order = dims.map((dim) => normalizeDim("permute", dim, rank));
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new RangeError(
      `permute: ${describe(dims)} does not name each of the ${rank} dimensions of ${describe(input.shape)} once`,
    );
  }
  return reordered(input, order, Permute);
}

function reordered(input: Tensor, order: readonly number[], operation: Operation): Tensor {
  const out = input.memoryView(
    order.map((d) => input.shape[d]),
    order.map((d) => input.strides[d]),
  );
  if (isRecorded(input)) out.gradFn = new Node(operation, [input], undefined, order);
  return out;
}

/** Two dimensions exchanged, as a view. */
export function transpose(input: Tensor, ...given: TransposeArguments): Tensor {
  checkTensor("transpose", input);
  const { dim0, dim1 } = namedArguments<TransposeOptions>("transpose", ["dim0", "dim1"], given);
  const rank = input.shape.length;
  const a = normalizeDim("transpose", dim0, rank);
  const b = normalizeDim("transpose", dim1, rank);
  return reordered(
    input,
    input.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
    Transpose,
  );
}

/** Dimensions of size 1 repeated, and new ones put in front, as a view; −1 keeps a size. */
export function expand(input: Tensor, sizes: readonly number[]): Tensor {
  checkTensor("expand", input);
  checkArray("expand", sizes);
  const added = sizes.length - input.shape.length;
  const shape = sizes.map((size, d) => (size === -1 && d >= added ? input.shape[d - added] : size));
  checkSizes("expand", shape);
  if (added < 0 || input.shape.some((size, d) => size !== 1 && size !== shape[d + added])) {
    throw new RangeError(
      `expand: ${describe(input.shape)} cannot be expanded to ${describe(sizes)}: only sizes of 1 can be repeated`,
    );
  }
  const strides = new Array<number>(shape.length);
  for (let d = shape.length - 1; d >= 0; d--) {
    if (d >= added && input.shape[d - added] === shape[d]) strides[d] = input.strides[d - added];
    else if (shape[d] !== 1) strides[d] = 0;
    else strides[d] = d === shape.length - 1 ? 1 : shape[d + 1] * strides[d + 1];
  }
  const out = input.memoryView(shape, strides);
  if (isRecorded(input)) out.gradFn = new Node(Expand, [input]);
  return out;
}

/** Without the dimensions of size 1, or without that one if its size is 1; a view. */
export function squeeze(input: Tensor, ...given: SqueezeArguments): Tensor {
  checkTensor("squeeze", input);
  const { dim } = namedArguments<Partial<DimOption>>("squeeze", ["dim"], given);
  const only = dim === undefined ? -1 : normalizeDim("squeeze", dim, input.shape.length);
  const keep = (_: number, d: number) => input.shape[d] !== 1 || (only >= 0 && d !== only);
  return shapedLike(
    input,
    input.shape.filter(keep),
    input.strides.filter(keep),
    dim === undefined ? SqueezeAll : Squeeze,
  );
}

/** With a new dimension of size 1 at `dim`; a view. */
export function unsqueeze(input: Tensor, ...given: UnsqueezeArguments): Tensor {
  checkTensor("unsqueeze", input);
  const { dim } = namedArguments<DimOption>("unsqueeze", ["dim"], given);
  const d = normalizeDim("unsqueeze", dim, input.shape.length + 1);
  const stride = d < input.shape.length ? input.shape[d] * input.strides[d] : 1;
  return shapedLike(input, input.shape.toSpliced(d, 0, 1), input.strides.toSpliced(d, 0, stride), Unsqueeze);
}

/** Dimensions `startDim` to `endDim` made into one. */
export function flatten(input: Tensor, ...given: FlattenArguments): Tensor {
  checkTensor("flatten", input);
  const { startDim = 0, endDim = -1 } = namedArguments<FlattenOptions>(
    "flatten",
    ["startDim", "endDim"],
    given,
  );
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
    transpose(...given: TransposeArguments): Tensor;
    /** The transpose of a matrix, as a view; vectors and 0-dim tensors stay what they are. */
    t(): Tensor;
    /** All dimensions in reverse order, as a view. */
    readonly T: Tensor;
    /** The last two dimensions exchanged: the matrices of a batch transposed, as a view. */
    readonly mT: Tensor;
    /** Dimensions of size 1 repeated, as a view; −1 keeps a size. */
    expand(sizes: readonly number[]): Tensor;
    /** Without the dimensions of size 1 (or without that one). */
    squeeze(...given: SqueezeArguments): Tensor;
    /** With a new dimension of size 1 at `dim`. */
    unsqueeze(...given: UnsqueezeArguments): Tensor;
    /** Dimensions `startDim` to `endDim` made into one. */
    flatten(...given: FlattenArguments): Tensor;
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
  return shapedLike(this, shape, strides, View);
};
Tensor.prototype.permute = function (dims) {
  return permute(this, dims);
};
Tensor.prototype.transpose = function (...given) {
  return transpose(this, ...given);
};
Tensor.prototype.t = function () {
  if (this.shape.length > 2) {
    throw new RangeError(
      `t: expects a tensor with at most 2 dimensions, but this one has shape ${describe(this.shape)}`,
    );
  }
  return this.shape.length < 2 ? this : reordered(this, [1, 0], MatrixTranspose);
};
Object.defineProperty(Tensor.prototype, "T", {
  get(this: Tensor): Tensor {
    return permute(this, this.shape.map((_, d) => d).reverse());
  },
});
Object.defineProperty(Tensor.prototype, "mT", {
  get(this: Tensor): Tensor {
    if (this.shape.length < 2) {
      throw new RangeError(
        `mT: only supported on matrices or batches of matrices, and this shape is ${describe(this.shape)}`,
      );
    }
    return transpose(this, -2, -1);
  },
});
Tensor.prototype.expand = function (sizes) {
  return expand(this, sizes);
};
Tensor.prototype.squeeze = function (...given) {
  return squeeze(this, ...given);
};
Tensor.prototype.unsqueeze = function (...given) {
  return unsqueeze(this, ...given);
};
Tensor.prototype.flatten = function (...given) {
  return flatten(this, ...given);
};
