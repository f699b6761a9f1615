/** The loss of label sequences whose places in time are not known. */
import { type CtcSequences, ctcBackward, ctcForward } from "../../engine/ctc.js";
import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { isFloatingPoint } from "../dtype.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkReduction, type Reduce, reduceLosses } from "./loss.js";
import { checkFloats } from "./pointwise-function.js";
import { checkTensor } from "./promotion.js";

export interface CtcLossOptions {
  /** The class that stands for "no label". Default 0. */
  blank?: number;
  /** "mean" (default) divides each loss by the length of its target first; "sum", or "none": one for each sample. */
  reduction?: Reduce;
  /** Whether infinite losses, of targets that do not fit into the input, and their gradients become 0. Default false. */
  zeroInfinity?: boolean;
}
export type CtcLossArguments = Arguments<
  [blank?: number, reduction?: Reduce, zeroInfinity?: boolean],
  CtcLossOptions
>;
/** A length for each sample: integers [N], or an array of them. */
export type CtcLengths = Tensor | readonly number[];

interface Alignment {
  readonly sequences: CtcSequences;
  /** The losses in double precision, where infinite ones have not become 0. */
  readonly losses: Float64Array;
  readonly zeroInfinity: boolean;
}

const CtcLoss: Operation = {
  name: "CtcLossBackward0",
  backward(node, gradient) {
    const { sequences, losses, zeroInfinity } = node.attributes as Alignment;
    const logProbs = node.saved(0);
    const out = Tensor.zeros(logProbs.shape, logProbs.dtype);
    ctcBackward(
      sequences,
      logProbs.toArray(),
      node.saved(1).toArray(),
      losses,
      gradient.toArray(),
      out.storage.data,
      zeroInfinity,
    );
    if (isRecorded(gradient, logProbs)) out.gradFn = new Node(CtcLossBackward, [gradient, logProbs]);
    node.give(0, out);
  },
};

const CtcLossBackward: Operation = {
  name: "CtcLossBackwardBackward0",
  backward() {
    throw new Error("ctcLoss: the second derivative is not implemented (nor is it in PyTorch)");
  },
};

function checkIntegers(name: string, tensor: Tensor): void {
  if (isFloatingPoint(tensor.dtype) || tensor.dtype === "bool")
    throw new TypeError(
      `ctcLoss: ${name} must be integral: expected int64, found ${tensor.dtype}; convert it with long()`,
    );
}

function lengthsOf(name: string, lengths: CtcLengths, batch: number): number[] {
  if (lengths instanceof Tensor) checkIntegers(name, lengths);
  else if (!Array.isArray(lengths))
    throw new TypeError(`ctcLoss: ${name} are an array or a tensor of integers, not ${String(lengths)}`);
  const values = lengths instanceof Tensor ? [...lengths.toArray()] : [...lengths];
  if (values.length !== batch)
    throw new RangeError(
      `ctcLoss: ${name} must be of size batch_size: one for each of ${batch} samples, got ${values.length}`,
    );
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0)
      throw new RangeError(`ctcLoss: ${name} must be integers ≥ 0, got ${String(value)}`);
  }
  return values;
}

