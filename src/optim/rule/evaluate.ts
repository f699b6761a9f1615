import type { Comparison, Expression, FunctionName } from "./ast.js";

/** What expressions are computed with: numbers, or tensors. */
export interface Arithmetic<Value, Condition> {
  constant(value: number): Value;
  negate(x: Value): Value;
  add(x: Value, y: Value): Value;
  subtract(x: Value, y: Value): Value;
  multiply(x: Value, y: Value): Value;
  divide(x: Value, y: Value): Value;
  power(base: Value, exponent: Value): Value;
  readonly functions: Readonly<Record<FunctionName, (...x: Value[]) => Value>>;
  compare(operator: Comparison, x: Value, y: Value): Condition;
  and(conditions: Condition[]): Condition;
  or(conditions: Condition[]): Condition;
  not(condition: Condition): Condition;
}

/** Where an expression's names, and its sums over the elements, get their values. */
export interface Scope<Value, Condition> {
  get(name: string): Value | Condition;
  isNew(name: string): Condition;
  reduce(sum: Expression & { kind: "reduce" }): Value;
}

/** The value of an expression as it is written, from left to right. */
export function evaluate<Value, Condition>(
  expression: Expression,
  arithmetic: Arithmetic<Value, Condition>,
  scope: Scope<Value, Condition>,
): Value | Condition {
  const value = (part: Expression): Value => evaluate(part, arithmetic, scope) as Value;
  const condition = (part: Expression): Condition => evaluate(part, arithmetic, scope) as Condition;
  switch (expression.kind) {
    case "number":
      return arithmetic.constant(expression.value);
    case "name":
      return scope.get(expression.name);
    case "sum": {
      const [first, ...rest] = expression.terms;
      const start = first.negative ? arithmetic.negate(value(first.value)) : value(first.value);
      return rest.reduce(
        (sum, term) => arithmetic[term.negative ? "subtract" : "add"](sum, value(term.value)),
        start,
      );
    }
    case "product": {
      const [first, ...rest] = expression.factors;
      return rest.reduce(
        (product, factor) => arithmetic[factor.divides ? "divide" : "multiply"](product, value(factor.value)),
        value(first.value),
      );
    }
    case "power":
      return arithmetic.power(value(expression.base), value(expression.exponent));
    case "call":
      return arithmetic.functions[expression.function](...expression.arguments.map(value));
    case "reduce":
      return scope.reduce(expression);
    case "compare":
      return arithmetic.compare(expression.operator, value(expression.left), value(expression.right));
    case "and":
      return arithmetic.and(expression.operands.map(condition));
    case "or":
      return arithmetic.or(expression.operands.map(condition));
    case "not":
      return arithmetic.not(condition(expression.operand));
    case "new":
      return scope.isNew(expression.name);
  }
}
