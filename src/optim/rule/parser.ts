import type {
  Assignment,
  Branch,
  Comparison,
  Expression,
  FunctionName,
  ReductionName,
  Statement,
} from "./ast.js";
import { functions, reductions } from "./ast.js";
import { normalize, RuleError, type Token, type TokenKind, tokenize } from "./tokens.js";

/**
 * Parse the text of a rule:
 *
 *     rule      = line { line }
 *     line      = name ← sum [ condition ]  |  condition : (followed by an indented block of lines)
 *     condition = when or  |  otherwise [ when or ]
 *     or        = and { or and }        and = not { and not }       not = [ not ] compare
 *     compare   = sum [ (= ≠ < > ≤ ≥) sum ]  |  name is [ not ] new
 *     sum       = [ + | − ] product { (+ | −) product }
 *     product   = factor { (· | /) factor }
 *     factor    = − factor  |  primary [ ^ factor | ² ]
 *     primary   = number | name | √ primary | | sum | | ‖ sum ‖ | function ( or { , or } ) | ( or )
 *
 * `otherwise` belongs to the condition of the line or block just above it, at the same indentation.
 */
export function parse(source: string): Statement[] {
  return new Parser(normalize(source)).rule();
}

const comparisons = new Set(["=", "≠", "<", ">", "≤", "≥"]);
const startOfExpression =
  "Expected a number, a name, √, |x|, a function such as max(…, …), or a parenthesis.";

class Parser {
  private readonly tokens: Token[];
  private position = 0;

  constructor(private readonly text: string) {
    this.tokens = tokenize(text);
  }

  rule(): Statement[] {
    if (this.peek().kind === "end")
      throw this.error(this.peek(), "the rule is empty", "Write at least one line, such as θ ← θ − γ·g.");
    const statements = this.block(this.indent(this.peek()));
    if (this.peek().kind !== "end")
      throw this.error(
        this.tokens[this.position + 1],
        "this line stands left of the first one",
        "Indent it like the first line.",
      );
    return statements;
  }

  /** The lines at this indentation. */
  private block(indent: number): Statement[] {
    const statements: Statement[] = [];
    while (this.peek().kind === "line" && this.indent(this.peek()) >= indent) {
      const line = this.next();
      const first = this.peek();
      if (this.indent(line) > indent)
        throw this.error(
          first,
          "this line is indented, but no block begins above it",
          "A block begins with a line such as: when amsgrad:",
        );
      const assignment = first.kind === "word" ? null : this.assignment();
      const condition = this.condition();
      let body: Statement[];
      if (assignment) {
        body = [assignment];
      } else {
        this.expect(
          "symbol",
          ":",
          "a colon, which begins the block",
          "Write when …: and indent the lines below it.",
        );
        const inner = this.peek();
        if (inner.kind !== "line" || this.indent(inner) <= indent)
          throw this.error(first, "the block is empty", "Indent the lines that belong to it.");
        body = this.block(this.indent(inner));
      }
      if (this.peek().kind !== "line" && this.peek().kind !== "end") throw this.afterExpression();
      this.attach(statements, first, body, condition);
    }
    return statements;
  }

  private attach(
    statements: Statement[],
    first: Token,
    body: Statement[],
    condition: Condition | null,
  ): void {
    if (!condition) statements.push(...body);
    else if (!condition.otherwise)
      statements.push({ kind: "choice", branches: [{ when: condition.when, body }], at: first.at });
    else {
      const above = statements.at(-1);
      if (above?.kind !== "choice" || above.branches.at(-1)!.when === null)
        throw this.error(
          condition.token,
          "otherwise has no condition above it",
          "The line or block just above, at the same indentation, must end in: when …",
        );
      const branch: Branch = { when: condition.when, body };
      above.branches.push(branch);
    }
  }

  private assignment(): Assignment {
    const target = this.next();
    if (target.kind !== "name")
      throw this.error(
        target,
        `${describe(target)} cannot begin a line`,
        "A line is: name ← expression, or: when condition:",
      );
    this.expect("symbol", "←", "← (or <-)", "A line is: name ← expression.");
    return { kind: "assign", target: target.text, value: this.sum(), at: target.at };
  }

  private condition(): Condition | null {
    const token = this.peek();
    const otherwise = this.accept("word", "otherwise");
    const when = this.accept("word", "when") ? this.or() : null;
    return otherwise || when ? { otherwise, when, token } : null;
  }

  private or(): Expression {
    return this.chain("or", () => this.chain("and", () => this.not()));
  }

  private chain(kind: "or" | "and", operand: () => Expression): Expression {
    const at = this.peek().at;
    const operands = [operand()];
    while (this.accept("word", kind)) operands.push(operand());
    return operands.length === 1 ? operands[0] : { kind, operands, at };
  }

  private not(): Expression {
    const at = this.peek().at;
    if (this.accept("word", "not")) return { kind: "not", operand: this.not(), at };
    const left = this.sum();
    const operator = this.peek();
    if (operator.kind === "symbol" && comparisons.has(operator.text)) {
      this.next();
      return { kind: "compare", operator: operator.text as Comparison, left, right: this.sum(), at };
    }
    if (this.accept("word", "is")) {
      if (left.kind !== "name")
        throw this.error(operator, "only a state can be new", "Write the state's name before: is new.");
      const negated = this.accept("word", "not");
      this.expect("word", "new", "new", "Write: name is new, or: name is not new.");
      const isNew: Expression = { kind: "new", name: left.name, at };
      return negated ? { kind: "not", operand: isNew, at } : isNew;
    }
    return left;
  }

