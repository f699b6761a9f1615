import type { TypedArray } from "../../engine/storage.js";
import { namedArguments } from "../arguments.js";
import { chosenDType, type TensorOptions, tensor, withGrad } from "../creation.js";
import { type DType, isFloatingPoint } from "../dtype.js";
import {
  fillBernoulli,
  fillBernoulliFrom,
  fillExponential,
  fillNormal,
  fillNormalSerially,
  fillRand,
  fillRandomIntegers,
  fillUniform,
  randomInt64,
  randomIntegers,
  randomPermutation,
} from "../random/distributions.js";
import { Generator } from "../random/generator.js";
import { checkSizes } from "../shape.js";
import { Tensor } from "../tensor.js";
import { checkWritable } from "./in-place.js";
import { checkTensor } from "./promotion.js";

/** The generator that is used where none is given. Seeded with chance until `manualSeed` is called. */
export const defaultGenerator: Generator = new Generator();
defaultGenerator.seed();

/** Restarts the random numbers: the same seed gives the same numbers as `torch.manual_seed` in PyTorch. */
export function manualSeed(seed: number | bigint): Generator {
  return defaultGenerator.manualSeed(seed);
}

/** The seed that the default generator started from. */
export function initialSeed(): bigint {
  return defaultGenerator.initialSeed();
}

export interface GeneratorOptions {
  /** Where the random numbers come from; the default generator when left out. */
  generator?: Generator;
}

export interface RandomIntegersOptions extends GeneratorOptions {
  /** The least integer. Default 0. */
  from?: number;
  /** One more than the greatest. */
  to?: number;
}
export type RandomIntegersArguments =
  | [options?: RandomIntegersOptions]
  | [to: number, options?: GeneratorOptions]
  | [from: number, to: number, options?: GeneratorOptions];

export interface RandomOptions extends TensorOptions, GeneratorOptions {}

type FloatArray = Float32Array | Float64Array;
type Fill = (generator: Generator, data: FloatArray) => void;

/** The elements as floats, for a dtype that has been checked to be floating point. */
function floats(tensor: Tensor): FloatArray {
  return tensor.storage.data as FloatArray;
}

function random(
  operation: string,
  size: readonly number[],
  options: RandomOptions | undefined,
  otherwise: Tensor | null,
  fill: Fill,
): Tensor {
  checkSizes(operation, size);
  const { generator = defaultGenerator, ...rest } = options ?? {};
  const dtype = chosenDType(operation, rest, otherwise?.dtype);
  if (!isFloatingPoint(dtype))
    throw new TypeError(
      `${operation}: not implemented for ${dtype}: random values need a floating-point dtype`,
    );
  const out = Tensor.zeros([...size], dtype, operation);
  fill(generator, floats(out));
  return withGrad(out, rest);
}

/** Uniform on [0, 1). */
export function rand(size: readonly number[], options?: RandomOptions): Tensor {
  return random("rand", size, options, null, fillRand);
}

/** Normal with mean 0 and standard deviation 1. */
export function randn(size: readonly number[], options?: RandomOptions): Tensor {
  return random("randn", size, options, null, fillNormal);
}

/** `rand` in the shape and dtype of `input`. */
export function randLike(input: Tensor, options?: RandomOptions): Tensor {
  checkTensor("randLike", input);
  return random("randLike", input.shape, options, input, fillRand);
}

/** `randn` in the shape and dtype of `input`. */
export function randnLike(input: Tensor, options?: RandomOptions): Tensor {
  checkTensor("randnLike", input);
  return random("randnLike", input.shape, options, input, fillNormal);
}

/** Integers from `low` (0 when left out) to `high` − 1, all equally likely; int64 unless told otherwise. */
export function randint(high: number, size: readonly number[], options?: RandomOptions): Tensor;
export function randint(low: number, high: number, size: readonly number[], options?: RandomOptions): Tensor;
export function randint(...given: (number | readonly number[] | RandomOptions | undefined)[]): Tensor {
  const bounds = given.filter((value) => typeof value === "number");
  const size = given.find((value) => Array.isArray(value));
  checkSizes("randint", size);
  const { generator = defaultGenerator, ...rest } = (given[bounds.length + 1] ?? {}) as RandomOptions;
  const out = Tensor.zeros([...size], chosenDType("randint", rest, "int64"), "randint");
  const [low, high] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  randomIntegers(generator, out.storage.data, low, high);
  return withGrad(out, rest);
}

