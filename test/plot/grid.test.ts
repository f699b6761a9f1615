import { describe, expect, it } from "vitest";
import { plot } from "../../src/index.js";

const alt = "Panels.";
const panel = (options: Partial<plot.LinesOptions> = {}) =>
  plot.lines({ a: [1, 2], b: [2, 1] }, { alt: "", title: "title", xTitle: "x", yTitle: "y", ...options });
const domain = ({ layout }: plot.Figure, axis: string) =>
  (layout[axis] as unknown as { domain: [number, number] }).domain;

describe("plot.grid", () => {
  it("puts figures side by side on axes of their own, in rows", () => {
    const { data, layout } = plot.grid([panel(), panel(), panel()], { alt, columns: 2 });
    expect(data.map(({ xaxis, yaxis }) => [xaxis, yaxis])).toEqual([
      ["x", "y"],
      ["x", "y"],
      ["x2", "y2"],
      ["x2", "y2"],
      ["x3", "y3"],
      ["x3", "y3"],
    ]);
    expect(layout).toMatchObject({ xaxis2: { anchor: "y2" }, yaxis3: { anchor: "x3" } });
    const figure = plot.grid([panel(), panel(), panel()], { alt, columns: 2 });
    const [left, right, below] = ["xaxis", "xaxis2", "xaxis3"].map((axis) => domain(figure, axis));
    expect(left[1]).toBeLessThan(right[0]);
    expect(right[1]).toBeCloseTo(1, 12);
    expect(below).toEqual(left);
    expect(domain(figure, "yaxis")[0]).toBeGreaterThan(domain(figure, "yaxis3")[1]);
    expect(domain(figure, "yaxis")[1]).toBeCloseTo(1, 12);
    expect(domain(figure, "yaxis3")[0]).toBeCloseTo(0, 12);
  });

  it("names a curve once in the legend, and says what axes share once", () => {
    const { data, layout } = plot.grid([panel(), panel(), panel(), panel()], { alt, columns: 2 });
    expect(data.map(({ showlegend }) => showlegend)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
    const titled = ["xaxis", "xaxis2", "xaxis3", "xaxis4", "yaxis", "yaxis2", "yaxis3", "yaxis4"].filter(
      (axis) => "title" in (layout[axis] as object),
    );
    expect(titled).toEqual(["xaxis3", "xaxis4", "yaxis", "yaxis3"]);
    const different = plot.grid([panel(), panel({ yTitle: "other" })], { alt });
    expect(different.layout.yaxis2).toMatchObject({ title: { text: "other" } });
  });

  it("keeps titles, marks and notes of its panels with them", () => {
    const sweep = plot.sweep(
      { Adam: { lr: [1, 2], loss: [2, 1] } },
      { alt: "", title: "rates", defaults: { Adam: 1 } },
    );
    const { layout } = plot.grid(
      [panel({ title: "first" }), sweep, plot.losses([1, Number.NaN], { alt: "" })],
      { alt },
    );
    const texts = (layout.annotations as unknown as { text: string }[]).map(({ text }) => text);
    expect(texts).toEqual(["first", "rates", "Panels. loss is not finite after 1."]);
    const [shape] = layout.shapes as unknown as { xref: string; y0: number; y1: number }[];
    expect(shape).toMatchObject({ xref: "x2", y0: 0, y1: 1 });
  });

  it("can hold figures of several panels, and scenes", () => {
    const inner = plot.state({ m: [1, 2], v: [2, 3] }, { alt: "" });
    const surface = plot.surface(plot.functions.saddle, { alt: "" });
    const figure = plot.grid([panel(), inner, surface, surface], { alt, columns: 2 });
    expect(figure.data.map(({ yaxis, scene }) => yaxis ?? scene)).toEqual([
      "y",
      "y",
      "y2",
      "y3",
      "scene",
      "scene2",
    ]);
    const [upper, lower] = [domain(figure, "yaxis2"), domain(figure, "yaxis3")];
    expect(lower[0]).toBeCloseTo(domain(figure, "yaxis")[0], 12);
    expect(upper[1]).toBeCloseTo(1, 12);
    expect(lower[1]).toBeLessThan(upper[0]);
  });

  it.each([
    [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 2],
      [6, 3],
      [7, 2],
      [8, 3],
    ],
  ])("has as many columns as leave no panel alone: %j", (...counts) => {
    for (const [count, columns] of counts) {
      const figure = plot.grid(new Array(count).fill(panel()), { alt });
      const starts = figure.data.map(({ xaxis }) => domain(figure, `${xaxis}`.replace("x", "xaxis"))[0]);
      expect(new Set(starts).size).toBe(columns);
    }
  });

  it.each([
    [() => plot.grid([], { alt }), /grid: there is nothing to draw/],
    [() => plot.grid([panel()], { alt, columns: 0 }), /grid: columns is a whole number from 1, got 0/],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