  private sum(): Expression {
    const at = this.peek().at;
    let negative = this.sign() ?? false;
    const terms = [{ negative, value: this.product() }];
    for (let sign = this.sign(); sign !== null; sign = this.sign()) {
      negative = sign;
      terms.push({ negative, value: this.product() });
    }
    return terms.length === 1 && !terms[0].negative ? terms[0].value : { kind: "sum", terms, at };
  }

  /** Take a sign: true for −, false for +, null where there is none. */
  private sign(): boolean | null {
    if (this.accept("symbol", "−")) return true;
    return this.accept("symbol", "+") ? false : null;
  }

  private product(): Expression {
    const at = this.peek().at;
    const factors = [{ divides: false, value: this.factor() }];
    for (;;) {
      const divides = this.accept("symbol", "/");
      if (!divides && !this.accept("symbol", "·")) break;
      factors.push({ divides, value: this.factor() });
    }
    return factors.length === 1 ? factors[0].value : { kind: "product", factors, at };
  }

  private factor(): Expression {
    const at = this.peek().at;
    if (this.accept("symbol", "−"))
      return { kind: "sum", terms: [{ negative: true, value: this.factor() }], at };
    const root = this.peek().text === "√";
    const base = this.primary();
    const token = this.peek();
    let exponent: Expression;
    if (this.accept("symbol", "^")) exponent = this.factor();
    else if (token.kind === "superscript") {
      this.next();
      exponent =
        token.text === "t"
          ? { kind: "name", name: "t", at: token.at }
          : { kind: "number", value: Number(token.text), at: token.at };
    } else return base;
    if (root) throw this.error(token, "a power after √ can be read in two ways", "Write √(x²) or (√x)².");
    return { kind: "power", base, exponent, at };
  }

  private primary(): Expression {
    const token = this.next();
    const { at } = token;
    if (token.kind === "number") return { kind: "number", value: Number(token.text), at };
    if (token.kind === "name") return { kind: "name", name: token.text, at };
    if (token.kind === "function") return this.call(token);
    if (token.kind === "symbol") {
      if (token.text === "√") return { kind: "call", function: "sqrt", arguments: [this.primary()], at };
      if (token.text === "|") {
        const inside = this.sum();
        this.expect("symbol", "|", "the closing |", "Write |x| or abs(x).");
        return { kind: "call", function: "abs", arguments: [inside], at };
      }
      if (token.text === "‖") {
        const value = this.sum();
        this.expect("symbol", "‖", "the closing ‖", "Write ‖x‖ or norm(x).");
        return { kind: "reduce", function: "norm", value, at };
      }
      if (token.text === "(") {
        const inside = this.or();
        this.expect("symbol", ")", "a closing parenthesis", "Every ( needs its ).");
        return inside;
      }
    }
    throw this.error(token, `${describe(token)} where a value is expected`, startOfExpression);
  }

  private call(token: Token): Expression {
    const name = token.text;
    const reduction = reductions.has(name);
    const { least, most } = reduction ? { least: 1, most: 1 } : functions[name as FunctionName];
    this.expect("symbol", "(", "an opening parenthesis", `Write ${name}(${least === 1 ? "x" : "x, y"}).`);
    const list = [this.or()];
    while (this.accept("symbol", ",")) list.push(this.or());
    this.expect("symbol", ")", "a closing parenthesis", "Every ( needs its ).");
    if (list.length < least || list.length > most) {
      const takes = least === most ? `${least}` : `${least} to ${most}`;
      throw this.error(
        token,
        `${name} takes ${takes} arguments, not ${list.length}`,
        `Write ${name}(${least === 1 ? "x" : "x, y"}).`,
      );
    }
    if (reduction) return { kind: "reduce", function: name as ReductionName, value: list[0], at: token.at };
    return { kind: "call", function: name as FunctionName, arguments: list, at: token.at };
  }

  private peek(): Token {
    return this.tokens[this.position];
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.position++;
    return token;
  }

  private accept(kind: TokenKind, text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.position++;
    return true;
  }

  private expect(kind: TokenKind, text: string, wanted: string, help: string): void {
    if (!this.accept(kind, text))
      throw this.error(this.peek(), `${describe(this.peek())} where ${wanted} is expected`, help);
  }

  private indent(line: Token): number {
    return Number(line.text);
  }

  private afterExpression(): RuleError {
    const token = this.peek();
    const product =
      token.kind === "name" || token.kind === "number" || token.kind === "function" || token.text === "(";
    return this.error(
      token,
      `${describe(token)} where the line should end or go on with an operator`,
      product
        ? "A product needs its sign: write a·b or a*b."
        : "Allowed are + − · / ^ ², when … and otherwise.",
    );
  }

  private error(token: Token, problem: string, allowed: string): RuleError {
    // The end of a line is where something is missing, not the start of the next one.
    const at =
      token.kind === "line" || token.kind === "end"
        ? this.text.slice(0, token.at).trimEnd().length
        : token.at;
    return new RuleError(this.text, at, problem, allowed);
  }
}

interface Condition {
  otherwise: boolean;
  when: Expression | null;
  token: Token;
}

function describe(token: Token): string {
  if (token.kind === "line" || token.kind === "end") return "the end of the line";
  return token.kind === "superscript" ? `the power ${token.text}` : token.text;
}
