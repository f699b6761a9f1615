import type { MagicTable } from "./help.js";
import type { Span, Syntax } from "./syntax.js";

/** Names of magics that can stand where the cursor is, and what they replace; undefined where none can. */
export function completeMagic(
  cell: string,
  cursor: number,
  table: MagicTable,
  syntax: Syntax,
): (Span & { readonly matches: string[] }) | undefined {
  const lineStart = cell.lastIndexOf("\n", cursor - 1) + 1;
  const typed = /^\s*(%{1,2})(\w*)$/.exec(cell.slice(lineStart, cursor));
  if (!typed || syntax.completeness(cell.slice(0, lineStart)).status === "incomplete") return undefined;
  const [, percents, name] = typed as unknown as [string, string, string];
  const form = percents === "%" ? "line" : "cell";
  const end = cursor + /^\w*/.exec(cell.slice(cursor))![0].length;
  const matches = [...table]
    .filter(([known, magic]) => known.startsWith(name) && (magic.form === form || magic.form === "both"))
    .map(([known]) => percents + known);
  return { start: cursor - name.length - percents.length, end, matches };
}
