/** What holds for every kind of figure. */

import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";
import { type Figure, functions } from "../../src/plot/index.js";
import { packed } from "../../src/plot/packing.js";
import { problemsOf } from "./plotly.js";

const { plot } = torch;

type Options = { alt: string; title: string };
type Bundle = { readonly [mime: string]: unknown };

const hostile =
  '<img src=x onerror=alert(1)><a href="javascript:alert(2)">&lt;b&gt; $\\href{javascript:1}{x}$';
const descent = Array.from({ length: 200 }, (_, k) => [
  -5 * 0.96 ** k + Math.sin(k) / 7,
  -2 * 0.9 ** k * Math.cos(k),
]);

/** One figure of each kind; `text` stands wherever a figure takes a text. */
const kinds: Record<string, (options: Options, text: string) => Figure> = {
  lines: (options, text) =>
    plot.lines(
      { [text]: [1, 2, 4], b: { x: [0, 2], y: [3, 3] } },
      { ...options, xTitle: text, yTitle: text, mode: "lines+markers" },
    ),
  "lines on log axes": (options) =>
    plot.lines({ a: [1, 20, 400] }, { ...options, x: [1, 10, 100], xScale: "log", yScale: "log" }),
  losses: (options, text) =>
    plot.losses({ [text]: [3, 2, 1], b: [3, 1] }, { ...options, xTitle: text, yTitle: text }),
  "losses over seeds": (options, text) =>
    plot.losses(
      {
        [text]: [
          [3, 2, 1],
          [4, 2, 1.5],
        ],
      },
      options,
    ),
  contour: (options, text) =>
    plot.contour(functions.rosenbrock, {
      ...options,
      trajectories: { [text]: descent },
      xTitle: text,
      yTitle: text,
    }),
  surface: (options, text) =>
    plot.surface(functions.beale, {
      ...options,
      trajectories: {
        [text]: [
          [1, 1.5],
          [2, 0.4],
        ],
      },
      xTitle: text,
      zTitle: text,
      zScale: "log",
    }),
  sweep: (options, text) =>
    plot.sweep(
      { [text]: { lr: [0.001, 0.01, 0.1], loss: [1, 0.1, Number.NaN] }, b: { lr: [1, 2], loss: [3, 2] } },
      { ...options, defaults: { [text]: 0.001 }, xTitle: text },
    ),
  state: (options, text) =>
    plot.state(
      {
        [text]: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        v: [1, 2, 3],
      },
      { ...options, coordinates: [text, "y"] },
    ),
  schedule: (options, text) => plot.schedule({ [text]: [1, 0.5], b: (step) => 1 / (1 + step) }, options),
  histogram: (options, text) =>
    plot.histogram({ [text]: [1, 2, 2, 3], b: [2] }, { ...options, xTitle: text }),
  "image of several digits": (options, text) =>
    plot.image(
      [
        [
          [0, 1],
          [1, 0],
        ],
        [
          [1, 1],
          [0, 0],
        ],
        [
          [0, 0],
          [1, 0],
        ],
      ],
      { ...options, labels: [text, 1, 2] },
    ),
  "image of a filter": (options) =>
    plot.image(
      [
        [-1, 2, 0],
        [0, 1, 0],
      ],
      options,
    ),
  graph: (options, text) => {
    const weight = torch.ones([2, 2], { requiresGrad: true });
    return plot.graph(weight.mul(2).add(weight).sum(), { ...options, names: { [text]: weight } });
  },
  grid: (options, text) =>
    plot.grid(
      [
        plot.losses({ [text]: [3, 2] }, { alt: "", title: text, yTitle: text }),
        plot.losses({ [text]: [2, 1] }, { alt: "", title: "b" }),
        plot.contour(functions.saddle, { alt: "" }),
        plot.surface(functions.saddle, { alt: "" }),
        plot.sweep({ a: { lr: [1, 2], loss: [1, 2] } }, { alt: "", defaults: { a: 1 } }),
      ],
      options,
    ),
  animation: (options, text) =>
    plot.animate(plot.contour(functions.quadratic, { ...options, trajectories: { [text]: descent } }), {
      label: text,
    }),
  slider: (options, text) =>
    plot.slider([text, "b"], (name) => plot.lines({ a: name === "b" ? [1, 2] : [2, 3, 4] }, { alt: "" }), {
      ...options,
      label: text,
    }),
  "slider over histograms": (options) =>
    plot.slider([0.9, 0.99], (beta) => plot.histogram([1, 2, beta], { alt: "" }), options),
  "contour of one's own function": (options) =>
    plot.contour((x, y) => x * y, { ...options, window: { x: [-1, 1], y: [0, 1] } }),
};

