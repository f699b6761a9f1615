import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  cellNumber,
  formatNotebook,
  type Notebook,
  readNotebook,
} from "../../../kernel/notebook/notebook.js";

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));

describe("a notebook's file", () => {
  test.each(readdirSync(fixtures).filter((name) => name.endsWith(".ipynb")))(
    "%s is read and written back as it was",
    (name) => {
      const file = `${fixtures}${name}`;
      expect(formatNotebook(readNotebook(file))).toBe(readFileSync(file, "utf8"));
    },
  );

  test("has texts in lines, but JSON as it is", () => {
    const data = {
      "text/plain": "a\nb",
      "application/json": "a\nb",
      "application/vnd.plotly.v1+json": { data: ["x\ny"] },
    };
    const outputs = [
      { output_type: "stream", name: "stdout", text: "1\n\n2\n" },
      { output_type: "display_data", data, metadata: {} },
    ] as const;
    const cell = { cell_type: "code", metadata: {}, source: "1\r\n2", outputs, execution_count: 1 } as const;
    const [written] = JSON.parse(
      formatNotebook({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] }),
    ).cells;
    expect(written.source).toEqual(["1\r\n", "2"]);
    expect(written.outputs[0].text).toEqual(["1\n", "\n", "2\n"]);
    expect(written.outputs[1].data).toEqual({ ...data, "text/plain": ["a\n", "b"] });
  });
});

test("cells are counted as a fresh kernel counts them", () => {
  const cell = (cell_type: string, source: string) => ({ cell_type, source, metadata: {}, outputs: [] });
  const cells = [cell("markdown", "# 1"), cell("code", "1"), cell("code", " \n"), cell("code", "2")];
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells } as unknown as Notebook;
  expect([1, 3].map((index) => cellNumber(notebook, index))).toEqual([1, 2]);
});
