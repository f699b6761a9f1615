import { type Arguments, namedArguments } from "../arguments.js";
import { noGrad } from "../autograd/mode.js";
import type { Operation } from "../autograd/node.js";
import { category, isFloatingPoint } from "../dtype.js";
import { describe } from "../shape.js";
import { SparseTensor } from "../sparse.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { adding, addSelected, Positions, readSelected } from "./selection.js";
import { select } from "./slicing.js";

export interface EmbeddingOptions {
  /** A row that gets no gradient; negative ones count from the end. */
  paddingIdx?: number | null;
  /** Rows that are looked up and are longer than this are shortened to it, in place. */
  maxNorm?: number | null;
  /** The order of the norm for `maxNorm`. Default 2. */
  normType?: number;
  /** Whether the gradient of a row is divided by how often it was looked up. Default false. */
  scaleGradByFreq?: boolean;
  /** Whether the gradient of the weight holds only the rows that were looked up (`SparseTensor`). Default false. */
  sparse?: boolean;
}
export type EmbeddingArguments = Arguments<
  [
    paddingIdx?: number | null,
    maxNorm?: number | null,
    normType?: number,
    scaleGradByFreq?: boolean,
    sparse?: boolean,
  ],
  EmbeddingOptions
>;

/** Rows of a matrix, and what their gradients are multiplied by. */
class Rows extends Positions {
  readonly scale: Tensor | null;
  /** Set where the gradient is to hold these rows only. */
  readonly sparse: Uint32Array | null;

  constructor(
    weight: Tensor,
    indices: Uint32Array,
    block: readonly number[],
    scale: Tensor | null,
    sparse: boolean,
  ) {
    super(weight.shape, [0], [indices], block, 0);
    this.scale = scale;
    this.sparse = sparse ? indices : null;
  }
}

const Scatter = adding("EmbeddingDenseBackwardBackward0");

const Embedding: Operation = {
  name: "EmbeddingBackward0",
  backward(node, gradient) {
    const rows = node.attributes as Rows;
    const scaled = rows.scale === null ? gradient : gradient.mul(rows.scale);
    // What is to be differentiated again is dense.
    if (rows.sparse !== null && !scaled.requiresGrad) {
      const values = scaled.toArray() as Float32Array | Float64Array;
      node.give(
        0,
        new SparseTensor(rows.sparse, values, node.shapes[0], scaled.dtype as "float32" | "float64"),
      );
      return;
    }
    const zeros = Tensor.zeros(node.shapes[0], gradient.dtype);
    node.give(0, addSelected("embedding", Scatter, zeros, rows, scaled));
  },
};

/**
 * The rows of `weight` at the given positions.
 *
 * @param input positions, integers of any shape [...]
 * @param weight [rows, D]
 * @returns [..., D]
 */
export function embedding(input: Tensor, weight: Tensor, ...given: EmbeddingArguments): Tensor {
  const {
    paddingIdx = null,
    maxNorm = null,
    normType = 2,
    scaleGradByFreq = false,
    sparse = false,
  } = namedArguments<EmbeddingOptions>(
    "embedding",
    ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"],
    given,
  );
  checkTensor("embedding", input);
  checkTensor("embedding", weight);
  if (isFloatingPoint(input.dtype) || input.dtype === "bool") {
    throw new TypeError(
      `embedding: positions are integers: expected int64 or int32, got ${input.dtype}; convert them with long()`,
    );
  }
  if (weight.ndim !== 2)
    throw new RangeError(`embedding: 'weight' must be 2-D, but its shape is ${describe(weight.shape)}`);
  const [count] = weight.shape;
  const padding = paddingRow("embedding", paddingIdx, count);
  const indices = Uint32Array.from(input.toArray());
  for (const index of input.toArray()) {
    if (!(index >= 0 && index < count))
      throw new RangeError(
        `embedding: index out of range in self: ${index} is no row of ${describe(weight.shape)}`,
      );
  }
  if (maxNorm !== null) shorten(weight, new Set(indices), maxNorm, normType);
  const scale = scaleOf(indices, input.shape, weight, padding, scaleGradByFreq);
  return readSelected(Embedding, weight, new Rows(weight, indices, input.shape, scale, sparse));
}

/** A padding row counted from the front, or null. */
export function paddingRow(operation: string, paddingIdx: number | null, count: number): number | null {
  if (paddingIdx === null) return null;
  if (!Number.isInteger(paddingIdx) || paddingIdx < -count || paddingIdx >= count) {
    throw new RangeError(
      `${operation}: Padding_idx must be within num_embeddings: ${String(paddingIdx)} is no row of ${count}`,
    );
  }
  return paddingIdx < 0 ? paddingIdx + count : paddingIdx;
}

function scaleOf(
  indices: Uint32Array,
  shape: readonly number[],
  weight: Tensor,
  padding: number | null,
  byFrequency: boolean,
): Tensor | null {
  if (!byFrequency && (padding === null || !indices.includes(padding))) return null;
  const counts = new Map<number, number>();
  if (byFrequency) for (const index of indices) counts.set(index, (counts.get(index) ?? 0) + 1);
  const scale = Tensor.zeros([...shape, 1], weight.dtype);
  indices.forEach((index, k) => {
    scale.storage.data[k] = index === padding ? 0 : 1 / (counts.get(index) ?? 1);
  });
  return scale;
}

function shorten(weight: Tensor, rows: ReadonlySet<number>, maxNorm: number, normType: number): void {
  noGrad(() => {
    for (const index of rows) {
      const row = select(weight, 0, index);
      const length = row.norm(normType).item();
      if (length > maxNorm) row.mul_(maxNorm / (length + 1e-7));
    }
  });
}

/**
 * 1 at the position that each class names along a new last dimension, else 0: int64 [...] gives int64 [..., numClasses].
 *
 * @param numClasses −1 (default) for one more than the greatest class
 */
export function oneHot(
  tensor: Tensor,
  ...given: Arguments<[numClasses?: number], { numClasses?: number }>
): Tensor {
  const { numClasses = -1 } = namedArguments<{ numClasses?: number }>("oneHot", ["numClasses"], given);
  checkTensor("oneHot", tensor);
  if (category(tensor.dtype) !== 1)
    throw new TypeError(`oneHot: is only applicable to index tensors (int64), not to ${tensor.dtype}`);
  const classes = Array.from(tensor.toArray());
  const greatest = classes.reduce((most, value) => Math.max(most, value), -1);
  if (numClasses === -1 && classes.length === 0)
    throw new RangeError("oneHot: Can not infer total number of classes from empty tensor.");
  if (classes.some((value) => value < 0)) throw new RangeError("oneHot: Class values must be non-negative.");
  const size = numClasses === -1 ? greatest + 1 : numClasses;
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`oneHot: num_classes should be positive, got ${String(numClasses)}`);
  if (greatest >= size)
    throw new RangeError(
      `oneHot: Class values must be smaller than num_classes: ${greatest} is not smaller than ${size}`,
    );
  const out = Tensor.zeros([...tensor.shape, size], "int64");
  classes.forEach((value, k) => {
    out.storage.data[k * size + value] = 1;
  });
  return out;
}
