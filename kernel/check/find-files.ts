import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";

/**
 * The notebooks and Markdown files that paths stand for, in their order, each once. A path is a file, a folder with all
 * below it but hidden folders and node_modules, or a pattern such as `notebooks/1*.ipynb`.
 * @throws Error If there is nothing at a path, or something else.
 */
export async function findFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(filesAt));
  return [...new Set(found.flat())];
}

async function filesAt(path: string): Promise<string[]> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) {
    if (isDocument(path)) return [normalize(path)];
    throw new Error(`${path}: neither a notebook (.ipynb) nor Markdown (.md)`);
  }
  // A folder's name may look like a pattern; what exists is meant.
  const files = stats?.isDirectory()
    ? (await matches("**/*.{ipynb,md}", path)).map((file) => join(path, file)).filter(hasCode)
    : isDynamicPattern(path)
      ? (await matches(path)).filter(isDocument).map(normalize)
      : undefined;
  if (files === undefined) throw new Error(`${path}: there is no such file or folder`);
  if (files.length === 0) throw new Error(`${path}: there is no notebook and no Markdown file`);
  return files.sort();
}

function matches(pattern: string, cwd = "."): Promise<string[]> {
  return glob(pattern, {
    cwd,
    ignore: ["**/node_modules/**"],
    dot: false,
    expandDirectories: false,
    absolute: isAbsolute(pattern),
  });
}

/** Most Markdown files have nothing to run. */
function hasCode(path: string): boolean {
  return !path.endsWith(".md") || /^\s*(?:```|~~~)\s*(?:ts|typescript)\b/m.test(readFileSync(path, "utf8"));
}

function isDocument(path: string): boolean {
  return /\.(?:ipynb|md)$/.test(path);
}
