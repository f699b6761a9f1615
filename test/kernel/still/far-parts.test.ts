import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withoutFarParts } from "../../../kernel/still/far-parts.js";

const drawing = (content: string): string => `<svg class="main-svg" width="100" height="50">${content}</svg>`;
const curve = (path: string): string => drawing(`<path class="js-line" style="fill: none" d="${path}"/>`);
const mark = (x: number, y: number): string =>
  `<path class="point" transform="translate(${x},${y})" d="M0,0"/>`;

describe("marks", () => {
  test.each([
    ["inside", 50, 20, true],
    ["on the left of their plot", -30, 20, true],
    ["far to the right", 101, 20, false],
    ["far above", 50, -3800, false],
  ])("%s", (_, x, y, kept) => {
    expect(withoutFarParts(drawing(mark(x, y)))).toBe(drawing(kept ? mark(x, y) : ""));
  });
});

describe("curves", () => {
  test.each([
    ["near", "M0,0L100,50L-100,-50", "M0,0L100,50L-100,-50"],
    ["that leave", "M0,0L200,50", "M0,0L100,25"],
    ["that leave and come back elsewhere", "M0,0L200,0L200,20L0,20", "M0,0L100,0M100,20L0,20"],
    ["that pass by", "M-200,0L200,0", "M-100,0L100,0"],
    ["that pass by outside", "M0,60L200,60L300,-400", "M0,0"],
    ["of several pieces", "M0,0L10,10M300,0L400,0M0,0L0,60", "M0,0L10,10M0,0M0,0L0,50"],
    ["with exponents", "M0,0L1e-3,2e2", "M0,0L0.00025,50"],
  ])("%s", (_, path, expected) => {
    expect(withoutFarParts(curve(path))).toBe(curve(expected));
  });

  test("stay where they are seen, whatever they do elsewhere", () => {
    const coordinate = fc.double({ min: -5000, max: 5000, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 20 }), (points) => {
        const path = / d="([^"]*)"/.exec(withoutFarParts(curve(`M${points.join("L")}`)))![1]!;
        for (const [x, y] of path
          .slice(1)
          .split(/[ML]/)
          .map((point) => point.split(",").map(Number))) {
          expect(Math.abs(x!)).toBeLessThanOrEqual(100 + 1e-9);
          expect(Math.abs(y!)).toBeLessThanOrEqual(50 + 1e-9);
        }
        for (const [x, y] of points.filter(([x, y]) => Math.abs(x) <= 100 && Math.abs(y) <= 50)) {
          const near = path
            .split(/[ML]/)
            .slice(1)
            .map((point) => point.split(",").map(Number));
          expect(near.some(([u, v]) => Math.hypot(u! - x, v! - y) < 1e-6)).toBe(true);
        }
      }),
    );
  });
});

test("a text that is no drawing stays as it is", () => {
  expect(withoutFarParts("<svg>")).toBe("<svg>");
});
