import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;
const alt = "A figure.";

describe("plot.state", () => {
  it("has a panel for each quantity and a curve for each coordinate", () => {
    const figure = plot.state(
      {
        m: [
          [1, 2],
          [3, 4],
        ],
        step: [0.1, 0.2],
        v: [torch.tensor([5, 6]), torch.tensor([7, 8])],
      },
      { alt, coordinates: ["x", "y"] },
    );
    expect(figure.data.map(({ name, y, yaxis }) => [name, y, yaxis])).toEqual([
      ["x", [1, 3], "y"],
      ["y", [2, 4], "y"],
      ["step", [0.1, 0.2], "y2"],
      ["x", [5, 7], "y3"],
      ["y", [6, 8], "y3"],
    ]);
    expect(figure.layout).toMatchObject({ yaxis2: { title: { text: "step" } } });
  });

  it.each([
    [() => plot.state({}, { alt }), /state: there is nothing to draw/],
    [
      () => plot.state({ m: [[1, 2], [3]] }, { alt }),
      /state: m\[1\] has 1 coordinates, but state: m\[0\] has 2/,
    ],
    [() => plot.state({ m: [] }, { alt }), /state: m is empty/],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
