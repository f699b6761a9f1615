import { parseFragment } from "parse5";
import { describe, expect, test } from "vitest";
import { githubAnnotations } from "../../../../kernel/check/report/github.js";
import { junit } from "../../../../kernel/check/report/junit.js";
import { type CellReport, exitCode, type FileReport } from "../../../../kernel/check/report/report.js";
import { describeAll, describeFailures, describeFile } from "../../../../kernel/check/report/terminal.js";
import { Paper } from "../../../../kernel/terminal/paper.js";

const cell: CellReport = {
  index: 1,
  number: 1,
  name: "a < b && \u0007",
  headings: ["Title", "The model"],
  line: 12,
  outcome: "passed",
  problems: [],
  afterError: false,
  seconds: 0.25,
};
const problem = { message: "stdout: 1 number, 100% wrong", lines: ["- 0.5", "+ 0.6"], line: 12 };
const file: FileReport = { file: "a,b.ipynb", cells: [cell], lint: [], notes: [], seconds: 1 };
const failed: FileReport = {
  ...file,
  cells: [
    { ...cell, outcome: "failed", problems: [problem] },
    { ...cell, number: 2, outcome: "skipped", reason: "tagged skip-execution" },
    { ...cell, number: 3, outcome: "failed", afterError: true, problems: [problem] },
  ],
};
const broken: FileReport = { ...file, cells: [], error: "not JSON" };
const linted: FileReport = {
  ...file,
  lint: [
    { rule: "link", level: "error", message: "nothing is at a.md", line: 3 },
    { rule: "empty-output", level: "warning", message: "an empty output", line: 4 },
  ],
};
const paper = new Paper({ write: () => {} });

test.each<[FileReport[], number]>([
  [[], 0],
  [[file], 0],
  [[file, failed], 1],
  [[failed, broken], 2],
  [[linted], 1],
  [[{ ...linted, lint: linted.lint.slice(1) }], 0],
])("exit code %#", (reports, code) => {
  expect(exitCode(reports)).toBe(code);
});

describe("in a terminal", () => {
  test.each<[FileReport, string]>([
    [file, "✓ a,b.ipynb  1 cell, 1.0 s"],
    [failed, "✗ a,b.ipynb  2 of 3 cells failed, 1 skipped, 1.0 s"],
    [broken, "! a,b.ipynb  not JSON"],
    [{ ...file, notes: ["flaky"] }, "✓ a,b.ipynb  1 cell, 1.0 s\n  note: flaky"],
  ])("a line for a file %#", (report, line) => {
    expect(describeFile(report, paper)).toBe(line);
  });

  test("what can be seen without running it", () => {
    expect(describeFailures(linted, paper)).toBe(
      "a,b.ipynb:3 error nothing is at a.md (link)\na,b.ipynb:4 warning an empty output (empty-output)\n",
    );
  });

  test("what is wrong, and where; little of what follows an error", () => {
    expect(describeFailures(failed, paper)).toBe(
      "a,b.ipynb:12 cell [1] under “The model”\n  │ a < b && \u0007\n  stdout: 1 number, 100% wrong\n" +
        "    - 0.5\n    + 0.6\n\na,b.ipynb:12 cell [3], after that error: stdout: 1 number, 100% wrong\n",
    );
  });

  test("the sum", () => {
    expect(describeAll([file, failed, broken], 2, paper)).toBe(
      "3 files: 1 passed, 1 failed, 1 could not be checked; 4 cells in 2.0 s",
    );
  });
});

test("GitHub is told file and line, with its own marks escaped", () => {
  expect(githubAnnotations(failed).split("\n")[0]).toBe(
    "::error file=a%2Cb.ipynb,line=12,title=cell [1]::stdout: 1 number, 100%25 wrong%0A- 0.5%0A+ 0.6",
  );
  expect(githubAnnotations(linted)).toBe(
    "::error file=a%2Cb.ipynb,line=3,title=link::nothing is at a.md\n" +
      "::warning file=a%2Cb.ipynb,line=4,title=empty-output::an empty output\n",
  );
  expect(githubAnnotations(broken)).toBe("::error file=a%2Cb.ipynb,title=could not be checked::not JSON\n");
});

test("JUnit's XML is well formed, and counts", () => {
  const xml = junit([failed, broken, linted]);
  expect(xml).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
  expect(xml).not.toContain("\u0007");
  expect(xml).toContain('name="cell [1] a &lt; b &amp;&amp; \ufffd"');
  const names: string[] = [];
  const visit = (node: { nodeName: string; childNodes?: unknown[] }) => {
    names.push(node.nodeName);
    for (const child of node.childNodes ?? []) visit(child as typeof node);
  };
  // HTML's parser knows no self-closing tags of unknown names.
  visit(parseFragment(xml.replace(/<(\w+)([^>]*)\/>/g, "<$1$2></$1>")) as { nodeName: string });
  const count = (name: string) => names.filter((one) => one === name).length;
  expect([count("testsuite"), count("testcase"), count("failure"), count("skipped"), count("error")]).toEqual(
    [3, 6, 3, 1, 1],
  );
  expect(xml).toContain('tests="3" failures="2" errors="0" skipped="1"');
});
