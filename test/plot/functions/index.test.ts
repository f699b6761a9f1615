import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as torch from "../../../src/index.js";

const { functions } = torch.plot;
const planar = [
  functions.quadratic,
  functions.rosenbrock,
  functions.rastrigin,
  functions.beale,
  functions.saddle,
  functions.noisyQuadratic,
  functions.ravine,
  functions.wells,
];
const ofOneVariable = [functions.absolute, functions.plateau, functions.reddi(1), functions.reddi(2)];

/** The formulas again, as one would write them on paper. */
const written: Record<string, (x: number, y: number) => number> = {
  quadratic: (x, y) => 0.1 * x ** 2 + 2 * y ** 2,
  rosenbrock: (x, y) => (1 - x) ** 2 + 100 * (y - x ** 2) ** 2,
  rastrigin: (x, y) => 20 + x ** 2 + y ** 2 - 10 * Math.cos(2 * Math.PI * x) - 10 * Math.cos(2 * Math.PI * y),
  beale: (x, y) => (1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2,
  saddle: (x, y) => x ** 2 - y ** 2 + y ** 4 / 4,
  noisyQuadratic: (x, y) => (x ** 2 + 0.1 * y ** 2) / 2,
  ravine: (x, y) => Math.log(1 + 10 * x ** 2) + 0.02 * y ** 2,
  wells: (x, y) =>
    0.02 * (x ** 2 + y ** 2) -
    0.6 * Math.exp(-2 * ((x + 2) ** 2 + (y - 1.5) ** 2)) -
    0.8 * Math.exp(-2.5 * ((x - 2) ** 2 + (y - 1) ** 2)) -
    Math.exp(-3 * ((x - 0.5) ** 2 + (y + 2) ** 2)),
};

function close(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
}

it("has every test function of two variables in this table", () => {
  const all = Object.values(functions).filter((value) => "window" in value && Array.isArray(value.start));
  expect(new Set(all)).toEqual(new Set(planar));
});

describe.each(planar)("$name", (plane) => {
  const { window } = plane;
  const inWindow = fc.record({
    x: fc.double({ min: window.x[0], max: window.x[1], noNaN: true }),
    y: fc.double({ min: window.y[0], max: window.y[1], noNaN: true }),
  });

  it("is what is written, for numbers, arrays and tensors of points", () => {
    fc.assert(
      fc.property(inWindow, ({ x, y }) => {
        const value = plane(x, y);
        close(value, written[plane.name](x, y), 1e-13);
        expect(plane([x, y])).toBe(value);
        const tensor = plane(torch.tensor([[x, y]], { dtype: "float64" }));
        expect(tensor.shape).toEqual([1]);
        close(tensor.item(), value, 1e-13);
      }),
    );
  });

  it("has the gradient that autograd and finite differences give", () => {
    fc.assert(
      fc.property(inWindow, ({ x, y }) => {
        const gradient = plane.gradient(x, y);
        const point = torch.tensor([x, y], { dtype: "float64", requiresGrad: true });
        plane(point).backward();
        const tensor = point.grad!.tolist() as number[];
        const h = 1e-5;
        const differences = [
          (plane(x + h, y) - plane(x - h, y)) / (2 * h),
          (plane(x, y + h) - plane(x, y - h)) / (2 * h),
        ];
        const size = 1 + Math.abs(plane(x, y));
        for (const k of [0, 1]) {
          close(gradient[k], tensor[k], 1e-12 * size);
          close(gradient[k], differences[k], 1e-6 * size);
        }
      }),
    );
  });

  it("is smallest at its minima, which stand in its window as its start does", () => {
    const heights = plane.minima.map(([x, y]) => plane(x, y));
    for (const [x, y] of [...plane.minima, plane.start]) {
      expect(x).toBeGreaterThanOrEqual(window.x[0]);
      expect(x).toBeLessThanOrEqual(window.x[1]);
      expect(y).toBeGreaterThanOrEqual(window.y[0]);
      expect(y).toBeLessThanOrEqual(window.y[1]);
    }
    for (const [x, y] of plane.minima) {
      for (const slope of plane.gradient(x, y)) expect(Math.abs(slope)).toBeLessThan(1e-12);
    }
    fc.assert(
      fc.property(inWindow, ({ x, y }) => {
        for (const height of heights) expect(plane(x, y)).toBeGreaterThanOrEqual(height - 1e-14);
      }),
    );
  });

  it("has levels in ascending order, between its lowest and its highest value in the window", () => {
    const corners = window.x.flatMap((x) => window.y.map((y) => plane(x, y)));
    const lowest = plane(...plane.minima[0]);
    expect([...plane.levels].sort((a, b) => a - b)).toEqual(plane.levels);
    expect(new Set(plane.levels).size).toBe(plane.levels.length);
    expect(plane.levels[0]).toBeGreaterThan(lowest);
    expect(plane.levels.at(-1)).toBeLessThan(Math.max(...corners));
  });
});

describe.each(ofOneVariable)("$name: $formula", (curve) => {
  it("has the gradient that autograd and finite differences give", () => {
    for (const x of [-1.7, -0.3, 0.4, 1.2]) {
      const point = torch.tensor([x], { dtype: "float64", requiresGrad: true });
      const value = curve(point);
      close(value.item(), curve(x), 1e-15);
      value.backward();
      close(curve.gradient(x), point.grad!.item(), 1e-14);
      close(curve.gradient(x), (curve(x + 1e-6) - curve(x - 1e-6)) / 2e-6, 1e-8);
    }
  });

  it("is smallest at its minima, within its window", () => {
    for (const minimum of curve.minima) {
      for (const x of curve.window) {
        if (curve.name !== "reddi") expect(curve(x)).toBeGreaterThanOrEqual(curve(minimum));
        expect(minimum >= curve.window[0] && minimum <= curve.window[1]).toBe(true);
      }
    }
  });
});

it("repeats Reddi's sequence every three steps, with a mean of x / 3", () => {
  const values = Array.from({ length: 6 }, (_, k) => functions.reddi(k + 1)(0.5));
  expect(values).toEqual([1.5, -0.5, -0.5, 1.5, -0.5, -0.5]);
});

it.each([
  [() => functions.quadratic(1, undefined as unknown as number), /quadratic: expected two numbers.*got 1$/],
  [() => functions.quadratic([1, 2, 3]), /got an array of 3$/],
  [() => functions.quadratic(torch.zeros([3])), /last dimension is 2, got a tensor of shape \[3\]$/],
  [() => functions.plateau("1" as unknown as number), /plateau: expected a number or a tensor, got 1$/],
  [() => functions.reddi(0), /reddi: steps are counted from 1, got 0$/],
])("refuses what it cannot take: %#", (act, message) => {
  expect(act).toThrow(message);
});
