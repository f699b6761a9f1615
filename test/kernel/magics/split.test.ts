import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, type Names, only, type Step, splitCell } from "../../../kernel/magics/split.js";
import { Syntax } from "../../../kernel/magics/syntax.js";
import { loadTslab } from "../../../kernel/session/tslab.js";

const { typescript } = loadTslab();
const syntax = new Syntax(typescript);
const names: Names = {
  isMagic: (name) => ["time", "timeit", "who", "html"].includes(name),
  isKnown: (name) => ["done", "f", "console"].includes(name) || syntax.isWord(name),
  isProgram: (name) => ["ls", "echo", "done", "/bin/ls"].includes(name),
};

const split = (cell: string): Step[] => splitCell(cell, syntax, names);
/** The parts of a cell in a form that is easy to read: kind and text. */
const parts = (cell: string): string[][] =>
  split(cell).map((step) => {
    const text = (span: { start: number; end: number }): string => cell.slice(span.start, span.end);
    if (step.kind === "code") return ["code", text(step).trim()];
    if (step.kind !== "magic") return [step.kind, text(step.argument)];
    const body = step.body ? [text(step.body)] : [];
    return [step.name, text(step.argument), ...body];
  });

describe("stays TypeScript", () => {
  test.each([
    ["a remainder that goes on in the next line", "let a = 7\n% done"],
    ["a remainder over several lines", "let a = 7\n% f(\n 3)"],
    ["a remainder by an undeclared name that is no magic", "let a = 7\n%b"],
    ["a remainder by a variable with the name of a magic", "let time = 2; let a = 7\n%time"],
    ["a negation", "!done && f()"],
    ["a negation of a variable with the name of a program", "let ls = 1\n!ls - 1"],
    ["a negation of a name that is not declared, and no program", "!donee && f()"],
    ["two negations", "!!done"],
    ["a negated regular expression", "!/x/.test('x')"],
    ["a negated word of the language", "!true"],
    ["a negated call of a function", "!function () { return 1 }()"],
    ["a magic in a template", "let a = `\n%time f()\n!ls\n`"],
    ["a magic in a comment", "/*\n%time f()\n!ls\n?done\n*/"],
    ["a magic in an open bracket", "f(\n%time\n"],
    ["a magic after an operator", "1 +\n%time f()"],
    ["a magic in a function", "function g() {\n  %time f()\n}"],
    ["a conditional", "let a = done\n? 1\n: 2"],
    ["a conditional whose question mark ends a line", "done?\n 1\n : 2"],
    ["optional properties", "interface A {\n  b?\n  : string\n  c?\n}"],
    ["nothing", ""],
    ["a lone percent sign", "% who"],
  ])("%s", (_, cell) => {
    expect(split(cell)).toEqual([{ kind: "code", start: 0, end: cell.length }]);
  });

  test("every source file of this project, whatever programs and magics there are", () => {
    const known = (name: string): boolean => name in globalThis || syntax.isWord(name);
    const everything: Names = { isMagic: () => true, isKnown: known, isProgram: () => true };
    const files = ["src", "kernel", "test"].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => /[^d]\.ts$/.test(file) && !file.includes("node_modules"))
        .map((file) => `${folder}/${file}`),
    );
    expect(files.length).toBeGreaterThan(200);
    for (const file of files) {
      const cell = readFileSync(file, "utf8");
      const whole = [{ kind: "code", start: 0, end: cell.length }];
      expect(splitCell(cell, syntax, everything), file).toEqual(whole);
    }
  });

  test("whatever parses, if its names are known", () => {
    const fragment = fc.constantFrom(
      ..."a|b|1|%|!|?|:|\n|\n% |\n!|\n? |\n: |(|)|`|$|{|}|;| + |'|//|/*|*/|%time |!ls|a?|?a|time|\n%who\n".split(
        "|",
      ),
    );
    const known: Names = { isMagic: () => true, isKnown: () => true, isProgram: () => true };
    let parsed = 0;
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
        const cell = fragments.join("");
        const cellMagic = cell.trimStart().startsWith("%%");
        if (cellMagic || syntax.completeness(cell).status !== "complete") return;
        parsed++;
        expect(splitCell(cell, syntax, known)).toEqual([{ kind: "code", start: 0, end: cell.length }]);
      }),
      { numRuns: 3000 },
    );
    expect(parsed).toBeGreaterThan(300);
  });
});

