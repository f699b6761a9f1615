import type { Figure, FigureOptions, Frame, Json, Layout, Trace } from "./figure.js";
import { extent } from "./rounding.js";
import { plainText } from "./text.js";
import { GREY, logAxis } from "./theme.js";

/** Pixels below the axes for a slider with its labels. */
const CONTROLS = 75;
const SHADE = "rgba(128, 128, 128, 0.3)";
/** Milliseconds for which each state is shown when they are played. */
const STATE_MS = 120;

/** One state of a figure, under what the slider says of it. */
export interface State {
  readonly label: string;
  readonly data: readonly Trace[];
}

export interface Controls {
  /** What the slider changes. */
  readonly label: string;
  /** The state that is shown at first. */
  readonly chosen: number;
  /** Whether there is a button that shows all states in turn. */
  readonly playing: boolean;
}

/**
 * The figure with a slider over states of its traces, all of them in the figure itself, so that it works in a saved
 * page. The axes hold the values of all states.
 */
export function withSlider(
  figure: Figure,
  states: readonly State[],
  { label, chosen, playing }: Controls,
  options: Partial<FigureOptions> = {},
  notes?: readonly string[],
): Figure {
  const { data } = states[chosen];
  const changes = data.map((_, position) => changingKeys(states.map((state) => state.data[position])));
  const traces = changes.flatMap((keys, position) => (keys.length > 0 ? [position] : []));
  const frames = states.map(
    (state, k): Frame => ({
      name: String(k),
      data: traces.map((position) => pick(state.data[position], changes[position])),
      traces,
    }),
  );
  // Without it plotly moves points and lines faster, but loses all else that is drawn on the same axes.
  const redraw = data.some(({ type }) => type !== "scatter");
  const layout = {
    ...rangesOf(figure.layout, states),
    sliders: [slider(states, { label, chosen, playing }, redraw)],
    ...(playing ? { updatemenus: [buttons(redraw)] } : {}),
  };
  return figure.with(data, layout, options, { frames, controls: CONTROLS, ...(notes ? { notes } : {}) });
}

/** The attributes in which one trace differs between the states. */
function changingKeys(traces: readonly Trace[]): string[] {
  const keys = new Set(traces.flatMap(Object.keys));
  return [...keys].filter((key) => new Set(traces.map((trace) => JSON.stringify(trace[key]))).size > 1);
}

function pick(trace: Trace, keys: readonly string[]): Trace {
  // An attribute that only other states have must go.
  return Object.fromEntries(keys.map((key) => [key, trace[key] ?? null]));
}

function slider(states: readonly State[], { label, chosen, playing }: Controls, redraw: boolean): Json {
  return {
    active: chosen,
    bgcolor: SHADE,
    bordercolor: SHADE,
    currentvalue: {
      prefix: label === "" ? "" : `${plainText(label)}: `,
      xanchor: "left",
      font: { color: GREY },
    },
    // To the right of the buttons.
    x: playing ? 0.12 : 0,
    len: playing ? 0.88 : 1,
    y: 0,
    yanchor: "top",
    pad: { t: 48 },
    ticklen: 4,
    font: { color: GREY, size: 11 },
    steps: states.map((state, k) => ({
      label: plainText(state.label),
      method: "animate",
      args: [[String(k)], { mode: "immediate", frame: { duration: 0, redraw }, transition: { duration: 0 } }],
    })),
  };
}

function buttons(redraw: boolean): Json {
  const button = (label: string, ...args: Json[]): Json => ({ label, method: "animate", args });
  return {
    type: "buttons",
    direction: "left",
    showactive: false,
    x: 0,
    xanchor: "left",
    y: 0,
    yanchor: "top",
    pad: { t: 62 },
    font: { color: GREY },
    bgcolor: SHADE,
    buttons: [
      button("▶", null, {
        fromcurrent: true,
        frame: { duration: STATE_MS, redraw },
        transition: { duration: 0 },
      }),
      button("❚❚", [null], { mode: "immediate", frame: { duration: 0, redraw: false } }),
    ],
  };
}

/** For each axis that has no range of its own, one that holds the values of all states. */
function rangesOf(layout: Layout, states: readonly State[]): Layout {
  const ranges: Record<string, Json> = {};
  for (const [key, axis] of Object.entries(layout) as [string, Layout][]) {
    const [, side, number] = /^([xy])axis(\d*)$/.exec(key) ?? [];
    if (side === undefined || axis.range !== undefined || axis.visible === false) continue;
    const log = axis.type === "log";
    const values = states
      .flatMap(({ data }) => data)
      .filter((trace) => (trace[`${side}axis`] ?? side) === `${side}${number}` && Array.isArray(trace[side]))
      .flatMap((trace) => [...(trace[side] as Json[]), ...(trace.type === "bar" && side === "y" ? [0] : [])])
      .filter((value) => typeof value === "number");
    const [low, high] = extent(log ? values.map(Math.log10) : values);
    if (low > high) continue;
    const space = side === "y" ? 0.05 * (high - low || 1) : high > low ? 0 : 0.5;
    ranges[key] = { ...axis, ...(log ? logAxis(values) : {}), range: [low - space, high + space] };
  }
  return ranges;
}
