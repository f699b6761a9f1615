import type { Json } from "./figure.js";

/** A screen shows fewer positions than this along an axis, so finer differences are left out of the figure. */
const POSITIONS = 4000;
const LOG_DIGITS = 4;

export type Scale = "linear" | "log";

/** Whether an axis of this scale has a place for the value. */
export function hasPlace(value: number, scale: Scale): boolean {
  return Number.isFinite(value) && (scale === "linear" || value > 0);
}

/** The values with as many digits as can be seen on an axis that shows them all; what has no place there is null. */
export function rounded(values: readonly number[], scale: Scale, span: number = spanOf(values)): Json[] {
  const round = scale === "log" ? (value: number) => Number(value.toPrecision(LOG_DIGITS)) : rounderFor(span);
  return values.map((value) => (hasPlace(value, scale) ? round(value) : null));
}

/** Rounds to a power of ten that cannot be told from zero on an axis of this length. */
export function rounderFor(span: number): (value: number) => number {
  const exponent = Math.floor(Math.log10(span / POSITIONS));
  // JSON has no -0.
  if (exponent < 0 && exponent >= -100) return (value) => Number(value.toFixed(-exponent)) + 0;
  return (value) => {
    const size = Math.floor(Math.log10(Math.abs(value)));
    if (!Number.isFinite(size) || size < exponent) return Number.isFinite(exponent) ? 0 : value;
    const short = Number(value.toPrecision(Math.min(17, size - exponent + 1)));
    // Next to the largest number there is nothing to round up to.
    return Number.isFinite(short) ? short : value;
  };
}

/** The distance from the smallest to the largest finite value. */
export function spanOf(values: readonly number[]): number {
  const [low, high] = extent(values);
  return high - low;
}

/** The smallest and the largest finite value; infinities the wrong way round when there is none. */
export function extent(values: Iterable<number>): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
