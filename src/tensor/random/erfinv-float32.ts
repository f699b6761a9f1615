/**
 * The inverse error function in float32 as PyTorch computes it: a rational first guess and two Newton steps
 * (ATen/native/Math.h, calc_erfinv), every multiply-add of the guess fused, over the C library's erff (W. J. Cody's
 * approximations as in fdlibm, without fused operations). It differs from the correctly rounded value in the last
 * places; equal seeds give equal truncated normal values only with exactly this. Of 4000 uniform arguments one
 * differs from PyTorch, by one unit in the last place.
 */

const round = Math.fround;
const floats = (...numbers: number[]): readonly number[] => numbers.map(round);

const CENTRAL = round(0.7);
const CENTRAL_OVER = floats(0.886226899, -1.645349621, 0.914624893, -0.140543331);
const CENTRAL_UNDER = floats(1, -2.118377725, 1.442710462, -0.329097515, 0.012229801);
const TAIL_OVER = floats(-1.970840454, -1.624906493, 3.429567803, 1.641345311);
const TAIL_UNDER = floats(1, 3.5438892, 1.6370678);
const SLOPE_AT_0 = round(2 / Math.sqrt(Math.PI));

/** The inverse of erf: ±∞ at ±1, NaN beyond. */
export function erfinvFloat32(y: number): number {
  const size = Math.abs(y);
  if (!(size < 1)) return size === 1 ? Math.sign(y) * Infinity : NaN;
  let x: number;
  if (size <= CENTRAL) {
    const z = round(y * y);
    x = round(round(y * fused(CENTRAL_OVER, z)) / fused(CENTRAL_UNDER, z));
  } else {
    const z = round(Math.sqrt(round(-round(Math.log(round((1 - size) / 2))))));
    x = round((Math.sign(y) * fused(TAIL_OVER, z)) / fused(TAIL_UNDER, z));
  }
  for (let step = 0; step < 2; step++) {
    const slope = round(SLOPE_AT_0 * round(Math.exp(round(-x * x))));
    x = round(x - round(round(erfFloat32(x) - y) / slope));
  }
  return x;
}

/** A polynomial, constant term first, with fused multiply-adds. */
function fused(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => round(sum * x + coefficient));
}

/** A polynomial whose products are rounded too. */
function plain(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => round(round(sum * x) + coefficient));
}

const SMALL_OVER = floats(
  1.2837916613e-1,
  -3.2504209876e-1,
  -2.8481749818e-2,
  -5.770270247e-3,
  -2.3763017452e-5,
);
const SMALL_UNDER = floats(
  1,
  3.9791721106e-1,
  6.50222525e-2,
  5.0813062117e-3,
  1.3249473704e-4,
  -3.9602282413e-6,
);
const ERF_NEAR_1 = round(8.4506291151e-1);
const NEAR_1_OVER = floats(
  -2.3621185683e-3,
  4.1485610604e-1,
  -3.7220788002e-1,
  3.1834661961e-1,
  -1.1089469492e-1,
  3.5478305072e-2,
  -2.1663755178e-3,
);
const NEAR_1_UNDER = floats(
  1,
  1.0642088205e-1,
  5.4039794207e-1,
  7.1828655899e-2,
  1.2617121637e-1,
  1.3637083583e-2,
  1.1984500103e-2,
);
const MIDDLE_OVER = floats(
  -9.8649440333e-3,
  -6.938585639e-1,
  -1.0558626175e1,
  -6.2375331879e1,
  -1.6239666748e2,
  -1.8460508728e2,
  -8.1287437439e1,
  -9.8143291473,
);
const MIDDLE_UNDER = floats(
  1,
  1.965127182e1,
  1.3765776062e2,
  4.3456588745e2,
  6.4538726807e2,
  4.2900814819e2,
  1.0863500214e2,
  6.5702495575,
  -6.0424413532e-2,
);
const LARGE_OVER = floats(
  -9.864943102e-3,
  -7.9928326607e-1,
  -1.7757955551e1,
  -1.6063638306e2,
  -6.3756646729e2,
  -1.0250950928e3,
  -4.8351919556e2,
);
const LARGE_UNDER = floats(
  1,
  3.0338060379e1,
  3.2579251099e2,
  1.5367296143e3,
  3.1998581543e3,
  2.553050293e3,
  4.7452853394e2,
  -2.2440952301e1,
);

const word = new Float32Array(1);
const bits = new Int32Array(word.buffer);

/** The C library's erff. */
function erfFloat32(x: number): number {
  const size = Math.abs(x);
  if (size < 0.84375) {
    const z = round(x * x);
    return round(x + round(x * round(plain(SMALL_OVER, z) / plain(SMALL_UNDER, z))));
  }
  if (size >= 6) return Math.sign(x);
  if (size < 1.25) {
    const s = round(size - 1);
    return Math.sign(x) * round(ERF_NEAR_1 + round(plain(NEAR_1_OVER, s) / plain(NEAR_1_UNDER, s)));
  }
  const s = round(1 / round(size * size));
  const ratio =
    size < round(1 / 0.35)
      ? round(plain(MIDDLE_OVER, s) / plain(MIDDLE_UNDER, s))
      : round(plain(LARGE_OVER, s) / plain(LARGE_UNDER, s));
  // size² in two parts, the first of which is exact.
  word[0] = size;
  bits[0] &= 0xfffff000;
  const head = word[0];
  const first = round(Math.exp(round(round(-head * head) - 0.5625)));
  const second = round(Math.exp(round(round(round(head - size) * round(head + size)) + ratio)));
  return Math.sign(x) * round(1 - round(round(first * second) / size));
}
