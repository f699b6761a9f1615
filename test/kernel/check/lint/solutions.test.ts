import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leakedSolutions } from "../../../../kernel/check/lint/solutions.js";
import { studentNotebook } from "../../../../kernel/check/student/student.js";
import { formatNotebook, type Notebook } from "../../../../kernel/notebook/notebook.js";
import { code, markdown, notebook } from "../cells.js";

const kernelspec = { kernelspec: { name: "optimlab", language: "typescript" } };
const original = notebook(
  [
    code("const shared = 1;"),
    code("// BEGIN SOLUTION\nconst step = lr * gradient;\nconst shared = 1;\n// END SOLUTION"),
    code("theta.sub(step.mul(2))", { metadata: { tags: ["solution"] } }),
  ],
  kernelspec,
);
const { notebook: student } = studentNotebook(original, "teacher.ipynb");
const changed = (...cells: Notebook["cells"]): Notebook => ({
  ...student,
  cells: [...student.cells, ...cells],
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-leaks-"));
  writeFileSync(join(folder, "teacher.ipynb"), formatNotebook(original));
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (checked: Notebook) => leakedSolutions(checked, join(folder, "student.ipynb"));

test("a student notebook as it was made leaks nothing", () => {
  expect(check(student)).toEqual([]);
});

test("a notebook that was not made for students may hold solutions", () => {
  expect(check(original)).toEqual([]);
});

test.each<[what: string, checked: Notebook, cell: number, message: string]>([
  [
    "a line",
    changed(markdown("so:\n    const step = lr * gradient;")),
    3,
    "a line of the solution: const step = lr * gradient;",
  ],
  [
    "a line of a tagged cell",
    changed(code("theta.sub(step.mul(2))")),
    3,
    "a line of the solution: theta.sub(step.mul(2))",
  ],
  ["a marker", changed(code("// BEGIN SOLUTION")), 3, "a student notebook with the marker of a solution"],
  [
    "a tag",
    changed(code("1", { metadata: { tags: ["solution"] } })),
    3,
    "a student notebook with a cell tagged solution",
  ],
])("%s is a leak", (_, checked, cell, message) => {
  expect(check(checked)).toMatchObject([{ cell, message }]);
});

test("a version that is older than its source is told", () => {
  const { notebook: old } = studentNotebook(
    notebook([...original.cells, markdown("new")], kernelspec),
    "teacher.ipynb",
  );
  expect(check(old)).toEqual([
    { message: "teacher.ipynb has changed: make the student version anew with optimlab student" },
  ]);
});
