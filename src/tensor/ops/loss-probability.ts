/** Losses of probabilities, or of their logits, against probabilities. */
import { type Arguments, namedArguments } from "../arguments.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { logsigmoid } from "./activation-smooth.js";
import {
  checkReduction,
  checkSameShape,
  type LossOptions,
  PointwiseLoss,
  type Reduce,
  reduceLosses,
  reductionOf,
} from "./loss.js";
import { exp, sigmoid, square } from "./pointwise.js";
import { checkFloats } from "./pointwise-function.js";
import { mean } from "./reduction.js";

export interface WeightedLossOptions extends LossOptions {
  /** A factor for each loss, broadcast to the shape of the input. */
  weight?: Tensor | null;
}
export interface LogitsLossOptions extends WeightedLossOptions {
  /** A factor for the positive part of the target, broadcast to its shape: above 1 it favours recall. */
  posWeight?: Tensor | null;
}
export interface KlDivOptions {
  /** "batchmean" divides the sum by the size of the batch, which is the divergence as it is defined. */
  reduction?: Reduce | "batchmean";
  /** Whether the target holds logarithms too. Default false. */
  logTarget?: boolean;
}

export type WeightedLossArguments = Arguments<[weight?: Tensor | null], WeightedLossOptions>;

const BinaryCrossEntropy = new PointwiseLoss({
  gradFn: "BinaryCrossEntropyBackward0",
  // As in PyTorch, logarithms are kept from falling below −100, and x·(1 − x) below 1e-12.
  value: "(y - 1) * Math.max(Math.log1p(-x), -100) - y * Math.max(Math.log(x), -100)",
  slopes: [
    `(x - y) / Math.max((1 - x) * x, ${Math.fround(1e-12)})`,
    "Math.max(Math.log1p(-x), -100) - Math.max(Math.log(x), -100)",
  ],
  curvature(i, j, x, y) {
    if (i === 1 && j === 1) return null;
    const rest = x.neg().add(1);
    if (i !== j) return x.mul(rest).pow(-1).neg();
    return y.div(square(x)).add(y.neg().add(1).div(square(rest)));
  },
});

const BinaryCrossEntropyWithLogits = new PointwiseLoss({
  gradFn: "BinaryCrossEntropyWithLogitsBackward0",
  value: "(1 - y) * x + Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)))",
  slopes: ["1 / (1 + Math.exp(-x)) - y", "-x"],
  curvature(i, j, x) {
    if (i !== j) return Tensor.full([], -1, x.dtype);
    const s = sigmoid(x);
    return i === 1 ? null : s.mul(s.neg().add(1));
  },
});

const KlDiv = new PointwiseLoss(
  {
    gradFn: "SubBackward0",
    value: "(y === 0 ? 0 : y * Math.log(y)) - y * x",
    slopes: ["-y", "Math.log(y) + 1 - x"],
    curvature: (i, j, x, y) => (i !== j ? Tensor.full([], -1, x.dtype) : i === 0 ? null : y.pow(-1)),
  },
  true,
);

const KlDivOfLog = new PointwiseLoss(
  {
    gradFn: "MulBackward0",
    value: "Math.exp(y) * (y - x)",
    slopes: ["-Math.exp(y)", "Math.exp(y) * (y - x + 1)"],
    curvature(i, j, x, y) {
      if (i === 0 && j === 0) return null;
      return i === j ? exp(y).mul(y.sub(x).add(2)) : exp(y).neg();
    },
  },
  true,
);

const SoftMargin = new PointwiseLoss({
  gradFn: "SoftMarginLossBackward0",
  value: "Math.max(-x * y, 0) + Math.log1p(Math.exp(-Math.abs(x * y)))",
  slopes: ["-y / (1 + Math.exp(x * y))", "-x / (1 + Math.exp(x * y))"],
  curvature(i, j, x, y) {
    const s = sigmoid(x.mul(y).neg());
    const bend = s.mul(s.neg().add(1));
    if (i !== j) return bend.mul(x).mul(y).sub(s);
    return bend.mul(square(i === 0 ? y : x));
  },
});

