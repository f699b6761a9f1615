import { type Arguments, namedArguments } from "../tensor/arguments.js";
import type { LossOptions, Reduce } from "../tensor/ops/loss.js";
import {
  type CrossEntropyArguments,
  type CrossEntropyOptions,
  crossEntropy,
  type MultiMarginLossArguments,
  type MultiMarginLossOptions,
  multilabelMarginLoss,
  multiMarginLoss,
  type NllLossArguments,
  type NllLossOptions,
  nllLoss,
} from "../tensor/ops/loss-classification.js";
import {
  type CtcLengths,
  type CtcLossArguments,
  type CtcLossOptions,
  ctcLoss,
} from "../tensor/ops/loss-ctc.js";
import {
  cosineEmbeddingLoss,
  type Distance,
  hingeEmbeddingLoss,
  type MarginArguments,
  type MarginOptions,
  marginRankingLoss,
  type TripletDistanceOptions,
  type TripletMarginArguments,
  type TripletMarginOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from "../tensor/ops/loss-margin.js";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type KlDivOptions,
  klDiv,
  type LogitsLossOptions,
  multilabelSoftMarginLoss,
  softMarginLoss,
  type WeightedLossArguments,
  type WeightedLossOptions,
} from "../tensor/ops/loss-probability.js";
import {
  type GaussianNllLossOptions,
  gaussianNllLoss,
  type HuberLossArguments,
  type HuberLossOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  type PoissonNllLossArguments,
  type PoissonNllLossOptions,
  poissonNllLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "../tensor/ops/loss-regression.js";
import type { Tensor } from "../tensor/tensor.js";
import { PairwiseDistance } from "./distance.js";
import { Module } from "./module.js";
import { Buffer } from "./parameter.js";

/** A loss with options: those of the function of the same name, which also checks them. */
abstract class Loss<O extends { reduction?: Reduce | "batchmean" }> extends Module {
  protected readonly options: O;

  constructor(names: readonly (keyof O & string)[], given: readonly unknown[]) {
    super();
    this.options = namedArguments<O>(new.target.name, names, given);
  }

  /** "mean", "sum" or "none". */
  get reduction(): string {
    return this.options.reduction ?? "mean";
  }
}

/** A loss with a factor for each class, which is a buffer: part of the state, but not learned. */
abstract class WeightedLoss<O extends { reduction?: Reduce; weight?: Tensor | null }> extends Loss<O> {
  readonly weight: Buffer | null;

  constructor(names: readonly (keyof O & string)[], given: readonly unknown[]) {
    super(names, given);
    const { weight } = this.options;
    this.weight = weight ? new Buffer(weight) : null;
  }

  protected get weighted(): O {
    return { ...this.options, weight: this.weight };
  }
}

/** The squared difference of input and target, averaged over all elements, summed, or as it is. */
export class MSELoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(["reduction"], [options]);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this.options);
  }
}

/** The absolute difference. */
export class L1Loss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(["reduction"], [options]);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, this.options);
  }
}

/** ½·d²/beta for small differences d, |d| − ½·beta for large ones. */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  constructor(options: SmoothL1LossOptions = {}) {
    super(["reduction", "beta"], [options]);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, this.options);
  }
}

/** ½·d² for small differences d, delta·(|d| − ½·delta) for large ones. */
export class HuberLoss extends Loss<HuberLossOptions> {
  constructor(...given: HuberLossArguments) {
    super(["reduction", "delta"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, this.options);
  }
}

/** −ln of the Poisson probability of the counts in the target. */
export class PoissonNLLLoss extends Loss<PoissonNllLossOptions> {
  constructor(...given: PoissonNllLossArguments) {
    super(["logInput", "full", "eps", "reduction"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this.options);
  }
}

/** −ln of the normal density with the given mean (the input) and variance. */
export class GaussianNLLLoss extends Loss<GaussianNllLossOptions> {
  constructor(options: GaussianNllLossOptions = {}) {
    super(["full", "eps", "reduction"], [options]);
  }
  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, variance, this.options);
  }
}

