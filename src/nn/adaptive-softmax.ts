import { type Arguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType, tensor } from "../tensor/creation.js";
import { type DType, isFloatingPoint } from "../tensor/dtype.js";
import { type NamedResults, namedResults } from "../tensor/named-results.js";
import { argmax } from "../tensor/ops/extrema.js";
import { indexAdd, indexCopy, indexSelect } from "../tensor/ops/index-along.js";
import { cat } from "../tensor/ops/joining.js";
import { crossEntropy } from "../tensor/ops/loss-classification.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { mean } from "../tensor/ops/reduction.js";
import { logSoftmax } from "../tensor/ops/softmax.js";
import { describe } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { ModuleList, Sequential } from "./container.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";

export interface AdaptiveLogSoftmaxOptions {
  /** Size of the last dimension of the input. */
  inFeatures?: number;
  /** Number of classes, the frequent ones first. */
  nClasses?: number;
  /** The first class of each cluster of rarer classes, increasing, from 1 to nClasses − 1. */
  cutoffs?: readonly number[];
  /** By how much the features of each cluster are fewer than those of the one before. Default 4. */
  divValue?: number;
  /** Whether the head has a bias. Default false. */
  headBias?: boolean;
  dtype?: DType;
}
export type AdaptiveLogSoftmaxArguments = Arguments<
  [inFeatures: number, nClasses: number, cutoffs: readonly number[], divValue?: number, headBias?: boolean],
  AdaptiveLogSoftmaxOptions
>;

const NAME = "AdaptiveLogSoftmaxWithLoss";

