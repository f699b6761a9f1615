import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { nearest } from "../../../src/optim/nearest.js";
import { joined, type Notebook, type ProseCell, readNotebook } from "../../notebook/notebook.js";
import { markdownParts } from "./markdown.js";
import type { Finding } from "./problem.js";

/** Links and images that lead to no file, no attachment or no heading. What lies elsewhere in the web is not asked for. */
export function links(notebook: Notebook, file: string): Finding[] {
  const own = anchorsOf(notebook);
  return notebook.cells.flatMap((cell, index) => {
    if (cell.cell_type !== "markdown") return [];
    const parts = markdownParts(joined(cell.source));
    const targets = [...parts.links, ...parts.images.map(({ src, line }) => ({ href: src, line }))];
    return targets.flatMap(({ href, line }) => {
      const message = brokenLink(href, cell, file, own);
      return message === undefined ? [] : [{ cell: index, line, message }];
    });
  });
}

function brokenLink(
  href: string,
  cell: ProseCell,
  file: string,
  own: ReadonlySet<string>,
): string | undefined {
  if (href.startsWith("attachment:")) {
    const name = href.slice("attachment:".length);
    return Object.hasOwn(cell.attachments ?? {}, name)
      ? undefined
      : `${href}: the cell has no such attachment`;
  }
  // With a scheme or a host it leads away; from the root it depends on where the notebooks are served.
  if (/^(?:[a-z][a-z\d+.-]*:|\/)/i.test(href)) return undefined;
  const [, path = "", anchor] = /^([^?#]*)(?:\?[^#]*)?(?:#(.*))?$/s.exec(href) ?? [];
  if (path === "") return missingAnchor(href, anchor, own, "this notebook");
  const target = resolve(dirname(file), path);
  if (!existsSync(target)) return `${href}: there is no such file`;
  return anchor === undefined ? undefined : missingAnchor(href, anchor, anchorsInFile(target), path);
}

function missingAnchor(
  href: string,
  anchor: string | undefined,
  anchors: ReadonlySet<string> | undefined,
  where: string,
): string | undefined {
  // An empty anchor is the top of the page.
  if (anchor === undefined || anchor === "" || anchors === undefined || anchors.has(anchor)) return undefined;
  return `${href}: there is no such heading in ${where}${nearest(anchor, [...anchors])}`;
}

/** The anchors of a notebook or a Markdown file; of other files nothing is known. */
function anchorsInFile(file: string): ReadonlySet<string> | undefined {
  if (!statSync(file).isFile()) return undefined;
  if (file.endsWith(".md")) return new Set(markdownParts(readFileSync(file, "utf8")).anchors);
  if (!file.endsWith(".ipynb")) return undefined;
  try {
    return anchorsOf(readNotebook(file));
  } catch {
    // Whoever checks that notebook is told what is wrong with it.
    return undefined;
  }
}

function anchorsOf({ cells }: Notebook): ReadonlySet<string> {
  const markdown = cells.filter(({ cell_type }) => cell_type === "markdown");
  return new Set(markdown.flatMap(({ source }) => markdownParts(joined(source)).anchors));
}
