import { parseFragment } from "parse5";
import type { CompareOptions } from "../types.js";
import { svgLines } from "./svg.js";
import { compareText, type Finding } from "./text.js";
import { type Node, walk } from "./walk.js";

/** Elements that stand on lines of their own. */
const blocks = new Set(
  `address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
   h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul`.split(/\s+/),
);
/** What no reader sees. */
const unseen = new Set(["script", "style", "template", "title", "#comment"]);

/**
 * Compares two pieces of HTML by what a reader gets: the text, line by line, the cells of tables, where links lead, what
 * images are. Styles, classes, ids and scripts do not count.
 */
export function compareHtml(saved: string, fresh: string, options: CompareOptions): Finding | undefined {
  return compareText(htmlLines(saved), htmlLines(fresh), options);
}

/** The text of HTML: a line for each block and each row of a table, whose cells are parted by bars. */
export function htmlLines(html: string): string {
  const lines: string[] = [];
  let line = "";
  const end = () => {
    if (line.trim() !== "") lines.push(line.trim());
    line = "";
  };
  let preformatted = 0;
  const enter = (node: Node): boolean => {
    if (unseen.has(node.nodeName)) return false;
    if ("value" in node) {
      const pieces = preformatted > 0 ? node.value.split("\n") : [node.value.replace(/\s+/g, " ")];
      for (const [i, piece] of pieces.entries()) {
        if (i > 0) end();
        line += piece;
      }
    }
    if (!("attrs" in node)) return false;
    if (blocks.has(node.nodeName)) end();
    switch (node.nodeName) {
      case "svg":
        end();
        lines.push(...svgLines([node]));
        return false;
      case "pre":
        preformatted++;
        break;
      case "img":
        line += `[image: ${attribute(node, "alt") ?? "without alt"}]`;
        break;
      case "td":
      case "th": {
        const spans = ["colspan", "rowspan"].filter((name) => (attribute(node, name) ?? "1") !== "1");
        line += ["|", ...spans.map((name) => `(${name} ${attribute(node, name)})`), ""].join(" ");
        break;
      }
    }
    return true;
  };
  const leave = (node: Node): void => {
    const href = node.nodeName === "a" ? attribute(node, "href") : undefined;
    if (href !== undefined && !href.startsWith("data:")) line += ` (${href})`;
    if (node.nodeName === "td" || node.nodeName === "th") line += " ";
    if (node.nodeName === "pre") preformatted--;
    if (blocks.has(node.nodeName)) end();
  };
  walk(parseFragment(html).childNodes, enter, leave);
  end();
  return lines.join("\n");
}

function attribute(node: Node, name: string): string | undefined {
  return "attrs" in node ? node.attrs.find((found) => found.name === name)?.value : undefined;
}
