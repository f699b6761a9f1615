/**
 * PyTorch's CPU distributions on plain arrays: each function draws from the generator exactly what PyTorch
 * draws, in the same order, and rounds where PyTorch rounds (ATen/native/cpu/DistributionTemplates.h,
 * ATen/core/DistributionsHelper.h). The number type of the array decides between the float32 and the float64
 * variant. Bad parameters raise a RangeError before anything is drawn; its text is PyTorch's.
 */
import { logFloat32, sinCosFloat32 } from "./float32-math.js";
import { fmaFloat32, fmaFloat64 } from "./fma.js";
import type { Generator } from "./generator.js";

const round = Math.fround;

/** Uniform on [0, 1): `torch.rand`. Multiples of 2⁻²⁴ in float32, of 2⁻⁵³ in float64. */
export function fillRand(generator: Generator, data: Float32Array | Float64Array): void {
  if (data instanceof Float32Array) {
    for (let i = 0; i < data.length; i++) data[i] = generator.unitFloat32();
  } else {
    for (let i = 0; i < data.length; i++) data[i] = generator.unitFloat64();
  }
}

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/**
 * Uniform on [low, high): `Tensor.uniform_`. A value that rounding puts on `high` becomes `low`, as in the newest
 * PyTorch (1.13 keeps `high`).
 */
export function fillUniform(
  generator: Generator,
  data: Float32Array | Float64Array,
  low = 0,
  high = 1,
): void {
  if (!(low <= high)) {
    throw new RangeError(`uniform_ expects to return a [from, to) range, but found from=${low} > to=${high}`);
  }
  const largest = data instanceof Float32Array ? LARGEST_FLOAT32 : Number.MAX_VALUE;
  if (!(high - low <= largest)) {
    throw new RangeError(
      `uniform_ expects to-from <= ${largest}, but found to=${high} and from=${low} which result in to-from to exceed the limit`,
    );
  }
  if (data instanceof Float32Array) {
    const start = round(low);
    const end = round(high);
    const width = round(end - start);
    for (let i = 0; i < data.length; i++) {
      const value = fmaFloat32(generator.unitFloat32(), width, start);
      data[i] = value === end ? start : value;
    }
  } else {
    const width = high - low;
    for (let i = 0; i < data.length; i++) {
      const value = fmaFloat64(generator.unitFloat64(), width, low);
      data[i] = value === high ? low : value;
    }
  }
}

/** Number of values that PyTorch's vectorised normal kernel makes at a time, 8 from each half. */
const BLOCK = 16;

/**
 * Normal with the given mean and standard deviation: `Tensor.normal_`, and `torch.randn` by default.
 *
 * As in PyTorch, 16 values and more come from the vectorised kernel, fewer from `Generator.normal`, one by one:
 * the first values of a long and of a short tensor differ. A tensor whose elements do not lie in one row takes
 * `fillNormalSerially` whatever its size.
 */
export function fillNormal(generator: Generator, data: Float32Array | Float64Array, mean = 0, std = 1): void {
  if (data.length < BLOCK) fillNormalSerially(generator, data, mean, std);
  else fillNormalInBlocks(generator, data, mean, std);
}

function fillNormalInBlocks(
  generator: Generator,
  data: Float32Array | Float64Array,
  mean: number,
  std: number,
): void {
  checkStd(std);
  fillRand(generator, data);
  const end = data.length - (data.length % BLOCK);
  for (let start = 0; start < end; start += BLOCK) normaliseBlock(data, start, mean, std);
  if (end < data.length) {
    // A rest is not transformed by itself: the last 16 values are drawn anew, over those already made.
    const last = data.subarray(data.length - BLOCK);
    fillRand(generator, last);
    normaliseBlock(last, 0, mean, std);
  }
}

/** Normal values one by one, computed in float64 whatever the array's type; see `fillNormal`. */
export function fillNormalSerially(
  generator: Generator,
  data: Float32Array | Float64Array,
  mean = 0,
  std = 1,
): void {
  checkStd(std);
  for (let i = 0; i < data.length; i++) data[i] = generator.normal() * std + mean;
}

function checkStd(std: number): void {
  if (!(std >= 0)) throw new RangeError(`normal expects std >= 0.0, but found std ${std}`);
}

function normaliseBlock(data: Float32Array | Float64Array, start: number, mean: number, std: number): void {
  if (data instanceof Float32Array) normaliseBlockFloat32(data, start, round(mean), round(std));
  else normaliseBlockFloat64(data, start, mean, std);
}

const TWO_PI_FLOAT32 = round(2 * Math.PI);
const sineAndCosine = new Float32Array(2);

