import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StreamMerger, type StreamName } from "../../../kernel/protocol/stream-merger.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("StreamMerger", () => {
  test("many writes become one message after a moment", () => {
    const published: unknown[] = [];
    const merger = new StreamMerger((...values) => published.push(values));
    for (let i = 0; i < 1000; i++) merger.write(1, "stdout", `${i}\n`);
    merger.write(1, "stdout", "");
    expect(published).toEqual([]);
    vi.advanceTimersByTime(50);
    expect(published).toEqual([[1, "stdout", Array.from({ length: 1000 }, (_, i) => `${i}\n`).join("")]]);
  });

  test("much text does not wait", () => {
    const published: unknown[] = [];
    const merger = new StreamMerger((...values) => published.push(values));
    merger.write(1, "stdout", "x".repeat(1 << 20));
    expect(published).toHaveLength(1);
  });

  test("nothing is lost, and order is kept between streams and executions", () => {
    const write = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom<StreamName>("stdout", "stderr"),
      fc.string(),
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(write, fc.constant("flush" as const), fc.constant("wait" as const))),
        (steps) => {
          const published: string[] = [];
          const written: string[] = [];
          const merger = new StreamMerger((execution, name, text) => {
            for (const character of text) published.push(`${execution}${name}${character}`);
          });
          for (const step of steps) {
            if (step === "flush") merger.flush();
            else if (step === "wait") vi.advanceTimersByTime(30);
            else {
              merger.write(...step);
              for (const character of step[2]) written.push(`${step[0]}${step[1]}${character}`);
            }
          }
          merger.flush();
          expect(published).toEqual(written);
        },
      ),
    );
  });
});
