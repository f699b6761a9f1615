import type { Paper } from "./paper.js";
import { displayWidth, hanging, padded, wrap } from "./text.js";

const gap = "  ";
/** Narrower columns would be towers of single words. */
const narrowestColumn = 8;

/** A table in columns whose cells are wrapped to fit; on paper too narrow for that, one entry after the other. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paper: Paper,
  width: number,
): string {
  const natural = header.map((_, i) =>
    Math.max(...[header, ...rows].map((row) => displayWidth(row[i] ?? ""))),
  );
  const widths = fitted(natural, width - gap.length * (header.length - 1));
  const heading = header.map((title) => paper.styled("bold", title));
  if (widths === undefined) return entries(heading, rows, width);
  return [heading, ...rows].map((row) => line(row, widths)).join("\n");
}

/** Takes width from the widest column until all fit; undefined if they cannot. */
function fitted(natural: readonly number[], available: number): number[] | undefined {
  const widths = [...natural];
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - available; excess > 0; excess -= 1) {
    const widest = Math.max(...widths);
    if (widest <= narrowestColumn) return undefined;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function line(row: readonly string[], widths: readonly number[]): string {
  const cells = widths.map((width, i) => wrap(row[i] ?? "", width));
  const height = Math.max(...cells.map((cell) => cell.length));
  const lines = Array.from({ length: height }, (_, k) =>
    cells
      .map((cell, i) => padded(cell[k] ?? "", widths[i]!))
      .join(gap)
      .trimEnd(),
  );
  return lines.join("\n");
}

function entries(heading: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  return rows
    .map((row) =>
      row
        .flatMap((cell, i) => (cell === "" ? [] : [`${heading[i] ? `${heading[i]}: ` : ""}${cell}`]))
        .map((text, i) => hanging(i === 0 ? "• " : "  ", wrap(text, width - 2).join("\n"), "  "))
        .join("\n"),
    )
    .join("\n");
}
