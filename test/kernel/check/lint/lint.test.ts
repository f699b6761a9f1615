import { expect, test } from "vitest";
import { lintNotebook } from "../../../../kernel/check/lint/lint.js";
import { readNotebook } from "../../../../kernel/notebook/notebook.js";
import { code, markdown, notebook } from "../cells.js";

const wrong = notebook([code("1", { count: 2 }), markdown("![](none.png)"), code("2", { count: 1 })]);

test("problems come in the order of the cells, each with its rule and level", () => {
  const problems = lintNotebook(wrong, "/none/a.ipynb");
  expect(problems.map(({ rule, level, cell }) => [rule, level, cell])).toEqual([
    ["alt-text", "error", 1],
    ["link", "error", 1],
    ["execution-order", "error", 2],
  ]);
});

test("a rule can be a warning or off", () => {
  const problems = lintNotebook(wrong, "/none/a.ipynb", { "alt-text": "off", link: "warning" });
  expect(problems.map(({ rule, level }) => [rule, level])).toEqual([
    ["link", "warning"],
    ["execution-order", "error"],
  ]);
});

test("the notebook of this project is as it should be", () => {
  const file = "notebooks/23-simplenet.ipynb";
  expect(lintNotebook(readNotebook(file), file)).toEqual([]);
});
