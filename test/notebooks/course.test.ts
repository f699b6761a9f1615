import type * as torch from "optimlab";
import { optim, plot } from "optimlab";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  bestRate,
  Comparison,
  descend,
  everyNth,
  expectClose,
  fourWays,
  gradients,
  logspace,
  medianAtEnd,
  penguins,
  start,
  stepLengths,
  stepsTo,
  stepThrough,
  sweep,
  trainMoons,
} from "../../notebooks/course.js";
import { digits, glyph, SIDE } from "../../notebooks/data/digits.js";

const { quadratic } = plot.functions;

describe("descend", () => {
  test("gradient descent on a quadratic is a geometric sequence in each coordinate", () => {
    const { points, losses } = descend(quadratic, (params) => new optim.SGD(params, { lr: 0.4 }), {
      steps: 5,
    });
    expect(points).toHaveLength(6);
    points.forEach(([x, y], k) => {
      expect(x).toBeCloseTo(-5 * (1 - 0.4 * 0.2) ** k, 12);
      expect(y).toBeCloseTo(-2 * (1 - 0.4 * 4) ** k, 12);
      expect(losses[k]).toBeCloseTo(0.1 * x * x + 2 * y * y, 12);
    });
  });

  test("ends early where it diverges", () => {
    const { losses } = descend(quadratic, (params) => new optim.SGD(params, { lr: 10 }), { steps: 1000 });
    expect(losses.length).toBeLessThan(30);
  });

  test("keeps what an optimizer remembers of both coordinates", () => {
    const { states } = descend(quadratic, (params) => new optim.Adam(params), { steps: 3 });
    expect(Object.keys(states)).toEqual(["expAvg", "expAvgSq"]);
    expect(states.expAvg[0]).toEqual([expect.closeTo(-0.1, 12), expect.closeTo(-0.8, 12)]);
  });

  test("gives LBFGS the closure that it needs", () => {
    const { losses } = descend(
      quadratic,
      (params) => new optim.LBFGS(params, { lineSearchFn: "strong_wolfe" }),
      {
        steps: 5,
      },
    );
    expect(losses.at(-1)).toBeLessThan(1e-9);
  });

  test("disturbs the gradient before the step", () => {
    const still = { steps: 3, disturb: (gradient: torch.Tensor) => gradient.mul(0) };
    const { points } = descend(quadratic, (params) => new optim.SGD(params, { lr: 0.1 }), still);
    expect(points.at(-1)).toEqual([-5, -2]);
  });
});

test("a sweep has an infinite loss where runs diverge, and a best rate where they do not", () => {
  const rates = logspace(0.01, 10, 4);
  expect(rates.map((rate) => Number(rate.toPrecision(6)))).toEqual([0.01, 0.1, 1, 10]);
  const result = sweep(quadratic, (params, lr) => new optim.SGD(params, { lr }), rates);
  expect(result.loss.map(Number.isFinite)).toEqual([true, true, false, false]);
  expect(bestRate(result)).toBeCloseTo(0.1, 12);
});

test("stepsTo counts steps, not points", () => {
  const run = { points: [], states: {}, losses: [4, 2, 1] };
  expect([stepsTo(4, run), stepsTo(1, run), stepsTo(0.5, run)]).toEqual([0, 2, undefined]);
});

test("of many values every third is kept, of five runs the middle one at its end", () => {
  expect(everyNth(3, [5, 6, 7, 8, 9, 10, 11])).toEqual([5, 8, 11]);
  expect(
    medianAtEnd([
      [0, 9],
      [0, 1],
      [0, 4],
      [0, 2],
      [0, 10],
    ]),
  ).toBe(4);
});

test("a step of gradient descent is as long as its gradient, times the learning rate", () => {
  const lengths = stepLengths((params) => new optim.SGD(params, { lr: 0.5 }), [1, -4, 0]);
  expect(lengths).toEqual([0.5, 2, 0]);
});

test("the same seed trains the same network, another seed another", () => {
  const make = (params: torch.Tensor[], lr: number) => new optim.Adam(params, { lr });
  const [a, b] = trainMoons(make, { lr: 0.02, seeds: [0, 1], epochs: 3 });
  expect(trainMoons(make, { lr: 0.02, seeds: [0], epochs: 3 })).toEqual([a]);
  expect(a).not.toEqual(b);
  expect(a[2]).toBeLessThan(a[0]);
});

