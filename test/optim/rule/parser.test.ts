import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { print } from "../../../src/optim/rule/notation.js";
import { parse } from "../../../src/optim/rule/parser.js";
import { RuleError } from "../../../src/optim/rule/tokens.js";
import { statementLists, withoutPlaces } from "./support.js";

const names = ["θ", "g", "t", "m", "m̂", "v_max", "β1", "lr", "weightDecay"];

describe("parse", () => {
  it.each([
    ["spaces do not matter", "θ←θ−lr·g", "θ ← θ − lr·g"],
    ["ASCII spellings", "θ <- θ - lr*g^2/sqrt(v) + abs(x)", "θ ← θ − lr·g²/√v + |x|"],
    ["other signs", "θ := θ – lr × g ** 2 ÷ 3 ⋅ x", "θ ← θ − lr·g²/3·x"],
    ["subscripts are digits of the name", "m ← β₁·m", "m ← β1·m"],
    ["superscripts", "x ← β1ᵗ + a² + a¹⁰", "x ← β1^t + a² + a¹⁰"],
    ["· and / from left to right", "x ← a/b·c", "x ← a/b·c"],
    ["^ from right to left", "x ← a^b^c", "x ← a^(b^c)"],
    ["− binds weaker than ^", "x ← −a²", "x ← −a²"],
    ["a sign after an operator", "x ← a·−b^−c", "x ← a·(−b^(−c))"],
    ["a leading plus", "x ← +a + b", "x ← a + b"],
    ["needless parentheses go", "x ← ((a)·(b))", "x ← a·b"],
    ["needed ones stay", "x ← (a + b)·(c − d)", "x ← (a + b)·(c − d)"],
    ["a product in a product", "x ← a/(b·c)", "x ← a/(b·c)"],
    ["√ takes what follows at once", "x ← √a·b + √(a·b)", "x ← √a·b + √(a·b)"],
    ["powers of roots", "x ← (√a)²", "x ← (√a)²"],
    ["nested bars", "x ← ||a| − 1|·|b|", "x ← ||a| − 1|·|b|"],
    ["numbers", "x ← .5 + 1e-8 + 2. + 1.5E+3", "x ← 0.5 + 1e-8 + 2 + 1500"],
    ["comments and empty lines", "// decay\n\nx ← a // why\n", "x ← a"],
    ["a line goes on inside parentheses", "x ← (a +\nb)", "x ← a + b"],
    [
      "conditions",
      "x ← a when nesterov and not (a = 1 or b != 2)",
      "x ← a when nesterov and not (a = 1 or b ≠ 2)",
    ],
    ["a comparison with a negative number", "x ← a when t <-1", "x ← a when t < −1"],
    [
      "new states",
      "b ← g when b is new\nb ← b otherwise when not b is new",
      "b ← g when b is new\nb ← b otherwise when b is not new",
    ],
    ["a block of one line", "when a > 0:\n  x ← a", "x ← a when a > 0"],
    ["blocks", "when a > 0:\n  x ← a\n  y ← b when c\notherwise:\n  x ← b\n  y ← a\nz ← x", undefined],
  ])("%s", (_, source, printed = source) => {
    expect(print(parse(source))).toBe(printed);
  });

  it("reads back what it prints", () => {
    fc.assert(
      fc.property(statementLists(names), (statements) => {
        expect(withoutPlaces(parse(print(statements)))).toEqual(withoutPlaces(statements));
      }),
      { numRuns: 300 },
    );
  });

  it("takes a name the same in every Unicode normal form", () => {
    expect(withoutPlaces(parse("ĝ ← ĝ".normalize("NFD")))).toEqual(
      withoutPlaces(parse("ĝ ← ĝ".normalize("NFC"))),
    );
  });

  it("answers any text with statements or a RuleError", () => {
    const pieces = [
      "θ",
      "←",
      "m̂",
      " ",
      "\n",
      "  ",
      "(",
      ")",
      "|",
      "√",
      "²",
      "^",
      "·",
      "when ",
      "otherwise",
      ":",
      "not ",
      "is new",
      "1",
      "1e",
      "max",
      ",",
      "<-",
      "//",
      "𝑥",
      "\u0302",
      "ᵗ",
    ];
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...pieces)).map((list) => list.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        try {
          parse(source);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["", "rule, line 1: the rule is empty"],
    [
      "θ ← lr g",
      "rule, line 1: g where the line should end or go on with an operator\n  θ ← lr g\n         ^\nA product needs its sign: write a·b or a*b.",
    ],
    [
      "  m̂ ← a\n  θ ← m̂ − \n",
      "rule, line 2: the end of the line where a value is expected\n  θ ← m̂ −\n         ^\n",
    ],
    ["m̂·m̂ ← θ", "rule, line 1: · where ← (or <-) is expected\n  m̂·m̂ ← θ\n   ^\n"],
    ["θ ← (a", "the end of the line where a closing parenthesis is expected"],
    ["θ ← a)", ") where the line should end"],
    ["θ ← |a", "the end of the line where the closing | is expected"],
    ["θ ← max(a)", "max takes 2 to 9 arguments, not 1"],
    ["θ ← sqrt(a, b)", "sqrt takes 1 arguments, not 2"],
    ["θ ← sqrt a", "a where an opening parenthesis is expected"],
    ["θ ← √a²", "a power after √ can be read in two ways\n  θ ← √a²\n        ^\nWrite √(x²) or (√x)²."],
    ["θ ← a $ b", "the character $ means nothing here"],
    ["θ ← a when", "the end of the line where a value is expected"],
    ["when a:\nθ ← a", "the block is empty"],
    ["when a\n  θ ← a", "the end of the line where a colon, which begins the block is expected"],
    ["θ ← a\n  θ ← b", "this line is indented, but no block begins above it"],
    ["  θ ← a\nθ ← b", "this line stands left of the first one"],
    ["θ ← a otherwise", "otherwise has no condition above it"],
    ["θ ← a when b\nθ ← a otherwise\nθ ← c otherwise", "rule, line 3: otherwise has no condition above it"],
    ["θ ← a when (a + b) is new", "only a state can be new"],
    ["5 ← a", "5 cannot begin a line"],
  ])("refuses %j", (source, message) => {
    expect(() => parse(source)).toThrow(RuleError);
    expect(() => parse(source)).toThrow(message);
  });
});
