import type { Json, Trace } from "./figure.js";
import type { Window } from "./functions/test-function.js";
import { hasPlace, rounderFor } from "./rounding.js";
import { counted, numberText, plainText } from "./text.js";
import { MUTED, styleOf } from "./theme.js";
import { coordinates, type Points } from "./values.js";

/** Longer paths are thinned. */
const MOST_STEPS = 2000;

/** The paths, and markers of different shape at their starts and ends. */
export function trajectoryTraces(
  trajectories: Readonly<Record<string, Points>>,
  muted: readonly string[],
  window: Window,
  notes: string[],
): Trace[] {
  const paths = Object.entries(trajectories).map(([name, points], index) =>
    path(name, points, window, { color: muted.includes(name) ? MUTED : styleOf(index).color, index }, notes),
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
  name: string,
  points: Points,
  window: Window,
  { color, index }: { readonly color: string; readonly index: number },
  notes: string[],
): Path {
  const all = coordinates(points, `contour: ${name}`);
  const finite = all.x.findIndex((x, k) => !hasPlace(x, "linear") || !hasPlace(all.y[k], "linear"));
  if (finite === 0)
    throw new RangeError(`contour: ${name} has no finite point: it starts at (${all.x[0]}, ${all.y[0]})`);
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
