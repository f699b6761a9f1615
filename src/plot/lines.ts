import { type CurveStyle, curveTrace, type Scales, valuesOf } from "./curve.js";
import { Figure, type FigureOptions, type Layout, type Trace } from "./figure.js";
import type { Scale } from "./rounding.js";
import { axis, baseLayout, logAxis } from "./theme.js";
import { describe, isTensor, numbers, type Values } from "./values.js";

/** What the axes of a figure of curves are told. */
export interface AxesOptions {
  xTitle?: string;
  yTitle?: string;
  /** "log": equal distances are equal factors. */
  xScale?: Scale;
  yScale?: Scale;
}

export interface LinesOptions extends FigureOptions, AxesOptions {
  /** Where the values stand, for all curves that do not say it themselves. Default: 0, 1, 2, … */
  x?: Values;
  mode?: "lines" | "markers" | "lines+markers";
  /** "hv": each value holds until the next. Default: straight lines from one to the next. */
  shape?: "linear" | "hv";
  /** Names of curves that are drawn in grey: what is compared with. */
  muted?: readonly string[];
}

/** Curves by name: the values alone, or with where they stand. */
export type Curves = Readonly<Record<string, Values | { readonly x: Values; readonly y: Values }>>;

/**
 * Curves: one array of values, or several by name.
 *
 * @throws when there is nothing to draw, something is not a number, or lengths do not match
 */
export function lines(curves: Values | Curves, options: LinesOptions): Figure {
  const {
    x,
    mode,
    shape,
    muted = [],
    xScale = "linear",
    yScale = "linear",
    xTitle = "",
    yTitle = "",
  } = options;
  const named = namedCurves("lines", curves);
  const shared = x === undefined ? undefined : numbers(x, "lines: x");
  const scales = { x: xScale, y: yScale };
  const notes: string[] = [];
  const traces = named.map(([name, values], index) => {
    const curve = isPair(values)
      ? { name, x: numbers(values.x, `lines: ${name}.x`), y: numbers(values.y, `lines: ${name}.y`) }
      : { name, y: numbers(values, `lines: ${name}`) };
    const at = curve.x ?? shared ?? curve.y.map((_, k) => k);
    const style: CurveStyle = { index, mode, shape, muted: muted.includes(name) };
    return curveTrace("lines", { ...curve, x: at }, style, scales, notes);
  });
  const layout = curvesLayout(traces, scales, { xTitle, yTitle });
  return new Figure(traces, { ...layout, showlegend: named.length > 1 }, options, { notes });
}

/** The layout of a figure of curves. */
export function curvesLayout(
  traces: readonly Trace[],
  scales: Scales,
  { xTitle, yTitle }: { readonly xTitle: string; readonly yTitle: string },
): Layout {
  const scaled = (direction: "x" | "y"): Layout =>
    scales[direction] === "log" ? logAxis(valuesOf(traces, direction)) : {};
  return baseLayout({ xaxis: axis(xTitle, scaled("x")), yaxis: axis(yTitle, scaled("y")) });
}

/**
 * Curves by name, where one that has no name is called `lone`.
 * @throws when there is none
 */
export function namedCurves<Given>(
  operation: string,
  curves: Given | Readonly<Record<string, Given>>,
  lone = "value",
): [string, Given][] {
  if (Array.isArray(curves) || ArrayBuffer.isView(curves) || isTensor(curves))
    return [[lone, curves as Given]];
  if (typeof curves !== "object" || curves === null) {
    throw new TypeError(
      `${operation}: expected an array, a tensor or an object of these, got ${describe(curves)}`,
    );
  }
  const named = Object.entries(curves as Readonly<Record<string, Given>>);
  if (named.length === 0) throw new RangeError(`${operation}: there is nothing to draw: no curve was given`);
  return named;
}

function isPair(values: Curves[string]): values is { readonly x: Values; readonly y: Values } {
  return typeof values === "object" && values !== null && !isTensor(values) && "x" in values && "y" in values;
}
