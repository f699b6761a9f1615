import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cellDirectives } from "../../../../kernel/check/directives.js";
import { lintNotebook } from "../../../../kernel/check/lint/lint.js";
import { writeStudentNotebook } from "../../../../kernel/check/student/command.js";
import { joined, readNotebook } from "../../../../kernel/notebook/notebook.js";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../fixtures/notebooks/student-${name}.ipynb`, import.meta.url));

let folder: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-student-"));
  output = join(folder, "out.ipynb");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a notebook for students", () => {
  test("has stubs, no outputs of what is to be solved, and says how its cells fail", () => {
    const said = writeStudentNotebook(fixture("exercises"), output);
    expect(said).toBe(`${output}: 3 solutions replaced, in 3 cells`);
    const { cells, metadata } = readNotebook(output);
    const rows = cells.map((cell) => {
      const { mustRaise, expectedError = "", checkOutput } = cellDirectives(cell, metadata);
      const outputs = cell.cell_type === "code" ? cell.outputs.length : "";
      return `${cell.id} ${outputs} ${mustRaise ? "must" : expectedError ? "may" : "-"} ${checkOutput ? "check" : "ignore"}`;
    });
    expect(rows).toEqual([
      "cell-1  - check",
      "cell-2 1 - check",
      "cell-3 0 may ignore",
      "cell-4 1 must ignore",
      "cell-5  - check",
      "cell-6 0 must ignore",
      "cell-7  - check",
      "cell-8  - check",
      "cell-9 1 may ignore",
      "cell-11 1 may ignore",
    ]);
    expect(joined(cells[2]!.source)).toBe(
      'function step(theta: number, gradient: number): number {\n  // Your code here\n  throw new Error("not yet solved");\n}',
    );
    expect(joined(cells[7]!.source)).toBe("*Your answer here*");
  });

  test("leaks nothing, and says so when it does", () => {
    writeStudentNotebook(fixture("exercises"), output);
    const leaks = (file: string) =>
      lintNotebook(readNotebook(file), file).filter(({ rule }) => rule === "solution-leak");
    expect(leaks(output)).toEqual([]);
    expect(leaks(fixture("exercises"))).toEqual([]);
  });

  test("of Python has a stub in Python, and no hidden tests", () => {
    writeStudentNotebook(fixture("python"), output);
    expect(readNotebook(output).cells.map(({ source }) => joined(source))).toEqual([
      'def step(theta, gradient, lr=0.5):\n    # Your code here\n    raise NotImplementedError("not yet solved")',
      "assert step(1, 1) == 0.5",
    ]);
  });

  test("can be made again", () => {
    writeStudentNotebook(fixture("exercises"), output);
    const first = readFileSync(output, "utf8");
    writeStudentNotebook(fixture("exercises"), output);
    expect(readFileSync(output, "utf8")).toBe(first);
    expect(readdirSync(folder)).toEqual(["out.ipynb"]);
  });
});

describe("nothing is written", () => {
  test.each([
    ["does-not-parse", "cell 1 does not parse without its solution: "],
    ["marker-alone", "cell 2, line 1: BEGIN SOLUTION without an END SOLUTION after it"],
    ["nothing-to-solve", "there is no solution"],
  ])("for %s", (name, message) => {
    expect(() => writeStudentNotebook(fixture(name), output)).toThrow(`${fixture(name)}: ${message}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("over the solutions, nor over another notebook", () => {
    const copy = join(folder, "copy.ipynb");
    copyFileSync(fixture("exercises"), copy);
    const before = readFileSync(copy, "utf8");
    expect(() => writeStudentNotebook(copy, copy)).toThrow("this would overwrite the solutions");
    expect(() => writeStudentNotebook(fixture("python"), copy)).toThrow("that was not made from solutions");
    expect(readFileSync(copy, "utf8")).toBe(before);
  });
});
