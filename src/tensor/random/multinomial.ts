import { fillExponential } from "./distributions.js";
import type { Generator } from "./generator.js";

/**
 * Draws `samples.length` categories, category i with a probability proportional to `weights[i]`:
 * `torch.multinomial` for one row of weights (ATen/native/Distributions.cpp and cpu/MultinomialKernel.cpp).
 * Arithmetic is done in the number type of the weights.
 */
export function multinomial(
  generator: Generator,
  samples: Float64Array | Int32Array,
  weights: Float32Array | Float64Array,
  replacement = false,
): void {
  const count = samples.length;
  if (count === 0) throw new RangeError("cannot sample n_sample <= 0 samples");
  if (!replacement && count > weights.length) {
    throw new RangeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  }
  if (!weights.every((weight) => weight >= 0 && weight < Infinity)) {
    throw new RangeError("probability tensor contains either `inf`, `nan` or element < 0");
  }
  if (!weights.some((weight) => weight > 0)) {
    throw new RangeError("invalid multinomial distribution (sum of probabilities <= 0)");
  }
  if (replacement) sampleWithReplacement(generator, samples, weights);
  else sampleByExponentialRace(generator, samples, weights);
}

/**
 * Without replacement, and for a single sample: category i arrives at an exponential time of rate weights[i], and
 * the first to arrive are taken.
 */
function sampleByExponentialRace(
  generator: Generator,
  samples: Float64Array | Int32Array,
  weights: Float32Array | Float64Array,
): void {
  const speed = weights.slice();
  fillExponential(generator, speed, 1);
  for (let i = 0; i < speed.length; i++) speed[i] = weights[i]! / speed[i]!;
  const order = Array.from(speed.keys()).sort((i, j) => speed[j]! - speed[i]!);
  for (let i = 0; i < samples.length; i++) samples[i] = order[i]!;
}

function sampleWithReplacement(
  generator: Generator,
  samples: Float64Array | Int32Array,
  weights: Float32Array | Float64Array,
): void {
  const cumulative = weights.slice();
  for (let i = 1; i < cumulative.length; i++) cumulative[i]! += cumulative[i - 1]!;
  const sum = cumulative.at(-1)!;
  for (let i = 0; i < cumulative.length; i++) cumulative[i]! /= sum;
  // Rounding must not leave a gap above the last category.
  cumulative[cumulative.length - 1] = 1;
  for (let i = 0; i < samples.length; i++) samples[i] = firstNotBelow(cumulative, generator.unitFloat64());
}

/** The first index whose value is at least `bound`, in an array in ascending order. */
function firstNotBelow(ascending: Float32Array | Float64Array, bound: number): number {
  let left = 0;
  let right = ascending.length;
  while (left < right) {
    const middle = (left + right) >> 1;
    if (ascending[middle]! < bound) left = middle + 1;
    else right = middle;
  }
  return left;
}
