import { expect, test } from "vitest";
import { type Curve, dispatch, sizes, worstStumble } from "./cost.js";
import { costPlot } from "./cost-plot.js";

const curve = (operation: string, ours: boolean, seconds: number[]): Curve => ({
  operation,
  name: ours ? "ours" : "torch <1.13>",
  ours,
  sizes: [1, 10, 100],
  seconds,
});
const curves = [
  curve("add", true, [1e-7, 2e-7, 1e-6]),
  curve("exp", true, [2e-7, 8e-6, 9e-6]),
  curve("add", false, [5e-8, 1, 1]),
];

test("sizes run from 1 to ten million, two for each decade", () => {
  expect(sizes[0]).toBe(1);
  expect(sizes.slice(0, 4)).toEqual([1, 3, 10, 30]);
  expect(sizes.at(-1)).toBe(1e7);
});

test("the steepest rise is ours, and counted against proportion", () => {
  expect(worstStumble(curves)).toEqual({ operation: "exp", from: 1, to: 10, times: expect.closeTo(4) });
  expect(worstStumble([])).toBeUndefined();
});

test("dispatch is our cheapest operation on one element", () => {
  expect(dispatch(curves)).toEqual({ operation: "add", seconds: 1e-7 });
  expect(dispatch(curves.slice(2))).toBeUndefined();
});

test("the plot has a panel for each operation and a line for each curve, inside its panel", () => {
  const svg = costPlot(curves);
  expect(svg.match(/<g /g)).toHaveLength(2);
  const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points]) =>
    points.split(" ").map((point) => point.split(",").map(Number)),
  );
  expect(lines).toHaveLength(3);
  for (const [x, y] of lines.flat()) {
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(250);
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y).toBeLessThanOrEqual(190);
  }
  // More elements lie further right, and more time lies higher.
  const [add] = lines;
  expect(add[0][0]).toBeLessThan(add[1][0]);
  expect(add[0][1]).toBeGreaterThan(add[1][1]);
  expect(svg).toContain("torch &#60;1.13&#62;");
});
