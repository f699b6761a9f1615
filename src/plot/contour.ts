import { Figure, type FigureOptions, type Json, type Trace } from "./figure.js";
import type { TestFunction, Window } from "./functions/test-function.js";
import { levelsFor, positionAmong } from "./levels.js";
import { extent, hasPlace, rounded, rounderFor } from "./rounding.js";
import { counted, numberText, plainText } from "./text.js";
import { axis, baseLayout, GREY, MUTED, styleOf } from "./theme.js";
import { coordinates, describe, type Points } from "./values.js";

/** Points along each side of the grid on which the function is computed. */
const GRID = 75;
/** Longer paths are thinned. */
const MOST_STEPS = 2000;

/** What draws a function of two variables. */
export interface PlaneOptions extends FigureOptions {
  /** Paths over the plane by name, one point for each step. */
  trajectories?: Readonly<Record<string, Points>>;
  /** Names of paths that are drawn in grey: what is compared with. */
  muted?: readonly string[];
  /** The part of the plane to draw. Default: the function's own. */
  window?: Window;
  xTitle?: string;
  yTitle?: string;
}

export interface ContourOptions extends PlaneOptions {
  /** Heights of the contour lines, ascending. Default: the function's own. */
  levels?: readonly number[];
}

/** A function of the plane: a test function, which knows its window and its levels, or one of your own. */
export type PlaneFunction = TestFunction | ((x: number, y: number) => number);

/**
 * Contour lines of a function of two variables, with the paths of optimizers over it. A path starts at a circle and
 * ends at a square; a star is a minimum.
 *
 * @throws when a function of your own has no window, fails, or gives no number; when a path is no list of points
 */
export function contour(plane: PlaneFunction, options: ContourOptions): Figure {
  const { trajectories = {}, muted = [], xTitle = "x", yTitle = "y" } = options;
  const window = windowOf("contour", plane, options.window);
  const heights = heightsOf("contour", plane, window, GRID);
  const levels = checkLevels(
    options.levels ?? ("levels" in plane ? plane.levels : levelsFor(heights.z.flat())),
  );
  const notes: string[] = [];
  const traces = [
    contourTrace(heights, levels),
    ...("minima" in plane ? [minimaTrace(plane.minima)] : []),
    ...trajectoryTraces("contour", trajectories, muted, window, notes),
  ];
  const layout = baseLayout({
    xaxis: axis(xTitle, { range: window.x, showgrid: false }),
    yaxis: axis(yTitle, { range: window.y, showgrid: false }),
  });
  return new Figure(traces, { ...layout, showlegend: true }, options, { notes });
}

/** @throws TypeError when there is none, RangeError when it is no part of the plane */
export function windowOf(operation: string, plane: PlaneFunction, given: Window | undefined): Window {
  const window = given ?? ("window" in plane ? plane.window : undefined);
  if (window === undefined) {
    throw new TypeError(
      `${operation}: say which part of the plane to draw: { window: { x: [-2, 2], y: [-1, 3] } }`,
    );
  }
  for (const side of ["x", "y"] as const) {
    const [from, to] = window[side] ?? [];
    if (!(from < to && Number.isFinite(to - from))) {
      throw new RangeError(
        `${operation}: window.${side} goes from a number to a larger one, got [${window[side]}]`,
      );
    }
  }
  return window;
}

export interface Heights {
  readonly x: number[];
  readonly y: number[];
  /** A row for each y. Where the function has no finite value it holds what the function gave. */
  readonly z: number[][];
}

/** The function on a grid over the window. */
export function heightsOf(operation: string, plane: PlaneFunction, window: Window, count: number): Heights {
  const along = ([from, to]: readonly [number, number]): number[] =>
    Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1));
  const [x, y] = [along(window.x), along(window.y)];
  const z = y.map((v) => x.map((u) => heightAt(operation, plane, u, v)));
  if (!z.some((row) => row.some(Number.isFinite))) {
    throw new RangeError(
      `${operation}: the function has no finite value in the window: there is nothing to draw`,
    );
  }
  return { x, y, z };
}

