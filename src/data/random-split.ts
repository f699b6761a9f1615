import { namedArguments } from "../tensor/arguments.js";
import { type GeneratorOptions, randperm } from "../tensor/ops/random.js";
import type { Generator } from "../tensor/random/generator.js";
import { checkDataset, type Dataset, Subset } from "./dataset.js";
import { checkGenerator } from "./samplers.js";

/**
 * Splits a dataset at random into parts that share no sample: `randomSplit(dataset, [80, 20])`, or by fractions
 * that sum to 1, `randomSplit(dataset, [0.8, 0.2])`. What fractions leave over goes to the parts in turn, from the
 * first. One `randperm` is drawn, as in PyTorch.
 *
 * @throws before anything is drawn, when the lengths do not sum to the dataset's
 */
export function randomSplit<T>(
  dataset: Dataset<T>,
  lengths: readonly number[],
  ...given: [generator?: Generator | GeneratorOptions]
): Subset<T>[] {
  checkDataset("randomSplit", dataset);
  const { generator } = namedArguments<GeneratorOptions>("randomSplit", ["generator"], given);
  checkGenerator("randomSplit", generator);
  const sizes = partSizes(lengths, dataset.length);
  const order = Array.from(randperm(dataset.length, { generator: generator ?? undefined }).toArray());
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return new Subset(dataset, order.slice(end - size, end));
  });
}

function partSizes(lengths: readonly number[], total: number): number[] {
  if (!Array.isArray(lengths) || !lengths.every((length) => typeof length === "number" && length >= 0)) {
    throw new RangeError(
      `randomSplit: lengths are an array of numbers ≥ 0, such as [80, 20] or [0.8, 0.2], not ${Array.isArray(lengths) ? `[${lengths.join(", ")}]` : String(lengths)}`,
    );
  }
  const sum = lengths.reduce((all, length) => all + length, 0);
  const sizes = isFractions(sum) ? shares(lengths, total) : [...lengths];
  const reached = sizes.reduce((all, size) => all + size, 0);
  if (reached !== total) {
    throw new RangeError(
      `randomSplit: Sum of input lengths does not equal the length of the input dataset! ${sizes.join(" + ")} = ${reached} ≠ ${total}`,
    );
  }
  const fraction = sizes.find((size) => !Number.isInteger(size));
  if (fraction !== undefined) {
    throw new RangeError(
      `randomSplit: ${fraction} is no length: lengths are integers, or fractions that sum to 1`,
    );
  }
  return sizes;
}

/** Python's `math.isclose(sum, 1) and sum <= 1`. */
function isFractions(sum: number): boolean {
  return sum <= 1 && 1 - sum <= 1e-9;
}

function shares(fractions: readonly number[], total: number): number[] {
  const sizes = fractions.map((fraction) => Math.floor(total * fraction));
  const rest = total - sizes.reduce((all, size) => all + size, 0);
  for (let k = 0; k < rest; k++) sizes[k % sizes.length]++;
  return sizes;
}
