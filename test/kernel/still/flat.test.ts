import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FigureJson, flat } from "../../../kernel/still/flat.js";

const surface = {
  type: "surface",
  z: [
    [1, 2],
    [3, 4],
  ],
  cmin: 0,
  cmax: 5,
  colorscale: "Viridis",
};

describe("flat", () => {
  test("leaves a figure as it is that has nothing but flat plots", () => {
    const figure = {
      data: [{ type: "bar", y: [1] }, { y: [2] }],
      layout: { title: { text: "Losses" }, width: 300 },
    };
    expect(flat(figure)).toEqual(figure);
  });

  test("makes contours of a surface, with its colours, and says so", () => {
    const { data, layout } = flat({ data: [surface], layout: { title: { text: "A bowl", x: 0.1 } } });
    expect(data).toEqual([
      {
        type: "contour",
        xaxis: "x",
        yaxis: "y",
        z: surface.z,
        zmin: 0,
        zmax: 5,
        colorscale: "Viridis",
        ncontours: 20,
      },
    ]);
    expect(layout!.title).toEqual({ text: "A bowl (seen from above)", x: 0.1 });
  });

  test("takes titles and places of the axes from the scene", () => {
    const { data, layout } = flat({
      data: [
        surface,
        { type: "scatter3d", scene: "scene2", x: [1], y: [2], z: [3], line: { color: [1], width: 2 } },
      ],
      layout: {
        scene: { xaxis: { title: { text: "θ₁" }, range: [0, 1] }, domain: { x: [0, 0.5], y: [0, 1] } },
        scene2: { domain: { x: [0.5, 1] } },
      },
    });
    expect(layout).toMatchObject({
      xaxis: { title: { text: "θ₁" }, range: [0, 1], domain: [0, 0.5], anchor: "y" },
      yaxis: { domain: [0, 1], anchor: "x" },
      xaxis2: { domain: [0.5, 1], anchor: "y2" },
    });
    expect(data![1]).toEqual({
      type: "scatter",
      xaxis: "x2",
      yaxis: "y2",
      x: [1],
      y: [2],
      line: { width: 2 },
    });
  });

  test("makes room for the axes that a surface has inside, above what stands below", () => {
    const below = { text: "A caption", yref: "paper", y: 0, yshift: -10 };
    const { layout } = flat({
      data: [surface],
      layout: { height: 400, margin: { l: 0, t: 40, b: 30 }, annotations: [below, { text: "a peak", y: 0 }] },
    });
    expect(layout).toMatchObject({
      height: 450,
      margin: { l: 50, t: 40, b: 80 },
      annotations: [
        { text: "A caption", yshift: -60 },
        { text: "a peak", y: 0 },
      ],
    });
  });

  test("gives a scene axes of its own beside those that there are", () => {
    const { data } = flat({ data: [{ y: [1] }, surface], layout: { xaxis: { domain: [0, 0.4] } } });
    expect(data![1]).toMatchObject({ xaxis: "x2", yaxis: "y2" });
  });

  test("reads the sides of a surface that has coordinates for each point", () => {
    const { data } = flat({
      data: [
        {
          ...surface,
          x: [
            [0, 1],
            [0, 1],
          ],
          y: [
            [5, 5],
            [6, 6],
          ],
        },
      ],
    });
    expect(data![0]).toMatchObject({ x: [0, 1], y: [5, 6] });
  });

  test("draws as SVG what WebGL would draw, leaves out what is hidden, and buttons", () => {
    const data = [
      { type: "scattergl", y: [1] },
      { type: "mesh3d", visible: false },
    ];
    expect(flat({ data, layout: { updatemenus: [{}], sliders: [{}] } })).toEqual({
      data: [{ type: "scatter", y: [1] }],
      layout: { sliders: [{}] },
    });
  });

  test.each<[string, FigureJson, string]>([
    [
      "a map",
      { data: [{ type: "scattermap" }] },
      'plots of type "scattermap" can only be drawn by a browser',
    ],
    ["an unknown plot", { data: [{ type: "toString" }] }, 'plots of type "toString" can only be drawn'],
    [
      "a folded surface",
      {
        data: [
          {
            ...surface,
            x: [
              [0, 1],
              [1, 0],
            ],
          },
        ],
      },
      "a surface that is not over a grid",
    ],
    [
      "a picture from elsewhere",
      { layout: { images: [{ source: "https://example.org/a.png" }] } },
      "the picture https://example.org/a.png in it is not part of the notebook",
    ],
  ])("says what cannot be drawn: %s", (_, figure, message) => {
    expect(() => flat(figure)).toThrow(message);
  });

  test("needs no more than an object", () => {
    const traces = fc.array(fc.dictionary(fc.constantFrom("x", "y", "scene", "line", "z"), fc.jsonValue()));
    fc.assert(
      fc.property(traces, fc.dictionary(fc.string(), fc.jsonValue()), (data, layout) => {
        const surfaces = data.map((trace) => ({ ...trace, type: "scatter3d" }));
        expect(flat({ data: surfaces, layout }).data).toHaveLength(data.length);
      }),
    );
  });
});
