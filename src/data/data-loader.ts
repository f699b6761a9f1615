import { namedArguments } from "../tensor/arguments.js";
import { defaultGenerator } from "../tensor/ops/random.js";
import { randomInt64 } from "../tensor/random/distributions.js";
import type { Generator } from "../tensor/random/generator.js";
import { type Collated, defaultCollate } from "./collate.js";
import { checkDataset, type Dataset, sampleAt } from "./dataset.js";
import { BatchSampler, checkGenerator, lengthOf, RandomSampler, SequentialSampler } from "./samplers.js";

export interface DataLoaderOptions<T, Batch> {
  /** Samples per batch (1). null: no batches, the samples come one by one as they are. */
  batchSize?: number | null;
  /** Whether the samples come in a new random order in every pass. Default false. */
  shuffle?: boolean | null;
  /** The order of the samples, in place of `shuffle`. */
  sampler?: Iterable<number> | null;
  /** The numbers of the samples of every batch, in place of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: Iterable<readonly number[]> | null;
  /** 0: there are no worker processes here. */
  numWorkers?: number;
  /** Joins the samples of a batch; `defaultCollate` when left out. */
  collateFn?: ((samples: T[]) => Batch) | null;
  /** Without effect: there is no memory of another device to copy to, and PyTorch ignores it there, too. */
  pinMemory?: boolean;
  /** Whether a last batch that is smaller than the others is left out. Default false. */
  dropLast?: boolean;
  /** Where the order comes from; the default generator when left out. */
  generator?: Generator | null;
}

const OPTION_NAMES = [
  "batchSize",
  "shuffle",
  "sampler",
  "batchSampler",
  "numWorkers",
  "collateFn",
  "pinMemory",
  "dropLast",
  "generator",
] as const;

/**
 * The samples of a dataset in batches, in any number of passes:
 *
 *     const loader = new DataLoader(new TensorDataset(x, y), { batchSize: 32, shuffle: true });
 *     for (let epoch = 0; epoch < 10; epoch++) for (const [inputs, targets] of loader) …
 *
 * The same seed gives PyTorch's order. As there, every pass, shuffled or not, takes one number from the generator
 * (the base seed of PyTorch's workers), and then a shuffled one the seed of its order.
 *
 * Source: torch.utils.data.DataLoader.
 */
export class DataLoader<T, Batch = Collated<T>> implements Iterable<Batch> {
  readonly dataset: Dataset<T>;
  readonly batchSize: number | null;
  readonly dropLast: boolean;
  readonly sampler: Iterable<number>;
  /** null where the samples come one by one. */
  readonly batchSampler: Iterable<readonly number[]> | null;
  readonly collateFn: ((samples: T[]) => Batch) | null;
  readonly generator: Generator | null;

  /** @throws before anything is drawn, for options that make no sense or exclude each other */
  constructor(
    dataset: Dataset<T>,
    ...given:
      | [options?: DataLoaderOptions<T, Batch>]
      | [batchSize: number | null, options?: DataLoaderOptions<T, Batch>]
      | [batchSize: number | null, shuffle: boolean | null, options?: DataLoaderOptions<T, Batch>]
  ) {
    checkDataset("DataLoader", dataset);
    const options = namedArguments<DataLoaderOptions<T, Batch>>("DataLoader", OPTION_NAMES, given);
    const { batchSize = 1, dropLast = false, numWorkers = 0 } = options;
    const shuffle = options.shuffle ?? false;
    const sampler = options.sampler ?? null;
    const batchSampler = options.batchSampler ?? null;
    const generator = options.generator ?? null;
    checkOptions(options, shuffle, dropLast, numWorkers);
    if (sampler !== null && shuffle)
      throw new RangeError("sampler option is mutually exclusive with shuffle");
    if (batchSampler !== null && (batchSize !== 1 || shuffle || sampler !== null || dropLast)) {
      throw new RangeError(
        "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
      );
    }
    if (batchSize === null && dropLast) {
      throw new RangeError(
        "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
      );
    }
    this.dataset = dataset;
    this.batchSize = batchSampler === null ? batchSize : null;
    this.dropLast = dropLast;
    this.sampler =
      sampler ?? (shuffle ? new RandomSampler(dataset, { generator }) : new SequentialSampler(dataset));
    this.batchSampler =
      batchSampler ?? (batchSize === null ? null : new BatchSampler(this.sampler, batchSize, dropLast));
    this.collateFn = options.collateFn ?? null;
    this.generator = generator;
  }

  /** The number of batches in one pass. */
  get length(): number {
    return lengthOf("DataLoader", this.batchSampler ?? this.sampler);
  }

  [Symbol.iterator](): IterableIterator<Batch> {
    // Drawn here and not with the first batch: PyTorch draws it in iter(), and between the two others may draw.
    randomInt64(this.generator ?? defaultGenerator);
    return this.batchSampler === null ? this.#singly() : this.#batches(this.batchSampler);
  }

  *#batches(batchSampler: Iterable<readonly number[]>): IterableIterator<Batch> {
    const collate = this.collateFn ?? (defaultCollate as unknown as (samples: T[]) => Batch);
    for (const indices of batchSampler) {
      yield collate(indices.map((index) => sampleAt("DataLoader", this.dataset, index)));
    }
  }

  /** `collateFn` is given single samples here, as in PyTorch. */
  *#singly(): IterableIterator<Batch> {
    const convert = (this.collateFn ?? ((sample: unknown) => sample)) as (sample: T) => Batch;
    for (const index of this.sampler) yield convert(sampleAt("DataLoader", this.dataset, index));
  }
}

function checkOptions(
  { collateFn, sampler, batchSampler, generator }: DataLoaderOptions<never, unknown>,
  shuffle: unknown,
  dropLast: unknown,
  numWorkers: unknown,
): void {
  for (const [name, value] of Object.entries({ shuffle, drop_last: dropLast })) {
    if (typeof value !== "boolean")
      throw new TypeError(`DataLoader: ${name} should be a boolean value, but got ${name}=${String(value)}`);
  }
  for (const [name, value] of Object.entries({ sampler, batchSampler })) {
    if (value !== undefined && value !== null && typeof value[Symbol.iterator] !== "function")
      throw new TypeError(`DataLoader: ${name} must be iterable`);
  }
  if (collateFn !== undefined && collateFn !== null && typeof collateFn !== "function")
    throw new TypeError("DataLoader: collateFn must be a function that joins an array of samples");
  if (numWorkers !== 0) {
    throw new RangeError(
      `DataLoader: there are no worker processes here: numWorkers must be 0, not ${String(numWorkers)}`,
    );
  }
  checkGenerator("DataLoader", generator);
}
