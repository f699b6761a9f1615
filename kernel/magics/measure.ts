/** A run shorter than this says more of the clock and the machine than of the code. */
const SHORTEST_RUN_MS = 100;
const FEWEST_RUNS = 7;
const MOST_RUNS = 50;
/** How well the median is to be known, as a part of it. */
const GOOD_ENOUGH = 0.01;
/** After this long, three runs have to do. */
const PATIENCE_MS = 3_000;
/** For the standard error of a median, and of the quartiles to the standard deviation, of normal values. */
const MEDIAN_ERROR = 1.2533;
const QUARTILES_TO_DEVIATION = 1.349;

export interface Timing {
  /** How often the code ran in each run. */
  readonly loops: number;
  /** Milliseconds that the code took, one number for each run, in ascending order. */
  readonly times: readonly number[];
}

/** Runs the code `loops` times and returns the milliseconds that this took. */
export type Stopwatch = (loops: number) => number | Promise<number>;

/**
 * Times code in runs of equally many loops until the median is known to one percent, or patience ends.
 * @param code The code in a loop.
 * @param nothing No code in the same loop: what this costs is taken off.
 * @param fixed Loops and runs, where they are not to be chosen here.
 */
export async function measure(
  code: Stopwatch,
  nothing: Stopwatch,
  fixed: { loops?: number; runs?: number } = {},
): Promise<Timing> {
  const loops = fixed.loops ?? (await enoughLoops(code));
  let overhead = Number.POSITIVE_INFINITY;
  for (let run = 0; run < FEWEST_RUNS; run++) overhead = Math.min(overhead, await nothing(loops));
  const times: number[] = [];
  let total = 0;
  while (!isEnough(times, total, fixed.runs)) {
    const run = await code(loops);
    total += run;
    times.push(Math.max(0, run - overhead) / loops);
    times.sort((a, b) => a - b);
  }
  return { loops, times };
}

/** The quantile of ascending values, between two of them where it falls between two. */
export function quantile(ascending: readonly number[], q: number): number {
  const at = q * (ascending.length - 1);
  const below = ascending[Math.floor(at)]!;
  const above = ascending[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}

/** 1, 2, 5, 10, … loops, until one run is long enough. The compiler warms up meanwhile. */
async function enoughLoops(code: Stopwatch): Promise<number> {
  for (let power = 1; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      if ((await code(digit * power)) >= SHORTEST_RUN_MS) return digit * power;
    }
  }
}

function isEnough(times: readonly number[], total: number, wanted: number | undefined): boolean {
  if (wanted !== undefined) return times.length >= wanted;
  if (times.length >= MOST_RUNS) return true;
  if (total >= PATIENCE_MS) return times.length >= 3;
  if (times.length < FEWEST_RUNS) return false;
  const deviation = (quantile(times, 0.75) - quantile(times, 0.25)) / QUARTILES_TO_DEVIATION;
  return (MEDIAN_ERROR * deviation) / Math.sqrt(times.length) <= GOOD_ENOUGH * quantile(times, 0.5);
}
