import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  markerLine,
  solutionLines,
  stripSolutions,
  stubOf,
} from "../../../../kernel/check/student/solutions.js";

const lines = ["// Your code here", "throw 1;"];

describe("what stands between the markers", () => {
  test.each<[source: string, stripped: string, topLevel: boolean]>([
    ["// BEGIN SOLUTION\nlet x = 1;\n// END SOLUTION\nx", "// Your code here\nthrow 1;\nx", true],
    [
      "function f() {\n  // BEGIN SOLUTION\n  return 1;\n  // END SOLUTION\n}",
      "function f() {\n  // Your code here\n  throw 1;\n}",
      false,
    ],
    ["### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "// Your code here\nthrow 1;", true],
    ["1\n/* BEGIN SOLUTION */\n2\n/* END SOLUTION */", "1\n// Your code here\nthrow 1;", true],
    ["<!-- BEGIN SOLUTION -->\nyes\n<!-- END SOLUTION -->", "// Your code here\nthrow 1;", true],
    ["1\n// BEGIN HIDDEN TESTS\n2\n// END HIDDEN TESTS\n3", "1\n3", false],
    ["the END of a SOLUTION", "the END of a SOLUTION", false],
  ])("of %j", (source, stripped, topLevel) => {
    expect(stripSolutions(source, lines)).toMatchObject({ source: stripped, topLevel });
  });

  test("may be more than one solution", () => {
    const part = "// BEGIN SOLUTION\n1\n// END SOLUTION\n";
    expect(stripSolutions(part + part, ["?"])).toEqual({ source: "?\n?", solutions: 2, topLevel: true });
  });

  test.each([
    ["// BEGIN SOLUTION\n1", "line 1: BEGIN SOLUTION without an END SOLUTION after it"],
    ["1\n// END SOLUTION", "line 2: END SOLUTION without a BEGIN SOLUTION before it"],
    ["// BEGIN SOLUTION\n// BEGIN SOLUTION", "line 2: BEGIN SOLUTION within SOLUTION of line 1"],
    ["1 // BEGIN SOLUTION", "line 1, 1 // BEGIN SOLUTION: a marker is a comment alone on its line"],
    ["// BEGIN_SOLUTION", "line 1, // BEGIN_SOLUTION: a marker"],
    ["// BEGIN SOLUTION\n// END HIDDEN TESTS", "line 2: END HIDDEN TESTS without a BEGIN"],
  ])("%j is an error", (source, message) => {
    expect(() => stripSolutions(source, lines)).toThrow(message);
  });

  test("never stays, and all else does", () => {
    const text = fc.array(fc.stringMatching(/^[a-z;{}]{0,8}$/), { maxLength: 5 });
    fc.assert(
      fc.property(text, text, text, (before, solution, after) => {
        const source = [...before, "// BEGIN SOLUTION", ...solution, "// END SOLUTION", ...after].join("\n");
        expect(stripSolutions(source, ["?"]).source).toBe([...before, "?", ...after].join("\n").trimEnd());
        expect(solutionLines(source)).toEqual(solution);
        expect(markerLine(source)).toBe(before.length + 1);
      }),
    );
  });
});

test("the stub throws in the language of the cell", () => {
  expect(stubOf("TypeScript").statement).toBe('throw new Error("not yet solved");');
  expect(stubOf("python").statement).toBe('raise NotImplementedError("not yet solved")');
  expect(() => stubOf("cobol")).toThrow("there is no stub for the language cobol; there are typescript,");
});
