import { joined, type Notebook } from "../../notebook/notebook.js";
import { isObject } from "../compare/json.js";
import { markdownParts } from "./markdown.js";
import type { Finding } from "./problem.js";

const plotly = "application/vnd.plotly.v1+json";

/** Figures and images without the words that stand for them where they are not seen. */
export function altText({ cells }: Notebook): Finding[] {
  return cells.flatMap((cell, index): Finding[] => {
    if (cell.cell_type === "markdown") {
      return markdownParts(joined(cell.source))
        .images.filter(({ alt }) => alt.trim() === "")
        .map(({ src, line }) => ({
          cell: index,
          line,
          message: `the image ${shown(src)} has no alt text: ![what it shows](${shown(src)})`,
        }));
    }
    if (cell.cell_type !== "code") return [];
    return cell.outputs.flatMap((output): Finding[] => {
      if (output.output_type !== "display_data" && output.output_type !== "execute_result") return [];
      const figure = output.data[plotly];
      if (figure === undefined || hasAlt(figure)) return [];
      return [
        { cell: index, message: "a plotly figure has no alt text: say in layout.meta.alt what it shows" },
      ];
    });
  });
}

function hasAlt(figure: unknown): boolean {
  const layout = isObject(figure) ? figure.layout : undefined;
  const meta = isObject(layout) ? layout.meta : undefined;
  return isObject(meta) && typeof meta.alt === "string" && meta.alt.trim() !== "";
}

function shown(src: string): string {
  return src.length > 60 ? `${src.slice(0, 60)}…` : src;
}
