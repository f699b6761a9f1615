import { type TestFunction, testFunction } from "./test-function.js";
import type { Variable } from "./variable.js";

/** An axis-parallel valley, twenty times as steep across as along: plain descent needs lr < 0.5 and crawls along x. */
export const quadratic: TestFunction = testFunction(
  "quadratic",
  {
    formula: "0.1 x^2 + 2 y^2",
    shows: "step size and momentum",
    minima: [[0, 0]],
    start: [-5, -2],
    window: { x: [-6, 3], y: [-3, 3] },
    levels: logLevels(0.02, 20, 10),
  },
  (x, y) => x.square().mul(0.1).add(y.square().mul(2)),
);

/** A curved valley with a nearly flat floor. H. H. Rosenbrock, The Computer Journal 3 (1960), 175–184. */
export const rosenbrock: TestFunction = testFunction(
  "rosenbrock",
  {
    formula: "(1 - x)^2 + 100 (y - x^2)^2",
    shows: "following a curved valley",
    minima: [[1, 1]],
    start: [-2, 2],
    window: { x: [-2.5, 2.5], y: [-1, 3.5] },
    levels: logLevels(0.5, 2500, 11),
  },
  (x, y) => x.sub(1).square().add(y.sub(x.square()).square().mul(100)),
);

/** A bowl full of dents. L. A. Rastrigin, Systems of Extremal Control (1974). */
export const rastrigin: TestFunction = testFunction(
  "rastrigin",
  {
    formula: String.raw`20 + x^2 + y^2 - 10 \cos 2 \pi x - 10 \cos 2 \pi y`,
    shows: "local minima",
    minima: [[0, 0]],
    start: [-2, 3.5],
    window: { x: [-4.5, 4.5], y: [-4.5, 4.5] },
    levels: [5, 10, 20, 30, 40, 50, 60, 70],
  },
  (x, y) => {
    const dented = <Self extends Variable<Self>>(u: Self): Self =>
      u.square().sub(
        u
          .mul(2 * Math.PI)
          .cos()
          .mul(10),
      );
    return dented(x).add(dented(y)).add(20);
  },
);

/** Plateaus between steep walls. E. M. L. Beale, Princeton technical report 25 (1958). */
export const beale: TestFunction = testFunction(
  "beale",
  {
    formula: "(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2",
    shows: "plateaus and gradients that blow up",
    minima: [[3, 0.5]],
    start: [1, 1.5],
    window: { x: [-4.5, 4.5], y: [-4.5, 4.5] },
    levels: logLevels(0.1, 100_000, 13),
  },
  (x, y) => {
    const xy = x.mul(y);
    const term = <Self extends Variable<Self>>(power: Self, from: Self, constant: number): Self =>
      power.sub(from).add(constant).square();
    return term(xy, x, 1.5)
      .add(term(xy.mul(y), x, 2.25))
      .add(term(xy.mul(y.square()), x, 2.625));
  },
);

/** A saddle at the origin between two minima; from near the ridge y = 0, leaving it takes time. */
export const saddle: TestFunction = testFunction(
  "saddle",
  {
    formula: String.raw`x^2 - y^2 + \tfrac{1}{4} y^4`,
    shows: "how long a saddle holds an optimizer",
    minima: [
      [0, Math.SQRT2],
      [0, -Math.SQRT2],
    ],
    start: [1, 0.001],
    window: { x: [-1.5, 1.5], y: [-2, 2] },
    levels: [-0.9, -0.7, -0.5, -0.3, -0.1, 0, 0.1, 0.3, 0.6, 1, 1.5, 2],
  },
  (x, y) => x.square().sub(y.square()).add(y.square().square().mul(0.25)),
);

/**
 * The mean of a noisy loss. One sample of it is the function at `point − c` with `c` drawn anew at every step, from a
 * normal distribution around zero: its gradients point at a minimum that moves. After T. Schaul, I. Antonoglou,
 * D. Silver, Unit Tests for Stochastic Optimization (2013).
 */
export const noisyQuadratic: TestFunction = testFunction(
  "noisyQuadratic",
  {
    formula: String.raw`\tfrac{1}{2} (x^2 + 0.1 y^2)`,
    shows: "the noise floor, decay and averaging",
    minima: [[0, 0]],
    start: [2.5, 2.5],
    window: { x: [-3, 3], y: [-3, 3] },
    levels: logLevels(0.005, 4, 10),
  },
  (x, y) => x.square().add(y.square().mul(0.1)).mul(0.5),
);

/** Walls that are steep near the floor and flat far from it, and a floor that hardly falls. */
export const ravine: TestFunction = testFunction(
  "ravine",
  {
    formula: String.raw`\ln(1 + 10 x^2) + 0.02 y^2`,
    shows: "momentum and steps of different size by coordinate",
    minima: [[0, 0]],
    start: [5, 5],
    window: { x: [-6, 6], y: [-6, 6] },
    levels: logLevels(0.1, 6, 9),
  },
  (x, y) => x.square().mul(10).add(1).log().add(y.square().mul(0.02)),
);

/** Three narrow wells in a wide shallow bowl: who comes too fast jumps over them. */
export const wells: TestFunction = testFunction(
  "wells",
  {
    formula: String.raw`0.02 (x^2 + y^2) - 0.6 e^{-2 \lVert p - (-2, 1.5) \rVert^2} - 0.8 e^{-2.5 \lVert p - (2, 1) \rVert^2} - e^{-3 \lVert p - (0.5, -2) \rVert^2}`,
    shows: "steep optima that are easily missed",
    minima: [[0.4966868998200775, -1.9867475992759822]],
    start: [3, 3],
    window: { x: [-3.5, 3.5], y: [-3.5, 3.5] },
    levels: [-0.8, -0.6, -0.4, -0.2, -0.05, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4],
  },
  (x, y) => {
    const well = (left: number, bottom: number, depth: number, steepness: number) =>
      x.sub(left).square().add(y.sub(bottom).square()).mul(-steepness).exp().mul(depth);
    return x
      .square()
      .add(y.square())
      .mul(0.02)
      .sub(well(-2, 1.5, 0.6, 2))
      .sub(well(2, 1, 0.8, 2.5))
      .sub(well(0.5, -2, 1, 3));
  },
);

/** Heights from `first` to `last` at equal factors, with two digits. */
function logLevels(first: number, last: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) =>
    Number((first * (last / first) ** (k / (count - 1))).toPrecision(2)),
  );
}
