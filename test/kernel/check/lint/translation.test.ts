import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { staleTranslation, textDigest, translation } from "../../../../kernel/check/lint/translation.js";
import { type Cell, formatNotebook, type Notebook } from "../../../../kernel/notebook/notebook.js";
import { code, markdown, notebook } from "../cells.js";

const english = "Momentum $\\beta$ keeps the learning rates `momentum`.";
const chinese = "动量 $\\beta$ 保持学习率。";
const original = notebook([markdown(english, {}, "text"), code("1", { id: "code" })]);
const text = (source: string, digest = textDigest(english)) =>
  markdown(source, { i18n: { source: digest } }, "text");
const translated = (...cells: Cell[]) =>
  notebook(cells, { i18n: { language: "zh", source: "../adam.ipynb" } });

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-translation-"));
  mkdirSync(join(folder, "zh"));
  file = join(folder, "zh/adam.ipynb");
  writeFileSync(join(folder, "adam.ipynb"), formatNotebook(original));
  const glossary = {
    terms: { momentum: "动量", "learning rate": ["学习率", "步长"], saddle: "鞍点" },
    avoid: { 体重: "权重" },
  };
  writeFileSync(join(folder, "zh/glossary.zh.json"), JSON.stringify(glossary));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a translation in step is as it should be", () => {
  const checked = translated(text(chinese), code("1", { id: "code" }));
  expect(translation(checked, file)).toEqual([]);
  expect(staleTranslation(checked, file)).toEqual([]);
});

test("of a notebook that is no translation nothing is asked", () => {
  expect(translation(original, file)).toEqual([]);
  expect(staleTranslation(original, file)).toEqual([]);
});

const sameCode = code("1", { id: "code" });

test.each<[what: string, checked: Notebook, findings: object[]]>([
  [
    "another source",
    notebook([], { i18n: { language: "zh", source: "none.ipynb" } }),
    [{ message: "i18n.source: there is no none.ipynb" }],
  ],
  [
    "a cell that is missing",
    translated(text(chinese)),
    [{ message: "the cell code of ../adam.ipynb is missing" }],
  ],
  [
    "a cell of its own",
    translated(text(chinese), sameCode, markdown("更多", {}, "more")),
    [{ cell: 2, message: "../adam.ipynb has no cell with the id more" }],
  ],
  [
    "another order",
    translated(sameCode, text(chinese)),
    [{ cell: 0, message: "the cell code stands where ../adam.ipynb has text" }],
  ],
  [
    "other code",
    translated(text(chinese), code("1 ", { id: "code" })),
    [{ cell: 1, message: "the code is not that of the source, to the letter" }],
  ],
  [
    "another formula",
    translated(text("动量 $\\gamma$ 学习率"), sameCode),
    [
      { cell: 0, message: "the formula $\\beta$ of the source is missing" },
      { cell: 0, message: "the formula $\\gamma$ is not in the source" },
    ],
  ],
  [
    "another term",
    translated(text("动量 $\\beta$"), sameCode),
    [
      {
        cell: 0,
        message: "“learning rate” is 学习率 or 步长 in the glossary; the translation has no such word",
      },
    ],
  ],
  [
    "a term only in code",
    translated(text("`动量` $\\beta$ 步长"), sameCode),
    [{ cell: 0, message: "“momentum” is 动量 in the glossary; the translation has no such word" }],
  ],
  [
    "a wrong word",
    translated(text(`${chinese}体重`), sameCode),
    [{ cell: 0, message: "“体重”: the glossary says 权重" }],
  ],
])("%s is found", (_, checked, findings) => {
  expect(translation(checked, file)).toEqual(findings);
});

test("a translation of an older text is stale, and one of no text too", () => {
  const right = `once it is right, set its metadata.i18n.source to "${textDigest(english)}"`;
  expect(staleTranslation(translated(text(chinese, "0123456789abcdef"), sameCode), file)).toEqual([
    { cell: 0, message: `the source has changed since: ${right}` },
  ]);
  expect(staleTranslation(translated(markdown(chinese, {}, "text"), sameCode), file)).toEqual([
    { cell: 0, message: `the cell does not say what it translates: ${right}` },
  ]);
});

test.each(["{", "[]", '{ "terms": { "a": 1 } }'])("the glossary %j is an error", (content) => {
  writeFileSync(join(folder, "zh/glossary.xx.json"), content);
  const checked = notebook([text(chinese), sameCode], { i18n: { language: "xx", source: "../adam.ipynb" } });
  expect(() => translation(checked, file)).toThrow("glossary.xx.json: ");
});