function heightAt(operation: string, plane: PlaneFunction, x: number, y: number): number {
  let height: unknown;
  try {
    height = plane(x, y);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${operation}: the function failed at (${x}, ${y}): ${message}`, { cause: error });
  }
  if (typeof height === "number") return height;
  throw new TypeError(
    `${operation}: the function of two numbers must give a number, but at (${x}, ${y}) it gave ${describe(height)}`,
  );
}

function checkLevels(levels: readonly number[]): readonly number[] {
  const ascending = levels.every((level, k) => Number.isFinite(level) && (k === 0 || level > levels[k - 1]));
  if (levels.length < 2 || !ascending) {
    throw new RangeError(
      `contour: levels are at least two numbers in ascending order, got [${levels.join(", ")}]`,
    );
  }
  return levels;
}

/**
 * Heights become whole numbers below 256, the levels multiples of `unit`: finer steps are not seen between two lines,
 * and a grid of bytes is a third of the size of a grid of numbers.
 */
function contourTrace({ x, y, z }: Heights, levels: readonly number[]): Trace {
  const position = positionAmong(levels, extent(z.flat())[0]);
  const unit = Math.max(1, Math.floor(255 / (levels.length + 1)));
  const steps = z.map((row) => row.map((height) => Math.round((position(height) + 1) * unit)));
  const ticks = levels.map((_, k) => k).filter((k) => levels.length <= 8 || k % 2 === 0);
  return {
    type: "contour",
    name: "height",
    x0: x[0],
    dx: x[1] - x[0],
    y0: y[0],
    dy: y[1] - y[0],
    z: steps.map((row) => rounded(row, "linear")),
    zmin: 0,
    zmax: (levels.length + 1) * unit,
    autocontour: false,
    contours: { start: unit, end: levels.length * unit, size: unit, coloring: "fill" },
    colorscale: "Cividis",
    reversescale: true,
    opacity: 0.6,
    line: { color: GREY, width: 0.7, smoothing: 1.3 },
    hoverinfo: "skip",
    colorbar: {
      tickvals: ticks.map((k) => (k + 1) * unit),
      ticktext: ticks.map((k) => numberText(levels[k], 6)),
      thickness: 12,
      outlinewidth: 0,
    },
  };
}

/** The paths, and markers of different shape at their starts and ends. */
function trajectoryTraces(
  operation: string,
  trajectories: Readonly<Record<string, Points>>,
  muted: readonly string[],
  window: Window,
  notes: string[],
): Trace[] {
  const paths = Object.entries(trajectories).map(([name, points], index) =>
    path(
      operation,
      name,
      points,
      window,
      { color: muted.includes(name) ? MUTED : styleOf(index).color, index },
      notes,
    ),
  );
  if (paths.length === 0) return [];
  const ends = (name: string, symbol: string, at: 0 | -1): Trace => ({
    type: "scatter",
    mode: "markers",
    name,
    x: paths.map(({ x }) => x.at(at) ?? null),
    y: paths.map(({ y }) => y.at(at) ?? null),
    marker: {
      symbol,
      size: 10,
      color: paths.map(({ color }) => color),
      line: { color: "#ffffff", width: 1.5 },
    },
    hoverinfo: "skip",
  });
  return [...paths.map(({ trace }) => trace), ends("start", "circle", 0), ends("end", "square", -1)];
}

interface Path {
  readonly trace: Trace;
  readonly color: string;
  readonly x: readonly Json[];
  readonly y: readonly Json[];
}

function path(
  operation: string,
  name: string,
  points: Points,
  window: Window,
  { color, index }: { readonly color: string; readonly index: number },
  notes: string[],
): Path {
  const all = coordinates(points, `${operation}: ${name}`);
  const finite = all.x.findIndex((x, k) => !hasPlace(x, "linear") || !hasPlace(all.y[k], "linear"));
  if (finite === 0)
    throw new RangeError(
      `${operation}: ${name} has no finite point: it starts at (${all.x[0]}, ${all.y[0]})`,
    );
  const length = finite < 0 ? all.x.length : finite;
  if (finite > 0) notes.push(`${name} is not finite from step ${finite} on.`);
  else tellIfOutside(name, all, window, notes);
  const stride = Math.ceil(length / MOST_STEPS);
  const kept = Array.from({ length }, (_, k) => k).filter((k) => k % stride === 0 || k === length - 1);
  if (stride > 1)
    notes.push(`${name}: ${counted(kept.length, "point")} of ${length.toLocaleString("en")} are drawn.`);
  const along = (side: "x" | "y"): number[] => {
    const round = rounderFor(window[side][1] - window[side][0]);
    return kept.map((k) => round(all[side][k]));
  };
  const [x, y] = [along("x"), along("y")];
  const trace = {
    type: "scatter",
    mode: "lines+markers",
    name: plainText(name),
    x,
    y,
    line: { color, width: 2, dash: styleOf(index).dash },
    marker: { color, size: 4 },
    hovertemplate: `step %{${stride > 1 ? "customdata" : "pointNumber"}}: (%{x}, %{y})`,
    ...(stride > 1 ? { customdata: kept } : {}),
  };
  return { trace, color, x, y };
}

function tellIfOutside(
  name: string,
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
  window: Window,
  notes: string[],
): void {
  const inside = (k: number): boolean =>
    x[k] >= window.x[0] && x[k] <= window.x[1] && y[k] >= window.y[0] && y[k] <= window.y[1];
  const last = x.length - 1;
  if (!inside(last)) {
    notes.push(`${name} ends outside of the window, at (${numberText(x[last])}, ${numberText(y[last])}).`);
  }
}

function minimaTrace(minima: readonly (readonly [number, number])[]): Trace {
  return {
    type: "scatter",
    mode: "markers",
    name: minima.length === 1 ? "minimum" : "minima",
    x: minima.map(([x]) => Number(x.toFixed(6))),
    y: minima.map(([, y]) => Number(y.toFixed(6))),
    marker: { symbol: "star", size: 13, color: "#E69F00", line: { color: "#ffffff", width: 1 } },
    hoverinfo: "x+y+name",
  };
}
