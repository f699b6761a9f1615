/** Activations that let positive values pass and bend negative ones: ReLU and what came after it. */
import { type Arguments, namedArguments } from "../arguments.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { relu as rectify } from "./pointwise.js";
import {
  applyTo,
  checkFloats,
  type PointwiseDefinition,
  PointwiseFunction,
  withConstants,
} from "./pointwise-function.js";
import { defaultGenerator } from "./random.js";
import { reshape } from "./view.js";

export interface InplaceOptions {
  /** Whether the input itself is overwritten and returned. Default false. */
  inplace?: boolean;
}
export interface LeakyReluOptions extends InplaceOptions {
  /** The slope below 0. Default 0.01. */
  negativeSlope?: number;
}
export interface AlphaShapeOptions extends InplaceOptions {
  /** Default 1. */
  alpha?: number;
}
export interface RreluOptions extends InplaceOptions {
  /** The least slope below 0. Default 1/8. */
  lower?: number;
  /** The greatest. Default 1/3. */
  upper?: number;
  /** Whether slopes are drawn (true) or are all the mean of both (false, default). */
  training?: boolean;
}
export interface ThresholdOptions extends InplaceOptions {
  threshold?: number;
  /** What stands where the input does not exceed the threshold. */
  value?: number;
}

export type InplaceArguments = Arguments<[inplace?: boolean], InplaceOptions>;
export type LeakyReluArguments = Arguments<[negativeSlope?: number, inplace?: boolean], LeakyReluOptions>;
export type AlphaShapeArguments = Arguments<[alpha?: number, inplace?: boolean], AlphaShapeOptions>;
export type RreluArguments = Arguments<
  [lower?: number, upper?: number, training?: boolean, inplace?: boolean],
  RreluOptions
>;
export type ThresholdArguments =
  | Arguments<[threshold: number, value: number, inplace?: boolean], ThresholdOptions>
  | [options: ThresholdOptions];

const LeakyRelu = withConstants((slope) => ({
  gradFn: "LeakyReluBackward0",
  value: `x > 0 ? x : x * ${slope}`,
  slopes: [`x > 0 ? 1 : ${slope}`],
}));

const Threshold = withConstants((threshold, value) => ({
  gradFn: "ThresholdBackward0",
  value: `x <= ${threshold} ? ${value} : x`,
  slopes: [`x <= ${threshold} ? 0 : 1`],
}));

/** scale·x where it is positive, scale·α·(e^(x/width) − 1) elsewhere. */
function exponentialLinear(
  gradFn: string,
  alpha: number,
  scale = 1,
  width = 1,
  slopeWidth: number = width,
): PointwiseDefinition {
  const factor = (scale * alpha) / slopeWidth;
  return {
    gradFn,
    value: `x <= 0 ? Math.expm1(x / ${width}) * ${alpha * scale} : x * ${scale}`,
    slopes: [`x <= 0 ? Math.exp(x / ${slopeWidth}) * ${factor} : ${scale}`],
    curvature: (_i, _j, x) => Decay(factor / slopeWidth, slopeWidth).apply("elu", x),
  };
}

/** The second derivative of those, and, but for a factor, its own derivative. */
const Decay: (factor: number, width: number) => PointwiseFunction = withConstants((factor, width) => ({
  gradFn: "EluBackwardBackward0",
  value: `x <= 0 ? Math.exp(x / ${width}) * ${factor} : 0`,
  slopes: [`x <= 0 ? Math.exp(x / ${width}) * ${factor / width} : 0`],
  curvature: (_i, _j, x) => Decay(factor / width ** 2, width).apply("elu", x),
}));

const Elu = withConstants((alpha) => exponentialLinear("EluBackward0", alpha));
// PyTorch reads α in single precision for the derivative, whatever the dtype.
const Celu = withConstants((alpha) =>
  exponentialLinear("CeluBackward0", alpha, 1, alpha, Math.fround(alpha)),
);
const Selu = new PointwiseFunction(exponentialLinear("EluBackward0", 1.6732632423543772, 1.0507009873554805));

/** 1 below 0, the second derivative of `Prelu` by both of its variables. */
const Negative = new PointwiseFunction({
  gradFn: "PreluBackwardBackward0",
  value: "x > 0 ? 0 : 1",
  slopes: ["0"],
});

const prelued = (gradFn: string) =>
  new PointwiseFunction({
    gradFn,
    value: "x > 0 ? x : x * y",
    slopes: ["x > 0 ? 1 : y", "x > 0 ? 0 : x"],
    curvature: (i, j, x) => (i === j ? null : Negative.apply("prelu", x)),
  });
const Prelu = prelued("PreluBackward0");
const Rrelu = prelued("RreluWithNoiseBackward0");

/** max(x, 0), also for integers. Its derivative at 0 is taken as 0. */
export function relu(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("relu", ["inplace"], given);
  return applyTo("relu", input, inplace, rectify);
}

