import { Storage } from "../engine/storage.js";
import { isRowMajor, rowMajorStrides, type Strided } from "../engine/strided.js";
import type { Node } from "./autograd/node.js";
import { tensorBundle } from "./display.js";
import { allocate, allocateUnset, type DType, isFloatingPoint } from "./dtype.js";
import { format } from "./printing.js";
import { describe, elementCount, normalizeDim } from "./shape.js";

/** Nested arrays of numbers, as `tolist()` returns them. */
export type NestedArray<T> = T | NestedArray<T>[];

/**
 * A multi-dimensional array of one element type, which remembers how it was computed.
 *
 * Tensors share memory with their views (`x.T`, `x.reshape(…)`). They live on the garbage-collected heap: there is
 * nothing to dispose of. The operations are methods; each family of them adds its own to this class (see `ops/`).
 */
export class Tensor implements Strided {
  readonly storage: Storage;
  /** Position of the first element in `storage.data`. */
  readonly offset: number;
  /** Size of each dimension; `[]` for a single number. */
  readonly shape: readonly number[];
  /** Distance in `storage.data` between neighbours along each dimension. */
  readonly strides: readonly number[];
  readonly dtype: DType;
  readonly count: number;
  readonly rowMajor: boolean;
  /** The gradient that `backward()` has accumulated here, or null. */
  grad: Tensor | null = null;
  /** @internal What `gradFn` shows, before changes of the base of a view are taken into account. */
  history: Node | null = null;
  /** @internal The tensor of whose memory this one is a view, when changes in place are followed to it and from it. */
  base: Tensor | null = null;
  /** @internal How often this tensor (of a view: its base, when `history` was written) was changed in place on the tape. */
  revision = 0;
  /** @internal The end of the tape at this leaf, created when it is first used. */
  accumulator: Node | null = null;
  /** @internal What `requiresGrad` was set to, for a leaf. */
  wantsGrad = false;

