import { Figure, type FigureOptions, type Trace } from "./figure.js";
import { namedCurves } from "./lines.js";
import { extent, rounderFor } from "./rounding.js";
import { counted, plainText } from "./text.js";
import { axis, baseLayout, styleOf } from "./theme.js";
import { describe, isTensor, numbers, type Values } from "./values.js";

export interface HistogramOptions extends FigureOptions {
  /** How many bins the range is divided into. Default 40. */
  bins?: number;
  /** Ends of the range. Default: the lowest and the highest value. */
  range?: readonly [from: number, to: number];
  /** Default "value". */
  xTitle?: string;
  /** Default "count". */
  yTitle?: string;
}

/**
 * How often values of each size occur: of one array or tensor of any shape, or of several by name in the same bins.
 *
 * @throws when there is no finite value, or something is not a number
 */
export function histogram(
  values: Values | Readonly<Record<string, Values>>,
  options: HistogramOptions,
): Figure {
  const { bins = 40, xTitle = "value", yTitle = "count" } = options;
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`histogram: bins is a whole number from 1, got ${describe(bins)}`);
  }
  const named = namedCurves<Values>("histogram", values).map(([name, given]): [string, number[]] => [
    name,
    numbers(isTensor(given) ? given.toArray() : given, `histogram: ${name}`),
  ]);
  const [from, to] = rangeOf(options.range, named);
  const notes: string[] = [];
  const round = rounderFor(to - from);
  const width = (to - from) / bins;
  const traces = named.map(([name, all], k): Trace => {
    const counts = new Array<number>(bins).fill(0);
    let outside = 0;
    for (const value of all) {
      // The last bin holds its upper end, too.
      if (value >= from && value <= to) counts[Math.min(bins - 1, Math.floor((value - from) / width))]++;
      else outside++;
    }
    if (outside > 0) {
      notes.push(
        `${name}: ${counted(outside, "value")} of ${all.length.toLocaleString("en")} not finite or outside.`,
      );
    }
    const { color } = styleOf(k);
    return {
      type: "bar",
      name: plainText(name),
      x: counts.map((_, bin) => round(from + (bin + 0.5) * width)),
      y: counts,
      width,
      marker: { color, line: { width: 0 } },
      opacity: named.length > 1 ? 0.6 : 0.9,
    };
  });
  const layout = baseLayout({
    xaxis: axis(xTitle, { range: [from, to] }),
    yaxis: axis(yTitle),
    barmode: "overlay",
    bargap: 0,
    showlegend: named.length > 1,
  });
  return new Figure(traces, layout, options, { notes });
}

function rangeOf(
  range: HistogramOptions["range"],
  named: readonly (readonly [string, readonly number[]])[],
): readonly [number, number] {
  if (range !== undefined) {
    const [from, to] = range;
    if (from < to && Number.isFinite(to - from)) return range;
    throw new RangeError(`histogram: range goes from a number to a larger one, got [${from}, ${to}]`);
  }
  let [from, to] = [Infinity, -Infinity];
  for (const [, values] of named) {
    const [low, high] = extent(values);
    from = Math.min(from, low);
    to = Math.max(to, high);
  }
  if (from > to) throw new RangeError("histogram: there is nothing to draw: none of the values is finite");
  return from < to ? [from, to] : [from - 0.5, to + 0.5];
}
