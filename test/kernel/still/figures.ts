import type { FigureJson, Trace } from "../../../kernel/still/flat.js";

const steps = Array.from({ length: 200 }, (_, step) => step);
const falling = (speed: number): number[] =>
  steps.map((step) => Math.exp(-step * speed) + 0.01 * (1 + Math.sin(7 * step)));
const between = (start: number, end: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => start + ((end - start) * k) / (count - 1));

const x = between(-2, 2, 60);
const y = between(-1, 3, 60);
const rosenbrock = y.map((b) => x.map((a) => Math.log10((1 - a) ** 2 + 100 * (b - a * a) ** 2 + 1e-2)));
const path = between(-1.5, 1, 40);

const grey = { color: "#808080", gridcolor: "rgba(128,128,128,0.3)", zeroline: false };
const clear = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: "#808080" } };
const axis = (title: string, more: object = {}): object => ({ ...grey, title: { text: title }, ...more });
const titled = (text: string, alt: string): object => ({ title: { text }, meta: { alt } });

const band = (values: readonly number[], color: string): Trace => ({
  type: "scatter",
  x: [...steps, ...steps.toReversed()],
  y: [...values.map((value) => value * 1.3), ...values.map((value) => value * 0.7).reverse()],
  fill: "toself",
  fillcolor: `${color}33`,
  line: { width: 0 },
  showlegend: false,
});
const line = (name: string, speed: number, color: string, dash: string): Trace[] => [
  band(falling(speed), color),
  { type: "scatter", mode: "lines", x: steps, y: falling(speed), name, line: { color, dash } },
];

/** A figure of each kind that the course draws, written out as plotly's JSON. */
export const figures: Readonly<Record<string, FigureJson>> = {
  "lines with bands": {
    data: [
      ...line("SGD", 0.01, "#E69F00", "solid"),
      ...line("Adam, β₁ = 0.9", 0.03, "#56B4E9", "dash"),
      ...line("AdamW, λ = 10⁻²", 0.02, "#009E73", "dot"),
    ],
    layout: {
      ...clear,
      ...titled("Adam is first below 0.1", "Three losses fall on a log scale; Adam's falls fastest."),
      xaxis: axis("step"),
      yaxis: axis("loss", { type: "log" }),
    },
  },
  "contours with a trajectory": {
    data: [
      { type: "contour", x, y, z: rosenbrock, colorscale: "Viridis", ncontours: 15 },
      {
        type: "scatter",
        mode: "lines+markers",
        x: path,
        y: path.map((a) => a * a),
        name: "Adam",
        line: { color: "#E69F00" },
        marker: { size: 4 },
      },
      {
        type: "scatter",
        mode: "markers",
        x: [1],
        y: [1],
        name: "minimum",
        marker: { symbol: "star", size: 14, color: "#D55E00" },
      },
    ],
    layout: {
      ...clear,
      ...titled(
        "Adam follows the valley",
        "A path along the curved valley of Rosenbrock's function to its minimum.",
      ),
      xaxis: axis("x"),
      yaxis: axis("y"),
      legend: { x: 0, y: 1.1, orientation: "h" },
    },
  },
  heatmap: {
    data: [
      {
        type: "heatmap",
        z: between(-1, 1, 28).map((b) => between(-1, 1, 28).map((a) => Math.exp(-5 * (a * a + b * b)))),
        colorscale: "Cividis",
      },
    ],
    layout: {
      ...clear,
      ...titled("One filter", "A bright spot in the middle of 28 by 28 cells."),
      xaxis: axis("column"),
      yaxis: axis("row", { autorange: "reversed", scaleanchor: "x" }),
    },
  },
  histogram: {
    data: [{ type: "histogram", x: steps.map((step) => Math.sin(step) + Math.sin(3.1 * step)), nbinsx: 20 }],
    layout: {
      ...clear,
      ...titled("Weights after training", "Weights between −2 and 2, most near zero."),
      xaxis: axis("weight"),
      yaxis: axis("count"),
    },
  },
  bars: {
    data: [
      {
        type: "bar",
        x: ["SGD", "Adam", "AdamW"],
        y: [3, 1, 2],
        error_y: { type: "data", array: [0.3, 0.1, 0.2] },
      },
    ],
    layout: {
      ...clear,
      ...titled("Adam ends lowest", "Three bars; Adam's is the lowest."),
      xaxis: axis(""),
      yaxis: axis("final loss"),
    },
  },
  surface: {
    data: [
      { type: "surface", x, y, z: rosenbrock, colorscale: "Viridis" },
      {
        type: "scatter3d",
        mode: "lines",
        x: path,
        y: path.map((a) => a * a),
        z: path.map(() => 1),
        name: "Adam",
        line: { color: "#E69F00", width: 4 },
      },
    ],
    layout: {
      ...clear,
      ...titled(
        "Rosenbrock's function",
        "A curved valley, steep on both sides and almost flat along its floor.",
      ),
      scene: {
        xaxis: { title: { text: "x" } },
        yaxis: { title: { text: "y" } },
        zaxis: { title: { text: "log f" } },
      },
    },
  },
  "frames with a slider": {
    data: [{ type: "scatter", mode: "lines", x: steps, y: falling(0.01), name: "SGD" }],
    layout: {
      ...clear,
      ...titled(
        "The larger the rate, the faster",
        "A loss that falls; a slider chooses between three learning rates.",
      ),
      xaxis: axis("step"),
      yaxis: axis("loss", { range: [0, 1.1] }),
      sliders: [
        {
          currentvalue: { prefix: "learning rate " },
          steps: ["0.01", "0.02", "0.03"].map((rate) => ({
            label: rate,
            method: "animate",
            args: [[rate], { mode: "immediate" }],
          })),
        },
      ],
      updatemenus: [
        { type: "buttons", buttons: [{ label: "Play", method: "animate", args: [null] }], x: 0, y: 1.2 },
      ],
    },
    frames: ["0.01", "0.02", "0.03"].map((name) => ({ name, data: [{ y: falling(Number(name)) }] })),
  },
  "small multiples": {
    data: [1, 2, 3, 4].map((k) => ({
      type: "scatter",
      mode: "lines",
      x: steps,
      y: falling(k / 100),
      name: `rate ${k / 100}`,
      xaxis: k === 1 ? "x" : `x${k}`,
      yaxis: k === 1 ? "y" : `y${k}`,
    })),
    layout: {
      ...clear,
      ...titled("Four learning rates", "Four panels, each with a falling loss; the last one falls fastest."),
      grid: { rows: 2, columns: 2, pattern: "independent" },
      ...Object.fromEntries(
        ["", "2", "3", "4"].flatMap((k) => [`xaxis${k}`, `yaxis${k}`].map((name) => [name, grey])),
      ),
    },
  },
};
