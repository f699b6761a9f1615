import { describe, expect, it } from "vitest";
import { plot } from "../../src/index.js";

const alt = "A figure.";

describe("plot.surface", () => {
  it("draws heights, and paths on them as far as they are in the window", () => {
    const figure = plot.surface(plot.functions.saddle, {
      alt,
      trajectories: {
        SGD: [
          [1, 1],
          [9, 9],
        ],
      },
    });
    const [surface, path] = figure.data as unknown as {
      type: string;
      x: number[];
      y: number[];
      z: number[][];
    }[];
    expect(surface.type).toBe("surface");
    const middle = (surface.x.length - 1) / 2;
    expect(surface.z[middle][middle]).toBeCloseTo(0, 3);
    expect(surface.z[0][0]).toBeCloseTo(plot.functions.saddle(surface.x[0], surface.y[0]), 2);
    expect(path).toMatchObject({ type: "scatter3d", x: [1, null], y: [1, null], z: [0.25, null] });
    expect(figure.layout.meta).toMatchObject({
      notes: ["SGD: 1 point not drawn, outside of the window."],
    });
  });
});
