/** Special functions of one float64, accurate to a few units in the last place. */

const INVERSE_ROOT_PI = 0.5641895835477563;

// Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
// Mathematics of Computation 23 (1969): |x| ≤ 0.46875, up to 4, and beyond. Highest power first.
const SMALL_OVER = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
];
const SMALL_UNDER = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171];
const MIDDLE_OVER = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
  881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const MIDDLE_UNDER = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];
const LARGE_OVER = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
  0.0006587491615298378,
];
const LARGE_UNDER = [
  1, 2.568520192289822, 1.8729528499234604, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let k = 0; k < coefficients.length; k++) value = value * x + coefficients[k];
  return value;
}

/** erfc(y) for y > 0.46875. */
function erfcTail(y: number): number {
  if (y > 27.3) return 0;
  let scaled: number;
  if (y <= 4) scaled = polynomial(MIDDLE_OVER, y) / polynomial(MIDDLE_UNDER, y);
  else {
    const z = 1 / (y * y);
    scaled = (INVERSE_ROOT_PI - (z * polynomial(LARGE_OVER, z)) / polynomial(LARGE_UNDER, z)) / y;
  }
  // e^(−y²) with y split in two, so that the rounding of y² does not show.
  const head = Math.trunc(y * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(y - head) * (y + head)) * scaled;
}

/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return (x * polynomial(SMALL_OVER, y * y)) / polynomial(SMALL_UNDER, y * y);
  if (Number.isNaN(x)) return NaN;
  return x > 0 ? 0.5 - erfcTail(y) + 0.5 : erfcTail(y) - 0.5 - 0.5;
}

/** 1 − erf(x), without the loss of digits for large x. */
export function erfc(x: number): number {
  const y = Math.abs(x);
  if (y <= 0.46875) return 1 - erf(x);
  if (Number.isNaN(x)) return NaN;
  return x > 0 ? erfcTail(y) : 2 - erfcTail(y);
}

/** The inverse of `erf`: ±∞ at ±1, NaN beyond. */
export function erfinv(y: number): number {
  const size = Math.abs(y);
  if (!(size < 1)) return size === 1 ? y * Infinity : NaN;
  if (y === 0) return y;
  // A start good to 2e-3 (S. Winitzki), then Halley's method, which triples the digits each time.
  const logarithm = Math.log1p(-y * y);
  const half = 2 / (Math.PI * 0.147) + logarithm / 2;
  let x = Math.sqrt(Math.sqrt(half * half - logarithm / 0.147) - half);
  for (let k = 0; k < 3; k++) {
    // Near 1 the difference of complements keeps the digits that that of the functions loses.
    const error = size > 0.5 ? 1 - size - erfc(x) : erf(x) - size;
    const step = error / (2 * INVERSE_ROOT_PI * Math.exp(-x * x));
    x -= step / (1 + x * step);
  }
  return y < 0 ? -x : x;
}

/** B₂ₖ for k from 1. */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];
/** From here on the asymptotic series give every digit. */
const ASYMPTOTIC = 10;
const HALF_LOG_TWO_PI = 0.9189385332046727;

/** sin(πx), exactly 0 at integers. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  return Math.abs(r) === 1 ? 0 : Math.sin(Math.PI * r);
}

/** ln |Γ(x)|; ∞ at 0 and the negative integers. */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x === -Infinity || x === Infinity || (x <= 0 && Number.isInteger(x))) return Infinity;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  if (x === 1 || x === 2) return 0;
  let product = 1;
  let y = x;
  for (; y < ASYMPTOTIC; y++) product *= y;
  let series = 0;
  const z = 1 / (y * y);
  for (let k = BERNOULLI.length; k >= 1; k--) series = series * z + BERNOULLI[k - 1] / (2 * k * (2 * k - 1));
  return (y - 0.5) * Math.log(y) - y + HALF_LOG_TWO_PI + series / y - Math.log(product);
}

/** Γ′(x)/Γ(x), the derivative of `lgamma`: ∓∞ at ±0, NaN at the negative integers. */
export function digamma(x: number): number {
  if (x === 0) return -1 / x;
  if (x < 0) {
    if (Number.isInteger(x)) return NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  }
  let value = 0;
  let y = x;
  for (; y < ASYMPTOTIC; y++) value -= 1 / y;
  let series = 0;
  const z = 1 / (y * y);
  for (let k = BERNOULLI.length; k >= 1; k--) series = series * z + BERNOULLI[k - 1] / (2 * k);
  return value + Math.log(y) - 0.5 / y - series * z;
}

/** The Hurwitz zeta function Σ (k + x)^−s over k ≥ 0, for s > 1 and x > 0, by the Euler–Maclaurin formula. */
function zeta(s: number, x: number): number {
  let value = 0;
  let y = x;
  for (; y < ASYMPTOTIC; y++) value += y ** -s;
  let term = (s / 2) * y ** (-s - 1);
  value += y ** (1 - s) / (s - 1) + 0.5 * y ** -s;
  for (let k = 1; k <= BERNOULLI.length; k++) {
    value += BERNOULLI[k - 1] * term;
    term *= ((s + 2 * k - 1) * (s + 2 * k)) / ((2 * k + 1) * (2 * k + 2) * y * y);
  }
  return value;
}

/** The n-th derivative of cot(πx): a polynomial of the cotangent, since cot′ = −1 − cot². */
function cotangentDerivative(n: number, x: number): number {
  // Coefficients from the constant on.
  let powers = [0, 1];
  for (let order = 0; order < n; order++) {
    const slope = powers.slice(1).map((coefficient, k) => coefficient * (k + 1));
    powers = [...slope, 0, 0].map((coefficient, k) => -Math.PI * (coefficient + (slope[k - 2] ?? 0)));
  }
  const cotangent = 1 / Math.tan(Math.PI * (x - Math.round(x)));
  return polynomial(powers.reverse(), cotangent);
}

/** The n-th derivative of `digamma`, n ≥ 0: infinite at 0 and the negative integers for n ≥ 1. */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (Number.isNaN(x) || x === -Infinity) return NaN;
  if (x <= 0) {
    if (Number.isInteger(x)) return n % 2 === 0 ? -Infinity : Infinity;
    return (n % 2 === 0 ? 1 : -1) * polygamma(n, 1 - x) - Math.PI * cotangentDerivative(n, x);
  }
  if (x === Infinity) return 0;
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return (n % 2 === 0 ? -1 : 1) * factorial * zeta(n + 1, x);
}

/** sin(πx) / (πx), 1 at 0. */
export function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The nearest integer; of two, the even one. */
export function roundHalfEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}
