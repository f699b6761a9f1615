import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Cell, Output } from "../../../kernel/notebook/notebook.js";
import { renderMarkdown } from "../../../kernel/terminal/markdown.js";
import { NotebookView } from "../../../kernel/terminal/notebook-view.js";
import { Paper } from "../../../kernel/terminal/paper.js";
import { displayWidth, wrap } from "../../../kernel/terminal/text.js";

function pipe(columns?: number): { paper: Paper; written: () => string } {
  const texts: string[] = [];
  const paper = new Paper({
    write: (text) => texts.push(text),
    ...(columns === undefined ? {} : { columns }),
  });
  return { paper, written: () => texts.join("") };
}

function terminal(columns: number): Paper {
  return new Paper({ write: () => true, columns, isTTY: true, hasColors: () => true });
}

const table = `| symbol | meaning |
|:--|:--|
| θ | a parameter: every weight and bias goes through the rule by itself |
| g | its gradient |`;

describe("prose", () => {
  test.each<[string, string, number, string]>([
    ["headings and emphasis", "# One *two*\n\n**three** `four`", 80, "One two\n\nthree four"],
    [
      "paragraphs filled to the width",
      "one two three four five six seven",
      20,
      "one two three four\nfive six seven",
    ],
    [
      "links with their address",
      "[Adam](https://arxiv.org) <https://x.org>",
      80,
      "Adam (https://arxiv.org) https://x.org",
    ],
    ["images as their alt text", "![a falling loss](x.png)", 80, "[a falling loss]"],
    [
      "lists, nested and wrapped",
      "1. one two three four five\n   - six\n2. seven",
      20,
      "1. one two three\n   four five\n   • six\n2. seven",
    ],
    ["code as it is", "```ts\nconst a_b = `*`; // $x$\n```", 80, "    const a_b = `*`; // $x$"],
    ["quotes", "> one two three four five", 20, "│ one two three four\n│ five"],
    [
      "formulas, not taken for Markdown",
      "so $\\theta_t*2$ and $a*b$, for $5 or $6",
      80,
      "so θₜ*2 and a*b, for $5 or $6",
    ],
    ["displayed formulas", "so\n$$\\frac{a}{b}$$\nwhere", 80, "so\n\n    a/b\n\nwhere"],
    ["no HTML", "a<br>b <!-- hidden -->", 80, "ab"],
    [
      "East Asian text, two columns a character",
      "优化器的每一步都会移动参数，方向与梯度相反。",
      20,
      "优化器的每一步都会移\n动参数，方向与梯度相\n反。",
    ],
    [
      "tables",
      table,
      80,
      "symbol  meaning\nθ       a parameter: every weight and bias goes through the rule by itself\ng       its gradient",
    ],
    [
      "tables that must be narrower",
      table,
      40,
      "symbol  meaning\nθ       a parameter: every weight and\n        bias goes through the rule by\n        itself\ng       its gradient",
    ],
  ])("%s", (_, markdown, width, text) => {
    expect(renderMarkdown(markdown, pipe(width).paper).trimEnd()).toBe(text);
  });

  test("a table on the narrowest paper becomes entries", () => {
    const wide = "| a | b | c |\n|--|--|--|\n| first cell | second cell | third cell |";
    expect(renderMarkdown(wide, pipe(20).paper)).toBe("• a: first cell\n  b: second cell\n  c: third cell");
  });

  test("in colour reads the same as without", () => {
    const markdown = `# One *two*\n\n**three four** \`five\`\n\n${table}`;
    expect(renderMarkdown(markdown, terminal(40))).toContain("\u001b[1m");
    expect(stripVTControlCharacters(renderMarkdown(markdown, terminal(40)))).toBe(
      renderMarkdown(markdown, pipe(40).paper),
    );
  });

  test("wrapped lines keep every word and the width", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 12, max: 60 }), (list, width) => {
        const lines = wrap(list.join(" "), width);
        expect(lines.join(" ")).toBe(list.join(" "));
        expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("outputs", () => {
  const bundle = (data: Record<string, unknown>): Output => ({
    output_type: "display_data",
    data,
    metadata: {},
  });

  test.each<[string, Output, string]>([
    ["text", { output_type: "stream", name: "stdout", text: ["a\n", "b\n"] }, "a\nb\n"],
    ["text of a result", bundle({ "text/plain": ["[1,\n", " 2]"], "text/html": "<b>" }), "[1,\n 2]\n"],
    [
      "a figure as its alt text",
      bundle({ "image/png": "iVBO", "text/plain": "falling loss" }),
      "▨ falling loss\n",
    ],
    [
      "a plotly figure too",
      bundle({ "application/vnd.plotly.v1+json": {}, "text/plain": "loss" }),
      "▨ loss\n",
    ],
    ["a formula as its text", bundle({ "text/latex": "$\\theta$", "text/plain": "θ" }), "θ\n"],
    ["Markdown", bundle({ "text/markdown": "**bold**" }), "bold\n"],
    ["what it cannot show", bundle({ "text/html": "<p>" }), "[text/html]\n"],
    [
      "an error without its colours",
      { output_type: "error", ename: "E", evalue: "v", traceback: ["\u001b[31mE\u001b[39m: v", "  at cell"] },
      "E: v\n  at cell\n",
    ],
    [
      "an error without a traceback",
      { output_type: "error", ename: "E", evalue: "v", traceback: [] },
      "E: v\n",
    ],
  ])("%s", (_, output, text) => {
    const { paper, written } = pipe();
    new NotebookView(paper).output(output);
    expect(written()).toBe(text);
  });

  test("a result starts on a line of its own after text without a line end", () => {
    const { paper, written } = pipe();
    const view = new NotebookView(paper);
    view.output({ output_type: "stream", name: "stdout", text: "50 %" });
    view.output({ output_type: "stream", name: "stdout", text: " 100 %" });
    view.output(bundle({ "text/plain": "42" }));
    expect(written()).toBe("50 % 100 %\n42\n");
  });
});

describe("displays that change", () => {
  const shown = (text: string): Output => ({
    output_type: "display_data",
    data: { "text/plain": text },
    metadata: {},
  });
  const cell: Cell = {
    id: "a",
    cell_type: "code",
    source: "1",
    metadata: {},
    outputs: [],
    execution_count: null,
  };
  const [first, second, third] = [shown("one"), shown("two\ntwo"), shown("three")] as const;

  function screen(sink: object): { view: NotebookView; written: () => string } {
    const texts: string[] = [];
    const view = new NotebookView(new Paper({ write: (text) => texts.push(text), ...sink }));
    return { view, written: () => texts.join("") };
  }

  test("on a terminal are drawn again in their place", () => {
    const { view, written } = screen({ isTTY: true, columns: 80 });
    view.output(first);
    view.updated(second, first);
    view.updated(third, second);
    view.cellFinished(cell);
    expect(written()).toBe("one\n\u001b[1A\r\u001b[Jtwo\ntwo\n\u001b[2A\r\u001b[Jthree\n\n");
  });

  test("with as many rows as the window makes of them", () => {
    const { view, written } = screen({ isTTY: true, columns: 3 });
    const wide = shown("漢字漢字");
    view.output(wide);
    view.updated(first, wide);
    expect(written()).toBe("漢字漢字\n\u001b[3A\r\u001b[Jone\n");
  });

  test.each<[string, object, (view: NotebookView) => void]>([
    ["in a file", {}, () => {}],
    [
      "when something else was written since",
      { isTTY: true, columns: 80 },
      (view) => view.output({ output_type: "stream", name: "stdout", text: "between\n" }),
    ],
  ])("%s are shown at the end of the cell as they are then", (_, sink, between) => {
    const { view, written } = screen(sink);
    view.output(first);
    between(view);
    view.updated(second, first);
    view.updated(third, second);
    view.cellFinished(cell);
    view.cellFinished(cell);
    expect(written().replace("between\n", "")).toBe("one\nthree\n\n\n");
  });
});

describe("colour", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each<[string, object, boolean]>([
    ["on a terminal", { isTTY: true, hasColors: () => true }, true],
    ["not where the terminal, or NO_COLOR, says no", { isTTY: true, hasColors: () => false }, false],
    ["not in a file or pipe", {}, false],
  ])("%s", (_, sink, coloured) => {
    const paper = new Paper({ write: () => true, ...sink });
    expect(paper.styled("red", "x")).toBe(coloured ? "\u001b[31mx\u001b[39m" : "x");
    expect(paper.foreign("\u001b[31mx\u001b[39m")).toBe(coloured ? "\u001b[31mx\u001b[39m" : "x");
  });
});
