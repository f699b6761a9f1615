import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as torch from "../../src/index.js";
import { positionAmong } from "../../src/plot/levels.js";

const { plot } = torch;
const { functions } = plot;
const alt = "A path over contour lines.";
const window = { x: [-1, 1], y: [-2, 2] } as const;
const byName = (figure: torch.plot.Figure, name: string) => figure.data.find((trace) => trace.name === name)!;

describe("plot.contour", () => {
  it("draws the function between its levels, in its own window", () => {
    const figure = plot.contour(functions.saddle, { alt });
    const { x0, dx, y0, dy, z, contours, colorbar } = byName(figure, "height") as unknown as {
      x0: number;
      dx: number;
      y0: number;
      dy: number;
      z: number[][];
      contours: { start: number; size: number; end: number };
      colorbar: { tickvals: number[]; ticktext: string[] };
    };
    const { levels } = functions.saddle;
    const x = Array.from({ length: 61 }, (_, k) => x0 + k * dx);
    const y = Array.from({ length: 61 }, (_, k) => y0 + k * dy);
    expect([x[0], y[0]]).toEqual([-1.5, -2]);
    expect(x.at(-1)).toBeCloseTo(1.5, 12);
    expect(y.at(-1)).toBeCloseTo(2, 12);
    const steps = z.flat();
    expect(steps).toHaveLength(x.length * y.length);
    const { start, size, end } = contours;
    for (const [row, v] of y.entries()) {
      for (const [column, u] of x.entries()) {
        // What stands between two levels is between them in the figure, too.
        const below = levels.filter((level) => level <= functions.saddle(u, v) + 1e-9).length;
        const step = steps[row * x.length + column];
        expect(step).toBeGreaterThanOrEqual(size * below);
        expect(step).toBeLessThanOrEqual(size * (below + 1));
      }
    }
    expect({ start, end }).toEqual({ start: size, end: size * levels.length });
    expect(colorbar.ticktext).toEqual(colorbar.tickvals.map((at) => String(levels[at / size - 1])));
    expect(figure.layout).toMatchObject({ xaxis: { range: [-1.5, 1.5] }, yaxis: { range: [-2, 2] } });
    expect(byName(figure, "minima")).toMatchObject({ x: [0, 0], marker: { symbol: "star" } });
  });

  it("has the same axes whatever the path", () => {
    const [near, far] = [0.1, 1e6].map((x) =>
      plot.contour(functions.quadratic, {
        alt,
        trajectories: {
          SGD: [
            [0, 0],
            [x, x],
          ],
        },
      }),
    );
    expect(far.layout.xaxis).toEqual(near.layout.xaxis);
    expect(far.layout.meta).toMatchObject({ notes: ["SGD ends outside of the window, at (1e6, 1e6)."] });
  });

  it.each<[string, torch.plot.Points]>([
    [
      "an array of pairs",
      [
        [1, 2],
        [-1, 0.5],
      ],
    ],
    ["an array of tensors", [torch.tensor([1, 2]), torch.tensor([-1, 0.5])]],
    [
      "a tensor",
      torch.tensor([
        [1, 2],
        [-1, 0.5],
      ]),
    ],
  ])("takes a path as %s, and marks its start and its end", (_, points) => {
    const figure = plot.contour(functions.saddle, { alt, trajectories: { Adam: points } });
    expect(byName(figure, "Adam")).toMatchObject({ x: [1, -1], y: [2, 0.5] });
    expect(byName(figure, "start")).toMatchObject({ x: [1], y: [2], marker: { symbol: "circle" } });
    expect(byName(figure, "end")).toMatchObject({ x: [-1], y: [0.5], marker: { symbol: "square" } });
  });

  it("ends a path where it is not finite any more, and says so", () => {
    const path = [
      [0, 0],
      [1, 1],
      [Infinity, 1],
      [Number.NaN, 1],
    ];
    const figure = plot.contour(functions.saddle, { alt, trajectories: { SGD: path } });
    expect(byName(figure, "SGD")).toMatchObject({ x: [0, 1], y: [0, 1] });
    expect(figure.layout.meta).toMatchObject({ notes: ["SGD is not finite from step 2 on."] });
  });

  it("thins a path of a hundred thousand steps to its first, its last and some between", () => {
    const path = Array.from({ length: 100_000 }, (_, k) => [Math.cos(k / 1e4), Math.sin(k / 1e4)]);
    const { x, customdata } = byName(
      plot.contour(functions.saddle, { alt, trajectories: { SGD: path } }),
      "SGD",
    ) as unknown as { x: number[]; customdata: number[] };
    expect(x.length).toBeLessThanOrEqual(2001);
    expect([customdata[0], customdata.at(-1)]).toEqual([0, 99_999]);
  });

  it("leaves out where a function has no finite value", () => {
    const { z } = byName(
      plot.contour((x, y) => Math.log(x) + y, { alt, window }),
      "height",
    ) as unknown as {
      z: (number | null)[][];
    };
    expect(z[0].slice(0, 2)).toEqual([null, null]);
    expect(z[0].at(-1)).not.toBeNull();
  });

  it("draws a function that is the same everywhere", () => {
    expect(plot.contour(() => 3, { alt, window }).data).toHaveLength(1);
  });

  it.each([
    [() => plot.contour(() => 1, { alt }), /contour: say which part of the plane to draw/],
    [
      () => plot.contour(() => 1, { alt, window: { x: [1, 1], y: [0, 1] } }),
      /window.x goes from a number to a larger/,
    ],
    [() => plot.contour(() => Number.NaN, { alt, window }), /no finite value in the window/],
    [
      () => plot.contour(() => torch.tensor(1) as never, { alt, window }),
      /at \(-1, -2\) it gave a tensor of shape \[\]/,
    ],
    [() => plot.contour(fails, { alt, window }), /contour: the function failed at \(-1, -2\): out of reach/],
    [() => plot.contour(functions.saddle, { alt, levels: [1, 0] }), /levels are at least two.*ascending/],
    [
      () => plot.contour(functions.saddle, { alt, trajectories: { a: [[1, 2, 3]] } }),
      /contour: a\[0\] has 3 numbers/,
    ],
    [() => plot.contour(functions.saddle, { alt, trajectories: { a: [] } }), /contour: a is empty/],
    [
      () => plot.contour(functions.saddle, { alt, trajectories: { a: [[Infinity, 0]] } }),
      /a has no finite point/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});

function fails(): number {
  throw new Error("out of reach");
}

describe("positionAmong", () => {
  it("rises with the height, and is whole at the levels", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 9 }),
        fc.array(fc.double({ min: -2000, max: 2000, noNaN: true })),
        (unsorted, heights) => {
          const levels = unsorted.sort((a, b) => a - b);
          const position = positionAmong(levels, -2000);
          for (const [k, level] of levels.entries()) expect(position(level)).toBeCloseTo(k, 12);
          const positions = heights.sort((a, b) => a - b).map(position);
          for (const [k, at] of positions.entries()) {
            expect(at).toBeGreaterThanOrEqual(k === 0 ? -1 : positions[k - 1]);
            expect(at).toBeLessThanOrEqual(levels.length);
          }
        },
      ),
    );
  });
});
