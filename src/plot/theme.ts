import type { Json, Layout } from "./figure.js";
import { extent } from "./rounding.js";
import { plainText } from "./text.js";

/** Ticks of a log axis that spans many powers of ten. */
const MOST_DECADES = 8;

/** For what is not data: it has the same contrast on JupyterLab's white and on its black. */
export const GREY = "#797979";

/**
 * The colours of Okabe and Ito, which people with any kind of colour vision can tell apart; without yellow and black,
 * which are not seen on white and on black.
 */
export const COLOURS: readonly string[] = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  GREY,
];

/** Dashes and shapes tell curves apart where colours do not. */
export const DASHES: readonly string[] = ["solid", "dash", "dot", "dashdot", "longdash"];
export const SYMBOLS: readonly string[] = ["circle", "square", "diamond", "triangle-up", "cross", "star"];

/** What is compared with, but not what a figure is about. */
export const MUTED = "rgba(128, 128, 128, 0.55)";

const AXIS: Layout = {
  linecolor: GREY,
  zeroline: false,
  automargin: true,
};

/** Colour, dash and shape of the curve with this number. */
export function styleOf(k: number): {
  readonly color: string;
  readonly dash: string;
  readonly symbol: string;
} {
  return {
    color: COLOURS[k % COLOURS.length],
    dash: DASHES[k % DASHES.length],
    symbol: SYMBOLS[k % SYMBOLS.length],
  };
}

/** A layout that reads well on a light and on a dark page: nothing painted behind, greys for what is not data. */
export function baseLayout(more: Layout): Layout {
  return {
    font: { color: GREY, size: 13 },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    hoverlabel: { namelength: -1 },
    modebar: { bgcolor: "rgba(0, 0, 0, 0)", color: GREY, activecolor: "#0072B2", orientation: "v" },
    ...more,
  };
}

/** An axis: its title, and what else plotly is to know of it. */
export function axis(title: string, more: Layout = {}): Layout {
  const grid: Layout = more.showgrid === false ? {} : { gridcolor: "rgba(128, 128, 128, 0.22)" };
  return {
    ...AXIS,
    ...grid,
    ...(title === "" ? {} : { title: { text: plainText(title), standoff: 8 } }),
    ...more,
  };
}

/** A logarithmic axis for these values: ticks at 1, 2 and 5 where they span less than two powers of ten. */
export function logAxis(values: readonly number[]): Layout {
  const [low, high] = extent(values.filter((value) => value > 0).map(Math.log10));
  const decades = high - low;
  // Without a format, plotly labels what lies between powers of ten with the first digit only.
  return { type: "log", tickformat: "~g", dtick: decades < 2 ? "D2" : Math.ceil(decades / MOST_DECADES) };
}

/** A line, dashed so that it can be told apart without its colour. */
export function line(k: number, width = 2): { readonly [name: string]: Json } {
  const { color, dash } = styleOf(k);
  return { color, dash, width };
}
