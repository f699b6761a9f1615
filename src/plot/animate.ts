import type { Figure, Json, Trace } from "./figure.js";
import { type State, withSlider } from "./frames.js";

export interface AnimateOptions {
  /** How many states to show, at most. Default 40. */
  frames?: number;
  /** What the slider counts. Default "step". */
  label?: string;
}

/**
 * The figure with a marker that moves along each of its lines, by a button or a slider: paths over contour lines, or
 * curves. It works where no kernel runs.
 *
 * @throws when the figure has no line to move along, or has a slider already
 */
export function animate(figure: Figure, options: AnimateOptions = {}): Figure {
  const { frames = 40, label = "step" } = options;
  if (!Number.isInteger(frames) || frames < 2) {
    throw new RangeError(`animate: frames is a whole number from 2, got ${frames}`);
  }
  if (figure.frames) throw new TypeError("animate: this figure has a slider already");
  const paths = figure.data.filter(isPath);
  if (paths.length === 0) throw new RangeError("animate: this figure has no line to move along");
  const length = Math.max(...paths.map(({ x }) => x.length));
  const count = Math.min(frames, length);
  const states = Array.from({ length: count }, (_, k): State => {
    const at = count === 1 ? 0 : Math.round((k * (length - 1)) / (count - 1));
    return {
      label: String(stepOf(paths, at)),
      data: [...figure.data, ...paths.map((path) => head(path, at))],
    };
  });
  return withSlider(figure, states, { label, chosen: count - 1, playing: true });
}

type Path = Trace & { readonly x: readonly Json[]; readonly y: readonly Json[] };

function isPath(trace: Trace): trace is Path {
  // A line without a width is the edge of a band.
  const { width } = (trace.line ?? {}) as { readonly width?: number };
  return (
    trace.type === "scatter" &&
    String(trace.mode).startsWith("lines") &&
    width !== 0 &&
    Array.isArray(trace.x) &&
    Array.isArray(trace.y)
  );
}

/** The number of the step, also where a long path is thinned. */
function stepOf(paths: readonly Path[], at: number): Json {
  const longest = paths.find(({ x }) => at < x.length);
  return (longest?.customdata as readonly Json[] | undefined)?.[at] ?? at;
}

/** The marker of a path at a step; at its end when it is over. */
function head(path: Path, at: number): Trace {
  const k = Math.min(at, path.x.length - 1);
  const { color } = path.line as { readonly color: string };
  return {
    type: "scatter",
    mode: "markers",
    name: path.name ?? "",
    x: [path.x[k]],
    y: [path.y[k]],
    ...(path.xaxis === undefined ? {} : { xaxis: path.xaxis }),
    ...(path.yaxis === undefined ? {} : { yaxis: path.yaxis }),
    marker: { color, size: 13, line: { color: "#ffffff", width: 2 } },
    showlegend: false,
    hoverinfo: "skip",
  };
}
