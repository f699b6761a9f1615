import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { measure, quantile, type Stopwatch } from "../../../kernel/magics/measure.js";

/** Code that takes `cost` ms a loop, times what `noise` says of each run; no clock is looked at. */
function pretend(cost: number, noise: (run: number) => number = () => 1): Stopwatch & { runs: number[] } {
  const runs: number[] = [];
  const stopwatch = (loops: number): number => {
    runs.push(loops);
    return loops * cost * noise(runs.length);
  };
  return Object.assign(stopwatch, { runs });
}
const free = pretend(0);

describe("measure", () => {
  test.each([
    [1, 100],
    [0.3, 500],
    [1e-6, 100_000_000],
    [5000, 1],
  ])("code of %f ms runs %i times in a run", async (cost, loops) => {
    const timing = await measure(pretend(cost), free);
    expect(timing.loops).toBe(loops);
    for (const time of timing.times) expect(time).toBeCloseTo(cost, 12);
  });

  test("what the loop costs is taken off, and never leaves less than nothing", async () => {
    const { times } = await measure(pretend(1.5), pretend(0.5));
    expect(times[0]).toBeCloseTo(1, 12);
    expect((await measure(pretend(1), pretend(2))).times[0]).toBe(0);
  });

  test("steady code is run seven times, unsteady code more often, slow code at least three times", async () => {
    expect((await measure(pretend(0.01), free)).times.length).toBe(7);
    const unsteady = pretend(0.01, (run) => (run % 2 === 0 ? 1 : 1.3));
    expect((await measure(unsteady, free)).times.length).toBeGreaterThan(7);
    expect((await measure(pretend(4000), free)).times.length).toBe(3);
  });

  test("loops and runs can be fixed", async () => {
    const code = pretend(1);
    const { times } = await measure(code, free, { loops: 3, runs: 5 });
    expect([times.length, code.runs]).toEqual([5, [3, 3, 3, 3, 3]]);
  });

  test("asynchronous code is waited for", async () => {
    const code = async (loops: number): Promise<number> => loops;
    expect((await measure(code, free)).times[0]).toBe(1);
  });
});

test("quantiles lie between the least and the greatest, in order", () => {
  expect([0, 0.25, 0.5, 1].map((q) => quantile([1, 2, 3, 5], q))).toEqual([1, 1.75, 2.5, 5]);
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 }), (values) => {
      const ascending = values.sort((a, b) => a - b);
      const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(ascending, q)) as [
        number,
        number,
        number,
      ];
      expect(low).toBeGreaterThanOrEqual(ascending[0]!);
      expect(middle).toBeGreaterThanOrEqual(low - 1e-9);
      expect(high).toBeLessThanOrEqual(ascending.at(-1)! + 1e-9);
    }),
  );
});
