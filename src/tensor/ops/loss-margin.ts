/** Losses that push things together or apart until a margin lies between them. */
import { type Arguments, namedArguments } from "../arguments.js";
import { describe } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkNumbers } from "./activation-rectified.js";
import { clampMin } from "./bounds.js";
import { pairwiseDistance } from "./distance.js";
import { checkReduction, type LossOptions, lossWithConstants, type Reduce, reduceLosses } from "./loss.js";
import { sqrt, square } from "./pointwise.js";
import { checkFloats } from "./pointwise-function.js";
import { checkTensor } from "./promotion.js";
import { sum } from "./reduction.js";

export interface MarginOptions extends LossOptions {
  /** Default 1 for hinge and triplet losses, 0 for the others. */
  margin?: number;
}
export interface TripletMarginOptions extends MarginOptions {
  /** The order of the norm. Default 2. */
  p?: number;
  /** Added to each difference. Default 1e-6. */
  eps?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. Default false. */
  swap?: boolean;
}
/** A function of two tensors, or a module that is one. */
export type Distance = ((a: Tensor, b: Tensor) => Tensor) | { forward: (a: Tensor, b: Tensor) => Tensor };
export interface TripletDistanceOptions extends MarginOptions {
  /** Takes two tensors [N, D] and gives distances [N]: a function or a module. `pairwiseDistance` when left out. */
  distanceFunction?: Distance | null;
  swap?: boolean;
}

export type MarginArguments = Arguments<[margin?: number], MarginOptions>;
export type TripletMarginArguments = Arguments<
  [margin?: number, p?: number, eps?: number, swap?: boolean],
  TripletMarginOptions
>;

const Hinge = lossWithConstants(
  (margin) => ({
    gradFn: "AddBackward0",
    value: `(y !== 1 ? Math.max(${margin} - x, 0) : 0) + (y !== -1 ? x : 0)`,
    slopes: [`(y !== 1 && ${margin} - x >= 0 ? -1 : 0) + (y !== -1 ? 1 : 0)`, "0"],
  }),
  true,
);

/** 1 − x where the target y is 1, max(0, x − margin) where it is −1. */
const CosineMargin = lossWithConstants(
  (margin) => ({
    gradFn: "AddBackward0",
    value: `(y === 1 ? 1 - x : 0) + (y === -1 ? Math.max(x - ${margin}, 0) : 0)`,
    slopes: [`(y === 1 ? -1 : 0) + (y === -1 && x - ${margin} >= 0 ? 1 : 0)`, "0"],
  }),
  true,
);

function marginOptions(
  operation: string,
  given: readonly unknown[],
  otherwise: number,
): { margin: number; reduction: Reduce } {
  const { margin = otherwise, reduction = "mean" } = namedArguments<MarginOptions>(
    operation,
    ["margin", "reduction"],
    given,
  );
  checkReduction(operation, reduction);
  checkNumbers(operation, { margin });
  return { margin, reduction };
}

/** x where the target is 1, max(0, margin − x) where it is −1. Shapes are broadcast. */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, ...given: MarginArguments): Tensor {
  const { margin, reduction } = marginOptions("hingeEmbeddingLoss", given, 1);
  checkFloats("hingeEmbeddingLoss", input);
  checkTensor("hingeEmbeddingLoss", target);
  return Hinge(margin).apply("hingeEmbeddingLoss", input, target.to(input.dtype), reduction);
}

/** max(0, margin − target·(input1 − input2)) for targets of ±1: 1 says that input1 is to be the greater one. */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...given: MarginArguments
): Tensor {
  const { margin, reduction } = marginOptions("marginRankingLoss", given, 0);
  checkFloats("marginRankingLoss", input1, input2);
  checkTensor("marginRankingLoss", target);
  if (input1.ndim !== input2.ndim || input1.ndim !== target.ndim) {
    throw new RangeError(
      `marginRankingLoss: All input tensors should have same dimension but got sizes: input1: ${describe(input1.shape)}, input2: ${describe(input2.shape)}, target: ${describe(target.shape)}`,
    );
  }
  const excess = target.to(input1.dtype).neg().mul(input1.sub(input2)).add(margin);
  return reduceLosses(clampMin(excess, 0), reduction);
}

