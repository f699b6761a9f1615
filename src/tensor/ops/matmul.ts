import { type Matrix, matmul as multiply } from "../../engine/matmul.js";
import { broadcastStrides } from "../../engine/strided.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { broadcastShapes, describe, elementCount } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { reshape, squeeze, transpose, unsqueeze } from "./view.js";

const Matmul: Operation = {
  name: "MmBackward0",
  backward(node, gradient) {
    if (node.needs(0)) node.give(0, matmul(gradient, transpose(node.saved(1), -1, -2)));
    if (node.needs(1)) node.give(1, matmul(transpose(node.saved(0), -1, -2), gradient));
  },
};

const Linear: Operation = {
  name: "MmBackward0",
  backward(node, gradient) {
    if (node.needs(0)) node.give(0, matmul(gradient, node.saved(1)));
    if (node.needs(1)) node.give(1, matmul(gradient.t(), node.saved(0)));
  },
};

const LinearWithBias: Operation = {
  name: "AddmmBackward0",
  backward(node, gradient) {
    Linear.backward(node, gradient);
    node.give(2, gradient);
  },
};

/** The last two dimensions of a tensor as a matrix in memory, at `offset`. */
function lastTwo(tensor: Tensor, offset: number = tensor.offset): Matrix {
  const { shape, strides } = tensor;
  return {
    storage: tensor.storage,
    offset,
    rowStride: strides[shape.length - 2],
    columnStride: strides[shape.length - 1],
  };
}

function checkOperands(operation: string, a: Tensor, b: Tensor): void {
  checkTensor(operation, a);
  checkTensor(operation, b);
  if (a.dtype === "bool" && b.dtype === "bool")
    throw new TypeError(
      `${operation}: is not supported on bool tensors: convert them first, for example with float()`,
    );
  if (a.dtype !== b.dtype) {
    throw new TypeError(
      `${operation}: expected both operands to have the same dtype, but got ${a.dtype} and ${b.dtype}`,
    );
  }
}

/**
 * The matrix product. Vectors count as one row (on the left) or one column (on the right); dimensions before the
 * last two are a batch and are broadcast.
 *
 * @throws when the inner sizes differ: `matmul: [5, 10] and [20, 1] do not match: 10 ≠ 20`
 */
export function matmul(input: Tensor, other: Tensor): Tensor {
  checkOperands("matmul", input, other);
  const rankA = input.shape.length;
  const rankB = other.shape.length;
  if (rankA === 0 || rankB === 0) {
    throw new RangeError(
      `matmul: both operands need at least 1 dimension, but they have shapes ${describe(input.shape)} and ${describe(other.shape)}`,
    );
  }
  const inner = input.shape[rankA - 1];
  const otherInner = other.shape[Math.max(0, rankB - 2)];
  if (inner !== otherInner) {
    throw new RangeError(
      `matmul: ${describe(input.shape)} and ${describe(other.shape)} do not match: ${inner} ≠ ${otherInner}`,
    );
  }
  if (rankA === 1) return squeeze(matmul(unsqueeze(input, 0), other), rankB === 1 ? 0 : -2);
  if (rankB === 1) return squeeze(matmul(input, unsqueeze(other, 1)), -1);
  if (rankB === 2 && rankA > 2) {
    // One matrix for the whole batch: its rows are the rows of one tall matrix.
    const rows = reshape(input, [elementCount(input.shape.slice(0, -1)), inner]);
    return reshape(matmul(rows, other), [...input.shape.slice(0, -1), other.shape[1]]);
  }
  return batched(input, other);
}

/** Both operands have at least two dimensions. */
function batched(a: Tensor, b: Tensor): Tensor {
  const m = a.shape[a.shape.length - 2];
  const k = a.shape[a.shape.length - 1];
  const n = b.shape[b.shape.length - 1];
  let out: Tensor;
  if (a.shape.length === 2 && b.shape.length === 2) {
    out = Tensor.zeros([m, n], a.dtype, "matmul");
    multiply(m, k, n, lastTwo(a), lastTwo(b), out.storage.data, 0, null, 0, 0);
  } else {
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    out = Tensor.zeros([...batch, m, n], a.dtype, "matmul");
    const stridesA = broadcastStrides(batchOf(a), batch);
    const stridesB = broadcastStrides(batchOf(b), batch);
    let at = 0;
    const walk = (d: number, offsetA: number, offsetB: number): void => {
      if (d === batch.length) {
        multiply(m, k, n, lastTwo(a, offsetA), lastTwo(b, offsetB), out.storage.data, at, null, 0, 0);
        at += m * n;
      } else {
        for (let i = 0; i < batch[d]; i++) walk(d + 1, offsetA + i * stridesA[d], offsetB + i * stridesB[d]);
      }
    };
    walk(0, a.offset, b.offset);
  }
  if (isRecorded(a, b)) out.gradFn = new Node(Matmul, [a, b], [a, b]);
  return out;
}

/** The tensor without its last two dimensions: where the matrices of a batch begin. */
function batchOf(tensor: Tensor): Tensor {
  return tensor.memoryView(tensor.shape.slice(0, -2), tensor.strides.slice(0, -2));
}

/**
 * input · weightᵀ + bias, in one pass.
 *
 * @param input [..., in]
 * @param weight [out, in]
 * @param bias [out], or null
 * @returns [..., out]
 */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkOperands("linear", input, weight);
  const rank = input.shape.length;
  if (weight.shape.length !== 2)
    throw new RangeError(`linear: the weight is a matrix [out, in], not ${describe(weight.shape)}`);
  const [outputs, inputs] = weight.shape;
  if (rank === 0 || input.shape[rank - 1] !== inputs) {
    throw new RangeError(
      `linear: input ${describe(input.shape)} and weight ${describe(weight.shape)} do not match: ${input.shape[rank - 1] ?? "no last dimension"} ≠ ${inputs}`,
    );
  }
  if (bias !== null) {
    checkOperands("linear", input, bias);
    if (bias.shape.length !== 1 || bias.shape[0] !== outputs) {
      throw new RangeError(
        `linear: the bias must have shape [${outputs}] for a weight ${describe(weight.shape)}, not ${describe(bias.shape)}`,
      );
    }
  }
  if (rank !== 2) {
    const rows = reshape(input, [elementCount(input.shape.slice(0, -1)), inputs]);
    return reshape(linear(rows, weight, bias), [...input.shape.slice(0, -1), outputs]);
  }
  const m = input.shape[0];
  const out = Tensor.zeros([m, outputs], input.dtype, "linear");
  const transposed: Matrix = {
    storage: weight.storage,
    offset: weight.offset,
    rowStride: weight.strides[1],
    columnStride: weight.strides[0],
  };
  const { data } = out.storage;
  if (bias === null) multiply(m, inputs, outputs, lastTwo(input), transposed, data, 0, null, 0, 0);
  else
    multiply(
      m,
      inputs,
      outputs,
      lastTwo(input),
      transposed,
      data,
      0,
      bias.storage.data,
      bias.offset,
      bias.strides[0],
    );
  if (isRecorded(input, weight, bias ?? input)) {
    out.gradFn =
      bias === null
        ? new Node(Linear, [input, weight], [input, weight])
        : new Node(LinearWithBias, [input, weight, bias], [input, weight]);
  }
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The matrix product with `other`; vectors and batches as in `torch.matmul`. */
    matmul(other: Tensor): Tensor;
  }
}

Tensor.prototype.matmul = function (other) {
  return matmul(this, other);
};
