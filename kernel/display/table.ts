import { htmlTable, type Table } from "../../src/tensor/html.js";
import type { MimeBundle } from "../protocol/link.js";
import { displayWidth, padded } from "../terminal/text.js";

const GAP = "  ";

/** A table as HTML, and in columns for who has text only. */
export function tableBundle(table: Table): MimeBundle {
  return { data: { "text/html": htmlTable(table), "text/plain": textTable(table) }, metadata: {} };
}

function textTable({ caption, header, rows, note }: Table): string {
  const lines = header.length === 0 ? rows : [header, ...rows];
  const widths: number[] = [];
  for (const line of lines) {
    for (const [column, text] of line.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(text));
    }
  }
  const set = (line: readonly string[]): string =>
    line
      .map((text, column) => padded(text, widths[column]!))
      .join(GAP)
      .trimEnd();
  return [
    ...(caption === undefined ? [] : [caption]),
    ...lines.map(set),
    ...(note === undefined ? [] : [note]),
  ].join("\n");
}
