import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MESSAGE_COST, Pacer } from "../../../kernel/protocol/pacer.js";

describe("Pacer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Sends costs at once, and notes when each of them has been paid, in ms. */
  function timesOf(costs: readonly number[]): { pacer: Pacer; times: number[] } {
    const start = Date.now();
    const pacer = new Pacer(() => Date.now());
    const times: number[] = [];
    for (const cost of costs) pacer.spend(cost, () => times.push(Date.now() - start));
    return { pacer, times };
  }

  test("the first million bytes pass at once, the rest at half a million a millisecond's thousand", () => {
    const { times } = timesOf([600_000, 400_000, 500_000, 500_000]);
    expect(times).toEqual([0, 0]);
    vi.advanceTimersByTime(1_020);
    expect(times).toHaveLength(3);
    vi.advanceTimersByTime(1_020);
    expect(times).toHaveLength(4);
    expect(times[3]! - times[2]!).toBeGreaterThanOrEqual(980);
  });

  test("what costs more than can be saved up is paid with all of it", () => {
    const { times } = timesOf([50_000_000, 1]);
    expect(times).toEqual([0]);
    vi.advanceTimersByTime(40);
    expect(times).toHaveLength(2);
  });

  test("the end of a cell pays for everything", () => {
    const { pacer, times } = timesOf(new Array(100).fill(1_000_000));
    pacer.reset();
    expect(times).toHaveLength(100);
  });

  test("in their order, none is lost, and never more than the server lets through in three seconds", () => {
    const costs = fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(costs, (list) => {
        const start = Date.now();
        const pacer = new Pacer(() => Date.now());
        const paid: { index: number; at: number; cost: number }[] = [];
        for (const [index, cost] of list.entries())
          pacer.spend(cost, () => paid.push({ index, at: Date.now() - start, cost }));
        vi.advanceTimersByTime(100_000);
        expect(paid.map(({ index }) => index)).toEqual(list.map((_, index) => index));
        for (const { at } of paid) {
          const window = paid.filter((other) => other.at > at - 3_000 && other.at <= at);
          const bytes = window.reduce((sum, { cost }) => sum + cost, 0);
          expect(bytes).toBeLessThanOrEqual(3_000_000);
        }
      }),
      { numRuns: 30 },
    );
    expect(MESSAGE_COST).toBe(1_000);
  });
});