/** All texts of a figure that plotly shows. */
function textsOf(value: unknown, key = ""): string[] {
  if (typeof value === "string") return key === "alt" || key === "notes" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsOf(item, name));
}

function bundleOf(figure: Figure): Bundle {
  return (figure as unknown as Record<symbol, () => Bundle>)[Symbol.for("Jupyter.display")]();
}

describe.each(Object.entries(kinds))("%s", (_, make) => {
  const options = { alt: "What the figure shows.", title: "What it finds" };
  const figure = make(options, "name");

  it("is a figure of which plotly knows every attribute", () => {
    expect(problemsOf(figure)).toEqual([]);
  });

  it("is JSON without NaN, infinities and undefined", () => {
    const plain = { ...figure };
    expect(JSON.parse(JSON.stringify(plain))).toEqual(plain);
  });

  it("shows itself as a plotly object and as its sentence", () => {
    expect(bundleOf(figure)).toEqual({
      "application/vnd.plotly.v1+json": packed(figure),
      "text/plain": "What the figure shows.",
    });
    expect(figure.layout.meta).toMatchObject({ alt: "What the figure shows." });
    expect(JSON.stringify(figure.layout.annotations)).toContain("What the figure shows.");
    expect(figure.layout.title).toMatchObject({ text: "What it finds" });
  });

  it("paints no background", () => {
    const clear = "rgba(0, 0, 0, 0)";
    // A surface alone has no plot whose background could be painted.
    const hasPlot = "xaxis" in figure.layout;
    expect(figure.layout.paper_bgcolor).toBe(clear);
    expect(figure.layout.plot_bgcolor).toBe(hasPlot ? clear : undefined);
  });

  it("reads no tag, entity or TeX in what comes as text", () => {
    const attacked = make({ alt: hostile, title: hostile }, hostile);
    for (const text of textsOf({ ...attacked })) {
      expect(text.replaceAll(/<br>|<extra><\/extra>/g, "")).not.toMatch(/<|&(?!#\d+;)|\$/);
    }
  });

  it("is drawn when nobody has said what it shows, with a warning below it", () => {
    const silent = make({ alt: " ", title: "" }, "name");
    expect(silent.data).toEqual(figure.data);
    expect(silent.layout.meta).not.toHaveProperty("alt");
    expect(bundleOf(silent)["text/plain"]).toMatch(/^alt is missing/);
    expect(JSON.stringify(silent.layout.annotations)).toContain("alt is missing");
  });
});

it("takes at most 15 kB for two paths of 200 steps over contour lines", () => {
  const figure = plot.contour(functions.rosenbrock, {
    title: "Adam is at the minimum after 200 steps, SGD is not",
    alt: "Two paths from the upper left: Adam follows the valley to the minimum, SGD stays in it halfway.",
    trajectories: { Adam: descent, SGD: descent.map(([x, y]) => [x / 2, y / 3]) },
  });
  // As Jupyter saves it: every value on a line of its own.
  expect(JSON.stringify(bundleOf(figure), null, 1).length).toBeLessThanOrEqual(18_000);
  expect(JSON.stringify(bundleOf(figure)).length).toBeLessThanOrEqual(15_000);
});
