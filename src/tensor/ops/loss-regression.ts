/** Losses of numbers against numbers. */
import { type Arguments, namedArguments } from "../arguments.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkNumbers } from "./activation-rectified.js";
import { raisedTo } from "./distance.js";
import {
  checkReduction,
  type LossOptions,
  lossWithConstants,
  PointwiseLoss,
  reduceLosses,
  reductionOf,
} from "./loss.js";
import { exp, log, square } from "./pointwise.js";
import { checkFloats, PointwiseFunction, withConstants } from "./pointwise-function.js";
import { unsqueeze } from "./view.js";

export interface SmoothL1LossOptions extends LossOptions {
  /** The difference at which the parabola becomes a straight line. Default 1. */
  beta?: number;
}
export interface HuberLossOptions extends LossOptions {
  /** The difference at which the parabola becomes a straight line. Default 1. */
  delta?: number;
}
export interface PoissonNllLossOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate (default) or the rate itself. */
  logInput?: boolean;
  /** Whether Stirling's approximation of ln(target!) is added. Default false. */
  full?: boolean;
  /** Added to a rate before its logarithm is taken. Default 1e-8. */
  eps?: number;
}
export interface GaussianNllLossOptions extends LossOptions {
  /** Whether the constant ½·ln 2π is added. Default false. */
  full?: boolean;
  /** The smallest variance. Default 1e-6. */
  eps?: number;
}

export type HuberLossArguments = Arguments<
  [reduction?: "mean" | "sum" | "none", delta?: number],
  HuberLossOptions
>;
export type PoissonNllLossArguments = Arguments<[logInput?: boolean, full?: boolean], PoissonNllLossOptions>;
export type GaussianNllLossArguments = Arguments<[full?: boolean, eps?: number], GaussianNllLossOptions>;

const constant = (value: number, like: Tensor) => Tensor.full([], value, like.dtype);

const Mse = new PointwiseLoss({
  gradFn: "MseLossBackward0",
  value: "(x - y) * (x - y)",
  slopes: ["2 * (x - y)", "2 * (y - x)"],
  curvature: (i, j, x) => constant(i === j ? 2 : -2, x),
});

const L1 = new PointwiseLoss(
  {
    gradFn: "AbsBackward0",
    value: "Math.abs(x - y)",
    slopes: ["Math.sign(x - y)", "Math.sign(y - x)"],
  },
  true,
);

/** `height` where the difference is less than `width`, else 0. */
const Near = withConstants((width, height) => ({
  gradFn: "WhereBackward0",
  value: `Math.abs(x - y) < ${width} ? ${height} : 0`,
  slopes: ["0", "0"],
}));

const SmoothL1 = lossWithConstants((beta) => ({
  gradFn: "SmoothL1LossBackward0",
  value: `Math.abs(x - y) < ${beta} ? 0.5 * (x - y) * (x - y) / ${beta} : Math.abs(x - y) - 0.5 * ${beta}`,
  slopes: [
    `x - y <= ${-beta} ? -1 : x - y >= ${beta} ? 1 : (x - y) / ${beta}`,
    `x - y <= ${-beta} ? 1 : x - y >= ${beta} ? -1 : (y - x) / ${beta}`,
  ],
  curvature: (i, j, x, y) => Near(beta, (i === j ? 1 : -1) / beta).apply("smoothL1Loss", x, y),
}));

const Huber = lossWithConstants((delta) => ({
  gradFn: "HuberLossBackward0",
  value: `Math.abs(x - y) <= ${delta} ? 0.5 * (x - y) * (x - y) : ${delta} * (Math.abs(x - y) - 0.5 * ${delta})`,
  slopes: [
    `x - y <= ${-delta} ? ${-delta} : x - y >= ${delta} ? ${delta} : x - y`,
    `x - y <= ${-delta} ? ${delta} : x - y >= ${delta} ? ${-delta} : y - x`,
  ],
  curvature: (i, j, x, y) => Near(delta, i === j ? 1 : -1).apply("huberLoss", x, y),
}));

/** The input is the logarithm of the rate. */
const PoissonOfLog = new PointwiseLoss(
  {
    gradFn: "SubBackward0",
    value: "Math.exp(x) - y * x",
    slopes: ["Math.exp(x) - y", "-x"],
    curvature: (i, j, x) => (i === 1 && j === 1 ? null : i === j ? exp(x) : constant(-1, x)),
  },
  true,
);

const PoissonOfRate = lossWithConstants(
  (eps) => ({
    gradFn: "SubBackward0",
    value: `x - y * Math.log(x + ${eps})`,
    slopes: [`1 - y / (x + ${eps})`, `-Math.log(x + ${eps})`],
    curvature(i, j, x, y) {
      if (i === 1 && j === 1) return null;
      return i === j ? y.div(square(x.add(eps))) : x.add(eps).pow(-1).neg();
    },
  }),
  true,
);

