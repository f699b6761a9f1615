import { type Arguments, namedArguments } from "../tensor/arguments.js";
import { type FlattenArguments, type FlattenOptions, flatten, reshape } from "../tensor/ops/view.js";
import { checkSizes, describe, elementCount, normalizeDim } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** The input itself. Any arguments are taken, so that it can stand in for any module. */
export class Identity extends Module {
  constructor(..._ignored: unknown[]) {
    super();
  }
  override forward(input: Tensor): Tensor {
    return input;
  }
}

/** Dimensions `startDim` (1) to `endDim` (−1) made into one. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(...given: FlattenArguments) {
    super();
    const { startDim = 1, endDim = -1 } = namedArguments<FlattenOptions>(
      "Flatten",
      ["startDim", "endDim"],
      given,
    );
    this.startDim = startDim;
    this.endDim = endDim;
  }
  override forward(input: Tensor): Tensor {
    return flatten(input, this.startDim, this.endDim);
  }
  override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}

export interface UnflattenOptions {
  dim: number;
  /** The sizes that the dimension becomes; one of them may be −1. */
  unflattenedSize: readonly number[];
}

/** One dimension made into several. */
export class Unflatten extends Module {
  readonly dim: number;
  readonly unflattenedSize: readonly number[];

  constructor(
    ...given:
      | Arguments<[dim: number, unflattenedSize: readonly number[]], UnflattenOptions>
      | [options: UnflattenOptions]
  ) {
    super();
    const { dim, unflattenedSize } = namedArguments<UnflattenOptions>(
      "Unflatten",
      ["dim", "unflattenedSize"],
      given,
    );
    normalizeDim("Unflatten", dim, Number.POSITIVE_INFINITY);
    checkSizes(
      "Unflatten",
      Array.isArray(unflattenedSize)
        ? unflattenedSize.map((size) => (size === -1 ? 0 : size))
        : unflattenedSize,
    );
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }
  override forward(input: Tensor): Tensor {
    const { shape } = input;
    const d = normalizeDim("Unflatten", this.dim, shape.length);
    const known = elementCount(this.unflattenedSize.filter((size) => size !== -1));
    const sizes = this.unflattenedSize.map((size) => (size === -1 ? shape[d] / known : size));
    if (elementCount(sizes) !== shape[d] || !sizes.every(Number.isInteger)) {
      throw new RangeError(
        `Unflatten: ${describe(this.unflattenedSize)} does not multiply up to the size of dimension ${d} (${shape[d]}) of ${describe(shape)}`,
      );
    }
    return reshape(input, [...shape.slice(0, d), ...sizes, ...shape.slice(d + 1)]);
  }
  override extraRepr(): string {
    const sizes = this.unflattenedSize.join(", ");
    return `dim=${this.dim}, unflattened_size=(${sizes}${this.unflattenedSize.length === 1 ? "," : ""})`;
  }
}
