import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFiles } from "../../../kernel/check/find-files.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-test-"));
  const code = "```ts\n1\n```\n";
  const files: Record<string, string> = {
    "b.ipynb": "",
    "a.ipynb": "",
    "README.md": code,
    "prose.md": "```python\n1\n```\n",
    "data.csv": "",
    "deep/er/c.ipynb": "",
    "odd [1]/d.ipynb": "",
    "none/data.csv": "",
    ".ipynb_checkpoints/a-checkpoint.ipynb": "",
    "node_modules/package/README.md": code,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[paths: string[], expected: string[]]>([
  [["."], ["README.md", "a.ipynb", "b.ipynb", "deep/er/c.ipynb", "odd [1]/d.ipynb"]],
  [
    ["b.ipynb", "a.ipynb"],
    ["b.ipynb", "a.ipynb"],
  ],
  [
    ["a.ipynb", "deep", "a.ipynb"],
    ["a.ipynb", "deep/er/c.ipynb"],
  ],
  [["*.ipynb"], ["a.ipynb", "b.ipynb"]],
  [["**/[cd].ipynb"], ["deep/er/c.ipynb", "odd [1]/d.ipynb"]],
  [["odd [1]"], ["odd [1]/d.ipynb"]],
  // Asked for by name, a file is taken as it is.
  [["prose.md"], ["prose.md"]],
])("%j: %j", async (paths, expected) => {
  const found = await findFiles(paths.map((path) => join(folder, path)));
  expect(found).toEqual(expected.map((path) => join(folder, path)));
});

test.each<[path: string, message: string]>([
  ["absent", "there is no such file or folder"],
  ["data.csv", "neither a notebook (.ipynb) nor Markdown (.md)"],
  ["none", "there is no notebook and no Markdown file"],
  ["*.txt", "there is no notebook and no Markdown file"],
])("%s: %s", async (path, message) => {
  await expect(findFiles([join(folder, path)])).rejects.toThrow(`${path}: ${message}`);
});
