/** What single kinds of figures show. */
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

describe("plot.image", () => {
  const two = [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ];

  it.each<[string, torch.plot.Images]>([
    ["arrays", two],
    ["a tensor", torch.tensor(two)],
    ["a tensor with one channel", torch.tensor(two).unsqueeze(1)],
    ["an array of tensors", [torch.tensor(two[0]), torch.tensor(two[1])]],
  ])("puts images of %s side by side", (_, images) => {
    expect(plot.image(images, { alt, columns: 2 }).data[0].z).toEqual([
      [1, 2, null, 5, 6],
      [3, 4, null, 7, 8],
    ]);
  });

  it.each<[string, torch.plot.Images]>([
    ["rows", two[0]],
    ["a tensor", torch.tensor(two[0])],
    ["an array of rows that are tensors", [torch.tensor([1, 2]), torch.tensor([3, 4])]],
  ])("takes one image as %s", (_, image) => {
    const [trace] = plot.image(image, { alt }).data;
    expect(trace).toMatchObject({ z: two[0], zmin: 1, zmax: 4, colorscale: "Greys" });
  });

  it("puts zero in the middle of the colours where values have both signs", () => {
    expect(plot.image([[-1, 3]], { alt }).data[0]).toMatchObject({ zmin: -3, zmax: 3, showscale: true });
  });

  it.each([
    [() => plot.image([two[0], [[1]]], { alt }), /image 1 has 1 × 1 pixels, but image 0 has 2 × 2/],
    [
      () => plot.image(torch.zeros([2, 3, 4, 4]), { alt }),
      /expected a tensor of shape .* got \[2, 3, 4, 4\]/,
    ],
    [() => plot.image([], { alt }), /image: expected images, got an array of 0/],
    [() => plot.image([[Number.NaN]], { alt }), /no pixel is a finite number/],
    [() => plot.image(two, { alt, columns: 0 }), /columns is a whole number from 1, got 0/],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});

describe("plot.graph", () => {
  it("draws every operation once, above what computed its inputs, and names the leaves", () => {
    const weight = torch.ones([2, 2], { requiresGrad: true });
    const bias = torch.ones([2], { requiresGrad: true });
    const shared = weight.mul(2);
    const { data } = plot.graph(shared.matmul(shared).add(bias).sum(), { alt, names: { weight } });
    const [arrows, operations, leaves] = data as unknown as { text: string[]; x: number[]; y: number[] }[];
    expect(operations.text).toEqual(["Sum", "Add", "Mm", "Mul"]);
    expect(operations.y).toEqual([0, -1, -2, -3]);
    expect(new Set(leaves.text)).toEqual(new Set(["weight [2, 2]", "leaf [2]"]));
    // The bias hangs below the sum, the weight below all others; both inputs of the product are one operation.
    expect(new Set(leaves.y)).toEqual(new Set([-2, -4]));
    // Six arrows, one layer down each but those to the leaves.
    expect(arrows.y).toHaveLength(18);
    expect(arrows.y.slice(0, 3)).toEqual([0, -1, null]);
  });

  it.each([
    [() => plot.graph(torch.ones([1]), { alt }), /graph: this tensor has no gradFn/],
    [
      () => {
        let x = torch.ones([1], { requiresGrad: true });
        for (let k = 0; k < 400; k++) x = x.add(1);
        return plot.graph(x, { alt });
      },
      /graph: more than 300 operations cannot be read/,
    ],
  ])("refuses what cannot be drawn: %#", (act, message) => {
    expect(act).toThrow(message);
  });
});

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
