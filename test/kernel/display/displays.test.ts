import { describe, expect, test } from "vitest";
import { Displays } from "../../../kernel/display/displays.js";
import { JUPYTER_DISPLAY, toMimeBundle } from "../../../kernel/display/mime-bundle.js";
import type { DisplayData } from "../../../kernel/protocol/link.js";

function start() {
  const sent: { execution: number; text: unknown; id: string | undefined; update: boolean }[] = [];
  let execution = 1;
  const displays = new Displays(
    (of, content: DisplayData, update) =>
      sent.push({
        execution: of,
        text: content.data["text/plain"],
        id: content.transient?.display_id,
        update,
      }),
    () => execution,
  );
  return { displays, sent, next: () => void execution++ };
}
const later = (text: string, ms: number): object => ({
  [JUPYTER_DISPLAY]: () => new Promise((done) => setTimeout(() => done({ "text/plain": text }), ms)),
});

describe("display", () => {
  test("without an id shows a value and returns nothing", () => {
    const { displays, sent } = start();
    expect(displays.display(1)).toBeUndefined();
    expect(sent).toEqual([{ execution: 1, text: "1", id: undefined, update: false }]);
  });

  test("with an id can be updated, by the handle and by the id, from later cells too", () => {
    const { displays, sent, next } = start();
    const handle = displays.display("a", { id: "x" })!;
    next();
    handle.update("b");
    displays.update("c", { id: "x" });
    expect(sent).toEqual([
      { execution: 1, text: "'a'", id: "x", update: false },
      { execution: 2, text: "'b'", id: "x", update: true },
      { execution: 2, text: "'c'", id: "x", update: true },
    ]);
  });

  test("a handle as the last value of a cell shows nothing", () => {
    const { displays } = start();
    expect(toMimeBundle(displays.display("a", { id: "x" }))).toEqual({ data: {}, metadata: {} });
  });

  test("an asynchronous value keeps its turn and its cell", async () => {
    const { displays, sent, next } = start();
    const handle = displays.display(later("slow", 30), { id: "x" })!;
    next();
    handle.update(later("quick", 1));
    handle.update("last");
    displays.display("beside");
    await expect.poll(() => sent.length).toBe(4);
    expect(sent.map(({ execution, text }) => [execution, text])).toEqual([
      [2, "'beside'"],
      [1, "slow"],
      [2, "quick"],
      [2, "'last'"],
    ]);
  });

  test.each<[string, (displays: Displays) => unknown, string]>([
    [
      "a number for an id",
      ({ display }) => display(1, { id: 5 as never }),
      "display: an id is a text that is not empty, got 5",
    ],
    [
      "an empty id",
      ({ display }) => display(1, { id: "" }),
      "display: an id is a text that is not empty, got ''",
    ],
    [
      "a text for the options",
      ({ display }) => display(1, "x" as never),
      "display: the options are an object",
    ],
    ["no id", ({ update }) => update(1, {}), "updateDisplay: say which display"],
    [
      "an id that was never shown",
      ({ update }) => update(1, { id: "y" }),
      'nothing was shown with the id "y"',
    ],
  ])("%s is refused", (_, call, message) => {
    const { displays, sent } = start();
    expect(() => call(displays)).toThrow(message);
    expect(sent).toEqual([]);
  });
});
