/** The expressions of elementwise kernels, which are JavaScript, as trees: the part of the language that has vectors. */

export type Arithmetic = "+" | "-" | "*" | "/";
export type Comparison = "===" | "!==" | "<" | "<=" | ">" | ">=";
type Logical = "&&" | "||";

/** An expression that is a number. */
export type NumberExpression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "operand"; readonly name: string }
  | { readonly kind: "negative"; readonly of: NumberExpression }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: NumberExpression;
      readonly right: NumberExpression;
    }
  | { readonly kind: "power"; readonly base: NumberExpression; readonly exponent: number }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly NumberExpression[] }
  | {
      readonly kind: "choice";
      readonly condition: Condition;
      readonly chosen: NumberExpression;
      readonly otherwise: NumberExpression;
    };

/** An expression that is true or false. */
export type Condition =
  | {
      readonly kind: "comparison";
      readonly operator: Comparison;
      readonly left: NumberExpression;
      readonly right: NumberExpression;
    }
  | {
      readonly kind: "logical";
      readonly operator: Logical;
      readonly left: Condition;
      readonly right: Condition;
    };

type Expression = NumberExpression | Condition;

/** Thrown for what is not part of the language. */
export class Unsupported extends Error {}

/** Names of numbers. */
const CONSTANTS: Readonly<Record<string, number>> = {
  NaN,
  Infinity,
  "Math.PI": Math.PI,
  "Math.E": Math.E,
  "Math.LN2": Math.LN2,
  "Math.LN10": Math.LN10,
  "Math.LOG2E": Math.LOG2E,
  "Math.LOG10E": Math.LOG10E,
  "Math.SQRT2": Math.SQRT2,
  "Math.SQRT1_2": Math.SQRT1_2,
};

/** Binary operators from the loosest to the tightest; `**` and the signs are tighter still. */
const LEVELS = [["||"], ["&&"], ["===", "!=="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/"]] as const;

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_][\w.]*)|(===|!==|<=|>=|&&|\|\||\*\*|[-+*/()<>?:,]))/y;

/**
 * The tree of an expression of numbers.
 * @throws {Unsupported} for what the language lacks
 */
export function parseExpression(text: string): NumberExpression {
  const parser = new Parser(tokens(text));
  const expression = asNumber(parser.choice());
  parser.end();
  return expression;
}

/** The expressions that one consists of, itself included. */
export function* partsOf(expression: Expression): Generator<Expression> {
  yield expression;
  for (const value of Object.values(expression) as unknown[])
    for (const part of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof part === "object" && part !== null) yield* partsOf(part as Expression);
}

function tokens(text: string): string[] {
  const found: string[] = [];
  const rest = text.trimEnd();
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < rest.length; ) {
    const match = TOKEN.exec(rest);
    if (match === null) throw new Unsupported(text);
    found.push(match[0].trim());
  }
  return found;
}

class Parser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(all: readonly string[]) {
    this.#tokens = all;
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw new Unsupported(this.#tokens[this.#next]);
  }

  choice(): Expression {
    const condition = this.#binary(0);
    if (!this.#takes("?")) return condition;
    const chosen = asNumber(this.choice());
    this.#expect(":");
    const otherwise = asNumber(this.choice());
    return { kind: "choice", condition: asCondition(condition), chosen, otherwise };
  }

  #binary(level: number): Expression {
    if (level === LEVELS.length) return this.#sign();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = LEVELS[level].find((candidate) => this.#takes(candidate));
      if (operator === undefined) return left;
      left = combined(operator, left, this.#binary(level + 1));
    }
  }

  #sign(): Expression {
    if (this.#takes("+")) return asNumber(this.#sign());
    if (!this.#takes("-")) return this.#power();
    const of = asNumber(this.#sign());
    return of.kind === "number" ? { kind: "number", value: -of.value } : { kind: "negative", of };
  }

  #power(): Expression {
    const base = this.#primary();
    if (!this.#takes("**")) return base;
    const exponent = asNumber(this.#sign());
    if (exponent.kind !== "number") throw new Unsupported("**");
    return { kind: "power", base: asNumber(base), exponent: exponent.value };
  }

  #primary(): Expression {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new Unsupported("the end");
    if (token === "(") {
      const inner = this.choice();
      this.#expect(")");
      return inner;
    }
    if (/^[\d.]/.test(token)) return { kind: "number", value: Number(token) };
    if (Object.hasOwn(CONSTANTS, token)) return { kind: "number", value: CONSTANTS[token] };
    if (!/^[A-Za-z_]/.test(token)) throw new Unsupported(token);
    if (!this.#takes("(")) return { kind: "operand", name: token };
    const values = [asNumber(this.choice())];
    while (this.#takes(",")) values.push(asNumber(this.choice()));
    this.#expect(")");
    return { kind: "call", name: token, arguments: values };
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#takes(token)) throw new Unsupported(`${token} is missing`);
  }
}

function combined(
  operator: (typeof LEVELS)[number][number],
  left: Expression,
  right: Expression,
): Expression {
  switch (operator) {
    case "||":
    case "&&":
      return { kind: "logical", operator, left: asCondition(left), right: asCondition(right) };
    case "+":
    case "-":
    case "*":
    case "/":
      return arithmetic(operator, asNumber(left), asNumber(right));
    default:
      return { kind: "comparison", operator, left: asNumber(left), right: asNumber(right) };
  }
}

/** What is known now is computed now, in float64. */
function arithmetic(operator: Arithmetic, left: NumberExpression, right: NumberExpression): NumberExpression {
  if (left.kind !== "number" || right.kind !== "number") return { kind: "arithmetic", operator, left, right };
  const [a, b] = [left.value, right.value];
  const value = { "+": a + b, "-": a - b, "*": a * b, "/": a / b }[operator];
  return { kind: "number", value };
}

function isCondition(expression: Expression): expression is Condition {
  return expression.kind === "comparison" || expression.kind === "logical";
}

function asNumber(expression: Expression): NumberExpression {
  if (isCondition(expression)) throw new Unsupported("a condition in the place of a number");
  return expression;
}

function asCondition(expression: Expression): Condition {
  if (!isCondition(expression)) throw new Unsupported("a number in the place of a condition");
  return expression;
}
