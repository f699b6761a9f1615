/** What the parser makes of a rule's text. `at` is the offset in the text, for error messages. */
export type Expression =
  | { kind: "number"; value: number; at: number }
  | { kind: "name"; name: string; at: number }
  /** One or more signed terms; a lone term is a negated one. */
  | { kind: "sum"; terms: { negative: boolean; value: Expression }[]; at: number }
  /** Two or more factors, multiplied or divided from left to right; the first is never a divisor. */
  | { kind: "product"; factors: { divides: boolean; value: Expression }[]; at: number }
  | { kind: "power"; base: Expression; exponent: Expression; at: number }
  | { kind: "call"; function: FunctionName; arguments: Expression[]; at: number }
  /** One number made of all elements of a tensor. */
  | { kind: "reduce"; function: ReductionName; value: Expression; at: number }
  | { kind: "compare"; operator: Comparison; left: Expression; right: Expression; at: number }
  | { kind: "and" | "or"; operands: Expression[]; at: number }
  | { kind: "not"; operand: Expression; at: number }
  /** True in the step in which this state is created. */
  | { kind: "new"; name: string; at: number };

export type Comparison = "=" | "≠" | "<" | ">" | "≤" | "≥";

export interface Assignment {
  kind: "assign";
  target: string;
  value: Expression;
  at: number;
}

/** if … else if … else: the first branch whose condition holds is done; `when` is null for `otherwise`. */
export interface Choice {
  kind: "choice";
  branches: Branch[];
  at: number;
}

export interface Branch {
  when: Expression | null;
  body: Statement[];
}

export type Statement = Assignment | Choice;

export type FunctionName = "sqrt" | "abs" | "sign" | "exp" | "log" | "tanh" | "max" | "min";

/** The functions of the language, with how many arguments each takes and what it computes. */
export const functions: Readonly<
  Record<FunctionName, { least: number; most: number; compute: (...x: number[]) => number }>
> = {
  sqrt: { least: 1, most: 1, compute: Math.sqrt },
  abs: { least: 1, most: 1, compute: Math.abs },
  sign: { least: 1, most: 1, compute: Math.sign },
  exp: { least: 1, most: 1, compute: Math.exp },
  log: { least: 1, most: 1, compute: Math.log },
  tanh: { least: 1, most: 1, compute: Math.tanh },
  max: { least: 2, most: 9, compute: Math.max },
  min: { least: 2, most: 9, compute: Math.min },
};

export type ReductionName = "sum" | "mean" | "norm" | "total";

/** What makes one number of all elements of a parameter; `total` goes over all parameters of the optimizer. */
export const reductions: ReadonlySet<string> = new Set<ReductionName>(["sum", "mean", "norm", "total"]);

/** The expressions directly inside one. */
export function children(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "sum":
      return expression.terms.map((term) => term.value);
    case "product":
      return expression.factors.map((factor) => factor.value);
    case "power":
      return [expression.base, expression.exponent];
    case "call":
      return expression.arguments;
    case "reduce":
      return [expression.value];
    case "compare":
      return [expression.left, expression.right];
    case "and":
    case "or":
      return expression.operands;
    case "not":
      return [expression.operand];
    default:
      return [];
  }
}

/** The expression rebuilt with each of its direct parts replaced. */
export function mapChildren(expression: Expression, change: (part: Expression) => Expression): Expression {
  switch (expression.kind) {
    case "sum":
      return { ...expression, terms: expression.terms.map((t) => ({ ...t, value: change(t.value) })) };
    case "product":
      return { ...expression, factors: expression.factors.map((f) => ({ ...f, value: change(f.value) })) };
    case "power":
      return { ...expression, base: change(expression.base), exponent: change(expression.exponent) };
    case "call":
      return { ...expression, arguments: expression.arguments.map(change) };
    case "reduce":
      return { ...expression, value: change(expression.value) };
    case "compare":
      return { ...expression, left: change(expression.left), right: change(expression.right) };
    case "and":
    case "or":
      return { ...expression, operands: expression.operands.map(change) };
    case "not":
      return { ...expression, operand: change(expression.operand) };
    default:
      return expression;
  }
}

/** Every expression of these statements with its conditions, outermost first, in the order of the text. */
export function* expressions(statements: readonly Statement[]): Generator<Expression> {
  for (const statement of statements) {
    if (statement.kind === "assign") yield statement.value;
    else
      for (const branch of statement.branches) {
        if (branch.when) yield branch.when;
        yield* expressions(branch.body);
      }
  }
}

/** An expression and everything in it. */
export function* within(expression: Expression): Generator<Expression> {
  yield expression;
  for (const child of children(expression)) yield* within(child);
}

export function* assignments(statements: readonly Statement[]): Generator<Assignment> {
  for (const statement of statements) {
    if (statement.kind === "assign") yield statement;
    else for (const branch of statement.branches) yield* assignments(branch.body);
  }
}

/** A number as the parser would give it: a negative one is a negated number. */
export function literal(value: number, at: number): Expression {
  const number: Expression = { kind: "number", value: Math.abs(value), at };
  return value < 0 || Object.is(value, -0)
    ? { kind: "sum", terms: [{ negative: true, value: number }], at }
    : number;
}
