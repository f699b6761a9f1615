import { describe, expect, it } from "vitest";
import { plot } from "../../src/index.js";

const display = Symbol.for("Jupyter.display");

describe("plot.losses", () => {
  it("draws one curve over the epochs, from 1, on a log axis", () => {
    const figure = plot.losses([4, 2, 1], { alt: "The loss halves twice." });
    expect(figure.data).toHaveLength(1);
    expect(figure.data[0]).toMatchObject({ type: "scatter", x: [1, 2, 3], y: [4, 2, 1] });
    expect(figure.layout).toMatchObject({ yaxis: { type: "log" }, showlegend: false });
  });

  it("draws several curves with different colours and dashes, and a legend", () => {
    const figure = plot.losses({ SGD: [3, 2], Adam: [3, 1] }, { alt: "Adam is ahead.", scale: "linear" });
    expect(figure.data.map((trace) => trace.name)).toEqual(["SGD", "Adam"]);
    const lines = figure.data.map((trace) => trace.line as { color: string; dash: string });
    expect(lines[0].color).not.toBe(lines[1].color);
    expect(lines[0].dash).not.toBe(lines[1].dash);
    expect(figure.layout).toMatchObject({ yaxis: { type: "linear" }, showlegend: true });
  });

  it("leaves a gap where a loss diverged, so that the bundle is JSON", () => {
    const figure = plot.losses([1, Number.POSITIVE_INFINITY, Number.NaN, 2], { alt: "It diverges." });
    expect(figure.data[0].y).toEqual([1, null, null, 2]);
    expect(JSON.parse(JSON.stringify(figure.data))).toEqual(figure.data);
  });

  it("shows itself as a plotly object, with its sentence as text and in the layout", () => {
    const figure = plot.losses([1], { alt: "A point." });
    const bundle = (figure as unknown as Record<symbol, () => Record<string, unknown>>)[display]();
    expect(bundle).toEqual({
      "application/vnd.plotly.v1+json": { data: figure.data, layout: figure.layout },
      "text/plain": "A point.",
    });
    expect(figure.layout.meta).toEqual({ alt: "A point." });
  });

  it.each([
    [() => plot.losses([1], { alt: " " }), /alt is missing/],
    [() => plot.losses([], { alt: "Nothing." }), /nothing to draw/],
    [() => plot.losses({}, { alt: "Nothing." }), /nothing to draw/],
    [() => plot.losses(["1"] as unknown as number[], { alt: "Text." }), /not a number: use item\(\)/],
  ])("refuses %s", (act, message) => {
    expect(act).toThrow(message);
  });
});