describe("four ways", () => {
  const sgd = (lr: number): number[] => {
    let theta = start;
    return gradients.map((g) => (theta -= lr * g));
  };

  test("agree where the rule is right", () => {
    const check = fourWays(
      "SGD",
      { lr: 0.1 },
      {
        byHand: sgd(0.1),
        fromScratch: stepThrough((params) => new optim.SGD(params, { lr: 0.1 })),
      },
    );
    expect(Object.keys(check.columns)).toEqual(["by hand", "from scratch", "library", "PyTorch"]);
    expect(check.difference).toBeLessThan(1e-12);
    expect(String(check)).toContain("They agree to 12 digits.");
  });

  test("a sign error is an error that names the step and the ways", () => {
    const ways = { byHand: sgd(-0.1), fromScratch: sgd(0.1) };
    expect(() => fourWays("SGD", { lr: 0.1 }, ways)).toThrow(
      /^SGD with {"lr":0.1}: the ways part at step 1: by hand 1.05, from scratch 0.95, library 0.95, PyTorch 0.95$/,
    );
  });

  test.each([
    ["is missing", [1]],
    ["is no number", [1, Number.NaN]],
  ])("a value that %s is a difference", (_, column) => {
    expect(() => new Comparison("x", { a: [1, 2], b: column })).toThrow("x: the ways part at step 2");
  });

  test("options that PyTorch was not run with: the error lists those that there are", () => {
    expect(() => fourWays("SGD", { lr: 7 }, { byHand: [], fromScratch: [] })).toThrow(
      /no run of SGD with {"lr":7}; it has {"lr":0.1}, /,
    );
  });
});

describe("the answer to an exercise", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  afterEach(() => log.mockClear());

  test.each([
    ["that is right", 0.1, 0.1 + 1e-9, "✓ x: right."],
    ["of several numbers", [1, 2], [1, 2], "✓ x: right."],
    ["that is wrong", 0.1, 0.2, "✗ x: 0.2 is not it yet. Hint: look"],
    ["that is no number", 0.1, "a tenth", "✗ x: a tenth is not it yet. Hint: look"],
    ["that is too short", [1, 2], [1], "✗ x: 1 is not it yet. Hint: look"],
    ["that is not there", 0.1, undefined, "… x: no answer yet. Hint: look"],
  ])("%s", (_, expected, answer, said) => {
    expectClose("x", answer, expected, "look");
    expect(log).toHaveBeenCalledExactlyOnceWith(said);
  });
});

describe("data", () => {
  test("333 penguins, scaled, of three species", () => {
    const [inputs, labels] = penguins();
    expect(inputs.shape).toEqual([333, 4]);
    expect(inputs.mean(0).abs().max().item()).toBeLessThan(1e-5);
    expect(inputs.std(0).sub(1).abs().max().item()).toBeLessThan(1e-5);
    const counts = [0, 1, 2].map((label) => labels.eq(label).sum().item());
    expect(counts).toEqual([146, 68, 119]);
  });

  test("ten different glyphs of 5 × 7", () => {
    const glyphs = Array.from({ length: 10 }, (_, digit) => glyph(digit));
    expect(new Set(glyphs.map(String)).size).toBe(10);
    for (const rows of glyphs) expect(rows.map((row) => row.length)).toEqual([5, 5, 5, 5, 5, 5, 5]);
  });

  test("digits without noise hold the pixels of their glyph, in one shade", () => {
    const [images, labels] = digits(50, { noise: 0 });
    expect(images.shape).toEqual([50, 1, SIDE, SIDE]);
    for (let k = 0; k < 50; k++) {
      const drawn = glyph(labels.at(k).item())
        .flat()
        .filter((pixel) => pixel === 1).length;
      const shades = [...images.at(k).flatten().toArray()].filter((pixel) => pixel !== 0);
      expect(shades).toHaveLength(drawn);
      expect(new Set(shades).size).toBe(1);
    }
  });
});
