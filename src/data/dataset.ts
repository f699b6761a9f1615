import { checkTensor } from "../tensor/ops/promotion.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * Samples that are found by number: PyTorch's map-style dataset. An array is one.
 *
 * A class of one's own has `length` for Python's `__len__` and `at(index)` for `__getitem__`:
 *
 *     class Squares implements Dataset<[number, number]> {
 *       readonly length = 100;
 *       at(index: number): [number, number] { return [index, index ** 2]; }
 *     }
 */
export interface Dataset<T> {
  readonly length: number;
  /** The sample of this number, from 0 to `length` − 1. */
  at(index: number): T | undefined;
}

export function checkDataset(operation: string, value: unknown): asserts value is Dataset<unknown> {
  const dataset = value as Partial<Dataset<unknown>> | null | undefined;
  if (typeof dataset?.length !== "number" || typeof dataset.at !== "function") {
    throw new TypeError(`${operation}: a dataset is an array, or has length and at(index)`);
  }
}

/** @throws RangeError for a number that no sample has */
export function sampleAt<T>(operation: string, dataset: Dataset<T>, index: number): T {
  const { length } = dataset;
  if (!Number.isInteger(index) || index < -length || index >= length) {
    throw new RangeError(
      `${operation}: index ${String(index)} is out of range for a dataset of length ${length}`,
    );
  }
  return dataset.at(index) as T;
}

/**
 * Tensors whose first dimension counts the samples: sample i is `[tensors[0][i], tensors[1][i], …]`.
 *
 *     const dataset = new TensorDataset(x, y); // x: [100, 2], y: [100]
 *     const [point, label] = dataset.at(0); // point: [2], label: []
 *
 * @throws when the tensors do not have the same number of samples
 */
export class TensorDataset<T extends Tensor[] = Tensor[]> implements Dataset<{ [K in keyof T]: Tensor }> {
  readonly tensors: T;

  constructor(...tensors: T) {
    if (tensors.length === 0) throw new TypeError("TensorDataset: expected at least one tensor");
    for (const tensor of tensors) {
      checkTensor("TensorDataset", tensor);
      if (tensor.ndim === 0)
        throw new RangeError("TensorDataset: a 0-dim tensor has no dimension that counts the samples");
      if (tensor.shape[0] !== tensors[0].shape[0]) {
        throw new RangeError(
          `TensorDataset: Size mismatch between tensors: ${tensors.map(({ shape }) => shape[0]).join(", ")} samples`,
        );
      }
    }
    this.tensors = tensors;
  }

  get length(): number {
    return this.tensors[0].shape[0];
  }

  /** Views of the tensors; a negative index counts from the end. */
  at(index: number): { [K in keyof T]: Tensor } {
    return this.tensors.map((tensor) => tensor.select(0, index)) as { [K in keyof T]: Tensor };
  }
}

/** The samples of `dataset` at `indices`, in this order. */
export class Subset<T> implements Dataset<T> {
  readonly dataset: Dataset<T>;
  readonly indices: readonly number[];

  constructor(dataset: Dataset<T>, indices: readonly number[]) {
    checkDataset("Subset", dataset);
    if (!Array.isArray(indices)) throw new TypeError("Subset: indices are an array of numbers");
    this.dataset = dataset;
    this.indices = indices;
  }

  get length(): number {
    return this.indices.length;
  }

  at(index: number): T {
    return sampleAt("Subset", this.dataset, sampleAt("Subset", this.indices, index));
  }
}
