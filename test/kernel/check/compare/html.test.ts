import { describe, expect, test } from "vitest";
import { compareHtml, htmlLines } from "../../../../kernel/check/compare/html.js";
import { defaultCompareOptions } from "../../../../kernel/check/types.js";

const compare = (saved: string, fresh: string) => compareHtml(saved, fresh, defaultCompareOptions);

test.each<[html: string, lines: string]>([
  ["<p>one <b>two</b>\n three</p><p>four", "one two three\nfour"],
  ["a<br>b", "a\nb"],
  ["<pre>a\n  b</pre>", "a\nb"],
  ["<table><tr><th>x<th>y<tr><td colspan=2>1.5</table>", "| x | y\n| (colspan 2) 1.5"],
  ["<ul><li>a<li>b</ul>", "a\nb"],
  ['<a href="b.ipynb">next</a>', "next (b.ipynb)"],
  ['<img src="data:image/png;base64,AA" alt="a curve"><img src="b">', "[image: a curve][image: without alt]"],
  ["<style>p { color: red }</style><script>x = 1</script><!-- c -->text", "text"],
  ['<svg><path d="M1,2L3,4"></path></svg>', '<svg>\n<path d="M 1 2L 3 4">'],
  ["&lt;b&gt; &amp; &nbsp;x", "<b> & x"],
])("what a reader gets from %j", (html, lines) => {
  expect(htmlLines(html)).toBe(lines);
});

describe("HTML", () => {
  const table = (value: string, attributes = "") =>
    `<div ${attributes}><table class="dataframe"><tr><th>loss</th></tr><tr><td>${value}</td></tr></table></div>`;

  test("with other classes, ids and styles is the same, and with noise", () => {
    expect(compare(table("0.5"), table("0.50000001", 'id="a7" style="x: y"'))).toBeUndefined();
  });

  test("differs in a cell, with the numbers", () => {
    expect(compare(table("0.5"), table("0.6"))?.lines).toEqual([
      "- | 0.5",
      "+ | 0.6",
      "    0.5 → 0.6, off by 1e-1, allowed 5e-7",
    ]);
  });

  test.each<[what: string, saved: string, fresh: string]>([
    ["a row", "<table><tr><td>1</table>", "<table><tr><td>1<tr><td>2</table>"],
    ["a column", "<table><tr><td>1<td>2</table>", "<table><tr><td>12</table>"],
    ["a span", "<table><tr><td>1</table>", "<table><tr><td rowspan=2>1</table>"],
    ["a word", "<p>falls", "<p>rises"],
    ["a link", '<a href="a">x</a>', '<a href="b">x</a>'],
    ["an alt text", '<img alt="a">', '<img alt="b">'],
    ["a drawing", "<svg><circle r=1></svg>", "<svg><circle r=2></svg>"],
  ])("differs in %s", (_, saved, fresh) => {
    expect(compare(saved, fresh)).toBeDefined();
  });
});

test("HTML that is nested deeper than the stack is compared, too", () => {
  const deep = "<div>".repeat(20_000);
  expect(compare(deep, `${deep} `)).toBeUndefined();
  expect(compare(deep, `${deep}x`)).toBeDefined();
});