  /** @internal Tensors are made by `torch.tensor`, `torch.zeros` and their kin, or by operations. */
  constructor(
    storage: Storage,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
    dtype: DType,
    count: number,
    rowMajor: boolean,
  ) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.dtype = dtype;
    this.count = count;
    this.rowMajor = rowMajor;
  }

  /**
   * A tensor of zeros.
   * @param operation the name in the error message where there is no memory for it, here and below
   */
  static zeros(shape: readonly number[], dtype: DType, operation?: string): Tensor {
    const count = elementCount(shape);
    const storage = new Storage(allocate(dtype, count, operation));
    return new Tensor(storage, 0, shape, rowMajorStrides(shape), dtype, count, true);
  }

  /** A tensor for a caller that sets every element. */
  static empty(shape: readonly number[], dtype: DType, operation?: string): Tensor {
    const count = elementCount(shape);
    const storage = new Storage(allocateUnset(dtype, count, operation));
    return new Tensor(storage, 0, shape, rowMajorStrides(shape), dtype, count, true);
  }

  static full(shape: readonly number[], value: number, dtype: DType, operation?: string): Tensor {
    const tensor = Tensor.zeros(shape, dtype, operation);
    if (value !== 0) tensor.storage.data.fill(value);
    return tensor;
  }

  /** A zeroed tensor that lies row by row in the shape of `other`. */
  static like(other: Tensor, dtype: DType = other.dtype): Tensor {
    const strides = other.rowMajor ? other.strides : rowMajorStrides(other.shape);
    return new Tensor(
      new Storage(allocate(dtype, other.count)),
      0,
      other.shape,
      strides,
      dtype,
      other.count,
      true,
    );
  }

  /** A tensor that lies row by row in the shape of `other`, for a caller that sets every element. */
  static emptyLike(other: Tensor, dtype: DType = other.dtype, operation?: string): Tensor {
    const strides = other.rowMajor ? other.strides : rowMajorStrides(other.shape);
    const storage = new Storage(allocateUnset(dtype, other.count, operation));
    return new Tensor(storage, 0, other.shape, strides, dtype, other.count, true);
  }

  /** @internal Another look at the memory of this tensor; the caller answers for the bounds. */
  memoryView(shape: readonly number[], strides: readonly number[], offset: number = this.offset): Tensor {
    const count = elementCount(shape);
    const view = new Tensor(
      this.storage,
      offset,
      shape,
      strides,
      this.dtype,
      count,
      isRowMajor(shape, strides),
    );
    view.base = this.base ?? this;
    view.revision = view.base.revision;
    return view;
  }

  /** The operation that computed this tensor, when it is recorded for `backward()`. */
  get gradFn(): Node | null {
    if (this.base !== null && this.revision !== this.base.revision) this.followBase();
    return this.history;
  }

  set gradFn(node: Node | null) {
    this.history = node;
  }

  /** Whether gradients are computed for this tensor: set by hand on leaves, inherited by what is computed from them. */
  get requiresGrad(): boolean {
    return this.wantsGrad || this.gradFn !== null;
  }

  set requiresGrad(value: boolean) {
    this.requiresGrad_(value);
  }

  /**
   * Sets `requiresGrad` in place and returns this tensor.
   * @throws for integer tensors, and when a non-leaf tensor is asked not to require a gradient
   */
  requiresGrad_(value = true): this {
    if (typeof value !== "boolean")
      throw new TypeError(`requiresGrad: must be true or false, not ${String(value)}`);
    if (this.gradFn !== null) {
      if (value) return this;
      throw new Error(
        "requiresGrad: you can only change requires_grad flags of leaf variables; use detach() for a tensor that needs no gradient",
      );
    }
    if (value && !isFloatingPoint(this.dtype)) {
      throw new TypeError(
        `requiresGrad: only Tensors of floating point dtype can require gradients, and this one is ${this.dtype}`,
      );
    }
    this.wantsGrad = value;
    return this;
  }

  /** True for tensors that were not computed from others that need a gradient. */
  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  /** Whether `backward()` fills `.grad` of this non-leaf tensor. */
  get retainsGrad(): boolean {
    return this.gradFn !== null && this.gradFn.variable === this;
  }

  /** Number of dimensions. */
  get ndim(): number {
    return this.shape.length;
  }

  dim(): number {
    return this.shape.length;
  }

  /** The shape, or the size of one dimension. */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): number | readonly number[] {
    return dim === undefined ? this.shape : this.shape[this.#existingDim("size", dim)];
  }

  stride(): readonly number[];
  stride(dim: number): number;
  stride(dim?: number): number | readonly number[] {
    return dim === undefined ? this.strides : this.strides[this.#existingDim("stride", dim)];
  }

  #existingDim(operation: string, dim: number): number {
    if (this.shape.length === 0) throw new RangeError(`${operation}: a 0-dim tensor has no dimension ${dim}`);
    return normalizeDim(operation, dim, this.shape.length);
  }

  storageOffset(): number {
    return this.offset;
  }

  /** Number of elements. */
  numel(): number {
    return this.count;
  }

  /** True when the elements lie row by row without gaps. */
  isContiguous(): boolean {
    return this.rowMajor;
  }

  isFloatingPoint(): boolean {
    return isFloatingPoint(this.dtype);
  }

  /**
   * The value of a tensor with one element (1 or 0 for a bool tensor).
   * @throws when there is not exactly one element
   */
  item(): number {
    if (this.count !== 1) {
      throw new Error(
        `item: a Tensor with ${this.count} elements cannot be converted to Scalar: its shape is ${describe(this.shape)}`,
      );
    }
    return this.storage.data[this.offset];
  }

  /** The elements row by row, in a typed array of their own. */
  toArray(): Float32Array | Float64Array | Int32Array | Uint8Array {
    const { data } = this.storage;
    if (this.rowMajor) return data.slice(this.offset, this.offset + this.count);
    return this.contiguous().toArray();
  }

  /**
   * The elements of an integer tensor row by row, those of int64 beyond 2^53 too, which other ways of reading round.
   * @throws for a floating-point tensor
   */
  toBigInt64Array(): BigInt64Array {
    if (isFloatingPoint(this.dtype)) {
      throw new TypeError(
        `toBigInt64Array: only for integers, and this tensor is ${this.dtype}; use toArray()`,
      );
    }
    if (!this.rowMajor) return this.contiguous().toBigInt64Array();
    const { data, remainder } = this.storage;
    return BigInt64Array.from({ length: this.count }, (_, k) => {
      const at = this.offset + k;
      return BigInt(data[at]) + BigInt(remainder === null ? 0 : remainder[at]);
    });
  }

  /** The elements as nested arrays of the tensor's shape; a number for a 0-dim tensor. */
  tolist(): NestedArray<number> {
    const { data } = this.storage;
    const build = (d: number, at: number): NestedArray<number> => {
      if (d === this.shape.length) return data[at];
      return Array.from({ length: this.shape[d] }, (_, k) => build(d + 1, at + k * this.strides[d]));
    };
    return build(0, this.offset);
  }

  /** As PyTorch prints it. */
  toString(): string {
    return format(this);
  }
}

// What Node's `console.log` shows, and what a notebook does.
Object.defineProperties(Tensor.prototype, {
  [Symbol.for("nodejs.util.inspect.custom")]: {
    value(this: Tensor): string {
      return this.toString();
    },
  },
  [Symbol.for("Jupyter.display")]: {
    value(this: Tensor): Record<string, string> {
      return tensorBundle(this);
    },
  },
});
