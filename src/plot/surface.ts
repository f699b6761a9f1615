import { Figure, type Json, type Layout, type Trace } from "./figure.js";
import { heightsOf, type PlaneFunction, type PlaneOptions, windowOf } from "./plane.js";
import { extent, rounded, type Scale, spanOf } from "./rounding.js";
import { counted, plainText } from "./text.js";
import { axis, baseLayout, MUTED, styleOf } from "./theme.js";
import { coordinates } from "./values.js";

export interface SurfaceOptions extends PlaneOptions {
  /** Title of the height. Default "f(x, y)". */
  zTitle?: string;
  /** "log": equal distances are equal factors; what is not positive is a hole. */
  zScale?: Scale;
}

/** Points along each side of the grid on which the function is computed: fewer than on paper, for it is turned. */
const GRID = 41;
/** The eye reads heights less finely than positions. */
const HEIGHT_SPANS = 4;

/**
 * A function of two variables as a surface that can be turned, with the paths of optimizers on it.
 *
 * @throws when a function of your own has no window, fails, or gives no number; when a path is no list of points
 */
export function surface(plane: PlaneFunction, options: SurfaceOptions): Figure {
  const {
    trajectories = {},
    muted = [],
    xTitle = "x",
    yTitle = "y",
    zTitle = "f(x, y)",
    zScale = "linear",
  } = options;
  const window = windowOf("surface", plane, options.window);
  const { x, y, z } = heightsOf("surface", plane, window, GRID);
  const [lowest, highest] = extent(z.flat());
  const span = HEIGHT_SPANS * spanOf(z.flat());
  const notes: string[] = [];
  const below: Trace = {
    type: "surface",
    name: "surface",
    x: rounded(x, "linear"),
    y: rounded(y, "linear"),
    z: z.map((row) => rounded(row, zScale, span)),
    ...(zScale === "log" ? { surfacecolor: shades(z) } : {}),
    colorscale: "Cividis",
    reversescale: true,
    showscale: false,
    contours: { x: { highlight: false }, y: { highlight: false }, z: { highlight: false } },
    hoverinfo: "x+y+z",
  };
  const paths = Object.entries(trajectories).map(([name, points], index): Trace => {
    const path = coordinates(points, `surface: ${name}`);
    const heights = path.x.map((u, k) => plane(u, path.y[k]));
    const inside = heights.map(
      (height, k) => Number.isFinite(height) && isIn(window.x, path.x[k]) && isIn(window.y, path.y[k]),
    );
    const outside = inside.filter((is) => !is).length;
    if (outside > 0) notes.push(`${name}: ${counted(outside, "point")} not drawn, outside of the window.`);
    const kept = (values: readonly number[], scale: Scale, along: number): Json[] =>
      rounded(
        values.map((value, k) => (inside[k] ? value : Number.NaN)),
        scale,
        along,
      );
    const color = muted.includes(name) ? MUTED : styleOf(index).color;
    return {
      type: "scatter3d",
      mode: "lines+markers",
      name: plainText(name),
      x: kept(path.x, "linear", spanOf(x)),
      y: kept(path.y, "linear", spanOf(y)),
      z: kept(heights, zScale, spanOf(z.flat())),
      line: { color, width: 5 },
      marker: { color, size: 2.5 },
    };
  });
  const scene: Layout = {
    xaxis: sceneAxis(xTitle, { range: window.x }),
    yaxis: sceneAxis(yTitle, { range: window.y }),
    zaxis: sceneAxis(
      zTitle,
      zScale === "log" ? { type: "log" } : { range: [lowest - 0.02 * (highest - lowest), highest] },
    ),
    aspectmode: "manual",
    aspectratio: { x: 1, y: 1, z: 0.7 },
    camera: { eye: { x: -1.2, y: -1.4, z: 0.95 }, center: { x: 0, y: 0, z: -0.15 } },
  };
  const { plot_bgcolor: _, ...base } = baseLayout({
    scene,
    showlegend: paths.length > 0,
    margin: { l: 0, r: 0, b: 10 },
  });
  return new Figure([below, ...paths], base, options, { notes });
}

/** Heights as 256 colours, by their logarithms. */
function shades(z: readonly number[][]): number[][] {
  const logs = z.map((row) => row.map((height) => (height > 0 ? Math.log10(height) : Number.NaN)));
  const [low, high] = extent(logs.flat());
  return logs.map((row) => row.map((log) => Math.round((255 * (log - low)) / (high - low)) || 0));
}

function isIn([from, to]: readonly [number, number], value: number): boolean {
  return value >= from && value <= to;
}

function sceneAxis(title: string, more: Layout): Layout {
  const { automargin: _, ...common } = axis("", more);
  return { ...common, title: { text: plainText(title) }, showbackground: false };
}
