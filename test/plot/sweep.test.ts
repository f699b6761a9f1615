import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";

const { plot } = torch;
const alt = "A figure.";
type Marked = { x: number[]; y: number[]; marker: { color: string[] } };
const named = ({ data }: torch.plot.Figure, name: string) => data.find((trace) => trace.name === name);

describe("plot.sweep", () => {
  const figure = plot.sweep(
    {
      Adam: { lr: [0.1, 0.001, 0.01], loss: [50, 3, 1] },
      SGD: { lr: torch.tensor([1, 10, 100]), loss: [2, Number.NaN, 1e9] },
    },
    { alt, defaults: { Adam: 0.001 }, divergedAbove: 1e6 },
  );

  it("draws the runs that have not diverged by ascending rate, and marks the best of each", () => {
    expect(named(figure, "Adam")).toMatchObject({ x: [0.001, 0.01, 0.1], y: [3, 1, 50] });
    expect(named(figure, "SGD")).toMatchObject({ x: [1], y: [2] });
    expect(named(figure, "best")).toMatchObject({ x: [0.01, 1], y: [1, 2], marker: { symbol: "star" } });
  });

  it("marks diverged runs above all others", () => {
    const { x, y, marker } = named(figure, "diverged") as unknown as Marked;
    expect(x).toEqual([10, 100]);
    expect(Math.min(...y)).toBeGreaterThan(50);
    expect(new Set(marker.color)).toEqual(new Set(["#D55E00"]));
  });

  it("draws a line at the default", () => {
    expect(figure.layout.shapes).toMatchObject([{ x0: 0.001, x1: 0.001, label: { text: "Adam's default" } }]);
  });

  it.each([
    [() => plot.sweep({}, { alt }), /sweep: there is nothing to draw/],
    [
      () => plot.sweep({ a: { lr: [1], loss: [Infinity] } }, { alt }),
      /nothing of a can be drawn: all its runs have/,
    ],
    [() => plot.sweep({ a: { lr: [1], loss: [1, 2] } }, { alt }), /a has 1 learning rate, but 2 of loss/],
    [
      () => plot.sweep({ a: { lr: [0], loss: [1] } }, { alt }),
      /a.lr has 0, for which a log axis has no place/,
    ],
    [
      () => plot.sweep({ a: { lr: [1], loss: [1] } }, { alt, defaults: { b: 1 } }),
      /defaults names b, .* are a$/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
