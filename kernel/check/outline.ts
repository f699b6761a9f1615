import { marked } from "marked";
import { joined, type Notebook } from "../notebook/notebook.js";

/** For each cell the headings under which it stands, from the outermost; for a cell of prose, those that it ends with. */
export function outline({ cells }: Notebook): string[][] {
  let path: { depth: number; text: string }[] = [];
  return cells.map((cell) => {
    if (cell.cell_type === "markdown") {
      for (const token of marked.lexer(joined(cell.source))) {
        if (token.type !== "heading") continue;
        const { depth, text } = token as { depth: number; text: string };
        path = [...path.filter((heading) => heading.depth < depth), { depth, text }];
      }
    }
    return path.map(({ text }) => text);
  });
}
