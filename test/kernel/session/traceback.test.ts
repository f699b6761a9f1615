import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CellRegistry } from "../../../kernel/session/cell-registry.js";
import {
  codeFrame,
  describeDiagnostics,
  describeThrown,
  mapStack,
} from "../../../kernel/session/traceback.js";
import { plain } from "../client.js";

describe("tracebacks", () => {
  const cells = new CellRegistry(() => []);

  test("a code frame shows the lines around, numbered, and keeps tabs", () => {
    const lines = ["one", "two", "three", "\tfour(x)", "five", "six", "seven"];
    expect(plain(codeFrame(lines, 4, 2, 4))).toBe(
      ["  2 | two", "  3 | three", "> 4 | \tfour(x)", "    | \t^^^^", "  5 | five", "  6 | six"].join("\n"),
    );
    const many = Array.from({ length: 12 }, (_, i) => `line ${i + 1}`);
    expect(plain(codeFrame(many, 9, 1))).toContain(">  9 | line 9\n     | ^\n  10 | line 10");
  });

  test("a stack ends where the kernel begins and loses frames that are in no cell", () => {
    const stack = [
      "Error: x",
      "    at f (optimlab-cell-1.ts:1:1)",
      "    at g (node:fs:1:1)",
      "    at async Intrinsics.released (/kernel/session/intrinsics.js:1:1)",
      "    at kernel",
    ].join("\n");
    cells.add({
      url: cells.nextUrl(),
      label: "cell [1]",
      source: "1",
      script: "1",
      map: '{"mappings":""}',
      headerLines: 1,
    });
    expect(mapStack(stack, cells)).toBe("Error: x\n    at g (node:fs:1:1)");
  });

  test("a type error over several lines is underlined to the end of its first", () => {
    const place = (line: number, character: number) => ({ line, character });
    const error = describeDiagnostics(
      [{ start: place(0, 4), end: place(1, 1), messageText: "wrong", code: 1 }],
      "7",
      "let {a\n} = 1",
    );
    expect(error.evalue).toBe("1:5 - wrong");
    expect(plain(error.traceback)).toBe(
      "TypeScriptError: wrong (TS1)\n    at cell [7]:1:5\n\n> 1 | let {a\n    |     ^^\n  2 | } = 1\n",
    );
  });

  test("whatever is thrown can be described", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const { ename, evalue, traceback } = describeThrown(
          thrown,
          cells,
          "/notebooks",
          String.bind(null, "shown"),
        );
        expect([ename, evalue, ...traceback].every((text) => typeof text === "string")).toBe(true);
      }),
    );
  });

  test("a cause is told", () => {
    const error = new Error("outer", { cause: new Error("inner") });
    const text = plain(describeThrown(error, cells, "/notebooks", () => "Error: inner").traceback);
    expect(text).toContain("Caused by: Error: inner");
  });
});
