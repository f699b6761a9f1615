import { Storage } from "../engine/storage.js";
import { rowMajorStrides } from "../engine/strided.js";
import { allocate, type DType } from "./dtype.js";
import { describe, elementCount, sameShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/**
 * A tensor of which only some rows are not zero: the gradient of an embedding of which few rows were looked up.
 *
 * It is a tensor like any other, and every operation takes it: its dense memory is made when somebody first looks at
 * it. Optimizers that look at `rows` and `values` only never need that. A row may stand there several times, and then
 * counts as the sum; `coalesce()` adds them up.
 */
export class SparseTensor extends Tensor {
  /** Which rows are given, in any order. */
  #rows: Uint32Array;
  /** Their values, [rows.length, …shape.slice(1)], one behind the other. */
  #values: Float32Array | Float64Array;

  /**
   * @param rows positions along the first dimension, each in 0 … shape[0] − 1
   * @param values as many elements for each as a row has
   */
  constructor(
    rows: Uint32Array,
    values: Float32Array | Float64Array,
    shape: readonly number[],
    dtype: "float32" | "float64",
  ) {
    const width = elementCount(shape.slice(1));
    if (shape.length === 0 || values.length !== rows.length * width)
      throw new RangeError(
        `SparseTensor: ${rows.length} rows of shape ${describe(shape)} have ${rows.length * width} elements, got ${values.length}`,
      );
    for (const row of rows)
      if (row >= shape[0])
        throw new RangeError(`SparseTensor: there is no row ${row} in the shape ${describe(shape)}`);
    const storage = new Storage(allocate(dtype, 0));
    super(storage, 0, shape, rowMajorStrides(shape), dtype, elementCount(shape), true);
    this.#rows = rows;
    this.#values = values;
    Object.defineProperty(storage, "data", {
      configurable: true,
      enumerable: true,
      get: () => {
        const data = this.#dense(dtype);
        Object.defineProperty(storage, "data", { value: data, writable: false, configurable: true });
        return data;
      },
    });
  }

  /** Whether it is still what its rows say. An operation in place makes it dense. */
  get isSparse(): boolean {
    return this.storage.version === 0;
  }

  /** The rows that are given, and their values: `values` has `rows.length` rows of the width of this tensor. */
  entries(): { rows: Uint32Array; values: Float32Array | Float64Array } {
    if (!this.isSparse)
      throw new Error(
        "SparseTensor: it was changed in place, and is dense since; entries() are those of before",
      );
    return { rows: this.#rows, values: this.#values };
  }

  /** The same with every row at most once, in increasing order. */
  coalesce(): SparseTensor {
    const { rows, values } = this.entries();
    const width = elementCount(this.shape.slice(1));
    const order = [...new Set(rows)].sort((a, b) => a - b);
    const places = new Map(order.map((row, place) => [row, place]));
    const sums = allocate(this.dtype, order.length * width) as Float32Array | Float64Array;
    for (let k = 0; k < rows.length; k++) {
      const to = (places.get(rows[k]) as number) * width;
      for (let i = 0; i < width; i++) sums[to + i] += values[k * width + i];
    }
    return new SparseTensor(Uint32Array.from(order), sums, this.shape, this.dtype as "float32" | "float64");
  }

  /** This and another one: the entries of both. */
  plus(other: SparseTensor): SparseTensor {
    if (!sameShape(this.shape, other.shape) || this.dtype !== other.dtype)
      throw new RangeError(
        `SparseTensor: ${describe(this.shape)} ${this.dtype} and ${describe(other.shape)} ${other.dtype} do not match`,
      );
    const [a, b] = [this.entries(), other.entries()];
    const rows = new Uint32Array(a.rows.length + b.rows.length);
    rows.set(a.rows);
    rows.set(b.rows, a.rows.length);
    const values = allocate(this.dtype, a.values.length + b.values.length) as Float32Array | Float64Array;
    values.set(a.values);
    values.set(b.values, a.values.length);
    return new SparseTensor(rows, values, this.shape, this.dtype as "float32" | "float64");
  }

  #dense(dtype: DType): ReturnType<typeof allocate> {
    const data = allocate(dtype, this.count);
    const width = elementCount(this.shape.slice(1));
    for (let k = 0; k < this.#rows.length; k++)
      for (let i = 0; i < width; i++) data[this.#rows[k] * width + i] += this.#values[k * width + i];
    return data;
  }
}

/** Whether a gradient is given by its rows. */
export function isSparse(tensor: Tensor): tensor is SparseTensor {
  return tensor instanceof SparseTensor && tensor.isSparse;
}
