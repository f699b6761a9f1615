import type { Json, Trace } from "./figure.js";
import { hasPlace, rounded, type Scale } from "./rounding.js";
import { counted, plainText } from "./text.js";
import { line, MUTED, styleOf } from "./theme.js";

/** More points than this are thinned: a figure in a notebook is to be looked at, not to be an archive. */
const MOST_POINTS = 10_000;
const BUCKETS = 1000;

/** One curve as it was given. */
export interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

export interface CurveStyle {
  /** Number of the curve, which decides its colour, dash and shape. */
  readonly index: number;
  readonly mode?: "lines" | "markers" | "lines+markers";
  /** "hv": each value holds until the next. */
  readonly shape?: "linear" | "hv";
  /** Drawn in grey, behind what the figure is about. */
  readonly muted?: boolean;
}

export interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

/**
 * A curve as plotly draws it: values that have no place on the axes are gaps, and what nobody can see is left out.
 * Both are told in `notes`.
 *
 * @throws RangeError when x and y do not match, or nothing of the curve can be seen
 */
export function curveTrace(
  operation: string,
  curve: Curve,
  style: CurveStyle,
  scales: Scales,
  notes: string[],
): Trace {
  const { name } = curve;
  const { index, mode = "lines", shape = "linear", muted = false } = style;
  if (curve.x.length !== curve.y.length) {
    throw new RangeError(
      `${operation}: ${name} has ${counted(curve.x.length, "x value")} and ${counted(curve.y.length, "y value")}`,
    );
  }
  tellWhatIsMissing(operation, curve, scales, notes);
  const { x, y } = thinned(curve, scales, notes);
  return {
    type: "scatter",
    mode,
    name: plainText(name),
    x: rounded(x, scales.x),
    y: rounded(y, scales.y),
    line: { ...(muted ? { color: MUTED, width: 1.5 } : line(index)), ...(shape === "hv" ? { shape } : {}) },
    ...(mode === "lines"
      ? {}
      : {
          marker: muted
            ? { color: MUTED, size: 6 }
            : { color: styleOf(index).color, symbol: styleOf(index).symbol, size: 6 },
        }),
  };
}

function tellWhatIsMissing(operation: string, { name, x, y }: Curve, scales: Scales, notes: string[]): void {
  const placed = y.map((value, k) => hasPlace(value, scales.y) && hasPlace(x[k], scales.x));
  const missing = placed.filter((is) => !is).length;
  if (missing === 0) return;
  const finite = y.every((value, k) => Number.isFinite(value) && Number.isFinite(x[k]));
  const why = finite ? "are not positive, so a log axis has no place for them" : "are not finite";
  if (missing === y.length) {
    throw new RangeError(
      `${operation}: nothing of ${name} can be drawn: its ${counted(missing, "value")} ${why}`,
    );
  }
  const last = placed.lastIndexOf(true);
  if (!finite && last === y.length - 1 - missing) notes.push(`${name} is not finite after ${x[last]}.`);
  else notes.push(`${name}: ${counted(missing, "value")} of ${y.length.toLocaleString("en")} ${why}.`);
}

/** The lowest and the highest point of each of a thousand stretches: no spike is lost. */
function thinned(
  { name, x, y }: Curve,
  scales: Scales,
  notes: string[],
): { x: readonly number[]; y: readonly number[] } {
  if (y.length <= MOST_POINTS) return { x, y };
  const kept: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const from = Math.floor((bucket * y.length) / BUCKETS);
    const to = Math.floor(((bucket + 1) * y.length) / BUCKETS);
    let low = -1;
    let high = -1;
    for (let k = from; k < to; k++) {
      if (!hasPlace(y[k], scales.y)) continue;
      if (low < 0 || y[k] < y[low]) low = k;
      if (high < 0 || y[k] > y[high]) high = k;
    }
    // Where nothing has a place, one of them keeps the gap.
    if (low < 0) kept.push(from);
    else kept.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  notes.push(`${name}: ${kept.length.toLocaleString("en")} of ${counted(y.length, "point")} are drawn.`);
  return { x: kept.map((k) => x[k]), y: kept.map((k) => y[k]) };
}

/** The finite values of the traces along one axis. */
export function valuesOf(traces: readonly Trace[], direction: "x" | "y"): number[] {
  return traces.flatMap((trace) =>
    ((trace[direction] ?? []) as readonly Json[]).filter((value) => typeof value === "number"),
  );
}
