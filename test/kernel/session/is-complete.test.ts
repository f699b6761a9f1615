import { describe, expect, test } from "vitest";
import { isComplete } from "../../../kernel/session/is-complete.js";
import { loadTslab } from "../../../kernel/session/tslab.js";

const tslab = loadTslab();

describe("isComplete", () => {
  test.each([
    ["", "complete"],
    ["1 + 1", "complete"],
    ["const s = 'a'\n", "complete"],
    ["for (const x of [1]) {\n  x;\n}", "complete"],
    ["let generic: Map<string, number>", "complete"],
    ["await fetch('x')", "complete"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the code of a cell.
    ["`${`nested`}`", "complete"],
    ["const = 1", "invalid"],
    ["const a = 'open", "invalid"],
    ["}", "invalid"],
    ["let let = 1 1", "invalid"],
    ["f(]", "invalid"],
  ])("%j is %s", (code, status) => {
    expect(isComplete(tslab.typescript, code)).toEqual({ status });
  });

  test.each([
    ["function f() {", "  "],
    ["class A {\n  x = 1;", "  "],
    ["  f(", "    "],
    ["const a = [1,", ""],
    ["const a =", ""],
    ["1 +", ""],
    ["`open", ""],
    ["`open ${a", ""],
    ["/* comment", ""],
    ["if (true) {\n  g({\n", ""],
    ["x => {", "  "],
    ["try { f() }", ""],
  ])("%j wants more, indented by %j", (code, indent) => {
    expect(isComplete(tslab.typescript, code)).toEqual({ status: "incomplete", indent });
  });
});