function weightedOptions<O extends WeightedLossOptions>(
  operation: string,
  names: readonly (keyof O & string)[],
  given: readonly unknown[],
): O & { reduction: Reduce; weight: Tensor | null } {
  const options = namedArguments<O>(operation, names, given);
  const { reduction = "mean", weight = null } = options;
  checkReduction(operation, reduction);
  return { ...options, reduction, weight };
}

/**
 * −(y·ln x + (1 − y)·ln(1 − x)), where y is the target and x the input, both probabilities of one shape.
 * @throws when an input does not lie between 0 and 1
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, ...given: WeightedLossArguments): Tensor {
  const operation = "binaryCrossEntropy";
  const { weight, reduction } = weightedOptions<WeightedLossOptions>(
    operation,
    ["weight", "reduction"],
    given,
  );
  checkFloats(operation, input, target, weight ?? input);
  if (!sameShape(input.shape, target.shape)) {
    throw new RangeError(
      `${operation}: Using a target size (${describe(target.shape)}) that is different to the input size (${describe(input.shape)}) is deprecated. Please ensure they have the same size.`,
    );
  }
  for (const x of input.toArray()) {
    if (!(x >= 0 && x <= 1))
      throw new RangeError(`${operation}: all elements of input should be between 0 and 1, but one is ${x}`);
  }
  if (weight === null) return BinaryCrossEntropy.apply(operation, input, target, reduction);
  return reduceLosses(BinaryCrossEntropy.apply(operation, input, target, "none").mul(weight), reduction);
}

/** `binaryCrossEntropy` of σ(input), stable for large inputs of both signs. */
export function binaryCrossEntropyWithLogits(
  input: Tensor,
  target: Tensor,
  ...given: Arguments<[weight?: Tensor | null], LogitsLossOptions>
): Tensor {
  const operation = "binaryCrossEntropyWithLogits";
  const {
    weight,
    posWeight = null,
    reduction,
  } = weightedOptions<LogitsLossOptions>(operation, ["weight", "reduction", "posWeight"], given);
  checkFloats(operation, input, target, weight ?? input, posWeight ?? input);
  checkSameShape(operation, input, target);
  if (weight === null && posWeight === null)
    return BinaryCrossEntropyWithLogits.apply(operation, input, target, reduction);
  let losses: Tensor;
  if (posWeight === null) losses = BinaryCrossEntropyWithLogits.apply(operation, input, target, "none");
  else {
    const factor = target.mul(posWeight.sub(1)).add(1);
    losses = input.mul(target.neg().add(1)).sub(factor.mul(logsigmoid(input)));
  }
  return reduceLosses(weight === null ? losses : losses.mul(weight), reduction);
}

/**
 * The Kullback–Leibler divergence of each element, y·(ln y − x): the input x holds logarithms of probabilities, the
 * target y probabilities. Shapes are broadcast.
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  const { reduction = "mean", logTarget = false } = namedArguments<KlDivOptions>(
    "klDiv",
    ["reduction", "logTarget"],
    [options],
  );
  checkReduction("klDiv", reduction, ["batchmean"]);
  checkFloats("klDiv", input, target);
  const loss = logTarget ? KlDivOfLog : KlDiv;
  if (reduction !== "batchmean") return loss.apply("klDiv", input, target, reduction);
  const total = loss.apply("klDiv", input, target, "sum");
  return input.ndim === 0 ? total : total.div(input.shape[0]);
}

/** ln(1 + e^(−x·y)) for targets y of ±1. Input and target have one shape. */
export function softMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const reduction = reductionOf("softMarginLoss", options);
  checkFloats("softMarginLoss", input, target);
  checkSameShape("softMarginLoss", input, target);
  return SoftMargin.apply("softMarginLoss", input, target, reduction);
}

/** `binaryCrossEntropyWithLogits` averaged over the classes, the last dimension: one loss for each sample. */
export function multilabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  ...given: WeightedLossArguments
): Tensor {
  const operation = "multilabelSoftMarginLoss";
  const { weight, reduction } = weightedOptions<WeightedLossOptions>(
    operation,
    ["weight", "reduction"],
    given,
  );
  checkFloats(operation, input, target, weight ?? input);
  checkSameShape(operation, input, target);
  const losses = BinaryCrossEntropyWithLogits.apply(operation, input, target, "none");
  return reduceLosses(mean(weight === null ? losses : losses.mul(weight), -1), reduction);
}
