import { type Arguments, namedArguments } from "../arguments.js";
import { noGrad } from "../autograd/mode.js";
import { describe, elementCount } from "../shape.js";
import { Tensor } from "../tensor.js";
import {
  affine,
  alongChannels,
  BatchNorm,
  checkInput,
  checkPerChannel,
  standardize,
} from "./normalization.js";

export interface BatchNormOptions {
  /** [channels], or null: with training=true there need be none. */
  runningMean?: Tensor | null;
  /** [channels], or null. */
  runningVar?: Tensor | null;
  /** Factor of each channel [channels]. */
  weight?: Tensor | null;
  /** Added to each channel [channels]. */
  bias?: Tensor | null;
  /** Whether the statistics are those of this batch, and the running ones learn from them. Default false. */
  training?: boolean;
  /** Weight of this batch in the running statistics. Default 0.1. */
  momentum?: number;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

export type BatchNormArguments = Arguments<
  [
    runningMean: Tensor | null,
    runningVar: Tensor | null,
    weight?: Tensor | null,
    bias?: Tensor | null,
    training?: boolean,
    momentum?: number,
    eps?: number,
  ],
  BatchNormOptions
>;

const BATCH_NORM = ["runningMean", "runningVar", "weight", "bias", "training", "momentum", "eps"] as const;

/**
 * Each channel of [batch, channels, …] to mean 0 and variance 1, then times `weight` plus `bias`.
 *
 * In training the statistics are those of the batch, and the running ones (if given, [channels]) move towards them;
 * otherwise the running ones are used. Ioffe and Szegedy, "Batch normalization", 2015.
 */
export function batchNorm(input: Tensor, ...given: BatchNormArguments): Tensor {
  const {
    runningMean = null,
    runningVar = null,
    weight = null,
    bias = null,
    training = false,
    momentum = 0.1,
    eps = 1e-5,
  } = namedArguments<BatchNormOptions>("batchNorm", BATCH_NORM, given);
  checkInput("batchNorm", input);
  const { shape } = input;
  const rank = shape.length;
  if (rank < 2)
    throw new RangeError(`batchNorm: expected input [batch, channels, …], but got ${describe(shape)}`);
  const channels = shape[1];
  for (const [name, value] of Object.entries({ runningMean, runningVar, weight, bias })) {
    checkPerChannel("batchNorm", name, value, [channels], input);
  }
  if (!training) {
    if (runningMean === null || runningVar === null)
      throw new TypeError("batchNorm: expected runningMean and runningVar to be given when training=false");
    const scale = runningVar.add(eps).pow(-0.5);
    const factor = weight === null ? scale : weight.mul(scale);
    const shift = bias === null ? runningMean.mul(factor).neg() : bias.sub(runningMean.mul(factor));
    return affine(BatchNorm, input, alongChannels(factor, rank), alongChannels(shift, rank));
  }
  const count = channels === 0 ? 0 : input.count / channels;
  if (count === 1) {
    throw new RangeError(
      `batchNorm: Expected more than 1 value per channel when training, got input size ${describe(shape)}`,
    );
  }
  const inner = elementCount(shape.slice(2));
  const { output, mean, variance } = standardize(input.reshape([shape[0], channels, inner]), eps);
  if (runningMean !== null) learn(runningMean, mean, momentum, 1);
  if (runningVar !== null) learn(runningVar, variance, momentum, count / (count - 1));
  return affine(BatchNorm, output.reshape(shape), alongChannels(weight, rank), alongChannels(bias, rank));
}

/** running ← (1 − momentum)·running + momentum·factor·batch. */
function learn(running: Tensor, batch: Float64Array, momentum: number, factor: number): void {
  const fresh = Tensor.zeros(running.shape, running.dtype);
  const old = running.toArray();
  const { data } = fresh.storage;
  for (let c = 0; c < data.length; c++) data[c] = (1 - momentum) * old[c] + momentum * factor * batch[c];
  noGrad(() => running.copy_(fresh));
}

export interface InstanceNormOptions {
  runningMean?: Tensor | null;
  runningVar?: Tensor | null;
  weight?: Tensor | null;
  bias?: Tensor | null;
  /** Whether the statistics are those of each image (default) or the running ones. */
  useInputStats?: boolean;
  momentum?: number;
  eps?: number;
}

export type InstanceNormArguments = Arguments<
  [
    runningMean?: Tensor | null,
    runningVar?: Tensor | null,
    weight?: Tensor | null,
    bias?: Tensor | null,
    useInputStats?: boolean,
    momentum?: number,
    eps?: number,
  ],
  InstanceNormOptions
>;

const INSTANCE_NORM = [
  "runningMean",
  "runningVar",
  "weight",
  "bias",
  "useInputStats",
  "momentum",
  "eps",
] as const;

/** Each channel of each image of [batch, channels, …] to mean 0 and variance 1, then times `weight` plus `bias`. */
export function instanceNorm(input: Tensor, ...given: InstanceNormArguments): Tensor {
  const options = namedArguments<InstanceNormOptions>("instanceNorm", INSTANCE_NORM, given);
  const { runningMean = null, runningVar = null, weight = null, bias = null } = options;
  const { useInputStats = true, momentum = 0.1, eps = 1e-5 } = options;
  if (!useInputStats)
    return batchNorm(input, runningMean, runningVar, { weight, bias, training: false, momentum, eps });
  checkInput("instanceNorm", input);
  const { shape } = input;
  if (shape.length < 3)
    throw new RangeError(`instanceNorm: expected input [batch, channels, …size], but got ${describe(shape)}`);
  const [batch, channels, ...size] = shape;
  for (const [name, value] of Object.entries({ runningMean, runningVar, weight, bias })) {
    checkPerChannel("instanceNorm", name, value, [channels], input);
  }
  const inner = elementCount(size);
  if (inner === 1) {
    throw new RangeError(
      `instanceNorm: Expected more than 1 spatial element when training, got input size ${describe(shape)}`,
    );
  }
  const { output, mean, variance } = standardize(input.reshape([1, batch * channels, inner]), eps);
  if (runningMean !== null) learn(runningMean, meanOfImages(mean, batch, channels), momentum, 1);
  if (runningVar !== null)
    learn(runningVar, meanOfImages(variance, batch, channels), momentum, inner / (inner - 1));
  const rank = shape.length;
  return affine(BatchNorm, output.reshape(shape), alongChannels(weight, rank), alongChannels(bias, rank));
}

function meanOfImages(values: Float64Array, batch: number, channels: number): Float64Array {
  return Float64Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let n = 0; n < batch; n++) sum += values[n * channels + c];
    return sum / batch;
  });
}