/** The integers from 0 to n − 1 in random order. */
export function randperm(n: number, options?: RandomOptions): Tensor {
  checkSizes("randperm", [n]);
  const { generator = defaultGenerator, ...rest } = options ?? {};
  const out = Tensor.zeros([n], chosenDType("randperm", rest, "int64"), "randperm");
  randomPermutation(generator, out.storage.data);
  return withGrad(out, rest);
}

/** 1 with the probability that stands at the same place in `input`, else 0. */
export function bernoulli(input: Tensor, options?: GeneratorOptions): Tensor {
  checkTensor("bernoulli", input);
  if (!isFloatingPoint(input.dtype))
    throw new TypeError(`bernoulli: probabilities need a floating-point dtype, not ${input.dtype}`);
  const out = Tensor.like(input);
  fillBernoulliFrom(options?.generator ?? defaultGenerator, out.storage.data, input.toArray() as FloatArray);
  return out;
}

/** Normal with the mean and standard deviation given by two tensors of one shape, or by two numbers and a size. */
export function normal(mean: Tensor, std: Tensor, options?: GeneratorOptions): Tensor;
export function normal(mean: number, std: number, size: readonly number[], options?: RandomOptions): Tensor;
export function normal(
  mean: Tensor | number,
  std: Tensor | number,
  size?: readonly number[] | GeneratorOptions,
  options?: RandomOptions,
): Tensor {
  if (mean instanceof Tensor && std instanceof Tensor) {
    return randnLike(mean, size as GeneratorOptions)
      .mul(std)
      .add(mean);
  }
  if (typeof mean !== "number" || typeof std !== "number") {
    throw new TypeError("normal: takes two tensors, or two numbers and a size");
  }
  return random("normal", size as readonly number[], options, null, (generator, data) =>
    fillNormal(generator, data, mean, std),
  );
}

/** Fills a tensor in place; as in PyTorch, one that is not row-major is filled in the order of its memory. */
function fillInPlace(
  operation: string,
  target: Tensor,
  options: GeneratorOptions | undefined,
  fill: Fill,
  anyDType = false,
): void {
  checkWritable(operation, target);
  if (!anyDType && !isFloatingPoint(target.dtype))
    throw new TypeError(`${operation}: not implemented for ${target.dtype}`);
  const generator = options?.generator ?? defaultGenerator;
  const { data } = target.storage;
  if (target.rowMajor) {
    fill(
      generator,
      (target.count === data.length
        ? data
        : data.subarray(target.offset, target.offset + target.count)) as FloatArray,
    );
    target.storage.markChanged();
  } else {
    const inMemoryOrder = target.detach().permute(memoryOrder(target));
    const values = Tensor.zeros(inMemoryOrder.shape, target.dtype);
    fill(generator, floats(values));
    inMemoryOrder.copy_(values);
  }
}

/** The dimensions from the one whose elements lie farthest apart to the one in which they are neighbours. */
function memoryOrder({ shape, strides }: Tensor): number[] {
  return shape.map((_, d) => d).sort((a, b) => strides[b] - strides[a]);
}

declare module "../tensor.js" {
  interface Tensor {
    /** Fills with values that are uniform between `low` (0) and `high` (1). */
    uniform_(low?: number, high?: number, options?: GeneratorOptions): this;
    /** Fills with normal values of the given mean (0) and standard deviation (1). */
    normal_(mean?: number, std?: number, options?: GeneratorOptions): this;
    /**
     * Fills with integers: from `from` (0) to `to` − 1, or, without bounds, with all that the dtype holds from 0 on
     * (floating point: all that it holds exactly). For the 63 bits of an int64 see `toBigInt64Array`.
     */
    random_(...given: RandomIntegersArguments): this;
    /** Fills with 1 with probability `p` (0.5), else 0. */
    bernoulli_(p?: number, options?: GeneratorOptions): this;
    /** Fills with values of the exponential distribution of rate `lambda` (1). */
    exponential_(lambda?: number, options?: GeneratorOptions): this;
  }
}

