import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Progress } from "../../../kernel/display/progress.js";
import { trackWith } from "../../../kernel/display/track.js";

/** Loops whose clock stands still until a test moves it. */
function start() {
  const sent: { id: string; text: string; html: string; update: boolean }[] = [];
  let now = 0;
  let execution = 1;
  const progress = new Progress(
    (_, { data, transient }, update) =>
      sent.push({
        id: transient!.display_id!,
        text: data["text/plain"] as string,
        html: data["text/html"] as string,
        update,
      }),
    () => execution,
    () => now,
  );
  const track = trackWith(progress) as {
    (steps: number, options?: object): Generator<number>;
    <T>(items: AsyncIterable<T>, options?: object): AsyncGenerator<T>;
    <T>(items: Iterable<T>, options?: object): Generator<T>;
  };
  return {
    track,
    sent,
    texts: () => sent.map(({ text }) => text),
    wait: (ms: number) => {
      now += ms;
    },
    nextCell: () => void execution++,
  };
}

async function* later<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) yield item;
}

describe("track", () => {
  test("goes through what the loop goes through, and shows how far it has come", () => {
    const { track, texts, sent, wait } = start();
    const seen: string[] = [];
    for (const item of track(["a", "b", "c", "d"], { label: "letters" })) {
      seen.push(item);
      wait(500);
    }
    expect(seen).toEqual(["a", "b", "c", "d"]);
    expect(texts()).toEqual([
      "letters ▕                    ▏ 0 of 4 (0%), 0 ms so far",
      "letters ▕█████               ▏ 1 of 4 (25%), 2/s, 1.5 s left",
      "letters ▕██████████          ▏ 2 of 4 (50%), 2/s, 1.0 s left",
      "letters ▕███████████████     ▏ 3 of 4 (75%), 2/s, 500 ms left",
      "letters ▕████████████████████▏ 4 of 4 (100%), 2/s, 0 ms left",
      "letters 4 of 4 in 2.0 s (2/s)",
    ]);
    expect(sent.map(({ update }) => update)).toEqual([false, true, true, true, true, true]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  });

  test("a message ten times a second, however short the steps", () => {
    const { track, sent, wait } = start();
    for (const _ of track(64_000)) wait(1 / 64);
    // The first, one every 100 ms of a second, and the last.
    expect(sent.length).toBe(12);
  });

  test("as HTML it has a bar that is named, and a label that is text", () => {
    const { track, sent } = start();
    for (const _ of track(1, { label: "<b>" })) break;
    expect(sent[0]!.html).toBe(
      '<div><label><strong>&#60;b&#62;</strong> <progress value="0" max="1"></progress> 0 of 1 (0%), 0 ms so far</label></div>',
    );
    expect(sent.at(-1)!.html).toBe(
      "<div><label><strong>&#60;b&#62;</strong> stopped at 0 of 1 after 0 ms</label></div>",
    );
  });

  test.each<[string, Iterable<number>, object, string]>([
    ["a list", [1, 2], {}, "0 of 2"],
    ["a set", new Set([1, 2, 3]), {}, "0 of 3"],
    ["what has a length", Object.assign(new Set([1]).values(), { length: 7 }), {}, "0 of 7"],
    ["a generator", [1, 2].values(), {}, "0, 0 ms so far"],
    ["a generator of which one is told", [1, 2].values(), { total: 2 }, "0 of 2"],
    ["nothing", [], {}, "0 of 0, 0 ms so far"],
  ])("%s: how many there are", (_, items, options, text) => {
    const { track, texts } = start();
    for (const _ of track(items, options));
    expect(texts()[0]).toContain(text);
  });

  test("steps are counted from 0", () => {
    expect([...start().track(3)]).toEqual([0, 1, 2]);
  });

  test("slow and long loops are told in words that fit", () => {
    const { track, texts, wait } = start();
    const loop = track(3);
    loop.next();
    wait(4_000_000);
    loop.next();
    expect(texts()[1]).toContain("1 of 3 (33%), 4000 s each, 2:13:20 left");
    loop.return(0);
    expect(texts().at(-1)).toBe("stopped at 1 of 3 after 1:06:40");
  });

  test("asynchronous items", async () => {
    const { track, texts, wait } = start();
    const seen: number[] = [];
    for await (const item of track(later([1, 2]))) {
      seen.push(item);
      wait(1000);
    }
    expect(seen).toEqual([1, 2]);
    expect(texts()).toEqual([
      "0, 0 ms so far",
      "1, 1/s, 1.0 s so far",
      "2, 1/s, 2.0 s so far",
      "2 in 2.0 s (1/s)",
    ]);
  });

  test("items that come one by one in a synchronous list of promises", async () => {
    const seen: number[] = [];
    for await (const item of start().track([Promise.resolve(1), 2])) seen.push(item);
    expect(seen).toEqual([1, 2]);
  });

  test.each<[string, (track: ReturnType<typeof start>["track"]) => unknown]>([
    [
      "a break",
      (track) => {
        for (const item of track([1, 2, 3])) if (item === 2) break;
      },
    ],
    [
      "an error in the loop",
      (track) => {
        for (const item of track([1, 2, 3])) if (item === 2) throw new Error("stop");
      },
    ],
    [
      "an error of the items",
      (track) => {
        function* broken(): Generator<number> {
          yield 1;
          throw new Error("broken");
        }
        for (const _ of track(broken(), { total: 3 }));
      },
    ],
  ])("%s ends the bar where it is", (_, loop) => {
    const { track, texts } = start();
    try {
      loop(track);
    } catch {
      // The error goes to who wrote the loop.
    }
    expect(texts().at(-1)).toBe("stopped at 1 of 3 after 0 ms");
  });
});

describe("loops in loops", () => {
  test("share one display, of which one line stays", () => {
    const { track, sent, wait } = start();
    for (const _ of track(2, { label: "outer" })) {
      for (const _ of track(2, { label: "inner" })) wait(100);
    }
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(sent.map(({ text }) => text.split("\n").map((line) => line.split(" ")[0]))).toEqual([
      ["outer"],
      ["outer", "inner"],
      ["outer", "inner"],
      ["outer", "inner"],
      ["outer", "inner"],
      ["outer"],
    ]);
    expect(sent.at(-1)!.text).toBe("outer 2 of 2 in 400 ms (5/s)");
  });

  test("loops of two cells know nothing of each other", () => {
    const { track, sent, nextCell } = start();
    const first = track(2);
    first.next();
    nextCell();
    for (const _ of track(1));
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
  });

  test("a loop that goes on when the one around it has ended has a line of its own", () => {
    const { track, sent, wait } = start();
    const outer = track(1, { label: "outer" });
    const inner = track(2, { label: "inner" });
    outer.next();
    inner.next();
    outer.next();
    wait(100);
    inner.next();
    inner.next();
    const last = new Map(sent.map(({ id, text }) => [id, text]));
    expect([...last.values()]).toEqual(["inner 2 of 2 in 100 ms (20/s)", "outer 1 of 1 in 0 ms"].reverse());
  });

  test("whatever the loops, they see all items, and one line for each outermost loop stays", () => {
    const shape = fc.array(fc.nat(4), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 3 }), fc.nat(200), (trees, step) => {
        const { track, sent, wait } = start();
        let seen = 0;
        const run = ([size, ...inner]: number[]): void => {
          if (size === undefined) return;
          for (const _ of track(size)) {
            seen++;
            wait(step);
            run(inner);
          }
        };
        let expected = 0;
        for (const tree of trees) {
          run(tree);
          expected += tree.reduceRight((sum, size) => size * (1 + sum), 0);
        }
        expect(seen).toBe(expected);
        const last = new Map(sent.map(({ id, text }) => [id, text]));
        expect(last.size).toBe(trees.length);
        for (const text of last.values()) expect(text).toMatch(/^\d+ of \d+ in [^\n]*$/);
      }),
    );
  });
});

test.each<[unknown, object | undefined, string]>([
  [1.5, undefined, "track: a number of steps is a whole number and not negative, got 1.5"],
  [-1, undefined, "got -1"],
  [{}, undefined, "track: expected something that a for loop goes through, or a number, got {}"],
  [null, undefined, "got null"],
  [[1], { total: -1 }, "track: total is the number of items, got -1"],
  [[1], { total: "2" }, "got '2'"],
  [[1], { label: 1 }, "track: the label is a text, got 1"],
  [[1], "epochs" as never, 'the options are an object such as { label: "epochs" }'],
])("track(%j, %j) is refused before the loop", (items, options, message) => {
  expect(() => start().track(items as never, options)).toThrow(message);
});
