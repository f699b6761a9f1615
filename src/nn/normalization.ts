import { type Arguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { batchNorm, instanceNorm } from "../tensor/ops/batch-norm.js";
import { groupNorm, layerNorm, localResponseNorm, rmsNorm } from "../tensor/ops/layer-norm.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { describe } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";
import { Buffer, Parameter } from "./parameter.js";
import { pythonFloat, pythonValue } from "./representation.js";

export interface BatchNormLayerOptions {
  /** Number of channels. */
  numFeatures?: number;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Weight of each batch in the running statistics; null: all batches count the same. Default 0.1. */
  momentum?: number | null;
  /** Whether a weight and a bias are learned. Default true (InstanceNorm: false). */
  affine?: boolean;
  /** Whether running statistics are kept, for evaluation mode. Default true (InstanceNorm: false). */
  trackRunningStats?: boolean;
  dtype?: DType;
}

export type BatchNormLayerArguments = Arguments<
  [
    numFeatures: number,
    eps?: number,
    momentum?: number | null,
    affine?: boolean,
    trackRunningStats?: boolean,
  ],
  BatchNormLayerOptions
>;

const NAMES = ["eps", "momentum", "affine", "trackRunningStats", "dtype"] as const;

/** What BatchNorm and InstanceNorm have in common. */
abstract class RunningNorm extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  /** [numFeatures], starts at 1; null unless affine. */
  readonly weight: Parameter | null;
  /** [numFeatures], starts at 0; null unless affine. */
  readonly bias: Parameter | null;
  /** [numFeatures], starts at 0; null unless running statistics are kept. */
  readonly runningMean: Buffer | null;
  /** [numFeatures], over n − 1, starts at 1; null unless running statistics are kept. */
  readonly runningVar: Buffer | null;
  /** How many batches were seen in training. */
  readonly numBatchesTracked: Buffer | null;

  protected constructor(given: readonly unknown[], byDefault: boolean) {
    super();
    const name = new.target.name;
    const { numFeatures, ...options } = requiredArguments<BatchNormLayerOptions, "numFeatures">(
      name,
      ["numFeatures"],
      NAMES,
      given,
    );
    if (!Number.isInteger(numFeatures) || numFeatures < 0)
      throw new RangeError(`${name}: numFeatures must be an integer ≥ 0, not ${String(numFeatures)}`);
    const { momentum = 0.1, dtype } = options;
    const type = chosenDType(name, dtype === undefined ? {} : { dtype });
    this.numFeatures = numFeatures;
    this.eps = options.eps ?? 1e-5;
    this.momentum = momentum;
    this.affine = options.affine ?? byDefault;
    this.trackRunningStats = options.trackRunningStats ?? byDefault;
    this.weight = this.affine ? new Parameter(Tensor.full([numFeatures], 1, type)) : null;
    this.bias = this.affine ? new Parameter(Tensor.zeros([numFeatures], type)) : null;
    const tracks = this.trackRunningStats;
    this.runningMean = tracks ? new Buffer(Tensor.zeros([numFeatures], type)) : null;
    this.runningVar = tracks ? new Buffer(Tensor.full([numFeatures], 1, type)) : null;
    this.numBatchesTracked = tracks ? new Buffer(Tensor.zeros([], "int64")) : null;
  }

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    this.runningMean?.zero_();
    this.runningVar?.fill_(1);
    this.numBatchesTracked?.zero_();
  }

  protected checkRank(input: Tensor, ...ranks: number[]): void {
    checkTensor(this.constructor.name, input);
    const { shape } = input;
    if (!ranks.includes(shape.length)) {
      throw new RangeError(
        `${this.constructor.name}: expected ${ranks.map((rank) => `${rank}D`).join(" or ")} input (got ${shape.length}D input): its shape is ${describe(shape)}`,
      );
    }
  }

  override extraRepr(): string {
    return `${this.numFeatures}, eps=${pythonFloat(this.eps)}, momentum=${this.momentum === null ? "None" : pythonFloat(this.momentum)}, affine=${pythonValue(this.affine)}, track_running_stats=${pythonValue(this.trackRunningStats)}`;
  }
}

abstract class BatchNorm extends RunningNorm {
  constructor(...given: BatchNormLayerArguments) {
    super(given, true);
  }