describe("is no TypeScript", () => {
  test.each<[string, string[][]]>([
    ["%time f()", [["time", "f()"]]],
    ["  %time f()  ", [["time", "f()"]]],
    ["%who", [["who", ""]]],
    [
      "let a = 7\n%who",
      [
        ["code", "let a = 7"],
        ["who", ""],
      ],
    ],
    [
      "let a = 7\n%time a",
      [
        ["code", "let a = 7"],
        ["time", "a"],
      ],
    ],
    [
      "%who\n%who",
      [
        ["who", ""],
        ["who", ""],
      ],
    ],
    [
      "f()\n%unknown thing\nf()",
      [
        ["code", "f()"],
        ["unknown", "thing"],
        ["code", "f()"],
      ],
    ],
    ["// said first\n%who\n// and last", [["who", ""]]],
    ["!ls", [["shell", "ls"]]],
    ["!ls -l", [["shell", "ls -l"]]],
    ["!/bin/ls", [["shell", "/bin/ls"]]],
    ["! echo hi there", [["shell", "echo hi there"]]],
    ["!nothing here", [["shell", "nothing here"]]],
    ["!done -l now", [["shell", "done -l now"]]],
    [
      "!echo a \\\n  b\nf()",
      [
        ["shell", "echo a \\\n  b"],
        ["code", "f()"],
      ],
    ],
    ["?f", [["help", "f"]]],
    ["??torch.relu", [["help", "torch.relu"]]],
    ["f?", [["help", "f"]]],
    ["console.log??", [["help", "console.log"]]],
    ["?%time", [["help", "%time"]]],
    ["%time?", [["help", "%time"]]],
    ["?", [["help", ""]]],
    ["%%html\n<b>\n%who", [["html", "", "<b>\n%who"]]],
    ["\n%%html  x y \n<b>", [["html", "x y", "<b>"]]],
    ["%%html", [["html", "", ""]]],
    [
      "let s = `\n`\n%who\nlet t = `\n%who\n`",
      [
        ["code", "let s = `\n`"],
        ["who", ""],
        ["code", "let t = `\n%who\n`"],
      ],
    ],
  ])("%j", (cell, expected) => {
    expect(parts(cell)).toEqual(expected);
  });

  const statements = fc.constantFrom(
    "f()",
    "let a = 7",
    "const s = `\n%time\n!ls\n`;",
    "if (done) {\n  !done;\n}",
    "/* %who\n*/ f(\n1)",
    "class A {\n  b? = 1\n}",
  );
  const magics = fc.constantFrom<[string, string[]]>(
    ["%who", ["who", ""]],
    ["%time f(2)", ["time", "f(2)"]],
    ["!echo hi", ["shell", "echo hi"]],
    ["?f", ["help", "f"]],
  );

  test("magics between statements, which stay as they are and where they are", () => {
    const line = fc.oneof(
      statements.map((text) => ({ text, magic: undefined as string[] | undefined })),
      magics.map(([text, magic]) => ({ text, magic: magic as string[] | undefined })),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        const cell = lines.map(({ text }) => text).join("\n");
        const expected: string[][] = [];
        for (const { text, magic } of lines) {
          const last = expected.at(-1);
          if (magic) expected.push(magic);
          else if (last?.[0] === "code") last[1] += `\n${text}`;
          else expected.push(["code", text]);
        }
        expect(parts(cell)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

describe("positions", () => {
  test("of any text stay what they are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("%time ", "%%time", "f()", "\n", "é", "😀", "!ls", "?", "`", " ")),
        (pieces) => {
          const cell = pieces.join("");
          const steps = split(cell);
          const code = codeOf(cell, steps, (name) => name === "time");
          expect(code.length).toBe(cell.length);
          for (let at = 0; at < cell.length; at++) {
            if (cell[at] === "\n") expect(code[at]).toBe("\n");
            else expect([" ", cell[at]]).toContain(code[at]);
          }
          for (const step of steps) {
            const alone = only(cell, step);
            expect(alone.slice(step.start)).toBe(cell.slice(step.start, step.end));
            expect(alone.slice(0, step.start).trim()).toBe("");
          }
        },
      ),
    );
  });

  test("the argument of a magic that takes code is code, other magics are blank", () => {
    const cell = "f()\n%time f.call\n%who f\n?done";
    expect(codeOf(cell, split(cell), (name) => name === "time")).toBe("f()\n      f.call\n      \n done");
  });
});
