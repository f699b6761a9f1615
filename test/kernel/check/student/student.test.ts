import { describe, expect, test } from "vitest";
import { cellDirectives, type Directives } from "../../../../kernel/check/directives.js";
import { solutionDigest, studentNotebook } from "../../../../kernel/check/student/student.js";
import type { Cell, Notebook } from "../../../../kernel/notebook/notebook.js";

const output = { output_type: "stream", name: "stdout", text: "1\n" } as const;

function code(source: string, metadata: Cell["metadata"] = {}): Cell {
  return { cell_type: "code", source, metadata, outputs: [output], execution_count: 3 };
}

function notebook(...cells: Cell[]): Notebook {
  const kernelspec = { name: "optimlab", language: "typescript" };
  return { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells };
}

const stub = '// Your code here\nthrow new Error("not yet solved");';
const solved = "// BEGIN SOLUTION\nconst x = 1;\n// END SOLUTION";

describe("a student's cell", () => {
  const only = (cell: Cell) => studentNotebook(notebook(cell), "a.ipynb").notebook.cells[0]!;

  test("has a stub for its solution, and neither outputs nor a number", () => {
    expect(only(code(solved))).toMatchObject({ source: stub, outputs: [], execution_count: null });
  });

  test.each<[what: string, metadata: Cell["metadata"]]>([
    ["the tag solution", { tags: ["solution"] }],
    ["nbgrader's metadata", { nbgrader: { solution: true, grade: false } }],
  ])("is a stub as a whole with %s", (_, metadata) => {
    expect(only(code("const x = 1;", metadata))).toMatchObject({ source: stub });
  });

  test("is not hidden as the solution was", () => {
    const metadata = { tags: ["solution", "hide-input", "adam"], jupyter: { source_hidden: true } };
    const student = only(code("1", metadata));
    expect(student.metadata.tags).toEqual(["adam"]);
    expect(student.metadata.jupyter).toBeUndefined();
  });

  test("of prose asks for an answer", () => {
    const cell: Cell = { cell_type: "markdown", source: "Because.", metadata: { tags: ["solution"] } };
    expect(only(cell)).toEqual({ cell_type: "markdown", source: "*Your answer here*", metadata: {} });
  });

  test("keeps its directives, but for the error that is expected", () => {
    const said = { check: { timeout: 5, raises: "TypeError" }, other: 1 };
    expect(only(code(solved, { optimlab: said })).metadata.optimlab).toEqual({
      check: { timeout: 5, raises: expect.stringContaining("not yet solved"), output: "ignore" },
      other: 1,
    });
  });
});

test.each<[what: string, cell: Cell, said: Partial<Directives>]>([
  [
    "a stub that runs",
    code(solved),
    { expectedError: expect.stringContaining("not yet solved"), mustRaise: true },
  ],
  [
    "a stub within a function",
    code(`function f() {\n  ${solved.replaceAll("\n", "\n  ")}\n}`),
    { expectedError: expect.stringContaining("not yet solved"), mustRaise: false },
  ],
  ["a check", code("f()", { tags: ["exercise-check"] }), { expectedError: "/[^]/", mustRaise: true }],
  [
    "a check of nbgrader's",
    code("f()", { nbgrader: { grade: true } }),
    { expectedError: "/[^]/", mustRaise: true },
  ],
  ["what follows", code("f()"), { raises: true, mustRaise: false }],
])("the directives say how %s fails", (_, cell, said) => {
  const { cells, metadata } = studentNotebook(notebook(code(solved), cell), "a.ipynb").notebook;
  expect(cellDirectives(cells[1]!, metadata)).toMatchObject({ ...said, checkOutput: false });
});

test("a notebook keeps what has nothing to do with solutions, and remembers where it came from", () => {
  const first = code("1");
  const original = notebook(first, code(solved), code("secret", { tags: ["teacher-only"] }));
  const { notebook: student, stripped, solutions } = studentNotebook(original, "../a.ipynb");
  expect(student.cells).toHaveLength(2);
  expect(student.cells[0]).toBe(first);
  expect([stripped, solutions]).toEqual([[1], 1]);
  const origin = { source: "../a.ipynb", digest: solutionDigest(original) };
  expect(student.metadata.optimlab).toEqual({ student: origin });
});

test.each<[what: string, original: Notebook, message: string]>([
  ["no solution", notebook(code("1")), "there is no solution"],
  [
    "a marker alone",
    notebook(code("1"), code("// BEGIN SOLUTION")),
    "cell 2, line 1: BEGIN SOLUTION without",
  ],
  [
    "a language without a stub",
    { ...notebook(code(solved)), metadata: { language_info: { name: "cobol" } } },
    "there is no stub for the language cobol",
  ],
])("%s is an error", (_, original, message) => {
  expect(() => studentNotebook(original, "a.ipynb")).toThrow(message);
});
