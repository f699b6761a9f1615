import { describe, expect, test } from "vitest";
import { cellDirectives, type Directives, errorFailure } from "../../../kernel/check/directives.js";
import { defaultCompareOptions } from "../../../kernel/check/types.js";
import type { Cell } from "../../../kernel/notebook/notebook.js";

function cell(source: string, metadata: Record<string, unknown> = {}): Cell {
  return { cell_type: "code", source, metadata, outputs: [], execution_count: null };
}

const plain: Directives = {
  ...defaultCompareOptions,
  raises: false,
  mustRaise: false,
  checkOutput: true,
  onlyInCi: false,
};

test("a cell that says nothing is run and compared", () => {
  expect(cellDirectives(cell("1"), {})).toEqual(plain);
});

describe("tags", () => {
  test.each<[tag: string, said: Partial<Directives>]>([
    ["raises-exception", { raises: true }],
    ["nbval-raises-exception", { raises: true }],
    ["skip-execution", { skip: "tagged skip-execution" }],
    ["nbval-skip", { skip: "tagged nbval-skip" }],
    ["nbval-ignore-output", { checkOutput: false }],
    ["nbval_ignore_output", { checkOutput: false }],
    ["remove-output", { checkOutput: false }],
    ["nbval-check-output", { checkOutput: true }],
    ["only-in-ci", { onlyInCi: true }],
    ["solution", {}],
    ["hide-input", {}],
  ])("%s", (tag, said) => {
    expect(cellDirectives(cell("1", { tags: ["exercise", tag] }), {})).toEqual({ ...plain, ...said });
  });

  test.each([
    ["raise-exception", 'the tag raise-exception means nothing; did you mean "raises-exception"?'],
    ["Skip-Execution", 'the tag Skip-Execution means nothing; did you mean "skip-execution"?'],
    [
      "nbval-skpi",
      'there is no tag nbval-skpi; did you mean "nbval-skip"?; there are nbval-raises-exception,',
    ],
  ])("%s is a slip", (tag, message) => {
    expect(() => cellDirectives(cell("1", { tags: [tag] }), {})).toThrow(message);
  });
});

describe("comments", () => {
  test.each<[source: string, said: Partial<Directives>]>([
    ["// NBVAL_SKIP\n1", { skip: "marked NBVAL_SKIP" }],
    ["# NBVAL_SKIP", { skip: "marked NBVAL_SKIP" }],
    ["1\n  //NBVAL_IGNORE_OUTPUT: random", { checkOutput: false }],
    ["# PYTEST_VALIDATE_IGNORE_OUTPUT", { checkOutput: false }],
    ["// NBVAL_RAISES_EXCEPTION", { raises: true }],
    ["// NBVAL_CHECK_OUTPUT", { checkOutput: true }],
    ["// NBVAL_TEST_NAME: the loop", { name: "the loop" }],
    ["// check: rtol=1e-3 timeout=5s", { rtol: 1e-3, timeout: 5 }],
    ["# check: atol=1e-3 only-in-ci", { atol: 1e-3, onlyInCi: true }],
    ["-- check: skip", { skip: "marked check: skip" }],
    [
      '// check: raises="no number here" timeout=1min',
      { raises: true, mustRaise: true, expectedError: "no number here", timeout: 60 },
    ],
    ["// check: raises=TypeError", { raises: true, mustRaise: true, expectedError: "TypeError" }],
    ["// check: raises", { raises: true }],
    ["// check: ignore-output exact", { checkOutput: false, exact: true }],
    ["// check: ignore-types=stderr,text/html", { ignoreTypes: ["stderr", "text/html"] }],
    ['// check: ignore="a b"\n// check: ignore=c', { ignore: ["a b", "c"] }],
    // Prose, and code that only looks like it.
    ["// check: the result is right", {}],
    ["# check: a == b", {}],
    ["// check: skip the first", {}],
    ["const s = 1; // check: skip", {}],
    ["// Check NBVAL_SKIP", {}],
  ])("%j", (source, said) => {
    expect(cellDirectives(cell(source), {})).toEqual({ ...plain, ...said });
  });

  test.each([
    ["1\n// check: rtl=1e-3", 'line 2, // check: rtl=1e-3: there is no setting rtl; did you mean "rtol"?'],
    ["// check: rtol=small", 'line 1, // check: rtol=small: rtol is "small"; expected a number from 0'],
    ["// check: skp", 'there is no setting skp; did you mean "skip"?'],
    ["# NBVAL_SKPI", 'line 1, # NBVAL_SKPI: there is no NBVAL_SKPI; did you mean "NBVAL_SKIP"?; there are'],
    ["# NBVAL_TEST_NAME:", 'name is ""; expected a text'],
  ])("%j is a slip", (source, message) => {
    expect(() => cellDirectives(cell(source), {})).toThrow(message);
  });
});

