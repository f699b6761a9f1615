import { curveTrace, type Scales } from "./curve.js";
import { Figure, type FigureOptions, type Json, type Trace } from "./figure.js";
import { curvesLayout } from "./lines.js";
import { extent, hasPlace, type Scale } from "./rounding.js";
import { counted, plainText } from "./text.js";
import { styleOf } from "./theme.js";
import { numbers, type Values } from "./values.js";

export interface SweepOptions extends FigureOptions {
  /** Learning rates that are the default, by name: a dotted line marks each. */
  defaults?: Readonly<Record<string, number>>;
  /** A loss above this is that of a run that has diverged, as one that is not finite is. Default: none is. */
  divergedAbove?: number;
  /** Names of sweeps that are drawn in grey: what is compared with. */
  muted?: readonly string[];
  /** Default "learning rate". */
  xTitle?: string;
  /** Default "final loss". */
  yTitle?: string;
  /** Default "log". */
  xScale?: Scale;
  /** Default "log". */
  yScale?: Scale;
}

/** The learning rates that were tried, and the loss at the end of each run. */
export interface Sweep {
  readonly lr: Values;
  readonly loss: Values;
}

/**
 * Final loss over learning rates. A star is the best rate; runs that diverged are crosses at the upper edge; a dotted
 * line is the default rate.
 *
 * @throws when lengths do not match, or all runs of a sweep have diverged
 */
export function sweep(sweeps: Readonly<Record<string, Sweep>>, options: SweepOptions): Figure {
  const { defaults = {}, divergedAbove = Infinity, muted = [] } = options;
  const { xTitle = "learning rate", yTitle = "final loss", xScale = "log", yScale = "log" } = options;
  const scales: Scales = { x: xScale, y: yScale };
  const named = Object.entries(sweeps);
  if (named.length === 0) throw new RangeError("sweep: there is nothing to draw: no sweep was given");
  const unknown = Object.keys(defaults).find((name) => !(name in sweeps));
  if (unknown !== undefined) {
    throw new RangeError(
      `sweep: defaults names ${unknown}, but the sweeps are ${Object.keys(sweeps).join(", ")}`,
    );
  }
  const results = named.map(([name, given], index) => resultOf(name, index, given, divergedAbove, scales));
  const [lowest, highest] = extent(results.flatMap(({ y }) => y));
  const edge =
    yScale === "log" ? highest * (highest / lowest) ** 0.1 * 1.1 : highest + 0.1 * (highest - lowest);
  const notes: string[] = [];
  const curves = results.map((result) => {
    const style = { index: result.index, mode: "lines+markers", muted: muted.includes(result.name) } as const;
    return curveTrace("sweep", result, style, scales, notes);
  });
  const best = results.map(({ index, x, y }) => {
    const k = y.indexOf(extent(y)[0]);
    return { x: x[k], y: y[k], index };
  });
  const diverged = results.flatMap(({ index, lost }) => lost.map((x) => ({ x, y: edge, index })));
  const traces = [
    ...curves,
    marks("best", "star", 13, best),
    ...(diverged.length > 0 ? [marks("diverged", "x", 8, diverged)] : []),
  ];
  const shapes = Object.entries(defaults).map(([name, lr]) =>
    defaultLine(
      name,
      lr,
      named.findIndex(([one]) => one === name),
    ),
  );
  const layout = curvesLayout(traces, scales, { xTitle, yTitle });
  return new Figure(traces, { ...layout, shapes, showlegend: true }, options, { notes });
}

interface Result {
  readonly name: string;
  readonly index: number;
  /** Ascending learning rates of the runs that have not diverged, and their losses. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Learning rates of the runs that have. */
  readonly lost: readonly number[];
}

function resultOf(name: string, index: number, { lr, loss }: Sweep, limit: number, scales: Scales): Result {
  const rates = numbers(lr, `sweep: ${name}.lr`);
  const losses = numbers(loss, `sweep: ${name}.loss`);
  if (rates.length !== losses.length) {
    throw new RangeError(
      `sweep: ${name} has ${counted(rates.length, "learning rate")}, but ${losses.length} of loss`,
    );
  }
  const wrong = rates.find((rate) => !hasPlace(rate, scales.x));
  if (wrong !== undefined) {
    throw new RangeError(`sweep: ${name}.lr has ${wrong}, for which a ${scales.x} axis has no place`);
  }
  const runs = rates.map((x, k) => ({ x, y: losses[k] })).sort((a, b) => a.x - b.x);
  const kept = runs.filter(({ y }) => Number.isFinite(y) && y <= limit);
  if (kept.length === 0)
    throw new RangeError(`sweep: nothing of ${name} can be drawn: all its runs have diverged`);
  return {
    ...{ name, index, x: kept.map(({ x }) => x), y: kept.map(({ y }) => y) },
    lost: runs.filter((run) => !kept.includes(run)).map(({ x }) => x),
  };
}

interface Mark {
  readonly x: number;
  readonly y: number;
  readonly index: number;
}

function marks(name: string, symbol: string, size: number, at: readonly Mark[]): Trace {
  const short = (value: number): number => Number(value.toPrecision(4));
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: at.map(({ x }) => short(x)),
    y: at.map(({ y }) => short(y)),
    marker: { symbol, size, color: at.map(({ index }) => styleOf(index).color) },
    hovertemplate: name === "best" ? "best: %{x}<extra></extra>" : "diverged at %{x}<extra></extra>",
  };
}

function defaultLine(name: string, lr: number, index: number): Json {
  const { color } = styleOf(index);
  return {
    type: "line",
    ...{ xref: "x", x0: lr, x1: lr, yref: "paper", y0: 0, y1: 1 },
    line: { color, width: 1.5, dash: "dot" },
    label: {
      text: plainText(`${name}'s default`),
      textposition: "end",
      textangle: 0,
      xanchor: "left",
      yanchor: "top",
      font: { color, size: 11 },
    },
  };
}
