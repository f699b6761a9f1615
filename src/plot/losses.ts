import { curveTrace, type Scales } from "./curve.js";
import { Figure, type FigureOptions, type Trace } from "./figure.js";
import { curvesLayout, namedCurves } from "./lines.js";
import { rounded, type Scale } from "./rounding.js";
import { plainText } from "./text.js";
import { styleOf } from "./theme.js";
import { isTensor, matrix, numbers, type Values } from "./values.js";

export interface LossesOptions extends FigureOptions {
  /** What is counted on the horizontal axis. Default "epoch". */
  xTitle?: string;
  /** Default "loss". */
  yTitle?: string;
  /** Default "linear". */
  xScale?: Scale;
  /** "log" (default): equal distances are equal factors. */
  yScale?: Scale;
  /** Names of curves that are drawn in grey: what is compared with. */
  muted?: readonly string[];
}

/** The losses of one run, or those of several runs with different seeds. */
export type Runs = Values | readonly Values[];

/**
 * Loss curves: one array of losses, or several by name. The first loss stands at 1. Of several runs the median is
 * drawn, in a band from the lowest to the highest.
 *
 * @throws when there is no curve, a value is not a number, or nothing of a curve can be drawn
 */
export function losses(curves: Runs | Readonly<Record<string, Runs>>, options: LossesOptions): Figure {
  const { xTitle = "epoch", yTitle = "loss", xScale = "linear", yScale = "log", muted = [] } = options;
  const scales: Scales = { x: xScale, y: yScale };
  const notes: string[] = [];
  const named = namedCurves<Runs>("losses", curves, "loss");
  const traces = named.flatMap(([name, given], index): Trace[] => {
    const runs = isSeveral(given) ? matrix(given, `losses: ${name}`) : [numbers(given, `losses: ${name}`)];
    const x = runs[0].map((_, step) => step + 1);
    const style = { index, muted: muted.includes(name) };
    const middle = curveTrace(
      "losses",
      { name, x, y: x.map((_, k) => median(runs, k)) },
      style,
      scales,
      notes,
    );
    return runs.length === 1 ? [middle] : [...band(name, index, x, runs, scales), middle];
  });
  const seeds = new Set(
    named.flatMap(([, given]) => (isSeveral(given) && given.length > 1 ? [given.length] : [])),
  );
  if (seeds.size > 0) {
    notes.push(`Lines are medians of ${[...seeds].join(" or ")} runs, bands hold all runs.`);
  }
  const layout = curvesLayout(traces, scales, { xTitle, yTitle });
  return new Figure(traces, { ...layout, showlegend: named.length > 1 }, options, { notes });
}

function isSeveral(runs: Runs): runs is readonly Values[] {
  if (!Array.isArray(runs)) return false;
  const [first] = runs as readonly unknown[];
  // A loss that was pushed without item() is no run.
  return isTensor(first) ? first.shape.length > 0 : typeof first === "object";
}

function median(runs: readonly number[][], k: number): number {
  const sorted = runs.map((run) => run[k]).sort(notFiniteLast);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A run that has diverged is the worst of all. */
function notFiniteLast(a: number, b: number): number {
  return (Number.isNaN(a) ? Infinity : a) < (Number.isNaN(b) ? Infinity : b) ? -1 : 1;
}

function band(name: string, index: number, x: number[], runs: readonly number[][], scales: Scales): Trace[] {
  const edge = (choose: (...values: number[]) => number): number[] =>
    x.map((_, k) => choose(...runs.map((run) => run[k]).filter((value) => Number.isFinite(value))));
  const common = {
    type: "scatter",
    mode: "lines",
    x: rounded(x, scales.x),
    line: { width: 0 },
    legendgroup: plainText(name),
    showlegend: false,
    hoverinfo: "skip",
  };
  const colour = styleOf(index).color;
  return [
    { ...common, y: rounded(edge(Math.min), scales.y) },
    { ...common, y: rounded(edge(Math.max), scales.y), fill: "tonexty", fillcolor: `${colour}33` },
  ];
}
