import { describe, expect, test } from "vitest";
import { emptyOutputs, executionOrder } from "../../../../kernel/check/lint/execution.js";
import type { Output } from "../../../../kernel/notebook/notebook.js";
import { code, markdown, notebook, shown } from "../cells.js";

describe("cells that ran in order", () => {
  test.each<[what: string, counts: (number | null)[]]>([
    ["as in a fresh kernel", [1, 2, 3]],
    ["none", []],
  ])("%s are as they should be", (_, counts) => {
    expect(executionOrder(notebook(counts.map((count) => code("1", { count }))))).toEqual([]);
  });

  test("may be skipped, empty or prose", () => {
    const skipped = code("1", { count: null, metadata: { tags: ["skip-execution"] } });
    const marked = code("// NBVAL_SKIP", { count: null });
    const cells = [
      markdown("a"),
      code("1"),
      skipped,
      marked,
      code(" ", { count: null }),
      code("2", { count: 2 }),
    ];
    expect(executionOrder(notebook(cells))).toEqual([]);
  });
});

test.each<[counts: (number | null)[], findings: object[]]>([
  [[null, null], [{ message: "no cell of the notebook was run: its readers see no outputs" }]],
  [[1, null, 2], [{ cell: 1, message: "cell [2] was not run" }]],
  [
    [1, 3, 2],
    [{ cell: 2, message: "out of order: [2] stands after [3]; run all cells anew, from the first" }],
  ],
  [[1, 1], [{ cell: 1, message: "out of order: [1] stands after [1]; run all cells anew, from the first" }]],
  [[2, 5], [{ message: "2 cells were run, the last as [5]: some were run again or are gone; run all anew" }]],
])("cells that ran as %j are found", (counts, findings) => {
  expect(executionOrder(notebook(counts.map((count) => code("1", { count }))))).toEqual(findings);
});

test.each<[what: string, output: Output, empty: boolean]>([
  ["a stream of nothing", { output_type: "stream", name: "stdout", text: [""] }, true],
  ["a stream", { output_type: "stream", name: "stdout", text: ["\n"] }, false],
  ["no forms", shown({}), true],
  ["an empty form", shown({ "text/plain": [] }), true],
  ["a form", shown({ "text/plain": "", "application/json": 0 }), false],
  ["an error", { output_type: "error", ename: "", evalue: "", traceback: [] }, false],
])("%s is empty: %s", (_, output, empty) => {
  const found = emptyOutputs(notebook([markdown("a"), code("1", { outputs: [output] })]));
  expect(found).toEqual(empty ? [{ cell: 1, message: "an output is empty" }] : []);
});
