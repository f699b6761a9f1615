import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";
import type { CompareOptions } from "../types.js";
import { svgLines } from "./svg.js";
import { compareText, type Finding } from "./text.js";

type Node = DefaultTreeAdapterTypes.ChildNode;

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
  const visit = (node: Node, preformatted: boolean): void => {
    if (unseen.has(node.nodeName)) return;
    if ("value" in node) {
      const pieces = preformatted ? node.value.split("\n") : [node.value.replace(/\s+/g, " ")];
      for (const [i, piece] of pieces.entries()) {
        if (i > 0) end();
        line += piece;
      }
      return;
    }
    if (!("attrs" in node)) return;
    const attribute = (name: string) => node.attrs.find((found) => found.name === name)?.value;
    const block = blocks.has(node.nodeName);
    if (block) end();
    switch (node.nodeName) {
      case "svg":
        end();
        lines.push(...svgLines(node));
        return;
      case "img":
        line += `[image: ${attribute("alt") ?? "without alt"}]`;
        break;
      case "td":
      case "th": {
        const spans = ["colspan", "rowspan"].filter((name) => (attribute(name) ?? "1") !== "1");
        line += ["|", ...spans.map((name) => `(${name} ${attribute(name)})`), ""].join(" ");
        break;
      }
    }
    for (const child of node.childNodes) visit(child, preformatted || node.nodeName === "pre");
    const href = node.nodeName === "a" ? attribute("href") : undefined;
    if (href !== undefined && !href.startsWith("data:")) line += ` (${href})`;
    if (node.nodeName === "td" || node.nodeName === "th") line += " ";
    if (block) end();
  };
  for (const node of parseFragment(html).childNodes) visit(node, false);
  end();
  return lines.join("\n");
}