/** Stirling's approximation of ln(x!), where x exceeds 1. */
const Stirling = new PointwiseFunction({
  gradFn: "MaskedFillBackward0",
  value: "x > 1 ? x * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI * x) : 0",
  slopes: ["x > 1 ? Math.log(x) + 0.5 / x : 0"],
  curvature: (_i, _j, x) => StirlingCurvature.apply("poissonNllLoss", x),
});
const StirlingCurvature = new PointwiseFunction({
  gradFn: "MaskedFillBackward0",
  value: "x > 1 ? 1 / x - 0.5 / (x * x) : 0",
  slopes: ["x > 1 ? (1 / x - 1) / (x * x) : 0"],
});

/** The squared difference. Shapes are broadcast. */
export function mseLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = reductionOf("mseLoss", options);
  checkFloats("mseLoss", input, target);
  return Mse.apply("mseLoss", input, target, reduction);
}

/** The absolute difference. Its derivative at 0 is taken as 0. Shapes are broadcast. */
export function l1Loss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = reductionOf("l1Loss", options);
  checkFloats("l1Loss", input, target);
  return L1.apply("l1Loss", input, target, reduction);
}

/** ½·d²/beta for differences d below `beta`, |d| − ½·beta above. Shapes are broadcast. Girshick, "Fast R-CNN", 2015. */
export function smoothL1Loss(input: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  const { reduction = "mean", beta = 1 } = namedArguments<SmoothL1LossOptions>(
    "smoothL1Loss",
    ["reduction", "beta"],
    [options],
  );
  checkReduction("smoothL1Loss", reduction);
  checkNumbers("smoothL1Loss", { beta });
  if (!(beta >= 0))
    throw new RangeError(`smoothL1Loss: does not support negative values for beta, got ${beta}`);
  checkFloats("smoothL1Loss", input, target);
  return (beta === 0 ? L1 : SmoothL1(beta)).apply("smoothL1Loss", input, target, reduction);
}

/** ½·d² for differences d up to `delta`, delta·(|d| − ½·delta) above. Shapes are broadcast. Huber, 1964. */
export function huberLoss(input: Tensor, target: Tensor, ...given: HuberLossArguments): Tensor {
  const { reduction = "mean", delta = 1 } = namedArguments<HuberLossOptions>(
    "huberLoss",
    ["reduction", "delta"],
    given,
  );
  checkReduction("huberLoss", reduction);
  checkNumbers("huberLoss", { delta });
  if (!(delta > 0))
    throw new RangeError(`huberLoss: does not support non-positive values for delta, got ${delta}`);
  checkFloats("huberLoss", input, target);
  return Huber(delta).apply("huberLoss", input, target, reduction);
}

/** −ln of the Poisson probability of the counts `target`, but for a constant. Shapes are broadcast. */
export function poissonNllLoss(input: Tensor, target: Tensor, ...given: PoissonNllLossArguments): Tensor {
  const {
    logInput = true,
    full = false,
    eps = 1e-8,
    reduction = "mean",
  } = namedArguments<PoissonNllLossOptions>(
    "poissonNllLoss",
    ["logInput", "full", "eps", "reduction"],
    given,
  );
  checkReduction("poissonNllLoss", reduction);
  checkNumbers("poissonNllLoss", { eps });
  checkFloats("poissonNllLoss", input, target);
  const loss = logInput ? PoissonOfLog : PoissonOfRate(eps);
  if (!full) return loss.apply("poissonNllLoss", input, target, reduction);
  const losses = loss.apply("poissonNllLoss", input, target, "none");
  return reduceLosses(losses.add(Stirling.apply("poissonNllLoss", target)), reduction);
}

/**
 * −ln of the normal density at `target` with mean `input` and variance `variance`, but for a constant.
 *
 * @param variance of the shape of the input, or without its last dimension, or with size 1 there
 */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  ...given: GaussianNllLossArguments
): Tensor {
  const {
    full = false,
    eps = 1e-6,
    reduction = "mean",
  } = namedArguments<GaussianNllLossOptions>("gaussianNllLoss", ["full", "eps", "reduction"], given);
  checkReduction("gaussianNllLoss", reduction);
  checkNumbers("gaussianNllLoss", { eps });
  checkFloats("gaussianNllLoss", input, target, variance);
  const { shape } = input;
  let fitting = variance;
  if (!sameShape(variance.shape, shape)) {
    if (sameShape(variance.shape, shape.slice(0, -1)) && shape.length > 0) fitting = unsqueeze(variance, -1);
    else if (!sameShape(variance.shape, [...shape.slice(0, -1), 1])) {
      throw new RangeError(
        `gaussianNllLoss: var is of incorrect size: ${describe(variance.shape)} for an input ${describe(shape)}`,
      );
    }
  }
  if (variance.toArray().some((value) => value < 0))
    throw new RangeError("gaussianNllLoss: var has negative entry/entries");
  const clamped = raisedTo("gaussianNllLoss", eps, fitting);
  const losses = log(clamped)
    .add(square(input.sub(target)).div(clamped))
    .mul(0.5);
  return reduceLosses(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}
