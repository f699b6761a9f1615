import type { Figure, FigureOptions } from "./figure.js";
import { lines, namedCurves } from "./lines.js";
import type { Scale } from "./rounding.js";
import { describe, type Values } from "./values.js";

export interface ScheduleOptions extends FigureOptions {
  /** How many steps to draw of schedules that are functions. Default 100. */
  steps?: number;
  /** Default "step". */
  xTitle?: string;
  /** Default "learning rate". */
  yTitle?: string;
  yScale?: Scale;
}

/** Learning rates by step: the values, or a function of the step, which counts from 0. */
export type Schedule = Values | ((step: number) => number);

/**
 * Learning rates over the steps, each held until the next.
 *
 * @throws when there is nothing to draw, or a function gives no number
 */
export function schedule(
  schedules: Schedule | Readonly<Record<string, Schedule>>,
  options: ScheduleOptions,
): Figure {
  const { steps = 100, xTitle = "step", yTitle = "learning rate" } = options;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`schedule: steps is a whole number from 1, got ${describe(steps)}`);
  }
  const given = typeof schedules === "function" ? { [yTitle]: schedules } : schedules;
  const curves = namedCurves<Schedule>("schedule", given, yTitle).map(([name, values]) => [
    name,
    typeof values === "function" ? Array.from({ length: steps }, (_, step) => values(step)) : values,
  ]);
  return lines(Object.fromEntries(curves) as Record<string, Values>, {
    ...options,
    xTitle,
    yTitle,
    shape: "hv",
  });
}