  protected normalize(input: Tensor): Tensor {
    const { weight, bias, eps, runningMean, runningVar, numBatchesTracked } = this;
    let momentum = this.momentum ?? 0;
    if (this.training && numBatchesTracked !== null) {
      numBatchesTracked.add_(1);
      if (this.momentum === null) momentum = 1 / numBatchesTracked.item();
    }
    const training = this.training || runningMean === null;
    return batchNorm(input, runningMean, runningVar, { weight, bias, training, momentum, eps });
  }
}

/** Normalises each channel of [batch, channels] or [batch, channels, length] over the batch. */
export class BatchNorm1d extends BatchNorm {
  override forward(input: Tensor): Tensor {
    this.checkRank(input, 2, 3);
    return this.normalize(input);
  }
}

/** Normalises each channel of [batch, channels, height, width] over the batch. */
export class BatchNorm2d extends BatchNorm {
  override forward(input: Tensor): Tensor {
    this.checkRank(input, 4);
    return this.normalize(input);
  }
}

abstract class InstanceNorm extends RunningNorm {
  constructor(...given: BatchNormLayerArguments) {
    super(given, false);
  }

  protected normalize(input: Tensor, spatial: number): Tensor {
    const { weight, bias, eps, runningMean, runningVar } = this;
    const batched = input.shape.length === spatial + 2 ? input : input.unsqueeze(0);
    const out = instanceNorm(batched, {
      runningMean,
      runningVar,
      weight,
      bias,
      useInputStats: this.training || runningMean === null,
      momentum: this.momentum ?? 0,
      eps,
    });
    return batched === input ? out : out.squeeze(0);
  }
}

/** Normalises each channel of each sequence of [batch, channels, length] (or without batch). */
export class InstanceNorm1d extends InstanceNorm {
  override forward(input: Tensor): Tensor {
    this.checkRank(input, 2, 3);
    return this.normalize(input, 1);
  }
}

/** Normalises each channel of each image of [batch, channels, height, width] (or without batch). */
export class InstanceNorm2d extends InstanceNorm {
  override forward(input: Tensor): Tensor {
    this.checkRank(input, 3, 4);
    return this.normalize(input, 2);
  }
}

export interface LayerNormLayerOptions {
  normalizedShape?: number | readonly number[];
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether a weight and a bias of the normalised shape are learned. Default true. */
  elementwiseAffine?: boolean;
  /** Whether there is a bias. Default true. */
  bias?: boolean;
  dtype?: DType;
}

export type LayerNormLayerArguments = Arguments<
  [normalizedShape: number | readonly number[], eps?: number, elementwiseAffine?: boolean, bias?: boolean],
  LayerNormLayerOptions
>;

/** Normalises the last dimensions, which are `normalizedShape` (a number stands for one of them). */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  readonly elementwiseAffine: boolean;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(...given: LayerNormLayerArguments) {
    super();
    const names = ["eps", "elementwiseAffine", "bias", "dtype"] as const;
    const { normalizedShape, ...options } = requiredArguments<LayerNormLayerOptions, "normalizedShape">(
      "LayerNorm",
      ["normalizedShape"],
      names,
      given,
    );
    const type = chosenDType("LayerNorm", options.dtype === undefined ? {} : { dtype: options.dtype });
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.normalizedShape = shape;
    this.eps = options.eps ?? 1e-5;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    this.weight = this.elementwiseAffine ? new Parameter(Tensor.full(shape, 1, type)) : null;
    const hasBias = this.elementwiseAffine && (options.bias ?? true);
    this.bias = hasBias ? new Parameter(Tensor.zeros(shape, type)) : null;
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return layerNorm(input, this.normalizedShape, { weight, bias, eps });
  }

  override extraRepr(): string {
    return `${pythonValue(this.normalizedShape)}, eps=${pythonFloat(this.eps)}, elementwise_affine=${pythonValue(this.elementwiseAffine)}`;
  }
}

export interface GroupNormLayerOptions {
  numGroups?: number;
  numChannels?: number;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
  /** Whether a weight and a bias per channel are learned. Default true. */
  affine?: boolean;
  dtype?: DType;
}

export type GroupNormLayerArguments = Arguments<
  [numGroups: number, numChannels: number, eps?: number, affine?: boolean],
  GroupNormLayerOptions
