import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareOutputs } from "../../../../kernel/check/compare/compare-outputs.js";
import { type CompareOptions, defaultCompareOptions } from "../../../../kernel/check/types.js";
import type { Output } from "../../../../kernel/notebook/notebook.js";

const compare = (saved: Output[], fresh: Output[], options: Partial<CompareOptions> = {}) =>
  compareOutputs(saved, fresh, { ...defaultCompareOptions, ...options });

const out = (text: string | string[], name: "stdout" | "stderr" = "stdout"): Output => ({
  output_type: "stream",
  name,
  text,
});
const shown = (data: Record<string, unknown>): Output => ({
  output_type: "display_data",
  data,
  metadata: {},
});
const result = (data: Record<string, unknown>): Output => ({
  output_type: "execute_result",
  data,
  metadata: {},
  execution_count: 7,
});
const failed = (ename: string, evalue: string, traceback: string[] = []): Output => ({
  output_type: "error",
  ename,
  evalue,
  traceback,
});

describe("outputs that are the same", () => {
  test.each<[why: string, saved: Output[], fresh: Output[]]>([
    ["streams in pieces", [out("a\nb\n")], [out("a\n"), out(["b", "\n"])]],
    [
      "streams between which others came",
      [out("a\nb\n"), out("w", "stderr"), shown({ "text/plain": "x" })],
      [out("a\n"), shown({ "text/plain": "x" }), out("w", "stderr"), out("b\n")],
    ],
    ["a stream of nothing", [], [out("\n")]],
    ["texts in lines", [shown({ "text/plain": "a\nb" })], [shown({ "text/plain": ["a\n", "b"] })]],
    ["a result that was displayed", [result({ "text/plain": "1" })], [shown({ "text/plain": "1" })]],
    ["the traceback", [failed("Error", "no", ["a"])], [failed("Error", "no", ["b", "c"])]],
    [
      "the picture of a figure",
      [shown({ "application/vnd.plotly.v1+json": { data: [] }, "image/png": "AAAA" })],
      [
        shown({
          "application/vnd.plotly.v1+json": { data: [] },
          "image/png": "BBBB",
          "image/svg+xml": "<svg/>",
        }),
      ],
    ],
    ["noise in LaTeX", [shown({ "text/latex": "$0.5$" })], [shown({ "text/latex": "$0.5000000001$" })]],
    [
      "the order of forms",
      [shown({ "text/plain": "1", "text/html": "1" })],
      [shown({ "text/html": "1", "text/plain": "1" })],
    ],
  ])("but for %s", (_, saved, fresh) => {
    expect(compare(saved, fresh)).toEqual([]);
  });
});

describe("outputs that differ", () => {
  test.each<[what: string, saved: Output[], fresh: Output[], output: number, mime: string, message: string]>([
    ["a stream", [out("1")], [out("2")], 0, "stdout", "a number left the tolerance"],
    ["which stream", [out("1")], [], 0, "stdout", "the saved output did not come"],
    ["a warning", [], [out("careful", "stderr")], 0, "stderr", "an output that is not among the saved ones"],
    [
      "a form",
      [shown({ "text/html": "a", "text/plain": "a" })],
      [shown({ "text/plain": "a" })],
      0,
      "text/html",
      "the output has this form no more",
    ],
    [
      "a new form",
      [shown({ "text/plain": "a" })],
      [shown({ "text/plain": "a", "text/html": "a" })],
      0,
      "text/html",
      "the output has this form only now",
    ],
    [
      "Markdown",
      [shown({ "text/markdown": "**a**" })],
      [shown({ "text/markdown": "*a*" })],
      0,
      "text/markdown",
      "a line is different",
    ],
    [
      "the error's name",
      [failed("RangeError", "no")],
      [failed("TypeError", "no")],
      0,
      "error",
      "a line is different",
    ],
    [
      "the error's message",
      [failed("Error", "at 1")],
      [failed("Error", "at 2")],
      0,
      "error",
      "a number left the tolerance",
    ],
    [
      "a type that nothing is known of",
      [shown({ "x/y": "a" })],
      [shown({ "x/y": "b" })],
      0,
      "x/y",
      "a line is different",
    ],
    [
      "JSON",
      [shown({ "application/json": ["a"] })],
      [shown({ "application/json": ["a", "b"] })],
      0,
      "application/json",
      "a value is different",
    ],
    [
      "a value where text should be",
      [shown({ "text/plain": "1" })],
      [shown({ "text/plain": { a: 1 } })],
      0,
      "text/plain",
      "a value is different",
    ],
    [
      "the second of two displays",
      [shown({ "text/plain": "1" }), shown({ "text/plain": "2" })],
      [shown({ "text/plain": "1" }), shown({ "text/plain": "3" })],
      1,
      "text/plain",
      "a number left the tolerance",
    ],
  ])("in %s", (_, saved, fresh, output, mime, message) => {
    expect(compare(saved, fresh)).toMatchObject([{ output, mime, message }]);
  });

  test("in one that is new leave the others in place", () => {
    const [first, image] = [shown({ "text/plain": "1" }), shown({ "image/png": "AAAA" })];
    expect(compare([first, first], [first, image, first])).toMatchObject([
      { output: 1, mime: "image/png", lines: ["+ an image of type image/png"] },
    ]);
  });

  test("in two streams name both", () => {
    expect(compare([out("a"), out("b", "stderr")], [out("c"), out("d", "stderr")])).toMatchObject([
      { mime: "stdout", output: 0 },
      { mime: "stderr", output: 1 },
    ]);
  });

  test("in types that are ignored are the same", () => {
    const ignoreTypes = ["stderr", "text/html", "error"];
    const saved = [out("a", "stderr"), shown({ "text/plain": "1", "text/html": "a" }), failed("Error", "a")];
    expect(compare(saved, [shown({ "text/plain": "1" })], { ignoreTypes })).toEqual([]);
  });
});

const text = fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.string()));
const bundle = fc.dictionary(
  fc.constantFrom(
    ...["text/plain", "text/html", "text/latex", "text/markdown", "image/png", "image/jpeg", "image/svg+xml"],
    ...["application/json", "application/vnd.plotly.v1+json", "application/javascript"],
  ),
  fc.oneof(text, fc.jsonValue()),
  { minKeys: 1 },
);
const anyOutput: fc.Arbitrary<Output> = fc.oneof(
  fc
    .record({ text, name: fc.constantFrom("stdout" as const, "stderr" as const) })
    .map(({ text, name }) => out(text, name)),
  bundle.map(shown),
  bundle.map(result),
  fc.tuple(fc.string(), fc.string()).map(([ename, evalue]) => failed(ename, evalue)),
);

test("a copy never differs, whatever the outputs hold", () => {
  fc.assert(
    fc.property(fc.array(anyOutput, { maxLength: 5 }), (outputs) => {
      expect(compare(outputs, structuredClone(outputs))).toEqual([]);
    }),
  );
});

test("an output that is gone is always found, and nothing that comes is an accident", () => {
  fc.assert(
    fc.property(
      fc.array(anyOutput, { maxLength: 4 }),
      fc.array(anyOutput, { maxLength: 4 }),
      (saved, fresh) => {
        compare(saved, fresh);
        const more = [...saved, shown({ "application/x-new": "only here" })];
        expect(compare(more, saved).map(({ mime }) => mime)).toContain("application/x-new");
      },
    ),
  );
});
