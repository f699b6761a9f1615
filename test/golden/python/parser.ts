import type { Expression, Keyword, Unlocated } from "./syntax.js";
import { PythonSyntaxError, type Token, tokenize } from "./tokens.js";

/** Parses one Python expression (the subset in `syntax.ts`); raises a PythonSyntaxError with a caret. */
export function parse(source: string): Expression {
  const parser = new Parser(source);
  const expression = parser.tupleOrExpression();
  parser.expectEnd();
  return expression;
}

/** Binary operators from the loosest to the tightest level; all of them group to the left. */
const LEVELS: readonly (readonly string[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%", "@"],
];
const COMPARISONS = new Set(["<", ">", "<=", ">=", "==", "!=", "in", "is"]);
const WORDS = new Set(["and", "or", "not", "if", "else", "for", "in", "is", "lambda"]);
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ["True", true],
  ["False", false],
  ["None", null],
]);
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

/** Recursive descent, one method per level of Python's grammar. */
class Parser {
  readonly #source: string;
  readonly #tokens: Token[];
  #position = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  /** `a, b` without parentheses is a tuple, as in `x[1:3, ::2]`. */
  tupleOrExpression(item: () => Expression = () => this.expression()): Expression {
    const start = this.#peek().start;
    const first = item();
    if (!this.#at(",")) return first;
    const items = [first];
    while (this.#take(",") && !this.#atAny(")", "]", "")) items.push(item());
    return this.#located(start, { kind: "tuple", items });
  }

  expectEnd(): void {
    if (this.#peek().kind !== "end") this.#fail();
  }

  expression(): Expression {
    const start = this.#peek().start;
    if (this.#take("lambda")) return this.#lambda(start);
    const yes = this.#or();
    if (!this.#take("if")) return yes;
    const test = this.#or();
    this.#expect("else");
    return this.#located(start, { kind: "conditional", test, yes, no: this.expression() });
  }

  #lambda(start: number): Expression {
    const parameters: string[] = [];
    while (!this.#take(":")) {
      parameters.push(this.#name());
      if (!this.#at(":")) this.#expect(",");
    }
    return this.#located(start, { kind: "lambda", parameters, body: this.expression() });
  }

  #or(): Expression {
    const start = this.#peek().start;
    let left = this.#and();
    while (this.#take("or")) {
      left = this.#located(start, { kind: "logical", operator: "or", left, right: this.#and() });
    }
    return left;
  }

  #and(): Expression {
    const start = this.#peek().start;
    let left = this.#not();
    while (this.#take("and")) {
      left = this.#located(start, { kind: "logical", operator: "and", left, right: this.#not() });
    }
    return left;
  }

  #not(): Expression {
    const start = this.#peek().start;
    if (!this.#take("not")) return this.#comparison();
    return this.#located(start, { kind: "unary", operator: "not", operand: this.#not() });
  }

  #comparison(): Expression {
    const start = this.#peek().start;
    const left = this.#binary(0);
    const operator = this.#comparisonOperator();
    if (operator === null) return left;
    const comparison = this.#located(start, { kind: "comparison", operator, left, right: this.#binary(0) });
    if (COMPARISONS.has(this.#peek().text)) this.#fail("chained comparisons are not supported");
    return comparison;
  }

  #comparisonOperator(): string | null {
    if (this.#take("not")) {
      this.#expect("in");
      return "not in";
    }
    const { text } = this.#peek();
    if (!COMPARISONS.has(text)) return null;
    this.#position++;
    return text === "is" && this.#take("not") ? "is not" : text;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    const start = this.#peek().start;
    let left = this.#binary(level + 1);
    while (this.#peek().kind === "operator" && operators.includes(this.#peek().text)) {
      const operator = this.#next().text;
      left = this.#located(start, { kind: "binary", operator, left, right: this.#binary(level + 1) });
    }
    return left;
  }

  #unary(): Expression {
    const { start, text } = this.#peek();
    if (!this.#atAny("-", "+", "~")) return this.#power();
    this.#position++;
    return this.#located(start, { kind: "unary", operator: text, operand: this.#unary() });
  }

  /** Binds tighter than a sign on its left and looser than one on its right: −2 ** −1 is −(2 ** (−1)). */
  #power(): Expression {
    const start = this.#peek().start;
    const left = this.#primary();
    if (!this.#take("**")) return left;
    return this.#located(start, { kind: "binary", operator: "**", left, right: this.#unary() });
  }

  #primary(): Expression {
    const start = this.#peek().start;
    let object = this.#atom();
    for (;;) {
      if (this.#take(".")) {
        object = this.#located(start, { kind: "attribute", object, name: this.#name() });
      } else if (this.#take("(")) {
        object = this.#located(start, { kind: "call", callee: object, ...this.#arguments() });
      } else if (this.#take("[")) {
        const index = this.tupleOrExpression(() => this.#sliceOrExpression());
        this.#expect("]");
        object = this.#located(start, { kind: "subscript", object, index });
      } else {
        return object;
      }
    }
  }

  #arguments(): { positional: Expression[]; keywords: Keyword[] } {
    const positional: Expression[] = [];
    const keywords: Keyword[] = [];
    while (!this.#take(")")) {
      if (this.#peek().kind === "name" && this.#peek(1).text === "=") {
        const name = this.#name();
        this.#expect("=");
        keywords.push({ name, value: this.expression() });
      } else {
        if (keywords.length > 0) this.#fail("positional argument follows keyword argument");
        positional.push(this.#comprehensionOf(this.expression()));
      }
      if (!this.#at(")")) this.#expect(",");
    }
    return { positional, keywords };
  }

  #sliceOrExpression(): Expression {
    const start = this.#peek().start;
    const from = this.#at(":") ? null : this.expression();
    if (!this.#take(":")) return from!;
    const to = this.#atAny(":", ",", "]") ? null : this.expression();
    const step = this.#take(":") && !this.#atAny(",", "]") ? this.expression() : null;
    return this.#located(start, { kind: "slice", from, to, step });
  }

  #atom(): Expression {
    const token = this.#next();
    const { start, text } = token;
    if (token.kind === "number") return this.#located(start, numberLiteral(text));
    if (token.kind === "string")
      return this.#located(start, { kind: "constant", value: stringLiteral(text) });
    if (text === "...") return this.#located(start, { kind: "ellipsis" });
    if (text === "(") return this.#parenthesised(start);
    if (text === "[") return this.#list(start);
    if (token.kind !== "name" || WORDS.has(text)) this.#fail(undefined, token);
    const constant = CONSTANTS.get(text);
    if (constant !== undefined) return this.#located(start, { kind: "constant", value: constant });
    return this.#located(start, { kind: "name", name: text });
  }

  #parenthesised(start: number): Expression {
    if (this.#take(")")) return this.#located(start, { kind: "tuple", items: [] });
    const inner = this.#comprehensionOf(this.tupleOrExpression());
    this.#expect(")");
    return inner;
  }

  #list(start: number): Expression {
    const items: Expression[] = [];
    while (!this.#take("]")) {
      const item = this.expression();
      if (items.length === 0 && this.#at("for")) {
        const comprehension = this.#comprehensionOf(item);
        this.#expect("]");
        return comprehension;
      }
      items.push(item);
      if (!this.#at("]")) this.#expect(",");
    }
    return this.#located(start, { kind: "list", items });
  }

  /** `item for a, b in iterable if condition`, when a "for" follows the item. */
  #comprehensionOf(item: Expression): Expression {
    if (!this.#take("for")) return item;
    const variables = [this.#name()];
    while (this.#take(",")) variables.push(this.#name());
    this.#expect("in");
    const iterable = this.#or();
    const condition = this.#take("if") ? this.#or() : null;
    return this.#located(item.start, { kind: "comprehension", item, variables, iterable, condition });
  }

  #name(): string {
    const token = this.#next();
    if (token.kind !== "name") this.#fail("expected a name", token);
    return token.text;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)]!;
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #at(text: string): boolean {
    const token = this.#peek();
    return token.kind !== "string" && token.text === text;
  }

  #atAny(...texts: string[]): boolean {
    return texts.some((text) => this.#at(text));
  }

  #take(text: string): boolean {
    const isHere = this.#at(text);
    if (isHere) this.#position++;
    return isHere;
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#fail(`expected "${text}"`);
  }

  #lastEnd(): number {
    return this.#tokens[this.#position - 1]!.end;
  }

  #located(start: number, expression: Unlocated): Expression {
    return { ...expression, start, end: this.#lastEnd() } as Expression;
  }

  #fail(problem?: string, token: Token = this.#peek()): never {
    const found =
      token.kind === "end" ? "the expression ends too early" : `"${token.text}" does not belong here`;
    throw new PythonSyntaxError(this.#source, token.start, problem ?? found);
  }
}

function numberLiteral(text: string): Unlocated {
  const digits = text.replaceAll("_", "");
  const isFloat = !/^0x/i.test(digits) && /[.e]/i.test(digits);
  const value = Number(digits);
  const isExact = isFloat || Number.isSafeInteger(value);
  return { kind: "number", value: isExact ? value : BigInt(digits), isFloat };
}

function stringLiteral(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}
