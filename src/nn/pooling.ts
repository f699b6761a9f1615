import { type Arguments, namedArguments, requiredArguments } from "../tensor/arguments.js";
import {
  type AdaptiveSize,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
} from "../tensor/ops/pooling.js";
import type { Size } from "../tensor/ops/spatial.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import { pythonValue } from "./representation.js";

interface KernelSize {
  /** Size of the window. */
  kernelSize?: Size;
}

export type MaxPoolLayerArguments = Arguments<
  [
    kernelSize: Size,
    stride?: Size | null,
    padding?: Size,
    dilation?: Size,
    returnIndices?: boolean,
    ceilMode?: boolean,
  ],
  MaxPoolOptions & KernelSize
>;
export type AvgPool1dLayerArguments = Arguments<
  [kernelSize: Size, stride?: Size | null, padding?: Size, ceilMode?: boolean, countIncludePad?: boolean],
  Omit<AvgPoolOptions, "divisorOverride"> & KernelSize
>;
export type AvgPool2dLayerArguments = Arguments<
  [
    kernelSize: Size,
    stride?: Size | null,
    padding?: Size,
    ceilMode?: boolean,
    countIncludePad?: boolean,
    divisorOverride?: number | null,
  ],
  AvgPoolOptions & KernelSize
>;

abstract class MaxPool extends Module {
  readonly kernelSize: Size;
  readonly stride: Size;
  readonly padding: Size;
  readonly dilation: Size;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;

  constructor(...given: MaxPoolLayerArguments) {
    super();
    const { kernelSize, ...options } = requiredArguments<MaxPoolOptions & KernelSize, "kernelSize">(
      new.target.name,
      ["kernelSize"],
      ["stride", "padding", "dilation", "returnIndices", "ceilMode"],
      given,
    );
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.returnIndices = options.returnIndices ?? false;
    this.ceilMode = options.ceilMode ?? false;
  }

  /** Typed as if without indices: a layer that returns them too is rare, and cannot stand in a Sequential. */
  protected options(): MaxPoolOptions & { returnIndices?: false } {
    const { stride, padding, dilation, ceilMode } = this;
    return { stride, padding, dilation, ceilMode, returnIndices: this.returnIndices as false };
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${pythonValue(kernelSize)}, stride=${pythonValue(stride)}, padding=${pythonValue(padding)}, dilation=${pythonValue(dilation)}, ceil_mode=${pythonValue(ceilMode)}`;
  }
}

/** The largest element of every window of [batch, channels, length]. With returnIndices: [output, indices]. */
export class MaxPool1d extends MaxPool {
  override forward(input: Tensor): Tensor {
    return maxPool1d(input, this.kernelSize, this.options());
  }
}

/** The largest element of every window of [batch, channels, height, width]. With returnIndices: [output, indices]. */
export class MaxPool2d extends MaxPool {
  override forward(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.options());
  }
}

abstract class AvgPool extends Module {
  readonly kernelSize: Size;
  readonly stride: Size;
  readonly padding: Size;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;

  constructor({ kernelSize, ...options }: AvgPoolOptions & { kernelSize: Size }) {
    super();
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.ceilMode = options.ceilMode ?? false;
    this.countIncludePad = options.countIncludePad ?? true;
  }

  protected options(): Omit<AvgPoolOptions, "divisorOverride"> {
    const { stride, padding, ceilMode, countIncludePad } = this;
    return { stride, padding, ceilMode, countIncludePad };
  }
}

/** The mean of every window of [batch, channels, length]. */
export class AvgPool1d extends AvgPool {
  constructor(...given: AvgPool1dLayerArguments) {
    const names = ["stride", "padding", "ceilMode", "countIncludePad"] as const;
    super(
      requiredArguments<AvgPoolOptions & KernelSize, "kernelSize">("AvgPool1d", ["kernelSize"], names, given),
    );
  }

  override forward(input: Tensor): Tensor {
    return avgPool1d(input, this.kernelSize, this.options());
  }

  override extraRepr(): string {
    const tuple = (size: Size): string => pythonValue(Array.isArray(size) ? size : [size]);
    return `kernel_size=${tuple(this.kernelSize)}, stride=${tuple(this.stride)}, padding=${tuple(this.padding)}`;
  }
}

/** The mean of every window of [batch, channels, height, width]. */
export class AvgPool2d extends AvgPool {
  readonly divisorOverride: number | null;

  constructor(...given: AvgPool2dLayerArguments) {
    const names = ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"] as const;
    const options = requiredArguments<AvgPoolOptions & KernelSize, "kernelSize">(
      "AvgPool2d",
      ["kernelSize"],
      names,
      given,
    );
    super(options);
    this.divisorOverride = options.divisorOverride ?? null;
  }

  override forward(input: Tensor): Tensor {
    const { divisorOverride } = this;
    return avgPool2d(input, this.kernelSize, { ...this.options(), divisorOverride });
  }

  override extraRepr(): string {
    return `kernel_size=${pythonValue(this.kernelSize)}, stride=${pythonValue(this.stride)}, padding=${pythonValue(this.padding)}`;
  }
}

abstract class AdaptivePool extends Module {
  readonly outputSize: AdaptiveSize;

  constructor(...given: [outputSize: AdaptiveSize] | [options: { outputSize: AdaptiveSize }]) {
    super();
    const { outputSize } = namedArguments<{ outputSize: AdaptiveSize }>(
      new.target.name,
      ["outputSize"],
      given,
    );
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return `output_size=${pythonValue(this.outputSize)}`;
  }
}

/** The mean of `outputSize` windows that cover the length evenly. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return adaptiveAvgPool1d(input, this.outputSize);
  }
}

/** The mean of windows that cover the plane evenly; null keeps a size. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return adaptiveAvgPool2d(input, this.outputSize);
  }
}

/** The largest element of `outputSize` windows that cover the length evenly. */
export class AdaptiveMaxPool1d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return adaptiveMaxPool1d(input, this.outputSize);
  }
}

/** The largest element of windows that cover the plane evenly; null keeps a size. */
export class AdaptiveMaxPool2d extends AdaptivePool {
  override forward(input: Tensor): Tensor {
    return adaptiveMaxPool2d(input, this.outputSize);
  }
}
