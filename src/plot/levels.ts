import { extent, rounderFor } from "./rounding.js";

const COUNT = 12;

/** Heights for the contour lines of a function that says none: from just above its lowest value at equal factors. */
export function levelsFor(heights: readonly number[]): number[] {
  const [low, high] = extent(heights);
  const range = high - low;
  if (!(range > 0)) return [low, low + 1];
  return Array.from({ length: COUNT }, (_, k) => {
    const above = range * 1e-3 ** ((COUNT - k) / COUNT);
    return rounderFor(100 * above)(low + above);
  });
}

/**
 * Plotly draws contour lines at equal distances only. This gives a height's position among levels at any distances:
 * 0 at the first, 1 at the second, and in proportion between them.
 */
export function positionAmong(levels: readonly number[], lowest: number): (height: number) => number {
  const last = levels.length - 1;
  return (height) => {
    if (height < levels[0]) {
      return Math.max(-1, (height - levels[0]) / Math.max(levels[0] - lowest, Number.MIN_VALUE));
    }
    let k = 0;
    while (k < last - 1 && height >= levels[k + 1]) k++;
    return Math.min(last + 1, k + (height - levels[k]) / (levels[k + 1] - levels[k]));
  };
}
