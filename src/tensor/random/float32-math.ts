/**
 * Logarithm, sine and cosine in float32 as PyTorch's vectorised normal kernel computes them: the polynomials of
 * the Cephes library (S. Moshier) in the AVX2 version by J. Pommier and G. Garberoglio (ATen/native/cpu/
 * avx_mathfun.h), every multiply-add fused. They differ from the correctly rounded values in the last place;
 * equal seeds give equal numbers only with exactly these.
 *
 * A fused multiply-add is written `round(a * b + c)`: the product of two float32 is exact in float64. That rounds
 * the sum twice, which has never mattered for the 2²⁴ uniforms that can enter here: all of them were compared
 * with `fmaFloat32`.
 */

const round = Math.fround;

const word = new Float32Array(1);
const wordBits = new Int32Array(word.buffer);

const SQRT_HALF = round(Math.SQRT1_2);
/** ln 2 as a short leading part, which an exponent multiplies exactly, and the remainder. */
const LN2_HIGH = round(0.693359375);
const LN2_LOW = round(-2.1219444e-4);

const LOG_0 = round(7.0376836292e-2);
const LOG_1 = round(-1.151461031e-1);
const LOG_2 = round(1.167699874e-1);
const LOG_3 = round(-1.2420140846e-1);
const LOG_4 = round(1.4249322787e-1);
const LOG_5 = round(-1.6668057665e-1);
const LOG_6 = round(2.0000714765e-1);
const LOG_7 = round(-2.4999993993e-1);
const LOG_8 = round(3.3333331174e-1);

/** ln x for a normal float32 x > 0. */
export function logFloat32(x: number): number {
  // x = m · 2^exponent with √½ ≤ m < √2, so that the polynomial sees m − 1 near zero.
  word[0] = x;
  let exponent = (wordBits[0]! >>> 23) - 126;
  wordBits[0] = (wordBits[0]! & 0x807fffff) | 0x3f000000;
  const mantissa = word[0]!;
  let t = round(mantissa - 1);
  if (mantissa < SQRT_HALF) {
    exponent--;
    t = round(t + mantissa);
  }
  const square = round(t * t);
  let y = round(LOG_0 * t + LOG_1);
  y = round(y * t + LOG_2);
  y = round(y * t + LOG_3);
  y = round(y * t + LOG_4);
  y = round(y * t + LOG_5);
  y = round(y * t + LOG_6);
  y = round(y * t + LOG_7);
  y = round(y * t + LOG_8);
  y = round(round(y * t) * square + round(exponent * LN2_LOW));
  y = round(-square * 0.5 + y);
  return round(exponent * LN2_HIGH + round(t + y));
}

const FOUR_OVER_PI = round(1.27323954473516);
/** −π/4 in three parts (Cody & Waite), so that the reduced angle loses no digits. */
const MINUS_QUARTER_PI_HIGH = round(-0.78515625);
const MINUS_QUARTER_PI_MIDDLE = round(-2.4187564849853516e-4);
const MINUS_QUARTER_PI_LOW = round(-3.774894977445941e-8);

const COS_0 = round(2.443315711809948e-5);
const COS_1 = round(-1.388731625493765e-3);
const COS_2 = round(4.166664568298827e-2);
const SIN_0 = round(-1.9515295891e-4);
const SIN_1 = round(8.3321608736e-3);
const SIN_2 = round(-1.6666654611e-1);

/** Writes sin x into `out[0]` and cos x into `out[1]`, for a float32 angle 0 ≤ x < 8192 in radians. */
export function sinCosFloat32(x: number, out: Float32Array): void {
  // The nearest even multiple of π/4 is taken off: what is left lies within ±π/4.
  const octant = (Math.trunc(round(x * FOUR_OVER_PI)) + 1) & ~1;
  let t = round(octant * MINUS_QUARTER_PI_HIGH + x);
  t = round(octant * MINUS_QUARTER_PI_MIDDLE + t);
  t = round(octant * MINUS_QUARTER_PI_LOW + t);
  const square = round(t * t);

  let cosine = round(COS_0 * square + COS_1);
  cosine = round(round(cosine * square + COS_2) * square);
  cosine = round(round(cosine * square + -round(square * 0.5)) + 1);

  let sine = round(SIN_0 * square + SIN_1);
  sine = round(round(sine * square + SIN_2) * square);
  sine = round(sine * t + t);

  // Quadrants 1 and 3 swap the two; sine is negative in 2 and 3, cosine in 1 and 2.
  const quadrant = (octant >> 1) & 3;
  const isSwapped = (quadrant & 1) === 1;
  const sinValue = isSwapped ? cosine : sine;
  const cosValue = isSwapped ? sine : cosine;
  out[0] = quadrant >= 2 ? -sinValue : sinValue;
  out[1] = quadrant === 1 || quadrant === 2 ? -cosValue : cosValue;
}