describe("settings for more than one cell", () => {
  test.each<[what: string, metadata: Record<string, unknown>, said: Partial<Directives>]>([
    ["ours", { optimlab: { check: { rtol: 0.01, timeout: "30s" } } }, { rtol: 0.01, timeout: 30 }],
    ["nbmake's timeout", { execution: { timeout: 60 } }, { timeout: 60 }],
    ["no timeout", { execution: { timeout: -1 } }, {}],
    ["nbclient's allowed errors", { execution: { allow_errors: true } }, { raises: true }],
  ])("in the notebook's metadata: %s", (_, metadata, said) => {
    expect(cellDirectives(cell("1"), metadata)).toEqual({ ...plain, ...said });
  });

  test("give way to what is nearer to the cell, but what is ignored adds up", () => {
    const notebook = { optimlab: { check: { rtol: 2, atol: 2, pixels: 0.2, ignore: "b" } } };
    const metadata = {
      tags: ["nbval-ignore-output"],
      optimlab: { check: { atol: 3, pixels: 0.3, output: "check" } },
    };
    const project = { rtol: 1, atol: 1, timeout: 1, ignore: ["a"] };
    expect(cellDirectives(cell("// check: pixels=0.4", metadata), notebook, project)).toEqual({
      ...plain,
      rtol: 2,
      atol: 3,
      pixels: 0.4,
      timeout: 1,
      ignore: ["a", "b"],
    });
  });

  test("are refused where they are wrong, with the place", () => {
    const wrong = { optimlab: { check: { rtl: 1 } } };
    expect(() => cellDirectives(cell("1"), wrong)).toThrow(
      "the notebook's metadata: optimlab.check: there is no",
    );
    expect(() => cellDirectives(cell("1", wrong), {})).toThrow(
      "the cell's metadata: optimlab.check: there is no",
    );
  });
});

const raised = { ename: "TypeError", evalue: "no number" };

test.each<[settings: object, error: typeof raised | undefined, failure: string | undefined]>([
  [{}, undefined, undefined],
  [{}, raised, "TypeError: no number"],
  [{ raises: true }, undefined, undefined],
  [{ raises: true }, raised, undefined],
  [{ raises: "no number" }, raised, undefined],
  [{ raises: "TypeError: no number" }, raised, undefined],
  [{ raises: "/^Type.*number$/" }, raised, undefined],
  [{ raises: "/NO NUMBER/i" }, raised, undefined],
  [
    { raises: "Type.*number" },
    raised,
    "it may raise an error with “Type.*number”, and raised TypeError: no number",
  ],
  [
    { raises: "/^number/" },
    raised,
    "it may raise an error with “/^number/”, and raised TypeError: no number",
  ],
  [{ raises: "no number" }, undefined, "it has to raise an error with “no number”, and raised none"],
  [{ mayRaise: "no number" }, undefined, undefined],
  [{ mayRaise: "no number" }, raised, undefined],
  [
    { mayRaise: "RangeError" },
    raised,
    "it may raise an error with “RangeError”, and raised TypeError: no number",
  ],
])("with %j and the error %j", (settings, error, failure) => {
  const directives = cellDirectives(cell("1", { optimlab: { check: settings } }), {});
  expect(errorFailure(directives, error)).toBe(failure);
});