/** The cross entropy of logits and classes (int64) or probabilities. */
export class CrossEntropyLoss extends WeightedLoss<CrossEntropyOptions> {
  constructor(...given: CrossEntropyArguments) {
    super(["weight", "ignoreIndex", "reduction", "labelSmoothing"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, this.weighted);
  }
}

/** −log-probability of the right class. */
export class NLLLoss extends WeightedLoss<NllLossOptions> {
  constructor(...given: NllLossArguments) {
    super(["weight", "ignoreIndex", "reduction"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, this.weighted);
  }
}

/** −ln of the probability of labels whose places in time are not known: connectionist temporal classification. */
export class CTCLoss extends Loss<CtcLossOptions> {
  constructor(...given: CtcLossArguments) {
    super(["blank", "reduction", "zeroInfinity"], given);
  }
  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: CtcLengths,
    targetLengths: CtcLengths,
  ): Tensor {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}

/** −(y·ln x + (1 − y)·ln(1 − x)) for probabilities x. */
export class BCELoss extends WeightedLoss<WeightedLossOptions> {
  constructor(...given: WeightedLossArguments) {
    super(["weight", "reduction"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, this.weighted);
  }
}

/** BCELoss of σ(input), numerically stable. */
export class BCEWithLogitsLoss extends WeightedLoss<LogitsLossOptions> {
  readonly posWeight: Buffer | null;

  constructor(...given: Arguments<[weight?: Tensor | null], LogitsLossOptions>) {
    super(["weight", "reduction", "posWeight"], given);
    const { posWeight } = this.options;
    this.posWeight = posWeight ? new Buffer(posWeight) : null;
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropyWithLogits(input, target, { ...this.weighted, posWeight: this.posWeight });
  }
}

/** The Kullback–Leibler divergence, y·(ln y − x) for each element. */
export class KLDivLoss extends Loss<KlDivOptions> {
  constructor(options: KlDivOptions = {}) {
    super(["reduction", "logTarget"], [options]);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options);
  }
}

/** ln(1 + e^(−x·y)) for targets y of ±1. */
export class SoftMarginLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(["reduction"], [options]);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, this.options);
  }
}

/** BCEWithLogitsLoss averaged over the classes. */
export class MultiLabelSoftMarginLoss extends WeightedLoss<WeightedLossOptions> {
  constructor(...given: WeightedLossArguments) {
    super(["weight", "reduction"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, this.weighted);
  }
}

/** The mean over all wrong classes of max(0, margin − x[y] + x[i])^p. */
export class MultiMarginLoss extends WeightedLoss<MultiMarginLossOptions> {
  constructor(...given: MultiMarginLossArguments) {
    super(["p", "margin", "weight", "reduction"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(input, target, this.weighted);
  }
}

/** max(0, 1 − (x[y] − x[i])) for all right classes y and all wrong ones i. */
export class MultiLabelMarginLoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(["reduction"], [options]);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, this.options);
  }
}

/** x where the target is 1, max(0, margin − x) where it is −1. */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  constructor(...given: MarginArguments) {
    super(["margin", "reduction"], given);
  }
  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, this.options);
  }
}

/** max(0, margin − target·(x1 − x2)). */
export class MarginRankingLoss extends Loss<MarginOptions> {
  constructor(...given: MarginArguments) {
    super(["margin", "reduction"], given);
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, this.options);
  }
}

/** 1 − cos(x1, x2) where the target is 1, max(0, cos(x1, x2) − margin) where it is −1. */
export class CosineEmbeddingLoss extends Loss<MarginOptions> {
  constructor(...given: MarginArguments) {
    super(["margin", "reduction"], given);
  }
  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(input1, input2, target, this.options);
  }
}

/** max(0, d(anchor, positive) − d(anchor, negative) + margin). */
export class TripletMarginLoss extends Loss<TripletMarginOptions> {
  constructor(...given: TripletMarginArguments) {
    super(["margin", "p", "eps", "swap", "reduction"], given);
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

/** TripletMarginLoss with any distance: a function or a module. */
export class TripletMarginWithDistanceLoss extends Loss<TripletDistanceOptions> {
  readonly distanceFunction: Distance | PairwiseDistance;

  constructor(options: TripletDistanceOptions = {}) {
    super(["distanceFunction", "margin", "swap", "reduction"], [options]);
    this.distanceFunction = this.options.distanceFunction ?? new PairwiseDistance();
  }
  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, negative, {
      ...this.options,
      distanceFunction: this.distanceFunction,
    });
  }
}
