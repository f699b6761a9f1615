import { checkOptionNames } from "../tensor/arguments.js";
import { tensor } from "../tensor/creation.js";
import { type GeneratorOptions, rand, randn } from "../tensor/ops/random.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * Small artificial datasets, each as `[inputs, targets]`: `new TensorDataset(...twoMoons(200))`. Where the points
 * lie is given by a formula; what is random is the noise, drawn last, as one `randn` in the shape of what it is
 * added to (also where it is 0, so that the noise does not change what is drawn afterwards).
 */
export interface NoiseOptions extends GeneratorOptions {
  /** Standard deviation of the normal noise on every coordinate. */
  noise?: number;
}

function checkCount(operation: string, n: unknown): void {
  if (!Number.isInteger(n) || (n as number) < 1)
    throw new RangeError(`${operation}: the number of points must be an integer ≥ 1, not ${String(n)}`);
}

function checkNumber(operation: string, name: string, value: unknown, lowest: number): void {
  if (typeof value !== "number" || !(value >= lowest && value < Infinity))
    throw new RangeError(`${operation}: ${name} must be a number ≥ ${lowest}, not ${String(value)}`);
}

/** `n` points in the plane that belong to classes of equal size (the first ones get what is left over), with noise. */
function labelledPoints(
  operation: string,
  n: number,
  classes: number,
  { noise = 0, generator }: NoiseOptions,
  /** Where point `k` of the `count` points of class `label` lies without noise. */
  place: (label: number, k: number, count: number) => readonly [x: number, y: number],
): [inputs: Tensor, labels: Tensor] {
  checkCount(operation, n);
  checkNumber(operation, "noise", noise, 0);
  const points: number[][] = [];
  const labels: number[] = [];
  for (let label = 0; label < classes; label++) {
    const count = Math.floor(n / classes) + (label < n % classes ? 1 : 0);
    for (let k = 0; k < count; k++) {
      points.push([...place(label, k, count)]);
      labels.push(label);
    }
  }
  const inputs = tensor(points).add(randn([n, 2], { generator }).mul(noise));
  return [inputs, tensor(labels, { dtype: "int64" })];
}

/** Evenly spaced from 0 to 1, both included. */
function spaced(k: number, count: number): number {
  return count === 1 ? 0 : k / (count - 1);
}

/**
 * Two half circles that reach into each other. Class 0: (cos t, sin t); class 1: (1 − cos t, ½ − sin t); t evenly
 * spaced from 0 to π.
 *
 * @param n number of points
 * @param options.noise default 0.1
 * @returns points [n, 2] in the default dtype, labels [n] int64
 */
export function twoMoons(n = 200, options: NoiseOptions = {}): [inputs: Tensor, labels: Tensor] {
  checkOptionNames("twoMoons", ["noise", "generator"], options);
  return labelledPoints("twoMoons", n, 2, { noise: 0.1, ...options }, (label, k, count) => {
    const t = Math.PI * spaced(k, count);
    return label === 0 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)];
  });
}

export interface CirclesOptions extends NoiseOptions {
  /** Radius of the inner circle; that of the outer one is 1. Default 0.5. */
  factor?: number;
}

/**
 * Two circles around the origin. Class 0: (cos t, sin t); class 1: factor · (cos t, sin t); t evenly spaced over
 * the whole turn.
 *
 * @param n number of points
 * @param options.noise default 0.1
 * @returns points [n, 2] in the default dtype, labels [n] int64
 */
export function circles(n = 200, options: CirclesOptions = {}): [inputs: Tensor, labels: Tensor] {
  checkOptionNames("circles", ["noise", "generator", "factor"], options);
  const { factor = 0.5, ...rest } = options;
  checkNumber("circles", "factor", factor, 0);
  return labelledPoints("circles", n, 2, { noise: 0.1, ...rest }, (label, k, count) => {
    const t = (2 * Math.PI * k) / count;
    const radius = label === 0 ? 1 : factor;
    return [radius * Math.cos(t), radius * Math.sin(t)];
  });
}

export interface SpiralsOptions extends NoiseOptions {
  /** Number of arms, each a class of its own. Default 2. */
  classes?: number;
  /** How often an arm winds around the origin. Default 1. */
  turns?: number;
}

/**
 * Spiral arms around the origin (of Archimedes: the radius grows evenly with the angle). Point k of the m points of
 * class c: radius r = (k + ½)/m, angle 2π·(turns · r + c/classes).
 *
 * @param n number of points
 * @param options.noise default 0.02
 * @returns points [n, 2] in the default dtype, labels [n] int64
 */
export function spirals(n = 200, options: SpiralsOptions = {}): [inputs: Tensor, labels: Tensor] {
  checkOptionNames("spirals", ["noise", "generator", "classes", "turns"], options);
  const { classes = 2, turns = 1, ...rest } = options;
  if (!Number.isInteger(classes) || classes < 1)
    throw new RangeError(`spirals: classes must be an integer ≥ 1, not ${String(classes)}`);
  checkNumber("spirals", "turns", turns, 0);
  return labelledPoints("spirals", n, classes, { noise: 0.02, ...rest }, (label, k, count) => {
    const radius = (k + 0.5) / count;
    const angle = 2 * Math.PI * (turns * radius + label / classes);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/**
 * Measurements of a sine: x uniform on [−π, π), drawn first, and y = sin(x) + noise.
 *
 * @param n number of points
 * @param options.noise default 0.1
 * @returns x [n, 1] and y [n, 1] in the default dtype
 */
export function noisySine(n = 100, options: NoiseOptions = {}): [inputs: Tensor, targets: Tensor] {
  checkOptionNames("noisySine", ["noise", "generator"], options);
  const { noise = 0.1, generator } = options;
  checkCount("noisySine", n);
  checkNumber("noisySine", "noise", noise, 0);
  const x = rand([n, 1], { generator })
    .mul(2 * Math.PI)
    .sub(Math.PI);
  return [x, x.sin().add(randn([n, 1], { generator }).mul(noise))];
}
