export { type Collated, defaultCollate } from "./collate.js";
export { DataLoader, type DataLoaderOptions } from "./data-loader.js";
export { type Dataset, Subset, TensorDataset } from "./dataset.js";
export {
  type CirclesOptions,
  circles,
  type NoiseOptions,
  noisySine,
  type SpiralsOptions,
  spirals,
  twoMoons,
} from "./generators.js";
export { randomSplit } from "./random-split.js";
export {
  BatchSampler,
  type BatchSamplerOptions,
  RandomSampler,
  type RandomSamplerOptions,
  type Sampler,
  SequentialSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type WeightedRandomSamplerOptions,
} from "./samplers.js";
