import type { TypedArray } from "./storage.js";

/**
 * Sequences of labels to be found in scores over time: connectionist temporal classification.
 *
 * The numbers of equations are those of Graves and others, "Connectionist Temporal Classification" (ICML 2006).
 */
export interface CtcSequences {
  readonly time: number;
  readonly batch: number;
  readonly classes: number;
  /** How many of the times count, for each sample. */
  readonly inputLengths: readonly number[];
  /** For each sample the states that are passed in order: its labels with a blank before, between and after them. */
  readonly states: readonly Int32Array[];
  /** The largest number of states. */
  readonly width: number;
}

/** ln(eᵃ + eᵇ + eᶜ), where each may be −∞. */
function logSumExp(a: number, b: number, c: number): number {
  const largest = b > a ? (c > b ? c : b) : c > a ? c : a;
  // −∞ − −∞ would be NaN.
  const shift = largest === -Infinity ? 0 : largest;
  return Math.log(Math.exp(a - shift) + Math.exp(b - shift) + Math.exp(c - shift)) + shift;
}

/** ln(eᵃ + eᵇ). */
function logAddExp(a: number, b: number): number {
  if (a === -Infinity) return b;
  return b > a ? b + Math.log1p(Math.exp(a - b)) : a + Math.log1p(Math.exp(b - a));
}

/**
 * The logarithms of the forward variables α, [batch, time, width], by equations 6 and 7.
 *
 * @param scores log-probabilities [time, batch, classes]
 * @param alphas to be filled: −∞ is where a state cannot be reached
 * @param losses to be filled: −ln of the probability of each sample's labels, ∞ where they do not fit into the time
 */
export function ctcForward(
  sequences: CtcSequences,
  scores: TypedArray,
  alphas: TypedArray,
  losses: Float64Array,
): void {
  const { time, batch, classes, inputLengths, states, width } = sequences;
  alphas.fill(-Infinity);
  for (let n = 0; n < batch; n++) {
    const labels = states[n];
    const count = labels.length;
    const length = inputLengths[n];
    if (length === 0) {
      losses[n] = count === 1 ? 0 : Infinity;
      continue;
    }
    let row = n * time * width;
    for (let s = 0; s < Math.min(2, count); s++) alphas[row + s] = scores[n * classes + labels[s]];
    for (let t = 1; t < length; t++) {
      const before = row;
      row += width;
      const at = (t * batch + n) * classes;
      for (let s = 0; s < count; s++) {
        const label = labels[s];
        const step = s > 0 ? alphas[before + s - 1] : -Infinity;
        // A blank between equal labels cannot be skipped: they would become one.
        const skip = s > 1 && labels[s - 2] !== label ? alphas[before + s - 2] : -Infinity;
        alphas[row + s] = logSumExp(alphas[before + s], step, skip) + scores[at + label];
      }
    }
    const last = row + count - 1;
    losses[n] = count > 1 ? -logAddExp(alphas[last], alphas[last - 1]) : -alphas[last];
  }
}

/**
 * The gradient by equation 16, with the logarithms of the backward variables β by equations 10 and 11: it is that by
 * the scores before a log-softmax, which that of the log-softmax leaves as it is.
 *
 * @param alphas and losses: what `ctcForward` found
 * @param gradients of the losses
 * @param out zeros [time, batch, classes], to be filled
 * @param zeroInfinity whether infinite losses have no gradient, instead of NaN
 */
export function ctcBackward(
  sequences: CtcSequences,
  scores: TypedArray,
  alphas: TypedArray,
  losses: Float64Array,
  gradients: TypedArray,
  out: TypedArray,
  zeroInfinity: boolean,
): void {
  const { time, batch, classes, inputLengths, states, width } = sequences;
  let later = new Float64Array(width);
  let betas = new Float64Array(width);
  const passing = new Float64Array(classes);
  for (let n = 0; n < batch; n++) {
    const loss = losses[n];
    if (zeroInfinity && loss === Infinity) continue;
    const labels = states[n];
    const count = labels.length;
    const length = inputLengths[n];
    for (let t = length - 1; t >= 0; t--) {
      const at = (t * batch + n) * classes;
      const row = (n * time + t) * width;
      passing.fill(-Infinity);
      for (let s = count - 1; s >= 0; s--) {
        const label = labels[s];
        let onward: number;
        if (t === length - 1) onward = s >= count - 2 ? 0 : -Infinity;
        else {
          const step = s < count - 1 ? later[s + 1] : -Infinity;
          const skip = s < count - 2 && labels[s + 2] !== label ? later[s + 2] : -Infinity;
          onward = logSumExp(later[s], step, skip);
        }
        betas[s] = onward + scores[at + label];
        passing[label] = logAddExp(passing[label], alphas[row + s] + betas[s]);
      }
      for (let c = 0; c < classes; c++) {
        const score = scores[at + c];
        out[at + c] = (Math.exp(score) - Math.exp(passing[c] + loss - score)) * gradients[n];
      }
      [later, betas] = [betas, later];
    }
  }
}
