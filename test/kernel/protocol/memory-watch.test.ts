import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryWatch } from "../../../kernel/protocol/memory-watch.js";

describe("MemoryWatch", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A heap of which `garbage` goes when it is collected. */
  function watchOf(used: number, garbage: number) {
    let collected = false;
    const collectGarbage = vi.fn(async () => {
      collected = true;
    });
    const full = vi.fn();
    const heap = { limit: 100, used: async () => (collected ? used - garbage : used), collectGarbage };
    return { watch: new MemoryWatch(heap, full), collectGarbage, full };
  }

  test.each([
    ["little is used", 50, 0, 0, false],
    ["much of it is garbage", 95, 40, 1, false],
    ["it is full", 95, 1, 1, true],
  ])("%s", async (_, used, garbage, collections, isFull) => {
    const { watch, collectGarbage, full } = watchOf(used, garbage);
    watch.start();
    await vi.advanceTimersByTimeAsync(30);
    watch.stop();
    expect(collectGarbage).toHaveBeenCalledTimes(collections);
    if (isFull) expect(full).toHaveBeenCalledWith(94, 100);
    else expect(full).not.toHaveBeenCalled();
  });

  test("looks no more when it has been stopped, and once only when started twice", async () => {
    const { watch, full } = watchOf(99, 0);
    watch.start();
    watch.start();
    await vi.advanceTimersByTimeAsync(30);
    expect(full).toHaveBeenCalledTimes(1);
    watch.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(full).toHaveBeenCalledTimes(1);
  });
});
