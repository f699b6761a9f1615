import { describe, expect, test } from "vitest";
import { data, Generator, manualSeed, rand, randn, type Tensor } from "../../src/index.js";

type Points = [x: number, y: number][];

test.each<
  [
    string,
    (options: data.NoiseOptions) => [Tensor, Tensor],
    (point: [number, number], label: number) => number,
  ]
>([
  [
    "twoMoons: distance from the centre of the half circle is 1",
    (options) => data.twoMoons(31, options),
    ([x, y], label) => Math.hypot(x - label, y - label / 2) - 1,
  ],
  [
    "circles: distance from the origin is 1 or the factor",
    (options) => data.circles(31, { factor: 0.25, ...options }),
    ([x, y], label) => Math.hypot(x, y) - [1, 0.25][label],
  ],
  [
    "spirals: the angle grows with the radius, from the angle of the class",
    (options) => data.spirals(31, { classes: 3, turns: 2, ...options }),
    ([x, y], label) => {
      const turns = Math.atan2(y, x) / (2 * Math.PI) - 2 * Math.hypot(x, y) - label / 3;
      return turns - Math.round(turns);
    },
  ],
])("%s", (_name, make, deviation) => {
  const [points, labels] = make({ noise: 0 });
  expect([points.shape, points.dtype, labels.shape, labels.dtype]).toEqual([
    [31, 2],
    "float32",
    [31],
    "int64",
  ]);
  const classes = labels.tolist() as number[];
  for (const [k, point] of (points.tolist() as Points).entries())
    expect(Math.abs(deviation(point, classes[k]))).toBeLessThan(1e-6);
});

test("classes have the same size, the first ones one more", () => {
  const [, labels] = data.spirals(11, { classes: 3 });
  expect(labels.tolist()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]);
});

test("noisySine is the sine of its inputs plus noise of the given size", () => {
  const [x, y] = data.noisySine(2000, { noise: 0.2, generator: new Generator(1) });
  expect([x.shape, y.shape]).toEqual([
    [2000, 1],
    [2000, 1],
  ]);
  const residuals = Array.from(y.sub(x.sin()).toArray());
  const rms = Math.sqrt(residuals.reduce((sum, r) => sum + r * r, 0) / 2000);
  expect(rms).toBeGreaterThan(0.19);
  expect(rms).toBeLessThan(0.21);
  for (const value of x.toArray()) expect(Math.abs(value)).toBeLessThanOrEqual(Math.PI + 1e-6);
});

describe("random numbers", () => {
  test("noise is one randn, which is drawn without noise too", () => {
    const [quiet] = data.twoMoons(20, { noise: 0, generator: new Generator(5) });
    const [noisy] = data.twoMoons(20, { noise: 0.5, generator: new Generator(5) });
    const noise = randn([20, 2], { generator: new Generator(5) });
    expect(noisy.tolist()).toEqual(quiet.add(noise.mul(0.5)).tolist());
    manualSeed(5);
    data.twoMoons(20, { noise: 0 });
    const after = rand([1]).item();
    manualSeed(5);
    randn([20, 2]);
    expect(rand([1]).item()).toBe(after);
  });

  test("they make a TensorDataset", () => {
    const dataset = new data.TensorDataset(...data.circles(8));
    expect(dataset.at(0).map(({ shape }) => shape)).toEqual([[2], []]);
  });
});

test.each<[() => unknown, string]>([
  [() => data.twoMoons(0), "twoMoons: the number of points must be an integer ≥ 1, not 0"],
  [() => data.twoMoons(10, { noise: -1 }), "twoMoons: noise must be a number ≥ 0, not -1"],
  [() => data.circles(10, { factor: Number.NaN }), "circles: factor must be a number ≥ 0, not NaN"],
  [() => data.spirals(10, { classes: 1.5 }), "spirals: classes must be an integer ≥ 1, not 1.5"],
  [() => data.noisySine(10, { nois: 1 } as never), "noisySine: unknown option nois"],
])("refuses %s", (body, message) => {
  expect(body).toThrow(message);
});