/**
 * An approximation of the softmax over very many classes, of which few are frequent (Grave and others, "Efficient
 * softmax approximation for GPUs", 2016): a head scores the frequent classes and the clusters of the rarer ones, and
 * each cluster scores its own classes, with fewer features, only where it is needed.
 *
 * `head.weight` is [cutoffs[0] + clusters, inFeatures]; cluster i projects with `tail.i.0.weight` to
 * ⌊inFeatures / divValue^(i + 1)⌋ features and scores with `tail.i.1.weight`. All start with PyTorch's values.
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly inFeatures: number;
  readonly nClasses: number;
  /** As given, and nClasses at the end. */
  readonly cutoffs: readonly number[];
  readonly divValue: number;
  readonly headBias: boolean;
  readonly head: Linear;
  readonly tail: ModuleList<Sequential>;

  constructor(...given: AdaptiveLogSoftmaxArguments) {
    super();
    const {
      inFeatures,
      nClasses,
      cutoffs,
      divValue = 4,
      headBias = false,
      ...options
    } = requiredArguments<AdaptiveLogSoftmaxOptions, "inFeatures" | "nClasses" | "cutoffs">(
      NAME,
      ["inFeatures", "nClasses", "cutoffs"],
      ["divValue", "headBias", "dtype"],
      given,
    );
    for (const [name, value] of Object.entries({ inFeatures, nClasses })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`${NAME}: ${name} must be an integer ≥ 1, not ${String(value)}`);
    }
    checkCutoffs(cutoffs, nClasses);
    if (typeof divValue !== "number" || !(divValue > 0))
      throw new RangeError(`${NAME}: divValue must be a number > 0, not ${String(divValue)}`);
    if (typeof headBias !== "boolean")
      throw new TypeError(`${NAME}: headBias is true or false, not ${String(headBias)}`);
    const dtype = chosenDType(NAME, options);
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.head = new Linear(inFeatures, cutoffs[0] + cutoffs.length, headBias, { dtype });
    this.tail = new ModuleList();
    for (const [i, first] of cutoffs.entries()) {
      const divisor = divValue ** (i + 1);
      // Python's //: the rounded quotient may be one too large.
      const features = Math.round((inFeatures - (inFeatures % divisor)) / divisor);
      this.tail.append(
        new Sequential(
          new Linear(inFeatures, features, false, { dtype }),
          new Linear(features, this.cutoffs[i + 1] - first, false, { dtype }),
        ),
      );
    }
  }

  /**
   * The log-probabilities of the right classes, and their negative mean.
   *
   * @param input [N, inFeatures] or [inFeatures]
   * @param target classes from 0 to nClasses − 1, int64: [N] or []
   * @returns `output`, in the shape of the target, and `loss`, one number
   */
  override forward(input: Tensor, target: Tensor): NamedResults<"output" | "loss"> {
    this.checkTarget(input, target);
    if (target.ndim === 0) {
      const { output, loss } = this.forward(input.unsqueeze(0), target.unsqueeze(0));
      return namedResults({ output: output.squeeze(0), loss });
    }
    const [shortlist] = this.cutoffs;
    const classes = [...target.toArray()];
    const clusters = classes.map((right) => this.cutoffs.findIndex((end) => right < end));
    const inHead = classes.map((right, n) => (clusters[n] === 0 ? right : shortlist + clusters[n] - 1));
    let losses = crossEntropy(this.head.forward(input), numbers(inHead), { reduction: "none" });
    for (const [i, scores] of [...this.tail].entries()) {
      const rows = [...clusters.keys()].filter((n) => clusters[n] === i + 1);
      if (rows.length === 0) continue;
      const chosen = numbers(rows);
      const inCluster = numbers(rows.map((n) => classes[n] - this.cutoffs[i]));
      const own = crossEntropy(scores.forward(indexSelect(input, 0, chosen)), inCluster, {
        reduction: "none",
      });
      losses = indexAdd(losses, 0, chosen, own);
    }
    return namedResults({ output: losses.neg(), loss: mean(losses) });
  }

  /** The log-probabilities of all classes, [N, nClasses], for an input [N, inFeatures]. */
  logProb(input: Tensor): Tensor {
    this.checkInput("logProb", input);
    return this.allLogProbabilities(input, this.head.forward(input));
  }

  /** The most probable class of each row of an input [N, inFeatures], [N]: the argmax of `logProb`, for less work. */
  predict(input: Tensor): Tensor {
    this.checkInput("predict", input);
    const scores = this.head.forward(input);
    const best = argmax(scores, 1);
    const found = best.toArray();
    const rows = numbers([...found.keys()].filter((n) => found[n] >= this.cutoffs[0]));
    if (rows.count === 0) return best;
    const all = this.allLogProbabilities(indexSelect(input, 0, rows), indexSelect(scores, 0, rows));
    return indexCopy(best, 0, rows, argmax(all, 1));
  }

  private allLogProbabilities(input: Tensor, headScores: Tensor): Tensor {
    const [shortlist] = this.cutoffs;
    const head = logSoftmax(headScores, 1);
    const clusters = [...this.tail].map((scores, i) =>
      logSoftmax(scores.forward(input), 1).add(head.narrow(1, shortlist + i, 1)),
    );
    return cat([head.narrow(1, 0, shortlist), ...clusters], 1);
  }

  private checkInput(method: string, input: Tensor): void {
    checkTensor(`${NAME}.${method}`, input);
    if (input.ndim !== 2 || input.shape[1] !== this.inFeatures) {
      throw new RangeError(
        `${NAME}.${method}: expected an input [N, ${this.inFeatures}], got ${describe(input.shape)}`,
      );
    }
  }

  private checkTarget(input: Tensor, target: Tensor): void {
    checkTensor(NAME, input);
    checkTensor(NAME, target);
    if (isFloatingPoint(target.dtype) || target.dtype === "bool") {
      throw new TypeError(
        `${NAME}: the target holds the numbers of classes: expected int64, found ${target.dtype}; convert it with long()`,
      );
    }
    if (target.ndim > 1)
      throw new RangeError(
        `${NAME}: 0D or 1D target tensor expected, multi-target not supported, got ${describe(target.shape)}`,
      );
    const wanted = [...target.shape, this.inFeatures];
    if (input.ndim !== wanted.length || wanted.some((size, d) => size !== input.shape[d])) {
      throw new RangeError(
        `${NAME}: expected an input ${describe(wanted)} for a target ${describe(target.shape)}, got ${describe(input.shape)}`,
      );
    }
    for (const value of target.toArray()) {
      if (!(value >= 0 && value < this.nClasses))
        throw new RangeError(
          `${NAME}: Target values should be in [0, ${this.nClasses - 1}], but ${value} was found`,
        );
    }
  }
}

const numbers = (values: number[]): Tensor => tensor(values, { dtype: "int64" });

function checkCutoffs(cutoffs: readonly number[], nClasses: number): void {
  const isValid =
    Array.isArray(cutoffs) &&
    cutoffs.length > 0 &&
    cutoffs.every(
      (cutoff, i) => Number.isInteger(cutoff) && cutoff > (i === 0 ? 0 : cutoffs[i - 1]) && cutoff < nClasses,
    );
  if (!isValid) {
    throw new RangeError(
      `${NAME}: cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and nClasses-1 (${nClasses - 1}), got ${JSON.stringify(cutoffs)}`,
    );
  }
}