Tensor.prototype.random_ = function <T extends Tensor>(this: T, ...given: RandomIntegersArguments): T {
  // A single number is the upper bound.
  const names = ["from", "to", "generator"] as const;
  const isUpperOnly = typeof given[0] === "number" && typeof given[1] !== "number";
  const { from, to, generator } = namedArguments<RandomIntegersOptions>(
    "random_",
    names,
    isUpperOnly ? [0, ...given] : given,
  );
  if (from === undefined && to === undefined) {
    if (this.dtype === "int64") return fillWithInt64(this, generator ?? defaultGenerator);
    fillInPlace(
      "random_",
      this,
      { generator },
      (source, data) => fillWithAll(source, data, this.dtype),
      true,
    );
    return this;
  }
  const [low, high] = [from ?? 0, to ?? integersOf(this.dtype)];
  checkBounds(this.dtype, low, high);
  fillInPlace(
    "random_",
    this,
    { generator },
    (source, data) => randomIntegers(source, data, low, high),
    true,
  );
  return this;
};

/** How many integers from 0 on a dtype holds; of int64 those that are exact here. */
function integersOf(dtype: DType): number {
  return {
    bool: 2,
    uint8: 2 ** 8,
    int32: 2 ** 31,
    int64: 2 ** 53 - 1,
    float32: 2 ** 24 + 1,
    float64: 2 ** 53 - 1,
  }[dtype];
}

function checkBounds(dtype: DType, from: number, to: number): void {
  if (isFloatingPoint(dtype) || dtype === "int64") return;
  const lowest = dtype === "int32" ? -(2 ** 31) : 0;
  for (const [name, value] of [
    ["from", from],
    ["to - 1", to - 1],
  ] as const) {
    if (value < lowest || value >= integersOf(dtype))
      throw new RangeError(`random_: ${name} is out of bounds for ${dtype}: ${value}`);
  }
}

function fillWithInt64<T extends Tensor>(target: T, generator: Generator): T {
  checkWritable("random_", target);
  const inMemoryOrder = target.detach().permute(memoryOrder(target));
  const values = BigInt64Array.from({ length: target.count }, () => randomInt64(generator));
  inMemoryOrder.copy_(tensor(values).reshape(inMemoryOrder.shape));
  return target;
}

function fillWithAll(generator: Generator, data: TypedArray, dtype: DType): void {
  if (isFloatingPoint(dtype)) fillRandomIntegers(generator, data as FloatArray);
  else randomIntegers(generator, data, 0, integersOf(dtype));
}

Tensor.prototype.uniform_ = function <T extends Tensor>(
  this: T,
  low = 0,
  high = 1,
  options?: GeneratorOptions,
): T {
  fillInPlace("uniform_", this, options, (generator, data) => fillUniform(generator, data, low, high));
  return this;
};
Tensor.prototype.normal_ = function <T extends Tensor>(
  this: T,
  mean = 0,
  std = 1,
  options?: GeneratorOptions,
): T {
  const fill = this.rowMajor ? fillNormal : fillNormalSerially;
  fillInPlace("normal_", this, options, (generator, data) => fill(generator, data, mean, std));
  return this;
};
Tensor.prototype.bernoulli_ = function <T extends Tensor>(this: T, p = 0.5, options?: GeneratorOptions): T {
  fillInPlace("bernoulli_", this, options, (generator, data) => fillBernoulli(generator, data, p), true);
  return this;
};
Tensor.prototype.exponential_ = function <T extends Tensor>(
  this: T,
  lambda = 1,
  options?: GeneratorOptions,
): T {
  fillInPlace("exponential_", this, options, (generator, data) => fillExponential(generator, data, lambda));
  return this;
};