>;

/** Normalises groups of channels of each image of [batch, numChannels, …]. */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(...given: GroupNormLayerArguments) {
    super();
    const { numGroups, numChannels, ...options } = requiredArguments<
      GroupNormLayerOptions,
      "numGroups" | "numChannels"
    >("GroupNorm", ["numGroups", "numChannels"], ["eps", "affine", "dtype"], given);
    if (!(numGroups >= 1) || numChannels % numGroups !== 0) {
      throw new RangeError(
        `GroupNorm: num_channels must be divisible by num_groups: ${String(numChannels)} by ${String(numGroups)}`,
      );
    }
    const type = chosenDType("GroupNorm", options.dtype === undefined ? {} : { dtype: options.dtype });
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = options.eps ?? 1e-5;
    this.affine = options.affine ?? true;
    this.weight = this.affine ? new Parameter(Tensor.full([numChannels], 1, type)) : null;
    this.bias = this.affine ? new Parameter(Tensor.zeros([numChannels], type)) : null;
  }

  override forward(input: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return groupNorm(input, this.numGroups, { weight, bias, eps });
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${pythonFloat(this.eps)}, affine=${pythonValue(this.affine)}`;
  }
}

export interface RmsNormLayerOptions {
  normalizedShape?: number | readonly number[];
  /** Added to the mean square. Default: the distance from 1 to the next number of the dtype. */
  eps?: number | null;
  /** Whether a weight of the normalised shape is learned. Default true. */
  elementwiseAffine?: boolean;
  dtype?: DType;
}

export type RmsNormLayerArguments = Arguments<
  [normalizedShape: number | readonly number[], eps?: number | null, elementwiseAffine?: boolean],
  RmsNormLayerOptions
>;

/** Divides the last dimensions, which are `normalizedShape`, by their root mean square. */
export class RMSNorm extends Module {
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  readonly weight: Parameter | null;

  constructor(...given: RmsNormLayerArguments) {
    super();
    const names = ["eps", "elementwiseAffine", "dtype"] as const;
    const { normalizedShape, ...options } = requiredArguments<RmsNormLayerOptions, "normalizedShape">(
      "RMSNorm",
      ["normalizedShape"],
      names,
      given,
    );
    const type = chosenDType("RMSNorm", options.dtype === undefined ? {} : { dtype: options.dtype });
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : [...normalizedShape];
    this.normalizedShape = shape;
    this.eps = options.eps ?? null;
    this.elementwiseAffine = options.elementwiseAffine ?? true;
    this.weight = this.elementwiseAffine ? new Parameter(Tensor.full(shape, 1, type)) : null;
  }

  override forward(input: Tensor): Tensor {
    return rmsNorm(input, this.normalizedShape, { weight: this.weight, eps: this.eps });
  }

  override extraRepr(): string {
    return `${pythonValue(this.normalizedShape)}, eps=${this.eps === null ? "None" : pythonFloat(this.eps)}, elementwise_affine=${pythonValue(this.elementwiseAffine)}`;
  }
}

export interface LocalResponseNormLayerOptions {
  /** How many neighbouring channels are looked at. */
  size?: number;
  /** Default 1e-4. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default 1. */
  k?: number;
}

export type LocalResponseNormLayerArguments = Arguments<
  [size: number, alpha?: number, beta?: number, k?: number],
  LocalResponseNormLayerOptions
>;

/** Divides each channel of [batch, channels, …] by what its neighbours sum up to. */
export class LocalResponseNorm extends Module {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(...given: LocalResponseNormLayerArguments) {
    super();
    const names = ["alpha", "beta", "k"] as const;
    const { size, ...options } = requiredArguments<LocalResponseNormLayerOptions, "size">(
      "LocalResponseNorm",
      ["size"],
      names,
      given,
    );
    this.size = size;
    this.alpha = options.alpha ?? 1e-4;
    this.beta = options.beta ?? 0.75;
    this.k = options.k ?? 1;
  }

  override forward(input: Tensor): Tensor {
    return localResponseNorm(input, this.size, this.alpha, this.beta, this.k);
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${pythonFloat(this.alpha)}, beta=${pythonValue(this.beta)}, k=${pythonFloat(this.k)}`;
  }
}
