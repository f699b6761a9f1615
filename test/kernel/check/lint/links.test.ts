import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { links } from "../../../../kernel/check/lint/links.js";
import { formatNotebook } from "../../../../kernel/notebook/notebook.js";
import { code, markdown, notebook } from "../cells.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-links-"));
  mkdirSync(join(folder, "images"));
  writeFileSync(join(folder, "images/a b.png"), "");
  writeFileSync(join(folder, "text.md"), "# Adam's rule\n");
  writeFileSync(join(folder, "other.ipynb"), formatNotebook(notebook([markdown("## The Model")])));
  writeFileSync(join(folder, "broken.ipynb"), "{");
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (source: string) => {
  const { attachments, ...cell } = { ...markdown(source), attachments: { "a.png": {} } };
  const cells = [
    markdown("# The Rule"),
    { ...cell, attachments } as ReturnType<typeof markdown>,
    code("[x](none)"),
  ];
  return links(notebook(cells), join(folder, "notebook.ipynb"));
};

test.each([
  "[a](text.md)",
  "[a](images/)",
  "![a](images/a%20b.png)",
  "![a](<images/a b.png>)",
  "[a](text.md#adams-rule)",
  "[a](text.md#Adam's-rule)",
  "[a](other.ipynb#The-Model)",
  "[a](other.ipynb?x=1#the-model)",
  "[a](#The-Rule)",
  "[a](#the-rule)",
  "[a](#)",
  "[a](broken.ipynb#x)",
  "[a](images/a%20b.png#x)",
  "![a](attachment:a.png)",
  "[a](https://example.org/none) [b](mailto:a@example.org) [c](/none) [d](//example.org)",
  "`[a](none.md)`",
])("%s leads somewhere", (source) => {
  expect(check(source)).toEqual([]);
});

test.each([
  ["[a](none.md)", "none.md: there is no such file"],
  ["![a](images/none.png)", "images/none.png: there is no such file"],
  ["[a](#the-rle)", '#the-rle: there is no such heading in this notebook; did you mean "The-Rule"?'],
  ["[a](text.md#none-of-these)", "text.md#none-of-these: there is no such heading in text.md"],
  [
    "[a](other.ipynb#The-Modl)",
    'other.ipynb#The-Modl: there is no such heading in other.ipynb; did you mean "The-Model"?',
  ],
  ["![a](attachment:b.png)", "attachment:b.png: the cell has no such attachment"],
])("%s leads nowhere", (source, message) => {
  expect(check(`first\n${source}`)).toEqual([{ cell: 1, line: 2, message }]);
});
