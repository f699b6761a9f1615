import { Figure, type Trace } from "./figure.js";
import { baseLayout, COLOURS, DASHES, logAxis } from "./theme.js";

export interface LossesOptions {
  /** The sentence that a person would say about this figure. */
  alt: string;
  /** What the figure finds. */
  title?: string;
  /** What is counted on the horizontal axis. Default "epoch". */
  xTitle?: string;
  /** Default "loss". */
  yTitle?: string;
  /** "log" (default): equal distances are equal factors. */
  scale?: "log" | "linear";
}

/**
 * Loss curves: one array of losses, or several by name. The first loss stands at 1.
 *
 * @throws when there is no curve, a value is not a number, or `alt` is missing
 */
export function losses(
  curves: readonly number[] | Readonly<Record<string, readonly number[]>>,
  { alt, title = "", xTitle = "epoch", yTitle = "loss", scale = "log" }: LossesOptions,
): Figure {
  const named: [string, readonly number[]][] = Array.isArray(curves)
    ? [["loss", curves]]
    : Object.entries(curves);
  if (named.length === 0 || named.some(([, values]) => values.length === 0)) {
    throw new RangeError("losses: there is nothing to draw: a curve needs at least one value");
  }
  const traces = named.map(([name, values], k): Trace => {
    for (const value of values) {
      if (typeof value !== "number")
        throw new TypeError(`losses: ${name} holds ${String(value)}, which is not a number: use item()`);
    }
    return {
      type: "scatter",
      mode: "lines",
      name,
      x: values.map((_, step) => step + 1),
      // JSON has no NaN or infinity: a diverged loss is a gap. Five digits are more than a screen can show.
      y: values.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(5)) : null)),
      line: { color: COLOURS[k % COLOURS.length], dash: DASHES[k % DASHES.length], width: 2 },
    };
  });
  const axis = scale === "log" ? logAxis(named.flatMap(([, values]) => values)) : { type: "linear" };
  const layout = baseLayout(title, { title: { text: xTitle } }, { title: { text: yTitle }, ...axis });
  return new Figure(traces, { ...layout, showlegend: named.length > 1 }, alt);
}
