import { namedArguments } from "../tensor/arguments.js";
import { defaultGenerator } from "../tensor/ops/random.js";
import { randomInt64, randomIntegers, randomPermutation } from "../tensor/random/distributions.js";
import { Generator } from "../tensor/random/generator.js";
import { multinomial } from "../tensor/random/multinomial.js";
import type { Dataset } from "./dataset.js";

/**
 * The order in which a DataLoader visits the samples: their numbers, anew in each iteration. An array is one.
 * They draw their random numbers when PyTorch's do (torch/utils/data/sampler.py), so that the same seed gives the
 * same order.
 */
export interface Sampler<Index = number> extends Iterable<Index> {
  readonly length: number;
}

type Sized = Pick<Dataset<unknown>, "length">;

export function checkGenerator(
  operation: string,
  generator: unknown,
): asserts generator is Generator | null | undefined {
  if (generator !== undefined && generator !== null && !(generator instanceof Generator))
    throw new TypeError(`${operation}: generator must be a torch.Generator`);
}

function checkBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean")
    throw new TypeError(`${name} should be a boolean value, but got ${name}=${String(value)}`);
}

function checkPositive(name: string, value: unknown): asserts value is number {
  if (!Number.isInteger(value) || (value as number) <= 0)
    throw new RangeError(`${name} should be a positive integer value, but got ${name}=${String(value)}`);
}

/** 0, 1, 2, … */
export class SequentialSampler implements Sampler {
  readonly dataSource: Sized;

  constructor(dataSource: Sized) {
    this.dataSource = dataSource;
  }

  get length(): number {
    return this.dataSource.length;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (let index = 0; index < this.dataSource.length; index++) yield index;
  }
}

export interface RandomSamplerOptions {
  /** Whether a sample can come more than once. Default false. */
  replacement?: boolean;
  /** How many are drawn; as many as there are when left out. */
  numSamples?: number | null;
  /** Where the order comes from; a new one, seeded by the default generator, when left out. */
  generator?: Generator | null;
}

/** How many numbers PyTorch draws at once with replacement. */
const DRAWN_AT_ONCE = 32;

/** All samples in random order, or `numSamples` of them. */
export class RandomSampler implements Sampler {
  readonly dataSource: Sized;
  readonly replacement: boolean;
  readonly generator: Generator | null;
  readonly #numSamples: number | null;

  constructor(
    dataSource: Sized,
    ...given:
      | [options?: RandomSamplerOptions]
      | [replacement?: boolean, numSamples?: number | null, generator?: Generator | null]
  ) {
    const {
      replacement = false,
      numSamples,
      generator,
    } = namedArguments<RandomSamplerOptions>(
      "RandomSampler",
      ["replacement", "numSamples", "generator"],
      given,
    );
    checkBoolean("replacement", replacement);
    checkGenerator("RandomSampler", generator);
    this.dataSource = dataSource;
    this.replacement = replacement;
    this.generator = generator ?? null;
    this.#numSamples = numSamples ?? null;
    checkPositive("num_samples", this.length);
  }

  get length(): number {
    return this.#numSamples ?? this.dataSource.length;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    const generator = this.generator ?? new Generator(randomInt64(defaultGenerator));
    const n = this.dataSource.length;
    const atOnce = this.replacement ? DRAWN_AT_ONCE : n;
    let left = this.length;
    // PyTorch draws a last time when nothing is left, which shows in a generator that others use too.
    for (let last = false; !last; left -= atOnce) {
      last = left < atOnce;
      const wanted = last ? left : atOnce;
      const indices = new Float64Array(this.replacement ? wanted : n);
      if (this.replacement) randomIntegers(generator, indices, 0, n);
      else randomPermutation(generator, indices);
      yield* indices.subarray(0, wanted);
    }
  }
}

/** The given numbers in random order. */
export class SubsetRandomSampler implements Sampler {
  readonly indices: readonly number[];
  readonly generator: Generator | null;

  constructor(
    indices: readonly number[],
    ...given: [generator?: Generator | { generator?: Generator | null } | null]
  ) {
    const { generator } = namedArguments<{ generator?: Generator | null }>(
      "SubsetRandomSampler",
      ["generator"],
      given,
    );
    checkGenerator("SubsetRandomSampler", generator);
    this.indices = indices;
    this.generator = generator ?? null;
  }

  get length(): number {
    return this.indices.length;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    const order = new Float64Array(this.indices.length);
    randomPermutation(this.generator ?? defaultGenerator, order);
    for (const k of order) yield this.indices[k];
  }
}

export interface WeightedRandomSamplerOptions {
  /** Whether a sample can come more than once. Default true. */
  replacement?: boolean;
  /** Where the random numbers come from; the default generator when left out. */
  generator?: Generator | null;
}

/** `numSamples` numbers, i with a probability proportional to `weights[i]`: a rare class can be shown more often. */
export class WeightedRandomSampler implements Sampler {
  readonly weights: Float64Array;
  readonly length: number;
  readonly replacement: boolean;
  readonly generator: Generator | null;

  constructor(
    weights: ArrayLike<number>,
    numSamples: number,
    ...given: [options?: WeightedRandomSamplerOptions] | [replacement?: boolean, generator?: Generator | null]
  ) {
    const { replacement = true, generator } = namedArguments<WeightedRandomSamplerOptions>(
      "WeightedRandomSampler",
      ["replacement", "generator"],
      given,
    );
    checkPositive("num_samples", numSamples);
    checkBoolean("replacement", replacement);
    checkGenerator("WeightedRandomSampler", generator);
    this.weights = Float64Array.from(weights);
    this.length = numSamples;
    this.replacement = replacement;
    this.generator = generator ?? null;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    const samples = new Float64Array(this.length);
    multinomial(this.generator ?? defaultGenerator, samples, this.weights, this.replacement);
    yield* samples;
  }
}

/** The numbers of another sampler in groups of `batchSize`; a smaller last one is left out where `dropLast` says so. */
export class BatchSampler implements Sampler<number[]> {
  readonly sampler: Iterable<number>;
  readonly batchSize: number;
  readonly dropLast: boolean;

  constructor(
    sampler: Iterable<number>,
    ...given: [options: BatchSamplerOptions] | [batchSize: number, dropLast: boolean]
  ) {
    const { batchSize, dropLast } = namedArguments<BatchSamplerOptions>(
      "BatchSampler",
      ["batchSize", "dropLast"],
      given,
    );
    checkPositive("batch_size", batchSize);
    checkBoolean("drop_last", dropLast);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  get length(): number {
    const batches = lengthOf("BatchSampler", this.sampler) / this.batchSize;
    return this.dropLast ? Math.floor(batches) : Math.ceil(batches);
  }

  *[Symbol.iterator](): IterableIterator<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length < this.batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}

export interface BatchSamplerOptions {
  batchSize: number;
  dropLast: boolean;
}

/** @throws TypeError for a sampler that does not know how many it gives */
export function lengthOf(operation: string, sampler: Iterable<unknown>): number {
  const { length } = sampler as Partial<Sampler<unknown>>;
  if (typeof length !== "number") throw new TypeError(`${operation}: its sampler has no length`);
  return length;
}
