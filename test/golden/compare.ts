import { Tensor } from "../../src/index.js";
import { type GoldenTensor, isGoldenTensor, type Json } from "./format.js";

/** How far a number may lie from the expected one. `scale` is the largest magnitude among those compared with it. */
export type Tolerance = (expected: number, scale: number) => number;

export const exactly: Tolerance = () => 0;

export function within(difference: number): Tolerance {
  return () => difference;
}

/** Relative to the largest magnitude in the array, and never less than `floor`. */
export function relative(factor: number, floor = 0): Tolerance {
  return (_expected, scale) => Math.max(factor * scale, floor);
}

/** A number of units in the last place of the expected value, in float64. */
export function unitsInTheLastPlace(units: number): Tolerance {
  return (expected) => units * 2 ** (Math.floor(Math.log2(Math.abs(expected) || 2 ** -1022)) - 52);
}

export class Mismatch extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Mismatch";
  }
}

type Numeric = number | bigint | boolean;

/** Compares numbers one by one; the first that is too far away is named with its place. */
export function compareNumbers(
  where: string,
  actual: ArrayLike<Numeric>,
  expected: ArrayLike<Numeric>,
  tolerance: Tolerance,
): void {
  if (actual.length !== expected.length) {
    throw new Mismatch(`${where}: ${actual.length} values, expected ${expected.length}`);
  }
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const magnitude = Math.abs(Number(expected[i]));
    if (Number.isFinite(magnitude)) scale = Math.max(scale, magnitude);
  }
  for (let i = 0; i < expected.length; i++) {
    compareNumber(
      expected.length === 1 ? where : `${where}[${i}]`,
      actual[i]!,
      expected[i]!,
      tolerance,
      scale,
    );
  }
}

function compareNumber(
  where: string,
  actual: Numeric,
  expected: Numeric,
  tolerance: Tolerance,
  scale: number,
): void {
  if (typeof expected === "bigint") {
    if (typeof actual === "boolean" || BigInt(actual) !== expected) {
      throw new Mismatch(`${where}: ${actual}, expected ${expected}`);
    }
    return;
  }
  const [value, target] = [Number(actual), Number(expected)];
  if (Object.is(value, target) || value === target) return;
  const allowed = tolerance(target, scale);
  const difference = Math.abs(value - target);
  if (difference <= allowed) return;
  throw new Mismatch(
    `${where}: ${value}, expected ${target} (difference ${difference.toExponential(2)}, allowed ${allowed.toExponential(2)})`,
  );
}

/** Shape, dtype and values of a tensor. */
export function compareTensor(
  where: string,
  actual: unknown,
  expected: GoldenTensor,
  tolerance: Tolerance,
): void {
  if (!(actual instanceof Tensor)) throw new Mismatch(`${where}: ${describe(actual)}, expected a Tensor`);
  if (actual.dtype !== expected.dtype)
    throw new Mismatch(`${where}: dtype ${actual.dtype}, expected ${expected.dtype}`);
  if (String(actual.shape) !== String(expected.shape)) {
    throw new Mismatch(`${where}: shape [${actual.shape}], expected [${expected.shape}]`);
  }
  const values = actual.dtype === "int64" ? actual.toBigInt64Array() : actual.toArray();
  compareNumbers(where, values, expected.data, tolerance);
}

/** A value of any kind against what the file says: tensors, numbers, lists and dicts of them. */
export function compareValue(
  where: string,
  actual: unknown,
  expected: Json | GoldenTensor,
  toleranceOf: (dtype: string) => Tolerance,
): void {
  if (isGoldenTensor(expected)) {
    compareTensor(where, actual, expected, toleranceOf(expected.dtype));
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) throw new Mismatch(`${where}: ${describe(actual)}, expected a list`);
    if (actual.length !== expected.length) {
      throw new Mismatch(`${where}: ${actual.length} items, expected ${expected.length}`);
    }
    for (const [i, item] of expected.entries()) compareValue(`${where}[${i}]`, actual[i], item, toleranceOf);
  } else if (typeof expected === "number" || typeof expected === "bigint") {
    if (typeof actual !== "number" && typeof actual !== "bigint") {
      throw new Mismatch(`${where}: ${describe(actual)}, expected the number ${expected}`);
    }
    compareNumbers(where, [actual], [expected], toleranceOf("float64"));
  } else if (typeof expected === "object" && expected !== null) {
    compareNames(where, Object.keys(Object(actual)), Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      compareValue(`${where}.${name}`, (actual as Record<string, unknown>)[name], value, toleranceOf);
    }
  } else if ((actual ?? null) !== expected) {
    throw new Mismatch(`${where}: ${describe(actual)}, expected ${String(expected)}`);
  }
}

/** The same names, in any order. */
export function compareNames(where: string, actual: string[], expected: string[]): void {
  const missing = expected.filter((name) => !actual.includes(name));
  const unknown = actual.filter((name) => !expected.includes(name));
  if (missing.length > 0) throw new Mismatch(`${where}: ${missing.join(", ")} missing`);
  if (unknown.length > 0) throw new Mismatch(`${where}: ${unknown.join(", ")} not expected`);
}

function describe(value: unknown): string {
  if (value instanceof Tensor) return `a Tensor of shape [${value.shape}]`;
  if (value === null || typeof value !== "object") return String(value);
  return `a value of class ${value.constructor?.name ?? "Object"}`;
}
