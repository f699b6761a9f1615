/** Losses of scores against the numbers of the right classes. */
import { type ClassTargets, rightScores, spreadToRightScores } from "../../engine/classes.js";
import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { isFloatingPoint } from "../dtype.js";
import { describe, elementCount, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkNumbers } from "./activation-rectified.js";
import { checkReduction, type LossOptions, type Reduce, reduceLosses } from "./loss.js";
import { checkFloats } from "./pointwise-function.js";
import { checkTensor } from "./promotion.js";
import { mean, sum } from "./reduction.js";
import { logSoftmax } from "./softmax.js";
import { reshape } from "./view.js";

export interface NllLossOptions extends LossOptions {
  /** A factor for each class, [C]. The mean is the weighted one. */
  weight?: Tensor | null;
  /** Places with this class are left out. Default −100. */
  ignoreIndex?: number;
}
export interface CrossEntropyOptions extends NllLossOptions {
  /** The share of the target that is spread evenly over all classes, 0 (default) to 1. */
  labelSmoothing?: number;
}

export type NllLossArguments = Arguments<[weight?: Tensor | null], NllLossOptions>;
export type CrossEntropyArguments = Arguments<[weight?: Tensor | null], CrossEntropyOptions>;

interface Classes extends ClassTargets {
  /** The shapes of the scores and of the target. */
  readonly scores: readonly number[];
  readonly places: readonly number[];
}
interface Reduced {
  readonly classes: Classes;
  readonly reduction: Reduce;
  /** What the mean divides by. */
  readonly total: number;
}

const nllLossNamed = (name: string): Operation => ({
  name,
  backward(node, gradient) {
    const { classes, reduction, total } = node.attributes as Reduced;
    const scaled = reduction === "mean" ? gradient.div(total) : gradient;
    node.give(0, spread(scaled.expand(classes.places), classes));
  },
});
const NllLoss = nllLossNamed("NllLossBackward0");
const NllLoss2d = nllLossNamed("NllLoss2DBackward0");

const Spread: Operation = {
  name: "NllLossBackwardBackward0",
  backward(node, outer) {
    const classes = node.attributes as Classes;
    node.give(0, lossOf(outer, classes, "none"));
  },
};

function spread(gradient: Tensor, classes: Classes): Tensor {
  const out = Tensor.zeros(classes.scores, gradient.dtype);
  spreadToRightScores(classes, gradient.toArray(), out.storage.data);
  if (isRecorded(gradient)) out.gradFn = new Node(Spread, [gradient], undefined, classes);
  return out;
}

function lossOf(input: Tensor, classes: Classes, reduction: Reduce): Tensor {
  const losses = Tensor.zeros(classes.places, input.dtype);
  const total = rightScores(classes, input.toArray(), losses.storage.data);
  let out = losses;
  if (reduction === "mean") out = sum(losses).div(total);
  else if (reduction === "sum") out = sum(losses);
  if (isRecorded(input)) {
    const attributes: Reduced = { classes, reduction, total };
    out.gradFn = new Node(input.ndim > 2 ? NllLoss2d : NllLoss, [input], undefined, attributes);
  }
  return out;
}

/** The dimension of the classes: the second, or the only one. */
function classDim(input: Tensor): 0 | 1 {
  return input.ndim === 1 ? 0 : 1;
}

/** Refuses weights that do not fit the classes. */
export function checkClassWeight(operation: string, weight: Tensor | null, input: Tensor): void {
  if (weight === null) return;
  checkFloats(operation, input, weight);
  const count = input.shape[classDim(input)];
  if (weight.ndim !== 1 || weight.count !== count) {
    throw new RangeError(
      `${operation}: weight tensor should be defined either for all ${count} classes or no classes but got weight tensor of shape: ${describe(weight.shape)}`,
    );
  }
}

/** Checks shapes and classes before anything is computed. */
function classesOf(
  operation: string,
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  ignoreIndex: number,
): Classes {
  checkFloats(operation, input);
  checkTensor(operation, target);
  if (isFloatingPoint(target.dtype) || target.dtype === "bool") {
    throw new TypeError(
      `${operation}: the target holds the numbers of classes: expected int64, found ${target.dtype}; convert it with long()`,
    );
  }
  if (!Number.isInteger(ignoreIndex))
    throw new TypeError(`${operation}: ignoreIndex is an integer, not ${String(ignoreIndex)}`);
  if (input.ndim === 0)
    throw new RangeError(`${operation}: the input needs a dimension of classes: [C], [N, C] or [N, C, …]`);
  checkClassWeight(operation, weight, input);
  const d = classDim(input);
  const { shape } = input;
  const places = shape.toSpliced(d, 1);
  if (!sameShape(target.shape, places)) {
    throw new RangeError(
      `${operation}: Expected target size ${describe(places)}, got ${describe(target.shape)}, for an input ${describe(shape)}`,
    );
  }
  const classes = shape[d];
  const values = target.toArray();
  for (const value of values) {
    if (value !== ignoreIndex && !(value >= 0 && value < classes))
      throw new RangeError(`${operation}: Target ${value} is out of bounds: there are ${classes} classes`);
  }
  return {
    batch: d === 0 ? 1 : shape[0],
    classes,
    inner: elementCount(shape.slice(d + 1)),
    target: values,
    ignored: ignoreIndex,
    weight: weight?.toArray() ?? null,
    scores: shape,
    places,
  };
}