/** Checks everything before anything is computed. */
function sequencesOf(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank: number,
): CtcSequences {
  const [time, batch, classes] =
    logProbs.ndim === 3 ? logProbs.shape : [logProbs.shape[0], 1, logProbs.shape[1]];
  for (const length of inputLengths) {
    if (length > time)
      throw new RangeError(
        `ctcLoss: Expected inputLengths to have value at most ${time}, but got value ${length}`,
      );
  }
  const longest = Math.max(...targetLengths);
  const total = targetLengths.reduce((sum, length) => sum + length, 0);
  const isPadded = targets.ndim === 2;
  if (
    isPadded
      ? targets.shape[0] !== batch || targets.shape[1] < longest
      : targets.ndim !== 1 || targets.count !== total
  ) {
    throw new RangeError(
      `ctcLoss: expected targets [${batch}, ≥ ${longest}] or, one after the other, [${total}] for target lengths ${describe(targetLengths)}, got ${describe(targets.shape)}`,
    );
  }
  const values = targets.toArray();
  let next = 0;
  const states = targetLengths.map((length, n) => {
    const from = isPadded ? n * targets.shape[1] : next;
    next += length;
    const labels = new Int32Array(2 * length + 1).fill(blank);
    for (let k = 0; k < length; k++) {
      const label = values[from + k];
      if (!(label >= 0 && label < classes))
        throw new RangeError(`ctcLoss: Target ${label} is out of bounds: there are ${classes} classes`);
      if (label === blank)
        throw new RangeError(
          `ctcLoss: the targets of sample ${n} hold the blank, ${blank}, which is no label`,
        );
      labels[2 * k + 1] = label;
    }
    return labels;
  });
  return { time, batch, classes, inputLengths, states, width: 2 * longest + 1 };
}

/**
 * −ln of the probability of the target, summed over all ways to place its labels in time: connectionist temporal
 * classification (Graves and others, 2006).
 *
 * As in PyTorch the gradient is that by the scores before a log-softmax: `logProbs` must come from `logSoftmax`.
 * It cannot be differentiated again.
 *
 * @param logProbs log-probabilities [T, N, C], or [T, C] of a single sample
 * @param targets int64: classes without the blank, padded [N, S], or one after the other [sum of the target lengths]
 * @param inputLengths how many of the T times count, for each sample
 * @param targetLengths the number of labels of each sample
 * @returns one number, or with reduction "none" [N], or [] of a single sample; ∞ where a target does not fit into the input
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: CtcLengths,
  targetLengths: CtcLengths,
  ...given: CtcLossArguments
): Tensor {
  const {
    blank = 0,
    reduction = "mean",
    zeroInfinity = false,
  } = namedArguments<CtcLossOptions>("ctcLoss", ["blank", "reduction", "zeroInfinity"], given);
  checkReduction("ctcLoss", reduction);
  if (typeof zeroInfinity !== "boolean")
    throw new TypeError(`ctcLoss: zeroInfinity is true or false, not ${String(zeroInfinity)}`);
  checkFloats("ctcLoss", logProbs);
  checkTensor("ctcLoss", targets);
  checkIntegers("targets", targets);
  const { shape, ndim } = logProbs;
  if (ndim < 2 || ndim > 3 || logProbs.count === 0)
    throw new RangeError(
      `ctcLoss: expected log-probabilities [T, N, C] or [T, C], not empty, got ${describe(shape)}`,
    );
  const classes = shape[ndim - 1];
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes)
    throw new RangeError(
      `ctcLoss: blank must be in label range: an integer from 0 to ${classes - 1}, not ${String(blank)}`,
    );
  const batchShape = shape.slice(1, -1);
  const batch = ndim === 3 ? shape[1] : 1;
  const targetCounts = lengthsOf("targetLengths", targetLengths, batch);
  const inputCounts = lengthsOf("inputLengths", inputLengths, batch);
  const sequences = sequencesOf(logProbs, targets, inputCounts, targetCounts, blank);

  const alphas = Tensor.zeros([batch, sequences.time, sequences.width], "float64");
  const found = new Float64Array(batch);
  ctcForward(sequences, logProbs.toArray(), alphas.storage.data, found);
  const losses = Tensor.zeros(batchShape, logProbs.dtype);
  losses.storage.data.set(zeroInfinity ? found.map((loss) => (loss === Infinity ? 0 : loss)) : found);
  if (isRecorded(logProbs)) {
    const attributes: Alignment = { sequences, losses: found, zeroInfinity };
    losses.gradFn = new Node(CtcLoss, [logProbs], [logProbs, alphas], attributes);
  }
  if (reduction !== "mean") return reduceLosses(losses, reduction);
  const divisors = Tensor.zeros(batchShape, logProbs.dtype);
  divisors.storage.data.set(targetCounts.map((count) => Math.max(count, 1)));
  return reduceLosses(losses.div(divisors), reduction);
}
