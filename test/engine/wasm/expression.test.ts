import { describe, expect, test } from "vitest";
import { parseExpression, partsOf, Unsupported } from "../../../src/engine/wasm/expression.js";

const a = { kind: "operand", name: "a" };
const b = { kind: "operand", name: "b" };
const number = (value: number) => ({ kind: "number", value });

describe("parseExpression", () => {
  test.each<[text: string, tree: object]>([
    ["a", a],
    ["1.5e-3", number(0.0015)],
    [".5", number(0.5)],
    ["-Infinity", number(-Infinity)],
    ["-0", number(-0)],
    ["2 * Math.PI - 1", number(2 * Math.PI - 1)],
    ["-a", { kind: "negative", of: a }],
    ["(a)", a],
    ["a ** -2", { kind: "power", base: a, exponent: -2 }],
    ["-a * b", { kind: "arithmetic", operator: "*", left: { kind: "negative", of: a }, right: b }],
    [
      "a - b - 1",
      {
        kind: "arithmetic",
        operator: "-",
        left: { kind: "arithmetic", operator: "-", left: a, right: b },
        right: number(1),
      },
    ],
    ["Math.max(a, b)", { kind: "call", name: "Math.max", arguments: [a, b] }],
    [
      "a > 0 ? a : b",
      {
        kind: "choice",
        condition: { kind: "comparison", operator: ">", left: a, right: number(0) },
        chosen: a,
        otherwise: b,
      },
    ],
  ])("%s", (text, tree) => {
    expect(parseExpression(text)).toEqual(tree);
  });

  test.each([
    "",
    "a +",
    "(a",
    "a b",
    "a % b",
    "a | b",
    "a ** b",
    "!a",
    "a ? 1 : 0",
    "a > b",
    "(a > b) + 1",
    "f()",
    "a; b",
    "a[0]",
    "a = 1",
    "a > 0 ? 1",
  ])("has nothing for '%s'", (text) => {
    expect(() => parseExpression(text)).toThrow(Unsupported);
  });
});

test("partsOf gives the expression and all in it", () => {
  const parts = [...partsOf(parseExpression("a > 0 && b > 0 ? Math.exp(-a) : b ** 2"))];
  expect(parts.map(({ kind }) => kind)).toEqual([
    "choice",
    "logical",
    "comparison",
    "operand",
    "number",
    "comparison",
    "operand",
    "number",
    "call",
    "negative",
    "operand",
    "power",
    "operand",
  ]);
});