/**
 * −weight[c] · the log-probability of the right class c.
 *
 * @param input log-probabilities [C], [N, C] or [N, C, …]
 * @param target classes from 0 to C − 1, int64: [], [N] or [N, …]
 * @returns one number, or with reduction "none" one for each place of the target
 */
export function nllLoss(input: Tensor, target: Tensor, ...given: NllLossArguments): Tensor {
  const {
    weight = null,
    ignoreIndex = -100,
    reduction = "mean",
  } = namedArguments<NllLossOptions>("nllLoss", ["weight", "ignoreIndex", "reduction"], given);
  checkReduction("nllLoss", reduction);
  return lossOf(input, classesOf("nllLoss", input, target, weight, ignoreIndex), reduction);
}

/**
 * The cross entropy of target and softmax(input), numerically stable.
 *
 * @param input any numbers (logits), [C], [N, C] or [N, C, …]
 * @param target classes from 0 to C − 1, int64 ([], [N] or [N, …]), or probabilities in the shape of the input
 */
export function crossEntropy(input: Tensor, target: Tensor, ...given: CrossEntropyArguments): Tensor {
  const {
    weight = null,
    ignoreIndex = -100,
    reduction = "mean",
    labelSmoothing = 0,
  } = namedArguments<CrossEntropyOptions>(
    "crossEntropy",
    ["weight", "ignoreIndex", "reduction", "labelSmoothing"],
    given,
  );
  checkReduction("crossEntropy", reduction);
  checkNumbers("crossEntropy", { labelSmoothing });
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`crossEntropy: label_smoothing must be between 0.0 and 1.0. Got: ${labelSmoothing}`);
  }
  checkFloats("crossEntropy", input);
  checkTensor("crossEntropy", target);
  if (sameShape(input.shape, target.shape)) {
    if (!isFloatingPoint(target.dtype)) {
      throw new TypeError(
        `crossEntropy: a target of the shape of the input holds probabilities: Expected floating point type for target with class probabilities, got ${target.dtype}`,
      );
    }
    checkFloats("crossEntropy", input, target);
    checkClassWeight("crossEntropy", weight, input);
    return ofProbabilities(input, target, weight, reduction, labelSmoothing);
  }
  const classes = classesOf("crossEntropy", input, target, weight, ignoreIndex);
  const logProbabilities = logSoftmax(input, classDim(input));
  const loss = lossOf(logProbabilities, classes, reduction);
  if (labelSmoothing === 0) return loss;
  return loss
    .mul(1 - labelSmoothing)
    .add(spreadEvenly(logProbabilities, classes, weight, reduction).mul(labelSmoothing / classes.classes));
}

/** A weight for each class, so that it can be multiplied with the input. */
function alongClasses(weight: Tensor, input: Tensor): Tensor {
  return reshape(weight, [weight.count, ...input.shape.slice(classDim(input) + 1).map(() => 1)]);
}

function ofProbabilities(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: Reduce,
  labelSmoothing: number,
): Tensor {
  const d = classDim(input);
  const count = input.shape[d];
  const smoothed = labelSmoothing === 0 ? target : target.mul(1 - labelSmoothing).add(labelSmoothing / count);
  const products = logSoftmax(input, d).mul(smoothed);
  const losses = (weight === null ? products : products.mul(alongClasses(weight, input))).neg();
  if (reduction === "none") return sum(losses, d);
  return reduction === "sum" ? sum(losses) : sum(losses).div(input.count / count);
}

/** The loss against a target that holds all classes evenly, times their number. */
function spreadEvenly(
  logProbabilities: Tensor,
  classes: Classes,
  weight: Tensor | null,
  reduction: Reduce,
): Tensor {
  const weighted =
    weight === null ? logProbabilities : logProbabilities.mul(alongClasses(weight, logProbabilities));
  const present = Tensor.zeros(classes.places, logProbabilities.dtype);
  let total = 0;
  classes.target.forEach((value, k) => {
    if (value === classes.ignored) return;
    present.storage.data[k] = 1;
    total += classes.weight?.[value] ?? 1;
  });
  const losses = sum(weighted, classDim(logProbabilities)).neg().mul(present);
  return reduction === "mean" ? sum(losses).div(total) : reduceLosses(losses, reduction);
}

