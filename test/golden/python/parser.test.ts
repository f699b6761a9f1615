import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "./parser.js";
import type { Expression } from "./syntax.js";

/** Writes a tree back as Python, with every pair of parentheses: what binds to what becomes visible. */
function write(node: Expression): string {
  switch (node.kind) {
    case "number":
      return node.isFloat && Number.isInteger(node.value) ? `${node.value}.0` : String(node.value);
    case "constant":
      if (typeof node.value === "string") return JSON.stringify(node.value);
      return node.value === null ? "None" : node.value ? "True" : "False";
    case "ellipsis":
      return "...";
    case "name":
      return node.name;
    case "attribute":
      return `${write(node.object)}.${node.name}`;
    case "call": {
      const keywords = node.keywords.map(({ name, value }) => `${name}=${write(value)}`);
      return `${write(node.callee)}(${[...node.positional.map(write), ...keywords].join(", ")})`;
    }
    case "subscript":
      return `${write(node.object)}[${write(node.index)}]`;
    case "slice": {
      const [from, to, step] = [node.from, node.to, node.step].map((part) =>
        part === null ? "" : write(part),
      );
      return `${from}:${to}${step === "" ? "" : `:${step}`}`;
    }
    case "list":
      return `[${node.items.map(write).join(", ")}]`;
    case "tuple":
      return node.items.length === 1 ? `${write(node.items[0]!)},` : node.items.map(write).join(", ");
    case "comprehension": {
      const condition = node.condition === null ? "" : ` if ${write(node.condition)}`;
      return `[${write(node.item)} for ${node.variables.join(", ")} in ${write(node.iterable)}${condition}]`;
    }
    case "unary":
      return `(${node.operator} ${write(node.operand)})`;
    case "binary":
    case "comparison":
    case "logical":
      return `(${write(node.left)} ${node.operator} ${write(node.right)})`;
    case "conditional":
      return `(${write(node.yes)} if ${write(node.test)} else ${write(node.no)})`;
    case "lambda":
      return `(lambda ${node.parameters.join(", ")}: ${write(node.body)})`;
  }
}

describe("parse", () => {
  test.each([
    ["1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"],
    ["a @ b / c // d % e", "((((a @ b) / c) // d) % e)"],
    ["-2 ** -1", "(- (2 ** (- 1)))"],
    ["2 ** 3 ** 2", "(2 ** (3 ** 2))"],
    ["-x.abs()", "(- x.abs())"],
    ["~m & n | k ^ j << 1", "(((~ m) & n) | (k ^ (j << 1)))"],
    ["x > 0", "(x > 0)"],
    ["not a and b or c", "(((not a) and b) or c)"],
    ["a not in b", "(a not in b)"],
    ["a is not None", "(a is not None)"],
    ["0.9 if e%5==0 else 1.0", "(0.9 if ((e % 5) == 0) else 1.0)"],
    ["lambda e, k: e // k", "(lambda e, k: (e // k))"],
    ["torch.randn(5,10)", "torch.randn(5, 10)"],
    ["f(x, dim=-1, dtype=torch.float64)", "f(x, dim=(- 1), dtype=torch.float64)"],
    ["f((3, 4), (5,), [6, 7,], ())", "f(3, 4, 5,, [6, 7], )"],
    ["[(1, 2), (3), 4]", "[1, 2, 3, 4]"],
    ["x[1:3, ::2]", "x[1:3, ::2]"],
    ["x[-1], x[:-1], x[..., None]", "x[(- 1)], x[:(- 1)], x[..., None]"],
    ["[b[0] for b in f(x) if b]", "[b[0] for b in f(x) if b]"],
    ["sum(a * b for a, b in zip(x, y))", "sum([(a * b) for a, b in zip(x, y)])"],
    ["'it''s'", null],
    ['"a\\"b" + \'c\\n\'', '("a\\"b" + "c\\n")'],
    ["1. + .5 + 1e-3 + 1_000 + 0xff", "((((1.0 + 0.5) + 0.001) + 1000) + 255)"],
    ["9007199254740993", "9007199254740993"],
  ])("%s", (source, written) => {
    if (written === null) expect(() => parse(source)).toThrow();
    else expect(write(parse(source))).toBe(written);
  });

  test.each([
    ["", "the expression ends too early"],
    ["f(", "the expression ends too early"],
    ["f(x", 'expected ","'],
    ["f(a=1, b)", "positional argument follows keyword argument"],
    ["a b", '"b" does not belong here'],
    ["a $ b", '"$" does not belong here'],
    ["1 < x < 2", "chained comparisons are not supported"],
    ["x.1", "the expression"],
    ["if", '"if" does not belong here'],
    ["[1, 2", 'expected ","'],
  ])("refuses %j", (source, problem) => {
    const attempt = (): unknown => parse(source);
    expect(attempt).toThrow(SyntaxError);
    if (problem !== "the expression") expect(attempt).toThrow(problem);
  });

  test("points at the place", () => {
    expect(() => parse("x + ) y")).toThrow('")" does not belong here\n  x + ) y\n      ^');
  });

  test("reads back what a tree was written as", () => {
    fc.assert(
      fc.property(tree, (source) => {
        expect(write(parse(source))).toBe(source);
      }),
    );
  });

  test("of any text gives a tree or a SyntaxError", () => {
    const texts = fc.array(
      fc.constantFrom(
        "x",
        "(",
        ")",
        "[",
        "]",
        ",",
        ":",
        ".",
        "1",
        "2.5",
        "+",
        "**",
        "-",
        "=",
        "if",
        "for",
        "in",
        " ",
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(texts, (pieces) => {
        try {
          parse(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** Fully parenthesised expressions. */
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom("x", "x0", "1", "2.5", "None", "True", '"sum"'),
    fc
      .tuple(
        tie("tree"),
        fc.constantFrom("+", "-", "*", "/", "//", "%", "**", "@", "<", "==", "and", "or"),
        tie("tree"),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("tree").map((operand) => `(- ${operand})`),
    fc.array(tie("tree"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc.tuple(tie("tree"), tie("tree")).map(([argument, value]) => `torch.f(${argument}, dim=${value})`),
    fc
      .tuple(tie("tree"), tie("tree"), tie("tree"))
      .map(([yes, test, no]) => `(${yes} if ${test} else ${no})`),
    fc.tuple(tie("tree"), tie("tree")).map(([from, to]) => `x[${from}:${to}]`),
  ),
}));
