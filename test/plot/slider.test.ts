import { describe, expect, it } from "vitest";
import { plot } from "../../src/index.js";

const alt = "What changes.";
const path = (length: number) => Array.from({ length }, (_, k) => [k / length, -k / length]);
const sliderOf = ({ layout }: plot.Figure) =>
  (
    layout.sliders as unknown as {
      active: number;
      steps: { label: string; args: [string[], { frame: object }] }[];
    }[]
  )[0];

describe("plot.slider", () => {
  const figure = plot.slider(
    [0.5, 0.9],
    (beta) => plot.losses([1, beta, beta ** 2], { alt: "", title: "no" }),
    {
      alt,
      title: "Less is faster",
      label: "β",
      start: 0.9,
    },
  );

  it("has a frame for each value, with nothing but what changes", () => {
    expect(figure.data[0].y).toEqual([1, 0.9, 0.81]);
    expect(figure.frames).toEqual([
      { name: "0", traces: [0], data: [{ y: [1, 0.5, 0.25] }] },
      { name: "1", traces: [0], data: [{ y: [1, 0.9, 0.81] }] },
    ]);
    expect(sliderOf(figure)).toMatchObject({ active: 1, currentvalue: { prefix: "β: " } });
    expect(sliderOf(figure).steps.map(({ label, args }) => [label, args[0]])).toEqual([
      ["0.5", ["0"]],
      ["0.9", ["1"]],
    ]);
    expect(figure.layout).toMatchObject({ title: { text: "Less is faster" }, meta: { alt } });
  });

  it("has axes that hold the values of all frames", () => {
    const { range } = figure.layout.yaxis as unknown as { range: [number, number] };
    expect(range[0]).toBeLessThan(Math.log10(0.25));
    expect(range[1]).toBeGreaterThan(0);
  });

  it("leaves axes alone that have a range", () => {
    const over = plot.slider(
      [3, 5],
      (n) => plot.contour(plot.functions.saddle, { alt: "", trajectories: { a: path(n) } }),
      { alt },
    );
    expect(over.layout.xaxis).toMatchObject({ range: [-1.5, 1.5] });
    // The heights are the same in all frames, and long.
    expect(over.frames?.every(({ traces }) => !traces.includes(0))).toBe(true);
    expect(sliderOf(over).steps[0].args[1].frame).toMatchObject({ redraw: true });
  });

  it("says of which value a note is", () => {
    const figure = plot.slider([1, Infinity], (last) => plot.losses([1, last], { alt: "" }), {
      alt,
      label: "last",
    });
    expect(figure.layout.meta).toMatchObject({ notes: ["At Infinity: loss is not finite after 1."] });
  });

  it.each([
    [() => plot.slider([], () => plot.lines([1], { alt }), { alt }), /slider: there is nothing to draw/],
    [
      () => plot.slider([1], () => plot.lines([1], { alt }), { alt, start: 2 }),
      /start is 2, but the values are 1/,
    ],
    [
      () => plot.slider([1, 2], (n) => plot.lines(n === 1 ? { a: [1] } : { b: [1] }, { alt }), { alt }),
      /other traces for 2 \(scatter b\) than for 1 \(scatter a\)/,
    ],
    [
      () => plot.slider([7], () => plot.lines([], { alt }), { alt }),
      /slider: drawing the figure for 7 failed: lines/,
    ],
    [() => plot.slider([7], () => 3 as never, { alt }), /expected a figure without a slider for 7, got 3/],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