/** Box–Muller in place: 16 unit uniforms become 8 cosine values, then 8 sine values. */
function normaliseBlockFloat32(data: Float32Array, start: number, mean: number, std: number): void {
  for (let i = start; i < start + BLOCK / 2; i++) {
    const radius = round(Math.sqrt(round(-2 * logFloat32(round(1 - data[i]!)))));
    sinCosFloat32(round(TWO_PI_FLOAT32 * data[i + BLOCK / 2]!), sineAndCosine);
    data[i] = fmaFloat32(round(radius * sineAndCosine[1]!), std, mean);
    data[i + BLOCK / 2] = fmaFloat32(round(radius * sineAndCosine[0]!), std, mean);
  }
}

function normaliseBlockFloat64(data: Float64Array, start: number, mean: number, std: number): void {
  for (let i = start; i < start + BLOCK / 2; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - data[i]!));
    const theta = 2 * Math.PI * data[i + BLOCK / 2]!;
    data[i] = radius * Math.cos(theta) * std + mean;
    data[i + BLOCK / 2] = radius * Math.sin(theta) * std + mean;
  }
}

/** λ·e^(−λx) for x ≥ 0, λ > 0: `Tensor.exponential_`. */
export function fillExponential(generator: Generator, data: Float32Array | Float64Array, lambda = 1): void {
  if (!(lambda > 0)) throw new RangeError(`exponential_ expects lambda > 0.0, but found lambda=${lambda}`);
  const factor = -1 / lambda;
  for (let i = 0; i < data.length; i++) data[i] = factor * Math.log(1 - generator.unitFloat64());
}

/** Any array whose elements hold integers. */
type IntegerArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/**
 * Integers from low to high − 1: `torch.randint`, and `Tensor.random_` with bounds. Both bounds are exact
 * integers (below 2⁵³ in magnitude); a range of 2³² or more takes two engine outputs per value.
 */
export function randomIntegers(generator: Generator, data: IntegerArray, low: number, high: number): void {
  for (const bound of [low, high]) {
    if (!Number.isSafeInteger(bound)) {
      throw new RangeError(`random_: ${bound} is no bound: expected an integer below 2^53 in magnitude`);
    }
  }
  if (low >= high) {
    throw new RangeError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  const range = high - low;
  if (range < 2 ** 32) {
    for (let i = 0; i < data.length; i++) data[i] = (generator.random32() % range) + low;
  } else {
    const bigRange = BigInt(high) - BigInt(low);
    const bigLow = BigInt(low);
    for (let i = 0; i < data.length; i++) data[i] = Number((generator.random64() % bigRange) + bigLow);
  }
}

/**
 * One value of `Tensor.random_()` without bounds, for int64: an integer from 0 to 2⁶³ − 1. DataLoader takes its
 * base seed and the seed of its sampler from here.
 */
export function randomInt64(generator: Generator): bigint {
  return BigInt.asUintN(63, generator.random64());
}

/** `Tensor.random_()` without bounds, for floating point: integers from 0 to 2²⁴ in float32, to 2⁵³ in float64. */
export function fillRandomIntegers(generator: Generator, data: Float32Array | Float64Array): void {
  if (data instanceof Float32Array) {
    for (let i = 0; i < data.length; i++) data[i] = generator.random32() % (2 ** 24 + 1);
  } else {
    for (let i = 0; i < data.length; i++) data[i] = Number(generator.random64() % (2n ** 53n + 1n));
  }
}

/** A random order of the integers from 0 to n − 1 (n = `data.length`): `torch.randperm`. Takes n − 1 engine outputs. */
export function randomPermutation(generator: Generator, data: IntegerArray): void {
  const n = data.length;
  for (let i = 0; i < n; i++) data[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const other = i + (generator.random32() % (n - i));
    const value = data[i]!;
    data[i] = data[other]!;
    data[other] = value;
  }
}

/** 1 with probability p, else 0: `Tensor.bernoulli_(p)` and dropout. Two engine outputs per value, whatever the type. */
export function fillBernoulli(generator: Generator, data: IntegerArray, p = 0.5): void {
  checkProbability("bernoulli_", p);
  for (let i = 0; i < data.length; i++) data[i] = generator.unitFloat64() < p ? 1 : 0;
}

/**
 * 1 with the probability that stands at the same place in `probabilities`: `torch.bernoulli(p)`. Here the type of
 * the probabilities decides: one engine output per value in float32, two in float64.
 */
export function fillBernoulliFrom(
  generator: Generator,
  data: IntegerArray,
  probabilities: Float32Array | Float64Array,
): void {
  if (data.length !== probabilities.length) {
    throw new RangeError(`bernoulli: ${probabilities.length} probabilities do not fit ${data.length} values`);
  }
  for (const p of probabilities) checkProbability("bernoulli", p);
  if (probabilities instanceof Float32Array) {
    for (let i = 0; i < data.length; i++) data[i] = generator.unitFloat32() < probabilities[i]! ? 1 : 0;
  } else {
    for (let i = 0; i < data.length; i++) data[i] = generator.unitFloat64() < probabilities[i]! ? 1 : 0;
  }
}

function checkProbability(operation: string, p: number): void {
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(`${operation} expects p to be in [0, 1], but got p=${p}`);
  }
}
