import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { FigureStills } from "../../../kernel/display/figure-stills.js";
import { PLOTLY } from "../../../kernel/display/figures.js";
import type { DisplayData } from "../../../kernel/protocol/link.js";
import type { Still } from "../../../kernel/still/still.js";

const png = new Uint8Array([1, 2, 3]);
const drawn: Still = { png, width: 700, height: 450 };
const withPicture = { "image/png": "AQID" };
const ended = { status: "ok", result: undefined, userExpressions: {} } as const;

interface Sent {
  readonly execution: number;
  readonly content: DisplayData;
  readonly update: boolean;
}

describe("figures and their stills", () => {
  let sent: Sent[];
  /** What waits to be drawn. */
  let asked: { readonly figure: object; readonly answer: (still: Still) => void }[];
  let figures: FigureStills;

  const waitingFor = (milliseconds: number): FigureStills =>
    new FigureStills(
      (execution, content, update) => void sent.push({ execution, content, update }),
      (figure) => new Promise((answer) => asked.push({ figure, answer })),
      milliseconds,
    );

  beforeEach(() => {
    sent = [];
    asked = [];
    // Longer than a test takes.
    figures = waitingFor(600_000);
  });

  const figure = (name: string): { data: DisplayData["data"]; metadata: DisplayData["metadata"] } => ({
    data: { [PLOTLY]: { data: [], layout: { name } }, "text/plain": name },
    metadata: {},
  });
  const show = (name: string, id?: string, update = false): void => {
    const transient = id === undefined ? {} : { display_id: id };
    figures.publish(1, { ...figure(name), metadata: {}, transient }, update);
  };
  /** Whether a promise is fulfilled by now. */
  async function isDone(promise: Promise<unknown>): Promise<boolean> {
    let done = false;
    void promise.then(() => {
      done = true;
    });
    await setImmediate();
    return done;
  }

  test("a figure is shown before it is drawn, and its cell ends when it is", async () => {
    show("loss");
    expect(sent).toMatchObject([{ execution: 1, update: false, content: figure("loss") }]);
    expect(asked[0]!.figure).toEqual({ data: [], layout: { name: "loss" } });
    const end = figures.settle(1, ended);
    expect(await isDone(end)).toBe(false);
    asked[0]!.answer(drawn);
    expect(await isDone(end)).toBe(true);
    const { display_id } = sent[0]!.content.transient!;
    expect(sent[1]).toEqual({
      execution: 1,
      update: true,
      content: {
        data: { ...figure("loss").data, ...withPicture },
        metadata: { "image/png": { width: 700, height: 450 } },
        transient: { display_id },
      },
    });
    expect(sent).toHaveLength(2);
    expect(display_id).toMatch(/./);
  });

  test("a figure that is the value of a cell is shown as one that was displayed", async () => {
    const end = figures.settle(7, { ...ended, result: figure("loss") });
    expect(sent).toMatchObject([{ execution: 7, update: false, content: figure("loss") }]);
    asked[0]!.answer(drawn);
    expect(await end).toEqual(ended);
    expect(sent).toHaveLength(2);
  });

  test("what is no figure, or has its picture, passes as it is, and no cell waits for it", async () => {
    const text = { data: { "text/plain": "5" }, metadata: {} };
    const complete = { data: { ...figure("loss").data, ...withPicture }, metadata: {} };
    for (const content of [text, complete]) figures.publish(1, content, false);
    expect(sent.map(({ content }) => content)).toEqual([text, complete]);
    expect(asked).toEqual([]);
    const outcome = { ...ended, result: text };
    expect(await figures.settle(1, outcome)).toBe(outcome);
  });

  test("a live figure is drawn once more, when its cell has ended, as it is then", async () => {
    show("step 0", "live");
    for (const step of [1, 2, 3]) show(`step ${step}`, "live", true);
    expect(asked).toHaveLength(1);
    const end = figures.settle(1, ended);
    asked[0]!.answer(drawn);
    await setImmediate();
    expect(asked.map(({ figure }) => figure)).toMatchObject([
      { layout: { name: "step 0" } },
      { layout: { name: "step 3" } },
    ]);
    asked[1]!.answer(drawn);
    await end;
    // The picture of a state that is past is never shown.
    expect(sent.map(({ content }) => [content.data["text/plain"], content.data["image/png"]])).toEqual([
      ["step 0", undefined],
      ["step 1", undefined],
      ["step 2", undefined],
      ["step 3", undefined],
      ["step 3", "AQID"],
    ]);
  });

  test("a figure that was replaced by something else gets no picture", async () => {
    show("loss", "a");
    figures.publish(
      1,
      { data: { "text/plain": "done" }, metadata: {}, transient: { display_id: "a" } },
      true,
    );
    asked[0]!.answer(drawn);
    await figures.settle(1, ended);
    expect(sent.at(-1)!.content.data).toEqual({ "text/plain": "done" });
  });

  test("one that cannot be drawn says so below its words", async () => {
    show("A globe.");
    asked[0]!.answer({ note: "There is no still picture of this figure: no browser." });
    await figures.settle(1, ended);
    expect(sent.at(-1)!.content.data["text/plain"]).toBe(
      "A globe.\nThere is no still picture of this figure: no browser.",
    );
  });

  test("a cell that failed keeps its error, and waits as well", async () => {
    show("loss");
    const failure = { status: "error", ename: "Error", evalue: "no", traceback: [] } as const;
    const end = figures.settle(1, failure);
    expect(await isDone(end)).toBe(false);
    asked[0]!.answer(drawn);
    expect(await end).toBe(failure);
  });

  test("a cell does not wait for ever, and the picture comes all the same", async () => {
    figures = waitingFor(20);
    show("slow");
    expect(await figures.settle(1, ended)).toBe(ended);
    asked[0]!.answer(drawn);
    await setImmediate();
    expect(sent.at(-1)).toMatchObject({ update: true, content: { data: withPicture } });
  });
});
