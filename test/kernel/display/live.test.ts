import { describe, expect, test } from "vitest";
import { LiveDisplays } from "../../../kernel/display/live.js";
import type { DisplayData } from "../../../kernel/protocol/link.js";

function start() {
  const sent: { text: unknown; id: string | undefined; update: boolean }[] = [];
  const failures: unknown[] = [];
  const clock = { now: 1000 };
  const live = new LiveDisplays(
    (_, content: DisplayData, update) =>
      sent.push({ text: content.data["text/plain"], id: content.transient?.display_id, update }),
    () => 1,
    () => clock.now,
    (error) => failures.push(error),
  );
  return { live, sent, failures, clock };
}

describe("a live display", () => {
  test("shows itself at once, changes at most every 100 ms, and its last state at the end of the cell", () => {
    const { live, sent, clock } = start();
    let value = 0;
    const view = live.open(() => value);
    for (value = 1; value <= 1000; value++) {
      clock.now += 1;
      view.changed();
    }
    value = 1000;
    live.flush();
    const { id } = sent[0]!;
    expect(sent.map(({ text }) => text)).toEqual([
      "0",
      ...Array.from({ length: 10 }, (_, k) => String(100 * (k + 1))),
    ]);
    expect(sent.every((one) => one.id === id && id !== undefined)).toBe(true);
    expect(sent.map(({ update }) => update)).toEqual([false, ...new Array(10).fill(true)]);
    value = 1001;
    view.changed();
    expect(sent).toHaveLength(11);
    live.flush();
    live.flush();
    expect(sent.map(({ text }) => text).slice(11)).toEqual(["1001"]);
  });

  test("shows the last change where none follows it, while the loop waits", async () => {
    const { live, sent } = start();
    let value = "first";
    const view = live.open(() => value);
    value = "last";
    view.changed();
    expect(sent).toHaveLength(1);
    await expect.poll(() => sent.map(({ text }) => text)).toEqual(["'first'", "'last'"]);
  });

  test("fails in the loop as what draws it does, and is reported after the cell", () => {
    const { live, sent, failures, clock } = start();
    let fails = false;
    const view = live.open(() => {
      if (fails) throw new Error("out of ink");
      return 1;
    });
    fails = true;
    view.changed();
    live.flush();
    expect(failures).toEqual([new Error("out of ink")]);
    clock.now += 100;
    expect(() => view.changed()).toThrow("out of ink");
    expect(sent).toHaveLength(1);
  });

  test("keeps displays apart", () => {
    const { live, sent } = start();
    for (const value of ["a", "b"]) live.open(() => value).changed();
    live.flush();
    expect(sent.map(({ text }) => text)).toEqual(["'a'", "'b'", "'a'", "'b'"]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
  });
});
