import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  fillBernoulli,
  fillBernoulliFrom,
  fillExponential,
  fillNormal,
  fillNormalSerially,
  fillRand,
  fillRandomIntegers,
  fillUniform,
  randomInt64,
  randomIntegers,
  randomPermutation,
} from "../../../src/tensor/random/distributions.js";
import { Generator } from "../../../src/tensor/random/generator.js";
import { multinomial } from "../../../src/tensor/random/multinomial.js";

type Floats = Float32Array | Float64Array;
type Draw = (generator: Generator) => ArrayLike<number> | bigint[];

function drawn<T extends Floats>(data: T, fill: (data: T) => void): T {
  fill(data);
  return data;
}

const f32 = (n: number): Float32Array => new Float32Array(n);
const f64 = (n: number): Float64Array => new Float64Array(n);
const weights = Float32Array.of(0.1, 0.2, 0.3, 0.4);

/** What the golden file calls by Python expressions, as calls on arrays. */
const expressions: Record<string, Draw> = {
  "torch.randn(3)": (g) => drawn(f32(3), (d) => fillNormal(g, d)),
  "torch.randn(2)": (g) => drawn(f32(2), (d) => fillNormal(g, d)),
  "torch.randn(1)": (g) => drawn(f32(1), (d) => fillNormal(g, d)),
  "torch.randn(20)": (g) => drawn(f32(20), (d) => fillNormal(g, d)),
  "torch.rand(1)": (g) => drawn(f32(1), (d) => fillRand(g, d)),
  "torch.rand(2)": (g) => drawn(f32(2), (d) => fillRand(g, d)),
  "torch.randn(5,10)": (g) => drawn(f32(50), (d) => fillNormal(g, d)),
  "torch.randn(5,1)": (g) => drawn(f32(5), (d) => fillNormal(g, d)),
  "torch.randint(0, 10, (20,))": (g) => drawn(f64(20), (d) => randomIntegers(g, d, 0, 10)),
  "torch.randint(-5, 5, (7,))": (g) => drawn(f64(7), (d) => randomIntegers(g, d, -5, 5)),
  "torch.randint(0, 2**31, (4,))": (g) => drawn(f64(4), (d) => randomIntegers(g, d, 0, 2 ** 31)),
  "torch.randint(0, 2, (3, 4))": (g) => drawn(f64(12), (d) => randomIntegers(g, d, 0, 2)),
  "torch.randint(3, 1000000, (5,))": (g) => drawn(f64(5), (d) => randomIntegers(g, d, 3, 1000000)),
  "torch.randperm(1)": (g) => drawn(f64(1), (d) => randomPermutation(g, d)),
  "torch.randperm(10)": (g) => drawn(f64(10), (d) => randomPermutation(g, d)),
  "torch.randperm(25)": (g) => drawn(f64(25), (d) => randomPermutation(g, d)),
  "torch.empty(10).bernoulli_(0.3)": (g) => drawn(f32(10), (d) => fillBernoulli(g, d, 0.3)),
  "torch.empty(5, dtype=torch.float64).bernoulli_(0.5)": (g) =>
    drawn(f64(5), (d) => fillBernoulli(g, d, 0.5)),
  "torch.bernoulli(torch.full((8,), 0.4))": (g) =>
    drawn(f32(8), (d) => fillBernoulliFrom(g, d, f32(8).fill(0.4))),
  "torch.bernoulli(torch.full((8,), 0.4, dtype=torch.float64))": (g) =>
    drawn(f64(8), (d) => fillBernoulliFrom(g, d, f64(8).fill(0.4))),
  "torch.empty(10).uniform_(-2.5, 3.0)": (g) => drawn(f32(10), (d) => fillUniform(g, d, -2.5, 3)),
  "torch.empty(4, dtype=torch.float64).uniform_(-1.0, 0.1)": (g) =>
    drawn(f64(4), (d) => fillUniform(g, d, -1, 0.1)),
  "torch.empty(3).exponential_(1.5)": (g) => drawn(f32(3), (d) => fillExponential(g, d, 1.5)),
  "torch.empty(3, dtype=torch.float64).exponential_(1.5)": (g) =>
    drawn(f64(3), (d) => fillExponential(g, d, 1.5)),
  "torch.empty(5).normal_(2.0, 0.5)": (g) => drawn(f32(5), (d) => fillNormal(g, d, 2, 0.5)),
  "torch.empty(20).normal_(-1.0, 3.0)": (g) => drawn(f32(20), (d) => fillNormal(g, d, -1, 3)),
  "torch.empty(18, dtype=torch.float64).normal_(1.0, 0.1)": (g) =>
    drawn(f64(18), (d) => fillNormal(g, d, 1, 0.1)),
  "torch.normal(0.0, 2.0, (3, 6))": (g) => drawn(f32(18), (d) => fillNormal(g, d, 0, 2)),
  "torch.empty(4, dtype=torch.int64).random_()": (g) => [0, 1, 2, 3].map(() => randomInt64(g)),
  "torch.rand(700)[-3:]": (g) => drawn(f32(700), (d) => fillRand(g, d)).subarray(-3),
  "torch.randn(700)[-3:]": (g) => drawn(f32(700), (d) => fillNormal(g, d)).subarray(-3),
  "torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 3)": (g) =>
    drawn(f64(3), (d) => multinomial(g, d, weights)),
  "torch.multinomial(torch.tensor([0.1, 0.2, 0.3, 0.4]), 6, replacement=True)": (g) =>
    drawn(f64(6), (d) => multinomial(g, d, weights, true)),
};
for (const n of [1, 2, 5, 15, 16, 17, 20, 50, 100]) {
  expressions[`torch.rand(${n}, dtype=torch.float32)`] = (g) => drawn(f32(n), (d) => fillRand(g, d));
  expressions[`torch.rand(${n}, dtype=torch.float64)`] = (g) => drawn(f64(n), (d) => fillRand(g, d));
  expressions[`torch.randn(${n}, dtype=torch.float32)`] = (g) => drawn(f32(n), (d) => fillNormal(g, d));
  expressions[`torch.randn(${n}, dtype=torch.float64)`] = (g) => drawn(f64(n), (d) => fillNormal(g, d));
}

