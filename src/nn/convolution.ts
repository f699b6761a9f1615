import { type Arguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { conv1d, conv2d, convTranspose1d, convTranspose2d } from "../tensor/ops/convolution.js";
import { type Size, sizePair } from "../tensor/ops/spatial.js";
import { describe, elementCount } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { kaimingUniform_, uniform_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { pythonValue } from "./representation.js";

export interface ConvolutionLayerOptions {
  inChannels?: number;
  outChannels?: number;
  /** One number, or one for each dimension. */
  kernelSize?: Size;
  /** How far the kernel moves from one output to the next. Default 1. */
  stride?: Size;
  /** Zeros on each side, or "valid" (none), or "same": as many as keep the size. Default 0. */
  padding?: Size | "same" | "valid";
  /** Distance between the elements of the kernel. Default 1. */
  dilation?: Size;
  /** Channels are divided into so many groups that do not see each other. Default 1. */
  groups?: number;
  /** Whether a bias is added. Default true. */
  bias?: boolean;
  dtype?: DType;
}

export interface TransposedConvolutionLayerOptions {
  inChannels?: number;
  outChannels?: number;
  /** One number, or one for each dimension. */
  kernelSize?: Size;
  /** Distance between the places where neighbouring inputs are added. Default 1. */
  stride?: Size;
  /** How much is cut off each side of the output. Default 0. */
  padding?: Size;
  /** How much the output grows at its end. Default 0. */
  outputPadding?: Size;
  groups?: number;
  /** Whether a bias is added. Default true. */
  bias?: boolean;
  dilation?: Size;
  dtype?: DType;
}

export type ConvolutionLayerArguments = Arguments<
  [
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    stride?: Size,
    padding?: Size | "same" | "valid",
    dilation?: Size,
    groups?: number,
    bias?: boolean,
  ],
  ConvolutionLayerOptions
>;
export type TransposedConvolutionLayerArguments = Arguments<
  [
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    stride?: Size,
    padding?: Size,
    outputPadding?: Size,
    groups?: number,
    bias?: boolean,
    dilation?: Size,
  ],
  TransposedConvolutionLayerOptions
>;

type Required = "inChannels" | "outChannels" | "kernelSize";
const REQUIRED = ["inChannels", "outChannels", "kernelSize"] as const;
const PARAMETERS = ["stride", "padding", "dilation", "groups", "bias", "dtype"] as const;
const TRANSPOSED = ["stride", "padding", "outputPadding", "groups", "bias", "dilation", "dtype"] as const;

/** What all convolutions have in common. */
abstract class ConvolutionLayer extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "same" | "valid";
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
  readonly groups: number;
  /** [out, in/groups, …kernelSize]; of a transposed convolution [in, out/groups, …kernelSize]. */
  readonly weight: Parameter;
  /** [out], or null. */
  readonly bias: Parameter | null;

  protected constructor(
    options: ConvolutionLayerOptions & { outputPadding?: Size } & Record<
        "inChannels" | "outChannels",
        number
      > & {
        kernelSize: Size;
      },
    spatial: 1 | 2,
    isTransposed: boolean,
  ) {
    super();
    const name = this.constructor.name;
    const { inChannels, outChannels, kernelSize, groups = 1, bias = true, padding = 0, dtype } = options;
    const sizes = (what: string, value: Size, least: number): readonly number[] =>
      sizePair(name, what, value, spatial, least, 1).slice(2 - spatial);
    for (const [what, value] of Object.entries({ inChannels, outChannels, groups })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${name}: ${what} must be an integer ≥ 1, not ${String(value)}`);
    }
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new RangeError(
        `${name}: in_channels and out_channels must be divisible by groups: ${inChannels} and ${outChannels} by ${groups}`,
      );
    }
    if (typeof bias !== "boolean") throw new TypeError(`${name}: bias is true or false, not ${String(bias)}`);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = sizes("kernelSize", kernelSize, 1);
    this.stride = sizes("stride", options.stride ?? 1, 1);
    this.dilation = sizes("dilation", options.dilation ?? 1, 1);
    this.outputPadding = sizes("outputPadding", options.outputPadding ?? 0, 0);
    this.groups = groups;
    if (typeof padding !== "string") this.padding = sizes("padding", padding, 0);
    else if (isTransposed || (padding !== "same" && padding !== "valid")) {
      throw new TypeError(
        `${name}: invalid padding ${JSON.stringify(padding)}, should be ${isTransposed ? "" : '"same", "valid" or '}numbers`,
      );
    } else if (padding === "same" && this.stride.some((s) => s !== 1)) {
      throw new RangeError(`${name}: padding="same" is not supported for strided convolutions`);
    } else this.padding = padding;
    const channels = isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    const type = chosenDType(name, dtype === undefined ? {} : { dtype });
    this.weight = new Parameter(Tensor.zeros([...channels, ...this.kernelSize], type));
    this.bias = bias ? new Parameter(Tensor.zeros([outChannels], type)) : null;
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias !== null) {
      const bound = 1 / Math.sqrt(elementCount(this.weight.shape.slice(1)));
      uniform_(this.bias, -bound, bound);
    }
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, outputPadding, groups } = this;
    const parts = [
      `${this.inChannels}, ${this.outChannels}, kernel_size=${pythonValue(kernelSize)}, stride=${pythonValue(stride)}`,
    ];
    if (typeof padding === "string" || padding.some((n) => n !== 0))
      parts.push(`padding=${pythonValue(padding)}`);
    if (dilation.some((n) => n !== 1)) parts.push(`dilation=${pythonValue(dilation)}`);
    if (outputPadding.some((n) => n !== 0)) parts.push(`output_padding=${pythonValue(outputPadding)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (this.bias === null) parts.push("bias=False");
    return parts.join(", ");
  }
}

/** `conv1d` with a weight and a bias that are learned; they start as PyTorch would draw them. */
export class Conv1d extends ConvolutionLayer {
  constructor(...given: ConvolutionLayerArguments) {
    super(
      requiredArguments<ConvolutionLayerOptions, Required>("Conv1d", REQUIRED, PARAMETERS, given),
      1,
      false,
    );
  }

  /** [batch, in, length] (or without batch) → [batch, out, length of the output]. */
  override forward(input: Tensor): Tensor {
    const { bias, stride, padding, dilation, groups } = this;
    return conv1d(input, this.weight, { bias, stride, padding, dilation, groups });
  }
}

/** `conv2d` with a weight and a bias that are learned; they start as PyTorch would draw them. */
export class Conv2d extends ConvolutionLayer {
  constructor(...given: ConvolutionLayerArguments) {
    super(
      requiredArguments<ConvolutionLayerOptions, Required>("Conv2d", REQUIRED, PARAMETERS, given),
      2,
      false,
    );
  }

  /** [batch, in, height, width] (or without batch) → [batch, out, …size of the output]. */
  override forward(input: Tensor): Tensor {
    const { bias, stride, padding, dilation, groups } = this;
    return conv2d(input, this.weight, { bias, stride, padding, dilation, groups });
  }
}

/** What both transposed convolutions do with the size that is asked for. */
abstract class TransposedConvolutionLayer extends ConvolutionLayer {
  /** The output padding that leads to `outputSize`: of all sizes that a convolution would map to that of the input. */
  protected paddingFor(input: Tensor, outputSize: readonly number[] | undefined): readonly number[] {
    if (outputSize === undefined) return this.outputPadding;
    const spatial = this.kernelSize.length;
    const wanted = outputSize.slice(-spatial);
    const least = wanted.map((_, d) => {
      const size = input.shape[input.shape.length - spatial + d];
      const padding = this.padding[d] as number;
      return (size - 1) * this.stride[d] - 2 * padding + this.dilation[d] * (this.kernelSize[d] - 1) + 1;
    });
    if (wanted.length !== spatial || wanted.some((n, d) => n < least[d] || n >= least[d] + this.stride[d])) {
      throw new RangeError(
        `${this.constructor.name}: requested an output size of ${describe(outputSize)}, but valid sizes range from ${describe(least)} to ${describe(least.map((n, d) => n + this.stride[d] - 1))} (for an input of ${describe(input.shape)})`,
      );
    }
    return wanted.map((n, d) => n - least[d]);
  }
}

/** `convTranspose1d` with a weight and a bias that are learned. */
export class ConvTranspose1d extends TransposedConvolutionLayer {
  constructor(...given: TransposedConvolutionLayerArguments) {
    super(
      requiredArguments<TransposedConvolutionLayerOptions, Required>(
        "ConvTranspose1d",
        REQUIRED,
        TRANSPOSED,
        given,
      ),
      1,
      true,
    );
  }

  /** [batch, in, length] (or without batch) → [batch, out, length of the output]. */
  override forward(input: Tensor, outputSize?: readonly number[]): Tensor {
    const { bias, stride, groups, dilation } = this;
    const padding = this.padding as readonly number[];
    const outputPadding = this.paddingFor(input, outputSize);
    return convTranspose1d(input, this.weight, { bias, stride, padding, outputPadding, groups, dilation });
  }
}

/** `convTranspose2d` with a weight and a bias that are learned. */
export class ConvTranspose2d extends TransposedConvolutionLayer {
  constructor(...given: TransposedConvolutionLayerArguments) {
    super(
      requiredArguments<TransposedConvolutionLayerOptions, Required>(
        "ConvTranspose2d",
        REQUIRED,
        TRANSPOSED,
        given,
      ),
      2,
      true,
    );
  }

  /** [batch, in, height, width] (or without batch) → [batch, out, …size of the output]. */
  override forward(input: Tensor, outputSize?: readonly number[]): Tensor {
    const { bias, stride, groups, dilation } = this;
    const padding = this.padding as readonly number[];
    const outputPadding = this.paddingFor(input, outputSize);
    return convTranspose2d(input, this.weight, { bias, stride, padding, outputPadding, groups, dilation });
  }
}
