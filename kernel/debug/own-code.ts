import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../package.js";

/** Script names of cells. */
export const CELL_SCRIPT = "optimlab-cell-\\d+\\.ts";

/**
 * A regular expression, as text, for the names of scripts that the debugger shows and stops in: cells and the
 * user's own files in the notebook's folder (TypeScript goes by its path, the rest by its address); with `libraries`,
 * all files but the kernel's own and Node's.
 */
export function ownCode(directory: string, libraries: boolean): string {
  const kernel = `${fileUrl(join(packageRoot, "dist"))}${libraries ? "kernel/" : ""}`;
  const tslab = "(?:tslab|@tslab)/";
  const excluded = libraries
    ? `(?!${kernel})(?!.*/node_modules/${tslab})`
    : `(?!${kernel})(?!.*/node_modules/)`;
  const local = `(?!.*/node_modules/)${escaped(join(directory, "/"))}.*\\.[cm]?tsx?$`;
  return `^(?:${CELL_SCRIPT}$|${local}|${excluded}${libraries ? "file://" : fileUrl(directory)})`;
}

/** Start of the names of all files in a folder. */
function fileUrl(directory: string): string {
  const url = pathToFileURL(directory).href.replace(/\/?$/, "/");
  return escaped(url);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
