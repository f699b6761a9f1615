import fc from "fast-check";
import { marked } from "marked";
import { describe, expect, test } from "vitest";
import { boundValueFindings, boundValueProblem, boundValues } from "../../../kernel/check/bound-values.js";
import { htmlLines } from "../../../kernel/check/compare/html.js";
import { code, markdown, notebook } from "./cells.js";

describe("the bindings in a text", () => {
  test.each<[source: string, bindings: [expression: string, text: string, line: number][]]>([
    ["It ends at 0.0231<!-- =losses.at(-1) -->.", [["losses.at(-1)", "It ends at 0.0231", 1]]],
    [
      "From 0.55<!-- =a --> to 0.02<!--=b-->,\nin **100**<!-- =epochs --> epochs",
      [
        ["a", "From 0.55", 1],
        ["b", " to 0.02", 1],
        ["epochs", "in **100**", 2],
      ],
    ],
    ["| lr | `0.001`<!-- =lr --> |", [["lr", "| lr | `0.001`", 1]]],
    ["`1<!-- =x -->` and\n```\n1<!-- =x -->\n```\n<!-- a comment -->", []],
    ["1<!-- =a > b\n ? 1 : 2 -->", [["a > b\n ? 1 : 2", "1", 1]]],
  ])("%j", (source, bindings) => {
    expect(boundValues(source).map(({ expression, text, line }) => [expression, text, line])).toEqual(
      bindings,
    );
  });

  test("are not seen by who reads it", () => {
    const html = marked.parse(
      "It ends at **0.0231**<!-- =losses.at(-1) --> after 100<!-- =epochs --> epochs.",
    );
    expect(htmlLines(html as string)).toBe("It ends at 0.0231 after 100 epochs.");
  });
});

const problem = (text: string, value: string) =>
  boundValueProblem({ expression: "x", text, line: 1 }, value, { rtol: 1e-6, atol: 1e-12 });

test.each<[text: string, value: string]>([
  ["ends at 0.0231", "0.02314159"],
  ["ends at 0.023", "0.0225"],
  ["ends at **0.55**", "0.55"],
  ["241 numbers to learn", "241"],
  ["about 1,234", "1234.4"],
  ["ε is 10⁻⁸", "1e-8"],
  ["ε is $10^{-8}$", "1e-8"],
  ["a rate of 3·10⁻⁴", "0.0003"],
  ["a rate of $3 \\times 10^{-4}$", "0.0003"],
  ["a loss of 0.0231", "tensor(0.0231)"],
  ["2^53 is 9007199254740992", "9007199254740992n"],
  ["−0.5", "-0.5"],
  ["it is NaN", "NaN"],
  ["the optimizer **Adam**", "'Adam'"],
  ["the shape `[20, 10]`", "[20, 10]"],
  ["the shape **[20, 10]**", "[ 20, 10 ]"],
  ["it is `true`", "true"],
  ["named `lr_2`", '"lr_2"'],
])("“%s” says %s", (text, value) => {
  expect(problem(text, value)).toBeUndefined();
});

test.each<[text: string, value: string, message: string]>([
  ["ends at 0.0231", "0.0233", "the text says 0.0231, but x is 0.0233"],
  ["241 numbers", "240", "the text says 241, but x is 240"],
  ["10⁻⁸", "1e-7", "the text says 1e-8, but x is 1e-7"],
  ["no number", "1.5", "there is no number in the text before x, which is 1.5"],
  ["the optimizer SGD", "'Adam'", "the text says “the optimizer SGD”, but x is 'Adam'"],
  ["it is untrue", "true", "the text says “it is untrue”, but x is true"],
  ["nothing", "''", "the text says “nothing”, but x is ''"],
  ["it is 0.5", "NaN", "the text says 0.5, but x is NaN"],
])("“%s” does not say %s", (text, value, message) => {
  expect(problem(text, value)).toBe(message);
});

test("a value says itself however it is rounded, and no other digit says it", () => {
  const value = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 9 }), fc.constantFrom(-1, 1), (x, digits, step) => {
      const shown = x.toPrecision(digits);
      expect(problem(`the value ${shown}`, String(x))).toBeUndefined();
      fc.pre(digits < 6);
      const unit = 10 ** (Math.floor(Math.log10(Number(shown))) - digits + 1);
      const wrong = (Number(shown) + step * unit * 1.01).toPrecision(digits + 2);
      expect(problem(`the value ${wrong}`, String(x))).toBeDefined();
    }),
  );
});

test("a run's values are compared with the texts of its cells, each in its place", () => {
  const checked = notebook([
    code("1"),
    markdown("It ends\nat 0.5<!-- =x --> after 3<!-- =steps --> steps with **Adam**<!-- =name -->."),
    markdown("No number."),
  ]);
  const values = new Map([
    [1, [{ text: "0.6" }, { text: "3" }, { error: "ReferenceError: name is not defined" }]],
  ]);
  expect(boundValueFindings(checked, values, () => ({ rtol: 0, atol: 0 }))).toEqual([
    { cell: 1, line: 2, message: "the text says 0.5, but x is 0.6" },
    { cell: 1, line: 2, message: "name: ReferenceError: name is not defined" },
  ]);
});
