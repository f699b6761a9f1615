import type { Layout } from "./figure.js";

/**
 * The colours of Okabe and Ito, which people with any kind of colour vision can tell apart; without the yellow, which
 * is too faint on white.
 */
export const COLOURS: readonly string[] = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#000000",
];

/** Dashes tell curves apart where colours do not. */
export const DASHES: readonly string[] = ["solid", "dash", "dot", "dashdot"];

const AXIS = {
  gridcolor: "rgba(128, 128, 128, 0.25)",
  linecolor: "#808080",
  zeroline: false,
  automargin: true,
};

/** A layout that reads well on a light and on a dark page: nothing painted behind, greys for what is not data. */
export function baseLayout(title: string, xaxis: Layout, yaxis: Layout): Layout {
  return {
    title: { text: title },
    font: { color: "#808080" },
    paper_bgcolor: "rgba(0, 0, 0, 0)",
    plot_bgcolor: "rgba(0, 0, 0, 0)",
    height: 380,
    margin: { l: 60, r: 20, t: 50, b: 50 },
    xaxis: { ...AXIS, ...xaxis },
    yaxis: { ...AXIS, ...yaxis },
  };
}

/** A logarithmic axis for these values: ticks at 1, 2 and 5 where they span less than two powers of ten. */
export function logAxis(values: readonly number[]): Layout {
  const logs = values.filter((value) => value > 0 && Number.isFinite(value)).map(Math.log10);
  const decades =
    logs.reduce((a, b) => Math.max(a, b), -Infinity) - logs.reduce((a, b) => Math.min(a, b), Infinity);
  // Without a format, plotly labels what lies between powers of ten with the first digit only.
  return { type: "log", tickformat: "~g", ...(decades < 2 ? { dtick: "D2" } : {}) };
}
