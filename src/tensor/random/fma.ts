/**
 * Fused multiply-add, a·b + c with a single rounding, which JavaScript lacks. PyTorch's AVX2 code uses it
 * everywhere; without it about half of all `uniform_` values differ in the last place.
 */

/**
 * a·b + c rounded once to float32, for float32 a, b and c; exact for every input.
 *
 * The product of two float32 is exact in float64, so the only danger is double rounding: the sum, rounded to
 * float64, falls exactly between two float32 values although the true sum does not.
 */
export function fmaFloat32(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const rounded = Math.fround(sum);
  const mirrored = sum + (sum - rounded);
  // A sum half-way between `rounded` and its other neighbour is the only one whose mirror image is a float32.
  if (Math.fround(mirrored) !== mirrored || mirrored === rounded) return rounded;
  return roundTie(product, c, sum);
}

function roundTie(product: number, c: number, sum: number): number {
  const error = sumError(product, c, sum);
  // A nudge towards the true sum, far too small to reach another float32, breaks the tie the right way.
  return Math.fround(sum + Math.sign(error) * Math.abs(sum) * 2 ** -52);
}

/** Magnitudes between which every intermediate result of `fmaFloat64` is exact and far from over- or underflow. */
const LARGEST = 2 ** 480;
const SMALLEST = 2 ** -400;

/**
 * a·b + c rounded once to float64; exact for every input.
 *
 * Error-free product and sum, the two error terms added with rounding to odd: Boldo & Melquiond, "Emulation of a
 * FMA and correctly rounded sums" (2008). Inputs of extreme magnitude take an exact detour in integers.
 */
export function fmaFloat64(a: number, b: number, c: number): number {
  if (a === 0 || b === 0) return a * b + c;
  if (!isModerate(a) || !isModerate(b) || !(isModerate(c) || c === 0)) {
    if (!Number.isFinite(a) || !Number.isFinite(b)) return a * b + c;
    return Number.isFinite(c) ? fmaInIntegers(a, b, c) : c;
  }
  const product = a * b;
  const productLow = productError(a, b, product);
  const sumHigh = c + productLow;
  const sumLow = sumError(c, productLow, sumHigh);
  const high = product + sumHigh;
  const highError = sumError(product, sumHigh, high);
  return high + addRoundedToOdd(sumLow, highError);
}

function isModerate(x: number): boolean {
  const magnitude = Math.abs(x);
  return magnitude < LARGEST && magnitude > SMALLEST;
}

/** The rounding error of sum = a + b, exactly (Knuth). */
function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** The rounding error of product = a·b, exactly (Dekker, with Veltkamp's split into halves of 26 bits). */
function productError(a: number, b: number, product: number): number {
  const aScaled = 134217729 * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = 134217729 * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

const float64 = new Float64Array(1);
const pattern = new BigUint64Array(float64.buffer);
const halves = new Int32Array(float64.buffer);
const LOW_HALF = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

/** a + b; an inexact sum becomes that one of its two float64 neighbours whose last bit is 1. */
function addRoundedToOdd(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  if (error === 0) return sum;
  float64[0] = sum;
  const low = halves[LOW_HALF]!;
  if ((low & 1) === 1) return sum;
  // Bit patterns of one sign are ordered like magnitudes: one more is the neighbour further from zero.
  const isFurtherFromZero = error > 0 === sum > 0;
  halves[LOW_HALF] = isFurtherFromZero ? low + 1 : low - 1;
  if (!isFurtherFromZero && low === 0) halves[1 - LOW_HALF]!--;
  return float64[0]!;
}

/** A finite float64 as integer · 2^exponent. */
function decompose(x: number): { integer: bigint; exponent: number } {
  float64[0] = x;
  const exponentField = Number((pattern[0]! >> 52n) & 0x7ffn);
  const fraction = pattern[0]! & 0xfffffffffffffn;
  const magnitude = exponentField === 0 ? fraction : fraction | 0x10000000000000n;
  return { integer: x < 0 ? -magnitude : magnitude, exponent: Math.max(exponentField, 1) - 1075 };
}

function fmaInIntegers(a: number, b: number, c: number): number {
  const x = decompose(a);
  const y = decompose(b);
  const z = decompose(c);
  const productExponent = x.exponent + y.exponent;
  const exponent = Math.min(productExponent, z.exponent);
  const sum =
    ((x.integer * y.integer) << BigInt(productExponent - exponent)) +
    (z.integer << BigInt(z.exponent - exponent));
  // A sum of exactly zero comes from opposite signs, or from zeros: both are plain addition's business.
  return sum === 0n ? a * b + c : nearestFloat64(sum, exponent);
}

/** integer · 2^exponent, rounded to the nearest float64, ties to even. */
function nearestFloat64(integer: bigint, exponent: number): number {
  const magnitude = integer < 0n ? -integer : integer;
  const length = magnitude.toString(2).length;
  // 53 bits are kept, fewer where the result is subnormal.
  const dropped = Math.max(length - 53, -1074 - exponent);
  let kept = magnitude;
  let keptExponent = exponent;
  if (dropped > 0) {
    const shift = BigInt(dropped);
    const half = 1n << (shift - 1n);
    const rest = magnitude & ((1n << shift) - 1n);
    kept = magnitude >> shift;
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
    keptExponent = exponent + dropped;
  }
  const result = scale(Number(kept), keptExponent);
  return integer < 0n ? -result : result;
}

/** x · 2^exponent in steps, because 2^exponent alone may overflow where the product does not. */
function scale(x: number, exponent: number): number {
  let scaled = x;
  let rest = exponent;
  for (; rest > 1000; rest -= 1000) scaled *= 2 ** 1000;
  for (; rest < -1000; rest += 1000) scaled *= 2 ** -1000;
  return scaled * 2 ** rest;
}