/** x where it is positive, `negativeSlope`·x elsewhere. Maas et al., 2013. */
export function leakyRelu(input: Tensor, ...given: LeakyReluArguments): Tensor {
  const { negativeSlope = 0.01, inplace } = namedArguments<LeakyReluOptions>(
    "leakyRelu",
    ["negativeSlope", "inplace"],
    given,
  );
  checkFloats("leakyRelu", input);
  checkNumbers("leakyRelu", { negativeSlope });
  return applyTo("leakyRelu", input, inplace, (x) => LeakyRelu(negativeSlope).apply("leakyRelu", x));
}

/**
 * x where it is positive, weight·x elsewhere. He et al., 2015.
 *
 * @param weight one number, or one for each channel (dimension 1; of a vector, dimension 0 is the batch)
 */
export function prelu(input: Tensor, weight: Tensor): Tensor {
  checkFloats("prelu", input, weight);
  const { shape } = input;
  const channels = shape.length < 2 ? 1 : shape[1];
  if (weight.ndim > 1)
    throw new RangeError(
      `prelu: the weight has at most 1 dimension, but its shape is ${describe(weight.shape)}`,
    );
  if (weight.count !== 1 && weight.count !== channels) {
    throw new RangeError(
      `prelu: mismatch of parameter numbers and input channel size: found ${weight.count} weights for an input ${describe(shape)} with ${channels} channels`,
    );
  }
  const perChannel = weight.count === 1 ? [] : [channels, ...shape.slice(2).map(() => 1)];
  return Prelu.apply("prelu", input, reshape(weight, perChannel));
}

/**
 * x where it is positive, elsewhere x times a slope that is drawn, in training, uniformly between `lower` and `upper`
 * for each element. Xu et al., "Empirical evaluation of rectified activations", 2015.
 */
export function rrelu(input: Tensor, ...given: RreluArguments): Tensor {
  const {
    lower = 1 / 8,
    upper = 1 / 3,
    training = false,
    inplace,
  } = namedArguments<RreluOptions>("rrelu", ["lower", "upper", "training", "inplace"], given);
  checkFloats("rrelu", input);
  checkNumbers("rrelu", { lower, upper });
  if (!(lower <= upper)) throw new RangeError(`rrelu: lower ${lower} exceeds upper ${upper}`);
  if (!training)
    return applyTo("rrelu", input, inplace, (x) => LeakyRelu((lower + upper) / 2).apply("rrelu", x));
  const slopes = Tensor.like(input);
  const values = input.toArray();
  const { data } = slopes.storage;
  // As in PyTorch, the bounds are of the dtype, and numbers are drawn only where they are used.
  const [low, high] = input.dtype === "float32" ? [Math.fround(lower), Math.fround(upper)] : [lower, upper];
  for (let k = 0; k < data.length; k++)
    data[k] = values[k] <= 0 ? defaultGenerator.unitFloat64() * (high - low) + low : 1;
  return applyTo("rrelu", input, inplace, (x) => Rrelu.apply("rrelu", x, slopes));
}

/** x where it exceeds `threshold`, `value` elsewhere. */
export function threshold(input: Tensor, ...given: ThresholdArguments): Tensor {
  const options = namedArguments<ThresholdOptions>("threshold", ["threshold", "value", "inplace"], given);
  const bounds = { threshold: options.threshold as number, value: options.value as number };
  checkFloats("threshold", input);
  checkNumbers("threshold", bounds);
  return applyTo("threshold", input, options.inplace, (x) =>
    Threshold(bounds.threshold, bounds.value).apply("threshold", x),
  );
}

/** x where it is positive, α·(e^x − 1) elsewhere. Clevert et al., 2015. */
export function elu(input: Tensor, ...given: AlphaShapeArguments): Tensor {
  const { alpha = 1, inplace } = namedArguments<AlphaShapeOptions>("elu", ["alpha", "inplace"], given);
  checkFloats("elu", input);
  checkNumbers("elu", { alpha });
  return applyTo("elu", input, inplace, (x) => Elu(alpha).apply("elu", x));
}

/** x where it is positive, α·(e^(x/α) − 1) elsewhere. Barron, 2017. */
export function celu(input: Tensor, ...given: AlphaShapeArguments): Tensor {
  const { alpha = 1, inplace } = namedArguments<AlphaShapeOptions>("celu", ["alpha", "inplace"], given);
  checkFloats("celu", input);
  checkNumbers("celu", { alpha });
  if (alpha === 0) throw new RangeError("celu: ZeroDivisionError: alpha cannot be 0 for CELU");
  return applyTo("celu", input, inplace, (x) => Celu(alpha).apply("celu", x));
}

/** `elu` with the constants that keep mean 0 and variance 1 from layer to layer. Klambauer et al., 2017. */
export function selu(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("selu", ["inplace"], given);
  checkFloats("selu", input);
  return applyTo("selu", input, inplace, (x) => Selu.apply("selu", x));
}

/** Refuses constants that are not numbers. */
export function checkNumbers(operation: string, constants: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value !== "number")
      throw new TypeError(`${operation}: ${name} is a number, not ${String(value)}`);
  }
}
