import { describe, expect, it } from "vitest";
import { plot } from "../../src/index.js";

const alt = "A figure.";

describe("plot.schedule", () => {
  it("holds each rate until the next, of values and of functions", () => {
    const { data } = plot.schedule({ given: [1, 0.5], computed: (step) => 0.1 * step }, { alt, steps: 3 });
    expect(data.map(({ y }) => y)).toEqual([
      [1, 0.5],
      [0, 0.1, 0.2],
    ]);
    expect(data[0].line).toMatchObject({ shape: "hv" });
    expect(plot.schedule((step) => step, { alt, steps: 2 }).data[0]).toMatchObject({
      name: "learning rate",
      y: [0, 1],
    });
  });

  it.each([
    [() => plot.schedule((step) => step, { alt, steps: 0 }), /steps is a whole number from 1, got 0/],
    [
      () => plot.schedule(() => "1" as never, { alt, steps: 2 }),
      /learning rate\[0\] is the text "1", not a number/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});
