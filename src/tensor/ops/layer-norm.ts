import { type Arguments, requiredArguments } from "../arguments.js";
import { describe, elementCount, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  affine,
  alongChannels,
  checkInput,
  checkPerChannel,
  GroupNorm,
  LayerNorm,
  standardize,
} from "./normalization.js";
import { average, averageOperations } from "./windows.js";

export interface LayerNormOptions {
  /** The sizes of the last dimensions. */
  normalizedShape?: readonly number[];
  /** Factors, of shape `normalizedShape`. */
  weight?: Tensor | null;
  /** Summands, of shape `normalizedShape`. */
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

export type LayerNormArguments = Arguments<
  [normalizedShape: readonly number[], weight?: Tensor | null, bias?: Tensor | null, eps?: number],
  LayerNormOptions
>;

/** Checks that the last dimensions are `normalizedShape`, and gives those before them. */
function leadingShape(operation: string, input: Tensor, normalizedShape: readonly number[]): number[] {
  if (!Array.isArray(normalizedShape) || normalizedShape.length === 0) {
    throw new TypeError(
      `${operation}: expected normalizedShape to be an array such as [4] with at least one size, but got ${String(normalizedShape)}`,
    );
  }
  const rank = input.shape.length - normalizedShape.length;
  if (rank < 0 || !sameShape(input.shape.slice(rank), normalizedShape)) {
    throw new RangeError(
      `${operation}: given normalizedShape=${describe(normalizedShape)}, expected input with shape [*, ${normalizedShape.join(", ")}], but got input of size ${describe(input.shape)}`,
    );
  }
  return input.shape.slice(0, rank);
}

/**
 * The last dimensions, which are `normalizedShape`, to mean 0 and variance 1, then times `weight` plus `bias`.
 * Ba, Kiros and Hinton, "Layer normalization", 2016.
 */
export function layerNorm(input: Tensor, ...given: LayerNormArguments): Tensor {
  const {
    normalizedShape,
    weight = null,
    bias = null,
    eps = 1e-5,
  } = requiredArguments<LayerNormOptions, "normalizedShape">(
    "layerNorm",
    ["normalizedShape"],
    ["weight", "bias", "eps"],
    given,
  );
  checkInput("layerNorm", input);
  const rows = elementCount(leadingShape("layerNorm", input, normalizedShape));
  checkPerChannel("layerNorm", "weight", weight, normalizedShape, input);
  checkPerChannel("layerNorm", "bias", bias, normalizedShape, input);
  const { output } = standardize(input.reshape([1, rows, elementCount(normalizedShape)]), eps);
  return affine(LayerNorm, output.reshape(input.shape), weight, bias);
}

export interface GroupNormOptions {
  numGroups?: number;
  /** Factor of each channel [channels]. */
  weight?: Tensor | null;
  /** Added to each channel [channels]. */
  bias?: Tensor | null;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

export type GroupNormArguments = Arguments<
  [numGroups: number, weight?: Tensor | null, bias?: Tensor | null, eps?: number],
  GroupNormOptions
>;

/**
 * The channels of [batch, channels, …], in `numGroups` groups, to mean 0 and variance 1 per group and image, then
 * times `weight` plus `bias` [channels]. Wu and He, "Group normalization", 2018.
 */
export function groupNorm(input: Tensor, ...given: GroupNormArguments): Tensor {
  const {
    numGroups,
    weight = null,
    bias = null,
    eps = 1e-5,
  } = requiredArguments<GroupNormOptions, "numGroups">(
    "groupNorm",
    ["numGroups"],
    ["weight", "bias", "eps"],
    given,
  );
  checkInput("groupNorm", input);
  const { shape } = input;
  if (shape.length < 2)
    throw new RangeError(`groupNorm: expected input [batch, channels, …], but got ${describe(shape)}`);
  const [batch, channels, ...size] = shape;
  if (!Number.isInteger(numGroups) || numGroups < 1 || channels % numGroups !== 0) {
    throw new RangeError(
      `groupNorm: expected number of channels in input to be divisible by num_groups, but got input of shape ${describe(shape)} and num_groups=${String(numGroups)}`,
    );
  }
  checkPerChannel("groupNorm", "weight", weight, [channels], input);
  checkPerChannel("groupNorm", "bias", bias, [channels], input);
  const inner = (channels / numGroups) * elementCount(size);
  const { output } = standardize(input.reshape([1, batch * numGroups, inner]), eps);
  const rank = shape.length;
  return affine(GroupNorm, output.reshape(shape), alongChannels(weight, rank), alongChannels(bias, rank));
}

export interface RmsNormOptions {
  /** The sizes of the last dimensions. */
  normalizedShape?: readonly number[];
  /** Factors, of shape `normalizedShape`. */
  weight?: Tensor | null;
  /** Added to the mean square. Default: the distance from 1 to the next number of the dtype. */
  eps?: number | null;
}

export type RmsNormArguments = Arguments<
  [normalizedShape: readonly number[], weight?: Tensor | null, eps?: number | null],
  RmsNormOptions
>;

/**
 * x / √(mean(x²) + eps) over the last dimensions, which are `normalizedShape`, times `weight`.
 * Zhang and Sennrich, "Root mean square layer normalization", 2019.
 */
export function rmsNorm(input: Tensor, ...given: RmsNormArguments): Tensor {
  const {
    normalizedShape,
    weight = null,
    eps,
  } = requiredArguments<RmsNormOptions, "normalizedShape">(
    "rmsNorm",
    ["normalizedShape"],
    ["weight", "eps"],
    given,
  );
  checkInput("rmsNorm", input);
  const leading = leadingShape("rmsNorm", input, normalizedShape);
  checkPerChannel("rmsNorm", "weight", weight, normalizedShape, input);
  const dims = normalizedShape.map((_, d) => leading.length + d);
  const floor = eps ?? (input.dtype === "float32" ? 2 ** -23 : 2 ** -52);
  const scaled = input.mul(input.square().mean(dims, true).add(floor).pow(-0.5));
  return weight === null ? scaled : scaled.mul(weight);
}

export interface LocalResponseNormOptions {
  /** How many neighbouring channels are looked at. */
  size?: number;
  /** Default 1e-4. */
  alpha?: number;
  /** Default 0.75. */
  beta?: number;
  /** Default 1. */
  k?: number;
}

export type LocalResponseNormArguments = Arguments<
  [size: number, alpha?: number, beta?: number, k?: number],
  LocalResponseNormOptions
>;

/** x / (k + alpha · mean of x² over `size` neighbouring channels)^beta. Krizhevsky et al., 2012. */
export function localResponseNorm(input: Tensor, ...given: LocalResponseNormArguments): Tensor {
  const {
    size,
    alpha = 1e-4,
    beta = 0.75,
    k = 1,
  } = requiredArguments<LocalResponseNormOptions, "size">(
    "localResponseNorm",
    ["size"],
    ["alpha", "beta", "k"],
    given,
  );
  checkInput("localResponseNorm", input);
  const { shape } = input;
  if (shape.length < 3)
    throw new RangeError(
      `localResponseNorm: expected 3D or higher dimensionality, but got ${describe(shape)}`,
    );
  if (!Number.isInteger(size) || size < 1)
    throw new RangeError(`localResponseNorm: size must be an integer ≥ 1, not ${String(size)}`);
  const channels = shape[1];
  const inner = elementCount(shape.slice(2));
  const before = Math.floor(size / 2);
  const indices = Array.from({ length: channels }, (_, c) => c);
  const columns = Array.from({ length: inner }, (_, x) => x);
  const planes = [shape[0], channels, inner];
  const means = average(
    input.square().reshape(planes),
    {
      spatial: 2,
      vertical: {
        starts: indices.map((c) => Math.max(0, c - before)),
        ends: indices.map((c) => Math.min(channels, c - before + size)),
        step: 1,
        size: channels,
      },
      horizontal: { starts: columns, ends: columns.map((x) => x + 1), step: 1, size: inner },
      factors: new Float64Array(channels * inner).fill(1 / size),
      inputShape: planes,
      outputShape: planes,
    },
    averageOperations[2],
  );
  return input.div(means.reshape(shape).mul(alpha).add(k).pow(beta));
}