interface GoldenCase {
  seed: number;
  calls: { expr: string; result: { dtype: string; data: (number | bigint)[] } }[];
}

/** Integers above 2^53 are read as bigint, the text of the number before JSON.parse has rounded it. */
function readGolden(): GoldenCase[] {
  const text = readFileSync(new URL("../../golden/rng.json", import.meta.url), "utf8");
  const marked = text.replace(/(?<=[[,])\d{16,}(?=[\],])/g, '"$&n"');
  return JSON.parse(marked, (_key, value) =>
    typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ).cases;
}

/** float64 values that passed through log, sin and cos: those of V8 and of glibc may differ in the last digits. */
const isTranscendental = (expr: string): boolean =>
  /float64/.test(expr) && /randn|normal_|exponential_/.test(expr);

describe("the same seed gives PyTorch's numbers", () => {
  const cases = readGolden().filter((golden) => golden.calls.every(({ expr }) => expr in expressions));
  test("for most of the golden cases", () => expect(cases.length).toBeGreaterThan(120));

  test.each(
    cases.map((golden) => [golden.seed, golden.calls.map(({ expr }) => expr).join("; "), golden] as const),
  )("seed %i: %s", (seed, _title, golden) => {
    const generator = new Generator(seed);
    for (const { expr, result } of golden.calls) {
      const values = Array.from<number | bigint>(expressions[expr]!(generator) as ArrayLike<number>);
      if (!isTranscendental(expr)) expect(values).toEqual(result.data);
      else {
        expect(values).toHaveLength(result.data.length);
        // Values are of the order of 1: four units in the last place.
        for (const [i, value] of values.entries()) {
          expect(Math.abs(Number(value) - Number(result.data[i])), expr).toBeLessThanOrEqual(9e-16);
        }
      }
    }
  });
});