/** PyTorch's constant is in single precision, whatever the dtype. */
const EPSILON = Math.fround(1e-12);

/**
 * 1 − cos(x1, x2) where the target is 1, max(0, cos(x1, x2) − margin) where it is −1.
 *
 * @param input1 [N, D] or [D], as `input2`
 * @param target [N] or []
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  ...given: MarginArguments
): Tensor {
  const operation = "cosineEmbeddingLoss";
  const { margin, reduction } = marginOptions(operation, given, 0);
  checkFloats(operation, input1, input2);
  checkTensor(operation, target);
  if (target.ndim > 1)
    throw new RangeError(`${operation}: 0D or 1D target tensor expected, multi-target not supported`);
  for (const input of [input1, input2]) {
    if (input.ndim !== target.ndim + 1) {
      throw new RangeError(
        `${operation}: ${target.ndim}D target tensor expects ${target.ndim + 1}D input tensors, but found inputs with sizes ${describe(input1.shape)} and ${describe(input2.shape)}`,
      );
    }
  }
  const dim = target.ndim;
  const squares = sum(square(input1), dim)
    .add(EPSILON)
    .mul(sum(square(input2), dim).add(EPSILON));
  const cosine = sum(input1.mul(input2), dim).div(sqrt(squares));
  return CosineMargin(margin).apply(operation, cosine, target.to(input1.dtype), reduction);
}

/**
 * max(0, d(anchor, positive) − d(anchor, negative) + margin), where d is the p-norm of the difference along the last
 * dimension. Balntas et al., "Learning local feature descriptors with triplets", 2016.
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  ...given: TripletMarginArguments
): Tensor {
  const {
    margin,
    p = 2,
    eps = 1e-6,
    swap,
    reduction,
  } = namedArguments<TripletMarginOptions>(
    "tripletMarginLoss",
    ["margin", "p", "eps", "swap", "reduction"],
    given,
  );
  checkNumbers("tripletMarginLoss", { p, eps });
  const distance = (a: Tensor, b: Tensor) => pairwiseDistance(a, b, { p, eps });
  return triplet("tripletMarginLoss", anchor, positive, negative, { margin, swap, reduction }, distance);
}

/** `tripletMarginLoss` with any distance. */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  const operation = "tripletMarginWithDistanceLoss";
  const { distanceFunction, ...rest } = namedArguments<TripletDistanceOptions>(
    operation,
    ["distanceFunction", "margin", "swap", "reduction"],
    [options],
  );
  const measure = distanceFunction ?? pairwiseDistance;
  const distance = typeof measure === "function" ? measure : measure.forward?.bind(measure);
  if (typeof distance !== "function")
    throw new TypeError(`${operation}: distanceFunction is a function of two tensors, or a module`);
  return triplet(operation, anchor, positive, negative, rest, (a, b) => distance(a, b));
}

function triplet(
  operation: string,
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions,
  distance: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const { margin = 1, swap = false, reduction = "mean" } = options;
  checkReduction(operation, reduction);
  checkNumbers(operation, { margin });
  checkFloats(operation, anchor, positive, negative);
  if (anchor.ndim !== positive.ndim || anchor.ndim !== negative.ndim) {
    throw new RangeError(
      `${operation}: The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${anchor.ndim}D, positive ${positive.ndim}D, and negative ${negative.ndim}D inputs`,
    );
  }
  let apart = distance(anchor, negative);
  if (swap) apart = apart.minimum(distance(positive, negative));
  const excess = distance(anchor, positive).sub(apart).add(margin);
  return reduceLosses(clampMin(excess, 0), reduction);
}
