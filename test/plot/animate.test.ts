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

describe("plot.animate", () => {
  const still = plot.contour(plot.functions.saddle, { alt, trajectories: { a: path(101), b: path(11) } });

  it("moves a marker along each path, the shorter one's staying at its end", () => {
    const figure = plot.animate(still, { frames: 11 });
    expect(figure.data).toHaveLength(still.data.length + 2);
    expect(sliderOf(figure).steps.map(({ label }) => label)).toEqual(
      Array.from({ length: 11 }, (_, k) => String(10 * k)),
    );
    const heads = figure.frames!.map(({ data }) => data.map(({ x }) => (x as number[])[0]));
    expect(heads[0]).toEqual([0, 0]);
    expect(heads[1]).toEqual([0.099, 0.9091].map((x) => expect.closeTo(x, 3)));
    expect(heads[10]).toEqual([0.9901, 0.9091].map((x) => expect.closeTo(x, 3)));
    expect(figure.layout.updatemenus).toHaveLength(1);
    expect(figure.layout.meta).toEqual(still.layout.meta);
  });

  it("counts the steps of a path that is thinned", () => {
    const figure = plot.animate(
      plot.contour(plot.functions.saddle, { alt, trajectories: { a: path(100_000) } }),
    );
    expect(sliderOf(figure).steps.at(-1)?.label).toBe("99999");
  });

  it.each([
    [() => plot.animate(plot.histogram([1, 2], { alt })), /animate: this figure has no line/],
    [() => plot.animate(plot.animate(still)), /animate: this figure has a slider already/],
    [() => plot.animate(still, { frames: 1 }), /frames is a whole number from 2, got 1/],
    [() => plot.grid([plot.animate(still)], { alt }), /grid: a figure with a slider stands alone/],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
