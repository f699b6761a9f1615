import type { Comparison, Expression, FunctionName, ReductionName, Statement } from "./ast.js";

/** How one way of writing spells what the expressions are made of. */
export interface Notation {
  number(value: number): string;
  name(name: string): string;
  /** A product in pieces; each piece is a factor with what divides it. Must come out as one product. */
  product(pieces: { factor: string; divisors: string[]; startsWithDigit: boolean }[]): string;
  power(base: string, exponent: string, value: Expression): string;
  call(name: FunctionName, list: string[], simple: boolean): string;
  reduce(name: ReductionName, value: string): string;
  parentheses(inside: string): string;
  /** Whether a fraction bar already holds numerator and divisor together. */
  readonly fractions: boolean;
  minus: string;
  comparison: Record<Comparison, string>;
  and: string;
  or: string;
  not: string;
  isNew(name: string, negated: boolean): string;
}

const precedence = { or: 1, and: 2, not: 3, compare: 4, new: 4, sum: 5, product: 6, power: 7 } as const;
const primary = 8;

/** Write an expression; `strength` is the precedence that the surroundings demand without parentheses. */
export function write(expression: Expression, notation: Notation, strength = 0): string {
  const own = strengthOf(expression, notation);
  const text = spell(expression, notation);
  return own < strength ? notation.parentheses(text) : text;
}

function strengthOf(expression: Expression, notation: Notation): number {
  if (expression.kind === "name" || expression.kind === "call" || expression.kind === "reduce")
    return primary;
  // 2.5·10⁻⁷ is a product and 10⁻⁸ a power once it is typeset.
  if (expression.kind === "number")
    return notation.fractions && /e/.test(String(expression.value)) ? precedence.product : primary;
  return precedence[expression.kind];
}

function spell(expression: Expression, notation: Notation): string {
  const inner = (part: Expression, strength: number): string => write(part, notation, strength);
  switch (expression.kind) {
    case "number":
      return notation.number(expression.value);
    case "name":
      return notation.name(expression.name);
    case "sum":
      return expression.terms
        .map(({ negative, value }, k) => {
          const sign = negative ? notation.minus : "+";
          const term = inner(value, precedence.product);
          return k > 0 ? ` ${sign} ${term}` : negative ? `${sign}${term}` : term;
        })
        .join("");
    case "product": {
      const pieces: { factor: string; divisors: string[]; startsWithDigit: boolean }[] = [];
      const { factors } = expression;
      for (const [k, { divides, value }] of factors.entries()) {
        const divided = factors[k + 1]?.divides === true;
        // A fraction bar groups what is above it, and what is below if that is one thing.
        const alone = divides ? !factors[k - 1].divides && !divided : divided;
        const text = inner(value, notation.fractions && alone ? 0 : precedence.power);
        if (divides) pieces.at(-1)!.divisors.push(text);
        else pieces.push({ factor: text, divisors: [], startsWithDigit: !divided && /^\d/.test(text) });
      }
      return notation.product(pieces);
    }
    case "power": {
      const { base } = expression;
      // (√x)², never √x², which can be read in two ways.
      const text = base.kind === "call" ? notation.parentheses(inner(base, 0)) : inner(base, primary);
      return notation.power(
        text,
        inner(expression.exponent, notation.fractions ? 0 : primary),
        expression.exponent,
      );
    }
    case "call": {
      const [first] = expression.arguments;
      const simple = first!.kind === "name" || first!.kind === "number";
      return notation.call(
        expression.function,
        expression.arguments.map((part) => inner(part, 0)),
        simple,
      );
    }
    case "reduce":
      return notation.reduce(expression.function, inner(expression.value, 0));
    case "compare":
      return `${inner(expression.left, precedence.sum)} ${notation.comparison[expression.operator]} ${inner(expression.right, precedence.sum)}`;
    case "and":
      return expression.operands.map((part) => inner(part, precedence.not)).join(` ${notation.and} `);
    case "or":
      return expression.operands.map((part) => inner(part, precedence.and)).join(` ${notation.or} `);
    case "not":
      if (expression.operand.kind === "new") return notation.isNew(expression.operand.name, true);
      return `${notation.not} ${inner(expression.operand, precedence.not)}`;
    case "new":
      return notation.isNew(expression.name, false);
  }
}

const superscript = (digits: string): string => digits.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]);

/** Plain text in the papers' characters; with names as they are, it is the language itself. */
export const plain: Notation = {
  number: String,
  name: (name) => name,
  product: (pieces) => pieces.map(({ factor, divisors }) => [factor, ...divisors].join("/")).join("·"),
  power: (base, exponent, { kind }) =>
    kind === "number" && /^\d+$/.test(exponent) ? `${base}${superscript(exponent)}` : `${base}^${exponent}`,
  call: (name, list, simple) => {
    if (name === "sqrt") return simple ? `√${list[0]}` : `√(${list[0]})`;
    return name === "abs" ? `|${list[0]}|` : `${name}(${list.join(", ")})`;
  },
  reduce: (name, value) => (name === "norm" ? `‖${value}‖` : `${name}(${value})`),
  parentheses: (inside) => `(${inside})`,
  fractions: false,
  minus: "−",
  comparison: { "=": "=", "≠": "≠", "<": "<", ">": ">", "≤": "≤", "≥": "≥" },
  and: "and",
  or: "or",
  not: "not",
  isNew: (name, negated) => `${name} is ${negated ? "not " : ""}new`,
};

/** Write statements in the language itself: `parse(print(x))` is x. */
export function print(statements: readonly Statement[], indent = ""): string {
  return statements.map((statement) => printStatement(statement, indent)).join("\n");
}

function printStatement(statement: Statement, indent: string): string {
  if (statement.kind === "assign") return `${indent}${statement.target} ← ${write(statement.value, plain)}`;
  return statement.branches
    .map(({ when, body }, k) => {
      const words = [k > 0 ? "otherwise" : "", when ? `when ${write(when, plain)}` : ""]
        .filter(Boolean)
        .join(" ");
      const [only] = body;
      return body.length === 1 && only!.kind === "assign"
        ? `${printStatement(only!, indent)} ${words}`
        : `${indent}${words}:\n${print(body, `${indent}  `)}`;
    })
    .join("\n");
}
