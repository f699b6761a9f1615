import { Figure, type Trace } from "./figure.js";
import { levelsFor, positionAmong } from "./levels.js";
import { type Heights, heightsOf, type PlaneFunction, type PlaneOptions, windowOf } from "./plane.js";
import { extent, rounded } from "./rounding.js";
import { numberText } from "./text.js";
import { axis, baseLayout, GREY } from "./theme.js";
import { trajectoryTraces } from "./trajectories.js";

/** Points along each side of the grid on which the function is computed. */
const GRID = 61;
export interface ContourOptions extends PlaneOptions {
  /** Heights of the contour lines, ascending. Default: the function's own. */
  levels?: readonly number[];
}

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
    ...trajectoryTraces(trajectories, muted, window, notes),
  ];
  const layout = baseLayout({
    xaxis: axis(xTitle, { range: window.x, showgrid: false }),
    yaxis: axis(yTitle, { range: window.y, showgrid: false }),
  });
  return new Figure(traces, { ...layout, showlegend: true }, options, { notes });
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
