import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Interrupter } from "../../../kernel/protocol/interrupter.js";
import type { ToSession } from "../../../kernel/protocol/link.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("Interrupter", () => {
  /** A main thread that is free, blocked until terminated, or compiling. */
  function mainThread(state: "free" | "blocked" | "compiling") {
    const log: string[] = [];
    const main = { state };
    const interrupter: Interrupter = new Interrupter({
      post: (message: ToSession) => {
        log.push("post");
        if (main.state === "free" && message.type === "interrupt") interrupter.answered(message.sequence);
      },
      terminate: (done) => {
        log.push("terminate");
        main.state = "free";
        done();
      },
      compiling: () => main.state === "compiling",
    });
    return { interrupter, log, main };
  }

  test("a main thread that listens is not terminated", async () => {
    const { interrupter, log } = mainThread("free");
    const done = interrupter.interrupt(1);
    await vi.advanceTimersByTimeAsync(10);
    await done;
    expect(log).toEqual(["post"]);
  });

  test("a blocked one is terminated and asked again", async () => {
    const { interrupter, log } = mainThread("blocked");
    const done = interrupter.interrupt(1);
    let settled = false;
    void interrupter.settled().then(() => {
      settled = true;
    });
    await vi.advanceTimersByTimeAsync(10);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    await done;
    expect(log).toEqual(["post", "terminate", "post"]);
    expect(settled).toBe(true);
  });

  test("a compiler is left alone until it has taken far too long", async () => {
    const { interrupter, log, main } = mainThread("compiling");
    const done = interrupter.interrupt(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(log).not.toContain("terminate");
    main.state = "blocked";
    await vi.advanceTimersByTimeAsync(100);
    await done;
    expect(log.filter((entry) => entry === "terminate")).toHaveLength(1);
  });
});