describe("fillNormal", () => {
  test("is serial below 16 values, and for elements that do not lie in one row", () => {
    const [short, serial] = [f32(15), f32(40)];
    fillNormal(new Generator(0), short);
    fillNormalSerially(new Generator(0), serial);
    expect(serial.subarray(0, 15)).toEqual(short);
  });

  test("of 16 values and more neither uses nor sets the value that normal() keeps", () => {
    const generator = new Generator(0);
    const second = [generator.normal(), generator.normal()][1];
    generator.manualSeed(0);
    generator.normal();
    fillNormal(generator, f32(32));
    expect(generator.normal()).toBe(second);
  });
});

describe("fillUniform", () => {
  test("never gives the upper bound", () => {
    const data = f32(1000);
    fillUniform(new Generator(0), data, 1, 1 + 2 ** -23);
    expect(new Set(data)).toEqual(new Set([1]));
  });

  test("of an empty range is its only value", () => {
    expect(drawn(f64(3), (d) => fillUniform(new Generator(0), d, 2, 2))).toEqual(Float64Array.of(2, 2, 2));
  });
});

test("fillRandomIntegers is random_() of floating-point tensors", () => {
  const generator = new Generator(0);
  expect(drawn(f32(2), (d) => fillRandomIntegers(generator, d))).toEqual(Float32Array.of(8325664, 12888472));
  expect(drawn(f64(2), (d) => fillRandomIntegers(generator, d))).toEqual(
    Float64Array.of(6375474555111176, 4137753702977065),
  );
});

test("randomIntegers over 2^32 values and more uses two outputs for each", () => {
  const data = drawn(f64(3), (d) => randomIntegers(new Generator(0), d, -7, 2 ** 40));
  // torch.manual_seed(0); torch.randint(-7, 2**40, (3,))
  expect([...data]).toEqual([741216170210, 506053275183, 291376868367]);
});

describe("bad parameters are refused before anything is drawn", () => {
  test.each<[string, (generator: Generator) => void]>([
    [
      "uniform_ expects to return a [from, to) range, but found from=3 > to=1",
      (g) => fillUniform(g, f32(2), 3, 1),
    ],
    [
      "uniform_ expects to return a [from, to) range, but found from=NaN",
      (g) => fillUniform(g, f32(2), Number.NaN, 1),
    ],
    ["uniform_ expects to-from <= ", (g) => fillUniform(g, f32(2), -3e38, 3e38)],
    ["normal expects std >= 0.0, but found std -1", (g) => fillNormal(g, f32(2), 0, -1)],
    ["normal expects std >= 0.0, but found std -1", (g) => fillNormal(g, f32(20), 0, -1)],
    ["exponential_ expects lambda > 0.0, but found lambda=0", (g) => fillExponential(g, f32(2), 0)],
    [
      "random_ expects 'from' to be less than 'to', but got from=5 >= to=5",
      (g) => randomIntegers(g, f32(2), 5, 5),
    ],
    ["random_: 1.5 is no bound", (g) => randomIntegers(g, f32(2), 0, 1.5)],
    ["bernoulli_ expects p to be in [0, 1], but got p=1.5", (g) => fillBernoulli(g, f32(2), 1.5)],
    [
      "bernoulli expects p to be in [0, 1], but got p=-1",
      (g) => fillBernoulliFrom(g, f32(2), Float32Array.of(0.5, -1)),
    ],
    ["bernoulli: 3 probabilities do not fit 2 values", (g) => fillBernoulliFrom(g, f32(2), f32(3))],
    ["cannot sample n_sample <= 0 samples", (g) => multinomial(g, f64(0), weights)],
    [
      "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
      (g) => multinomial(g, f64(5), weights),
    ],
    ["contains either `inf`, `nan` or element < 0", (g) => multinomial(g, f64(1), Float32Array.of(1, -1))],
    ["(sum of probabilities <= 0)", (g) => multinomial(g, f64(1), Float32Array.of(0, 0), true)],
  ])("%s", (message, draw) => {
    const generator = new Generator(1);
    expect(() => draw(generator)).toThrow(message);
    expect(generator.random32()).toBe(new Generator(1).random32());
  });
});
