import type { Figure, FigureOptions } from "./figure.js";
import { grid } from "./grid.js";
import { lines } from "./lines.js";
import type { Scale } from "./rounding.js";
import { isTensor, numbers, type Values } from "./values.js";

export interface StateOptions extends FigureOptions {
  /** Names of the coordinates. Default: their numbers. */
  coordinates?: readonly string[];
  /** Default "step". */
  xTitle?: string;
  yScale?: Scale;
  /** Height in pixels of each panel. Default 150. */
  height?: number;
}

/** Values by name, one for each step: a number, or one number for each coordinate. */
export type History = Readonly<Record<string, readonly (number | Values)[] | Values>>;

/**
 * What an optimizer keeps, over the steps: a panel for each quantity, one above the other, a curve for each coordinate.
 *
 * @throws when there is nothing to draw, or something is not a number
 */
export function state(history: History, options: StateOptions): Figure {
  const { coordinates = [], xTitle = "step", yScale, height = 150 } = options;
  const panels = Object.entries(history).map(([name, steps]) =>
    lines(curvesOf(name, steps, coordinates), { alt: "", xTitle, yTitle: name, yScale }),
  );
  if (panels.length === 0) throw new RangeError("state: there is nothing to draw: no quantity was given");
  return grid(panels, { ...options, columns: 1, height });
}

function curvesOf(
  name: string,
  steps: History[string],
  coordinates: readonly string[],
): Record<string, number[]> {
  const where = `state: ${name}`;
  if (isTensor(steps) || ArrayBuffer.isView(steps) || typeof steps[0] === "number" || steps.length === 0) {
    return { [name]: numbers(steps as Values, where) };
  }
  const rows = Array.from(steps as readonly Values[], (row, k) => numbers(row, `${where}[${k}]`));
  const odd = rows.findIndex((row) => row.length !== rows[0].length);
  if (odd >= 0) {
    throw new RangeError(
      `${where}[${odd}] has ${rows[odd].length} coordinates, but ${where}[0] has ${rows[0].length}`,
    );
  }
  return Object.fromEntries(
    rows[0].map((_, k) => [coordinates[k] ?? `coordinate ${k}`, rows.map((row) => row[k])]),
  );
}
