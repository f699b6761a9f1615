import { parseFragment } from "parse5";
import type { CompareOptions } from "../types.js";
import { compareText, type Finding } from "./text.js";
import { type Node, walk } from "./walk.js";

/** Compares two SVG pictures element by element, with all attributes; ids may have other names. */
export function compareSvg(saved: string, fresh: string, options: CompareOptions): Finding | undefined {
  const [before, after] = [saved, fresh].map((svg) => svgLines(parseFragment(svg).childNodes).join("\n"));
  return compareText(before!, after!, options);
}

/** The elements of an SVG picture, each on a line with its attributes in the order of their names. */
export function svgLines(nodes: readonly Node[]): string[] {
  const lines: string[] = [];
  const names = new Map<string, string>();
  // matplotlib and others draw ids at random: what counts is which element is meant.
  const renamed = (id: string): string => {
    const name = names.get(id) ?? `id${names.size}`;
    names.set(id, name);
    return name;
  };
  const shown = (name: string, value: string): string => {
    if (name === "id") return renamed(value);
    return (
      value
        .replace(/(?<=url\(["']?)#([^)"']+)|^#(.+)$/g, (whole, inUrl?: string, reference?: string) =>
          isColour.test(whole) ? whole : `#${renamed(inUrl ?? reference!)}`,
        )
        // "M10.5,20L30-4" holds four numbers, and none of thousands.
        .replace(/([A-DF-Za-df-z])(?=[-+.\d])/g, name === "d" ? "$1 " : "$1")
        .replaceAll(",", " ")
    );
  };
  walk(nodes, (node) => {
    // The metadata hold the time of drawing.
    if (node.nodeName === "metadata" || node.nodeName === "#comment") return false;
    if (node.nodeName === "#text" && "value" in node && node.value.trim() !== "")
      lines.push(node.value.trim());
    if (!("attrs" in node)) return false;
    const attributes = node.attrs
      .map(({ name, value }) => ` ${name}="${shown(name, value)}"`)
      .sort()
      .join("");
    lines.push(`<${node.nodeName}${attributes}>`);
    return true;
  });
  return lines;
}

const isColour = /^#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})$/i;
