import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MarkdownFile } from "../../../kernel/check/markdown-file.js";
import { outline } from "../../../kernel/check/outline.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = `# Title

\`\`\`ts
const a = 1;
\`\`\`

Other languages are not run.

\`\`\`sh
npm install
\`\`\`

## In a list

- one
  \`\`\`typescript throws
  const a = 1;
  a.b()
  \`\`\`
- two

  > ~~~ts ignore
  > never()
  > ~~~
`;

test("the blocks of TypeScript are cells, with the tags that the words beside them stand for", () => {
  const path = join(folder, "a.md");
  writeFileSync(path, text);
  const file = new MarkdownFile(path);
  const code = file.notebook.cells.flatMap((cell, index) =>
    cell.cell_type === "code"
      ? [
          {
            source: cell.source,
            tags: cell.metadata.tags,
            line: file.lineOf(index),
            under: outline(file.notebook)[index],
          },
        ]
      : [],
  );
  expect(code).toEqual([
    { source: "const a = 1;", tags: [], line: 4, under: ["Title"] },
    { source: "const a = 1;\na.b()", tags: ["raises-exception"], line: 17, under: ["Title", "In a list"] },
    { source: "never()", tags: ["skip-execution"], line: 23, under: ["Title", "In a list"] },
  ]);
});

test("a file that is not there is named", () => {
  expect(() => new MarkdownFile("absent.md")).toThrow("absent.md: there is no such file");
});
