import { describe, expect, test } from "vitest";
import { Elementwise } from "../../../src/engine/elementwise.js";
import { erf } from "../../../src/engine/special-functions.js";
import { features } from "../../../src/engine/wasm/features.js";
import { vector } from "./support.js";

/** The distance between neighbouring float32 at x. */
function unit(x: number): number {
  const size = Math.abs(x);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}

/** float32 numbers of the whole range, every `step`th of them, and those where something special happens. */
function samples(step: number): Float32Array {
  const special = [
    0,
    -0,
    Infinity,
    -Infinity,
    NaN,
    1,
    -1,
    2 ** -149,
    -(2 ** -149),
    2 ** -126,
    88.72,
    88.73,
    -103.9,
  ];
  const bits = new Uint32Array(Math.ceil(2 ** 32 / step) + special.length);
  let n = 0;
  for (let at = 0; at < 2 ** 32; at += step) bits[n++] = at;
  const values = new Float32Array(bits.buffer);
  values.set(special, n);
  return values;
}

/** Prime, so that the samples meet every pattern of last bits. */
const STEP = 9_973;

describe.skipIf(!features.simd)("functions of vectors", () => {
  test.each<[name: string, exact: (x: number) => number, ulp: number]>([
    ["Math.exp", Math.exp, 1],
    ["Math.log", Math.log, 1],
    ["Math.tanh", Math.tanh, 2.4],
    ["Math.expm1", Math.expm1, 1.5],
    ["Math.log1p", Math.log1p, 2.2],
    ["erf", erf, 1.5],
  ])("%s is off by a unit or two at most, from the smallest number to the largest", (name, exact, ulp) => {
    const x = samples(STEP);
    const y = new Float32Array(x.length);
    new Elementwise(`${name}(a)`, 1, { erf }).run(vector(y), vector(x));
    for (let i = 0; i < x.length; i++) {
      const expected = exact(x[i]);
      const rounded = Math.fround(expected);
      if (Object.is(y[i], rounded)) continue;
      const isSameZero = y[i] !== 0 || rounded !== 0;
      // Next to the largest number, infinity is one unit off.
      const value = Math.abs(y[i]) === Infinity ? Math.sign(y[i]) * 2 ** 128 : y[i];
      if (!isSameZero || !(Math.abs(value - expected) <= ulp * unit(expected)))
        throw new Error(`${name}(${x[i]}) is ${y[i]}, not ${expected}`);
    }
  });

  test("is not what plain JavaScript gives, but compiled", () => {
    const x = new Float32Array(512).map((_, i) => i / 100);
    const y = new Float32Array(512);
    new Elementwise("Math.tanh(a)", 1).run(vector(y), vector(x));
    expect(y.some((value, i) => value !== Math.fround(Math.tanh(x[i])))).toBe(true);
  });
});
