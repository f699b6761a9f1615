import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeHtml, htmlTable } from "../../src/tensor/html.js";

test("no text is markup, whatever it says", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']|&(?!#\d+;)/);
      expect(escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(text);
    }),
  );
});

test("a table has headers with their scope, words at the left, numbers as the front end sets them", () => {
  const table = htmlTable({
    caption: "<b>",
    header: ["", "word", "number"],
    rows: [["1", "a<b", "2"]],
    words: [1],
    rowHeaders: true,
    note: "… & more",
  });
  expect(table).toBe(`<table>
<caption style="text-align:left;white-space:nowrap">&#60;b&#62;</caption>
<thead><tr><td></td><th scope="col" style="text-align:left">word</th><th scope="col">number</th></tr></thead>
<tbody><tr><th scope="row">1</th><td style="text-align:left">a&#60;b</td><td>2</td></tr></tbody>
</table>
<p>… &#38; more</p>`);
});

test("caption, header and note can be left out", () => {
  expect(htmlTable({ header: [], rows: [["1"]] })).toBe(
    "<table>\n<tbody><tr><td>1</td></tr></tbody>\n</table>",
  );
});
