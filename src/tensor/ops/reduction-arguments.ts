import { namedArguments } from "../arguments.js";
import { checkDType, type DType } from "../dtype.js";
import { dimensionMask, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { expand, reshape } from "./view.js";

export interface KeepdimOptions {
  /** The dimensions to reduce; all of them when left out. */
  dim?: number | readonly number[] | null;
  /** Whether the reduced dimensions stay, with size 1. Default false. */
  keepdim?: boolean;
}

/** `amax()`, `amax(1)`, `amax([0, 1], true)`, `amax({ dim: 1, keepdim: true })`, … */
export type KeepdimArguments =
  | [options?: KeepdimOptions]
  | [dim: number | readonly number[] | null, options?: KeepdimOptions]
  | [dim: number | readonly number[] | null, keepdim: boolean, options?: KeepdimOptions];

export interface DimKeepdimOptions {
  /** The dimension to reduce. */
  dim?: number;
  /** Whether it stays, with size 1. Default false. */
  keepdim?: boolean;
}

/** One dimension: `median(1)`, `median(1, true)`, `median({ dim: 1, keepdim: true })`. */
export type DimKeepdimArguments =
  | [dim?: number, keepdim?: boolean]
  | [dim: number, options: DimKeepdimOptions]
  | [options: DimKeepdimOptions];

/** The dimensions that a reduction takes away from the shape of its operand. */
export class ReducedDimensions {
  readonly shape: readonly number[];
  readonly mask: readonly boolean[];
  readonly keepdim: boolean;

  constructor(
    operation: string,
    shape: readonly number[],
    dim: number | readonly number[] | null | undefined,
    keepdim = false,
  ) {
    this.shape = shape;
    this.mask = dimensionMask(operation, dim, shape.length);
    this.keepdim = keepdim;
  }

  /** How many elements become one. */
  get count(): number {
    return this.shape.reduce((n, size, d) => (this.mask[d] ? n * size : n), 1);
  }

  get dims(): number[] {
    return this.shape.map((_, d) => d).filter((d) => this.mask[d]);
  }

  /** The shape of the result if all dimensions stay. */
  get keptShape(): number[] {
    return this.shape.map((size, d) => (this.mask[d] ? 1 : size));
  }

  get resultShape(): number[] {
    return this.keepdim ? this.keptShape : this.shape.filter((_, d) => !this.mask[d]);
  }

  /** A tensor of the result's shape with the reduced dimensions put back, of size 1. */
  restore(result: Tensor): Tensor {
    const kept = this.keptShape;
    return sameShape(result.shape, kept) ? result : reshape(result, kept);
  }

  /** A tensor of the result's shape repeated along the reduced dimensions. */
  spread(result: Tensor): Tensor {
    return expand(this.restore(result), this.shape);
  }
}

/** Binds the arguments of a reduction and checks those that all of them have. */
export function bindReduction<T extends { keepdim?: boolean; dtype?: DType }>(
  operation: string,
  input: unknown,
  parameters: readonly (keyof T & string)[],
  given: readonly unknown[],
): T {
  checkTensor(operation, input);
  const options = namedArguments<T>(operation, parameters, given);
  if (options.keepdim !== undefined && typeof options.keepdim !== "boolean") {
    throw new TypeError(
      `${operation}: keepdim is true or false, not ${String(options.keepdim)}; several dimensions are an array: ${operation}([0, 1])`,
    );
  }
  if (options.dtype !== undefined) checkDType(operation, options.dtype);
  return options;
}
