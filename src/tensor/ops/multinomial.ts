import { namedArguments } from "../arguments.js";
import { isFloatingPoint } from "../dtype.js";
import { multinomial as sample } from "../random/multinomial.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { defaultGenerator, type GeneratorOptions } from "./random.js";

export interface MultinomialOptions extends GeneratorOptions {
  numSamples?: number;
  /** Whether a category can be drawn more than once. Default false. */
  replacement?: boolean;
}

export type MultinomialArguments =
  | [options: MultinomialOptions]
  | [numSamples: number, options?: MultinomialOptions]
  | [numSamples: number, replacement: boolean, options?: MultinomialOptions];

/**
 * Draws categories with probabilities proportional to the weights in `input`, which need not sum to 1: `input` [n]
 * gives int64 [numSamples], [m, n] gives [m, numSamples], row by row.
 *
 * @throws for negative or infinite weights, a row of zeros, or more samples than categories without replacement
 */
export function multinomial(input: Tensor, ...given: MultinomialArguments): Tensor {
  checkTensor("multinomial", input);
  const {
    numSamples,
    replacement = false,
    generator = defaultGenerator,
  } = namedArguments<MultinomialOptions>("multinomial", ["numSamples", "replacement", "generator"], given);
  if (!isFloatingPoint(input.dtype))
    throw new TypeError(`multinomial only supports floating-point dtypes for input, got: ${input.dtype}`);
  if (input.ndim !== 1 && input.ndim !== 2)
    throw new RangeError(`multinomial: prob_dist must be 1 or 2 dim, but has ${input.ndim}`);
  if (!Number.isInteger(numSamples))
    throw new TypeError(`multinomial: the number of samples is an integer, not ${String(numSamples)}`);
  if (typeof replacement !== "boolean")
    throw new TypeError(`multinomial: replacement must be true or false, not ${String(replacement)}`);
  const count = numSamples as number;
  if (count <= 0) throw new RangeError("multinomial: cannot sample n_sample <= 0 samples");

  const categories = input.shape[input.ndim - 1];
  const weights = input.toArray() as Float32Array | Float64Array;
  const out = Tensor.zeros([...input.shape.slice(0, -1), count], "int64");
  const samples = out.storage.data as Float64Array;
  for (let row = 0; (row + 1) * count <= samples.length; row++) {
    sample(
      generator,
      samples.subarray(row * count, (row + 1) * count),
      weights.subarray(row * categories, (row + 1) * categories),
      replacement,
    );
  }
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** Draws categories with probabilities proportional to the weights in this tensor, along its last dimension. */
    multinomial(...given: MultinomialArguments): Tensor;
  }
}

Tensor.prototype.multinomial = function (...given) {
  return multinomial(this, ...given);
};
