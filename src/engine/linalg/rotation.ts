/** A rotation by an angle: its cosine and sine, and the tangent. */
export interface Rotation {
  readonly c: number;
  readonly s: number;
  readonly t: number;
}

/**
 * The smaller rotation that makes the symmetric matrix [[a, b], [b, d]] diagonal, for b ≠ 0 (Rutishauser's formulas:
 * no cancellation, no overflow).
 */
export function jacobiRotation(a: number, b: number, d: number): Rotation {
  const zeta = (d - a) / (2 * b);
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  return { c, s: c * t, t };
}

/** Turns two vectors of `length` elements that lie in `data` at `p` and `q`, with `step` between their elements. */
export function rotate(
  data: Float64Array,
  p: number,
  q: number,
  step: number,
  length: number,
  { c, s }: Rotation,
): void {
  for (let k = 0; k < length; k++, p += step, q += step) {
    const x = data[p];
    const y = data[q];
    data[p] = c * x - s * y;
    data[q] = s * x + c * y;
  }
}

/** After this many sweeps over all pairs, a Jacobi method has long converged, or never will. */
export const MOST_SWEEPS: number = 60;