export interface MultiMarginLossOptions extends LossOptions {
  /** The power of the differences, 1 (default) or 2. */
  p?: 1 | 2;
  /** Default 1. */
  margin?: number;
  /** A factor for each class, [C]. */
  weight?: Tensor | null;
}
export type MultiMarginLossArguments = Arguments<
  [p?: 1 | 2, margin?: number, weight?: Tensor | null],
  MultiMarginLossOptions
>;

/**
 * The mean over all classes i ≠ y of max(0, margin − x[y] + x[i])^p, where y is the right class.
 *
 * @param input scores [C] or [N, C]
 * @param target classes [] or [N], int64
 */
export function multiMarginLoss(input: Tensor, target: Tensor, ...given: MultiMarginLossArguments): Tensor {
  const {
    p = 1,
    margin = 1,
    weight = null,
    reduction = "mean",
  } = namedArguments<MultiMarginLossOptions>(
    "multiMarginLoss",
    ["p", "margin", "weight", "reduction"],
    given,
  );
  checkReduction("multiMarginLoss", reduction);
  checkNumbers("multiMarginLoss", { margin });
  if (p !== 1 && p !== 2)
    throw new RangeError(`multiMarginLoss: only p == 1 and p == 2 supported, got ${String(p)}`);
  checkFloats("multiMarginLoss", input);
  if (input.ndim > 2)
    throw new RangeError(`multiMarginLoss: expected an input [C] or [N, C], got ${describe(input.shape)}`);
  const classes = classesOf("multiMarginLoss", input, target, weight, Number.MIN_SAFE_INTEGER);
  const unweighted: Classes = { ...classes, weight: null };
  // What each class counts: nothing for the right one.
  const factors = Tensor.zeros(input.shape, input.dtype);
  classes.target.forEach((right, n) => {
    const from = n * classes.classes;
    factors.storage.data.fill(classes.weight?.[right] ?? 1, from, from + classes.classes);
    factors.storage.data[from + right] = 0;
  });
  const right = lossOf(input, unweighted, "none").unsqueeze(-1);
  const excess = input.add(right).add(margin).relu();
  const losses = mean((p === 1 ? excess : excess.square()).mul(factors), -1);
  return reduceLosses(losses, reduction);
}

const MultilabelMargin: Operation = {
  name: "MultilabelMarginLossBackward0",
  backward(node, gradient) {
    node.give(0, gradient.unsqueeze(-1).mul(node.saved(0)));
  },
};

/**
 * The sum over all right classes y and all wrong ones i of max(0, 1 − (x[y] − x[i])), divided by the number of classes.
 *
 * @param input scores [C] or [N, C]
 * @param target of the same shape, int64: the right classes of each sample, and −1 after the last of them
 */
export function multilabelMarginLoss(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  const operation = "multilabelMarginLoss";
  const { reduction = "mean" } = namedArguments<LossOptions>(operation, ["reduction"], [options]);
  checkReduction(operation, reduction);
  checkFloats(operation, input);
  checkTensor(operation, target);
  if (input.ndim < 1 || input.ndim > 2 || !sameShape(input.shape, target.shape)) {
    throw new RangeError(
      `${operation}: expected input and target [C] or [N, C], got ${describe(input.shape)} and ${describe(target.shape)}`,
    );
  }
  if (target.dtype !== "int64" && target.dtype !== "int32")
    throw new TypeError(
      `${operation}: the target holds the numbers of classes: expected int64, found ${target.dtype}`,
    );
  const count = input.shape[input.ndim - 1];
  const labels = target.toArray();
  for (const label of labels) {
    if (!(label >= -1 && label < count))
      throw new RangeError(`${operation}: Target ${label} is out of range: there are ${count} classes`);
  }
  const scores = input.toArray();
  const losses = Tensor.zeros(input.shape.slice(0, -1), input.dtype);
  // The loss is piecewise linear: this is its derivative.
  const slopes = Tensor.like(input);
  for (let n = 0; n < losses.count; n++) {
    const from = n * count;
    const end = labels.subarray(from, from + count).indexOf(-1);
    const right = labels.subarray(from, from + (end === -1 ? count : end));
    let loss = 0;
    for (const y of right) {
      for (let i = 0; i < count; i++) {
        const excess = 1 - scores[from + y] + scores[from + i];
        if (right.includes(i) || !(excess > 0)) continue;
        loss += excess;
        slopes.storage.data[from + y] -= 1 / count;
        slopes.storage.data[from + i] += 1 / count;
      }
    }
    losses.storage.data[n] = loss / count;
  }
  if (isRecorded(input)) losses.gradFn = new Node(MultilabelMargin, [input], [slopes]);
  return reduceLosses(losses, reduction);
}
