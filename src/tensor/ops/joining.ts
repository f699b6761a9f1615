import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { type DType, promoteTypes } from "../dtype.js";
import { checkArray, describe, normalizeDim, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto, to } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { atleast1d, atleast2d, atleast3d } from "./rearranging.js";
import { selectOf, sliceOf } from "./slicing.js";
import { reshape, unsqueeze } from "./view.js";

export interface JoiningOptions {
  tensors: readonly Tensor[];
  /** The dimension along which they are joined. Default 0. */
  dim?: number;
}
export type JoiningArguments = Arguments<[tensors: readonly Tensor[], dim?: number], JoiningOptions>;

const Cat: Operation = {
  name: "CatBackward0",
  backward(node, gradient) {
    const dim = node.attributes as number;
    let start = 0;
    node.shapes.forEach((shape, k) => {
      // Tensors of shape [0] stand between others of any shape.
      const length = isEmptyVector(shape) ? 0 : shape[dim];
      if (node.needs(k)) node.give(k, reshape(sliceOf(gradient, dim, start, length), shape));
      start += length;
    });
  },
};

function isEmptyVector(shape: readonly number[]): boolean {
  return shape.length === 1 && shape[0] === 0;
}

const Stack: Operation = {
  name: "StackBackward0",
  backward(node, gradient) {
    const dim = node.attributes as number;
    node.shapes.forEach((_, k) => {
      if (node.needs(k)) node.give(k, selectOf(gradient, dim, k));
    });
  },
};

/** The arguments of a joining operation: the tensors in the dtype that holds the values of all. */
function bind(operation: string, given: readonly unknown[]): [tensors: Tensor[], dim: number] {
  const { tensors, dim = 0 } = namedArguments<JoiningOptions>(operation, ["tensors", "dim"], given);
  return [checkedTensors(operation, tensors), dim];
}

function checkedTensors(operation: string, tensors: unknown): Tensor[] {
  checkArray(operation, tensors);
  if (tensors.length === 0) throw new RangeError(`${operation}: expects a non-empty array of Tensors`);
  for (const tensor of tensors) checkTensor(operation, tensor);
  return tensors as Tensor[];
}

function commonDType(tensors: readonly Tensor[]): DType {
  return tensors.map(({ dtype }) => dtype).reduce(promoteTypes);
}

/** Copies tensors one after the other along a dimension of a new one. */
function joined(tensors: readonly Tensor[], dim: number, length: number): Tensor {
  const { shape, dtype } = tensors[0];
  const out = Tensor.zeros(shape.toSpliced(dim, 1, length), dtype, "cat");
  let start = 0;
  for (const tensor of tensors) {
    copyInto(out.memoryView(tensor.shape, out.strides, start * out.strides[dim]), tensor);
    start += tensor.shape[dim];
  }
  return out;
}

function record(out: Tensor, operation: Operation, tensors: readonly Tensor[], dim: number): Tensor {
  if (tensors.some((tensor) => isRecorded(tensor))) out.gradFn = new Node(operation, tensors, undefined, dim);
  return out;
}

/** Tensors one after the other along a dimension they have; all other sizes are equal. */
export function cat(...given: JoiningArguments): Tensor {
  const [all, dim] = bind("cat", given);
  if (all.some(({ shape }) => shape.length === 0))
    throw new RangeError("cat: zero-dimensional tensor cannot be concatenated: use stack");
  const parts = all.filter(({ shape }) => !isEmptyVector(shape));
  const first = parts[0] ?? all[0];
  const d = normalizeDim("cat", dim, first.shape.length);
  for (const { shape } of parts) {
    if (!sameShape(shape.toSpliced(d, 1), first.shape.toSpliced(d, 1))) {
      throw new RangeError(
        `cat: Sizes of tensors must match except in dimension ${d}: ${describe(first.shape)} and ${describe(shape)}`,
      );
    }
  }
  const dtype = commonDType(all);
  const converted = all.map((tensor) => to(tensor, dtype));
  const filled = converted.filter(({ shape }) => !isEmptyVector(shape));
  const length = filled.reduce((n, { shape }) => n + shape[d], 0);
  const out = filled.length === 0 ? Tensor.zeros([0], dtype) : joined(filled, d, length);
  return record(out, Cat, converted, d);
}

/** Another name of `cat`. */
export function concat(...given: JoiningArguments): Tensor {
  return cat(...given);
}

/** Tensors of one shape along a new dimension. */
export function stack(...given: JoiningArguments): Tensor {
  const [tensors, dim] = bind("stack", given);
  const [first] = tensors;
  for (const { shape } of tensors) {
    if (!sameShape(shape, first.shape)) {
      throw new RangeError(
        `stack: expects each tensor to be equal size, but got ${describe(first.shape)} and ${describe(shape)}`,
      );
    }
  }
  const d = normalizeDim("stack", dim, first.shape.length + 1);
  const dtype = commonDType(tensors);
  const converted = tensors.map((tensor) => to(tensor, dtype));
  const parts = converted.map((tensor) => unsqueeze(tensor.detach(), d));
  return record(joined(parts, d, parts.length), Stack, converted, d);
}

/** Tensors side by side: along the second dimension, vectors along their only one. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const parts = checkedTensors("hstack", tensors).map((tensor) => atleast1d(tensor));
  return cat(parts, parts[0].shape.length === 1 ? 0 : 1);
}

/** Tensors on top of each other: along the first dimension; vectors are rows. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(
    checkedTensors("vstack", tensors).map((tensor) => atleast2d(tensor)),
    0,
  );
}

/** Tensors behind each other: along the third dimension. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(
    checkedTensors("dstack", tensors).map((tensor) => atleast3d(tensor)),
    2,
  );
}

/** Tensors side by side, where vectors are columns. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  const columns = checkedTensors("columnStack", tensors).map((tensor) =>
    tensor.shape.length < 2 ? reshape(tensor, [tensor.count, 1]) : tensor,
  );
  return cat(columns, 1);
}
