import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;
const alt = "A figure.";

describe("plot.histogram", () => {
  it("counts every value once, in the same bins", () => {
    const figure = plot.histogram(
      {
        a: torch.tensor([
          [0, 0.4],
          [1, 2],
        ]),
        b: [2, 2],
      },
      { alt, bins: 4 },
    );
    expect(figure.data.map(({ x, y, width }) => ({ x, y, width }))).toEqual([
      { x: [0.25, 0.75, 1.25, 1.75], y: [2, 0, 1, 1], width: 0.5 },
      { x: [0.25, 0.75, 1.25, 1.75], y: [0, 0, 0, 2], width: 0.5 },
    ]);
  });

  it("says what it leaves out", () => {
    const { layout } = plot.histogram([0, 1, 5, Number.NaN], { alt, range: [0, 1] });
    expect(layout.meta).toMatchObject({ notes: ["value: 2 values of 4 not finite or outside."] });
  });

  it("draws values that are all the same", () => {
    expect(plot.histogram([3, 3], { alt, bins: 1 }).data[0]).toMatchObject({ x: [3], y: [2] });
  });

  it.each([
    [() => plot.histogram([Number.NaN], { alt }), /none of the values is finite/],
    [() => plot.histogram([1], { alt, bins: 1.5 }), /bins is a whole number from 1, got 1.5/],
    [
      () => plot.histogram([1], { alt, range: [1, 1] }),
      /range goes from a number to a larger one, got \[1, 1\]/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
