import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JUPYTER_DISPLAY, toMimeBundle } from "../../../kernel/display/mime-bundle.js";
import { html, latex, md, svg } from "../../../kernel/display/templates.js";

const shows = (bundle: object): object => ({ [JUPYTER_DISPLAY]: () => bundle });

describe("html and svg", () => {
  test("no value is markup, wherever it stands", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        for (const tag of [html, svg]) {
          const { source } = tag`<a title="${value}">${value}</a>`;
          const [, title, text] = /^<a title="([^"]*)">([^<]*)<\/a>$/s.exec(source)!;
          for (const escaped of [title, text]) {
            expect(escaped!.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))).toBe(value);
          }
        }
      }),
    );
  });

  test.each([
    ["a number", 1.5, "1.5"],
    ["a bigint", 2n, "2"],
    ["true", true, "true"],
    ["false", false, ""],
    ["null", null, ""],
    ["undefined", undefined, ""],
    ["an object", { a: "<" }, "{ a: &#39;&#60;&#39; }"],
    ["a list of fragments", [html`<i>1</i>`, html`<i>2</i>`], "<i>1</i><i>2</i>"],
    ["a list of values", ["<", 1], "&#60;1"],
    ["a drawing", svg`<svg/>`, "<svg/>"],
    ["Markdown", md`<b>`, "&#60;b&#62;"],
    ["what shows itself as HTML", shows({ "text/html": "<b>", "text/plain": "b" }), "<b>"],
    ["what shows itself as text", shows({ "text/plain": "<b>" }), "&#60;b&#62;"],
  ])("%s in HTML", (_, value, source) => {
    expect(html`${value}`.source).toBe(source);
  });

  test("HTML in a drawing is text", () => {
    expect(svg`${html`<b>`}${svg`<g/>`}`.source).toBe("&#60;b&#62;<g/>");
  });

  test("what shows itself asynchronously cannot be waited for", () => {
    expect(() => html`${{ [JUPYTER_DISPLAY]: async () => ({}) }}`).toThrow(
      "html: the value shows itself asynchronously",
    );
  });

  test("called with a text, all of it is source", () => {
    expect(html("<b>").source).toBe("<b>");
    expect(() => html(5 as never)).toThrow("html: write html`…`, or give it a text; got 5");
  });
});

describe("md and latex", () => {
  test("backslashes are what they are, and backticks and dollars can be written", () => {
    expect(md`$\alpha\nu$ \`code\` \${x}`.source).toBe(`$\\alpha\\nu$ \`code\` \${x}`);
    expect(latex`\frac{1}{2}`.source).toBe("\\frac{1}{2}");
  });

  test("values have no meaning in Markdown", () => {
    const value = "*a*_b_`c`[d](e)<f>#|~$&\\";
    expect(md`${value}`.source).toBe("\\*a\\*\\_b\\_\\`c\\`\\[d\\](e)\\<f\\>\\#\\|\\~\\$\\&\\\\");
    expect(md`${1.5} ${-2}`.source).toBe("1.5 -2");
    expect(md`${md`**b**`}`.source).toBe("**b**");
  });

  test("in code they stay as they are", () => {
    expect(md`\`${"a_b"}\` ${"a_b"}`.source).toBe("`a_b` a\\_b");
  });

  test("values have no meaning in LaTeX", () => {
    expect(latex`${"a_b%\\{"}${0.5}${latex`\pi`}`.source).toBe("a\\_b\\%\\backslash \\{0.5\\pi");
  });
});

describe("bundles", () => {
  test.each([
    [
      html`<p>a &lt; b</p><style>x</style>`,
      { "text/html": "<p>a &lt; b</p><style>x</style>", "text/plain": "a < b" },
    ],
    [html`<hr>`, { "text/html": "<hr>", "text/plain": "(HTML without text)" }],
    [md`*a*`, { "text/markdown": "*a*", "text/plain": "*a*" }],
    [latex`x`, { "text/latex": "$$\nx\n$$", "text/plain": "x" }],
    [latex`so $x$`, { "text/latex": "so $x$", "text/plain": "so $x$" }],
    [
      svg`<svg/>`,
      { "image/svg+xml": "<svg/>", "text/html": "<svg/>", "text/plain": "(a drawing without text)" },
    ],
  ])("of a fragment %#", (fragment, data) => {
    expect(toMimeBundle(fragment)).toEqual({ data, metadata: {} });
  });
});
