import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;

describe("plot.losses", () => {
  it("draws one curve over the epochs, from 1, on a log axis", () => {
    const figure = plot.losses([4, 2, 1], { alt: "The loss halves twice." });
    expect(figure.data).toHaveLength(1);
    expect(figure.data[0]).toMatchObject({ type: "scatter", x: [1, 2, 3], y: [4, 2, 1] });
    expect(figure.layout).toMatchObject({ yaxis: { type: "log" }, showlegend: false });
  });

  it("draws several curves with different colours and dashes, and a legend", () => {
    const figure = plot.losses({ SGD: [3, 2], Adam: [3, 1] }, { alt: "Adam is ahead.", yScale: "linear" });
    expect(figure.data.map((trace) => trace.name)).toEqual(["SGD", "Adam"]);
    const lines = figure.data.map((trace) => trace.line as { color: string; dash: string });
    expect(lines[0].color).not.toBe(lines[1].color);
    expect(lines[0].dash).not.toBe(lines[1].dash);
    expect(figure.layout).toMatchObject({ showlegend: true });
    expect(figure.layout.yaxis).not.toHaveProperty("type");
  });

  it("draws the median of several runs in a band from the lowest to the highest, and says so", () => {
    const runs = [
      [5, 1],
      [4, 2],
      [9, Number.NaN],
    ];
    const { data, layout } = plot.losses({ Adam: runs }, { alt: "Adam with three seeds." });
    expect(data.map((trace) => trace.y)).toEqual([
      [4, 1],
      [9, 2],
      [5, 2],
    ]);
    expect(data.map((trace) => trace.fill)).toEqual([undefined, "tonexty", undefined]);
    expect(layout.meta).toMatchObject({ notes: ["Lines are medians of 3 runs, bands hold all runs."] });
  });

  it("takes runs as tensors, beside a single run", () => {
    const runs = [torch.tensor([4, 2]), torch.tensor([2, 1])];
    const { data, layout } = plot.losses({ Adam: runs, SGD: [5, 4] }, { alt: "Two and one." });
    expect(data.map((trace) => trace.y)).toEqual([
      [2, 1],
      [4, 2],
      [3, 1.5],
      [5, 4],
    ]);
    expect(layout.meta).toMatchObject({ notes: ["Lines are medians of 2 runs, bands hold all runs."] });
  });

  it("leaves a gap where a loss is not finite, and says so", () => {
    const { data, layout } = plot.losses([1, Number.POSITIVE_INFINITY, Number.NaN, 2], { alt: "A gap." });
    expect(data[0].y).toEqual([1, null, null, 2]);
    expect(layout.meta).toMatchObject({ notes: ["loss: 2 values of 4 are not finite."] });
  });

  it("says where a run diverges", () => {
    const { layout } = plot.losses({ SGD: [1, 100, Infinity, Number.NaN] }, { alt: "SGD diverges." });
    expect(layout.meta).toMatchObject({ notes: ["SGD is not finite after 2."] });
  });

  it.each([
    [() => plot.losses([], { alt: "Nothing." }), /loss is empty: there is nothing to draw/],
    [() => plot.losses({}, { alt: "Nothing." }), /nothing to draw: no curve was given/],
    [() => plot.losses({ SGD: [] }, { alt: "Nothing." }), /losses: SGD is empty/],
    [
      () => plot.losses([Number.NaN], { alt: "Nothing." }),
      /nothing of loss can be drawn: its 1 value are? not finite/,
    ],
    [() => plot.losses([0, -1], { alt: "Nothing." }), /its 2 values are not positive, so a log axis/],
    [
      () => plot.losses({ a: [[1, 2], [1]] }, { alt: "Odd." }),
      /losses: a\[1\] has 1 number, but losses: a\[0\] has 2/,
    ],
    [
      () => plot.losses([torch.tensor(1)] as never, { alt: "Tensors." }),
      /a tensor of shape \[\], not a number: use item/,
    ],
    [
      () => plot.losses(["1"] as unknown as number[], { alt: "Text." }),
      /loss\[0\] is the text "1", not a number/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
