import type { Comparison, Expression, Statement } from "./ast.js";
import { functions } from "./ast.js";
import { type Meanings, type OptionValues, optionValue } from "./symbols.js";

/** One line of a step by hand. */
export interface ReferenceLine {
  target: string;
  value: number;
  /** The values that the line read, by name. */
  read: Record<string, number>;
  /** The line itself, in the rule's own terms. */
  expression: Expression;
}

export interface ReferenceInput {
  /** The parameter before the step. */
  θ: number;
  /** Its gradient. */
  g: number;
  /** The step count, from 1. */
  t: number;
  options: OptionValues;
  /** States by their symbol; one that is missing is new, and starts at 0. */
  state?: Readonly<Record<string, number>>;
}

export interface ReferenceResult {
  θ: number;
  state: Record<string, number>;
  /** Every line done, in order, with its value. */
  lines: ReferenceLine[];
}

/**
 * Do one step for one value of a parameter in float64, line by line as the rule is written.
 * It shares nothing with the kernel but the parsed rule: the two check each other.
 */
export function reference(
  statements: readonly Statement[],
  meanings: Meanings,
  input: ReferenceInput,
): ReferenceResult {
  const known = new Map<string, number | boolean>([
    ["θ", input.θ],
    ["g", input.g],
    ["t", input.t],
  ]);
  for (const [name, { role }] of meanings) {
    if (role.kind === "option") known.set(name, optionValue(role, input.options));
    if (role.kind === "state") known.set(name, input.state?.[name] ?? 0);
  }
  const isNew = (name: string): boolean => input.state?.[name] === undefined;
  const lines: ReferenceLine[] = [];
  const touched = new Set<string>();

  const run = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === "choice") {
        const taken = statement.branches.find(
          ({ when }) => when === null || evaluate(when, known, isNew) === true,
        );
        if (taken) run(taken.body);
        continue;
      }
      const read: Record<string, number> = {};
      const value = evaluate(statement.value, known, isNew, (name, number) => {
        read[name] = number;
      }) as number;
      known.set(statement.target, value);
      touched.add(statement.target);
      lines.push({ target: statement.target, value, read, expression: statement.value });
    }
  };
  run(statements);

  const state: Record<string, number> = { ...input.state };
  for (const [name, { role }] of meanings)
    if (role.kind === "state" && touched.has(name)) state[name] = known.get(name) as number;
  return { θ: known.get("θ") as number, state, lines };
}

const compare: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  "=": (left, right) => left === right,
  "≠": (left, right) => left !== right,
  "<": (left, right) => left < right,
  ">": (left, right) => left > right,
  "≤": (left, right) => left <= right,
  "≥": (left, right) => left >= right,
};

function evaluate(
  expression: Expression,
  known: ReadonlyMap<string, number | boolean>,
  isNew: (name: string) => boolean,
  onRead?: (name: string, value: number) => void,
): number | boolean {
  const number = (part: Expression): number => evaluate(part, known, isNew, onRead) as number;
  const condition = (part: Expression): boolean => evaluate(part, known, isNew, onRead) as boolean;
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "name": {
      const value = known.get(expression.name)!;
      if (typeof value === "number") onRead?.(expression.name, value);
      return value;
    }
    case "sum": {
      const [first, ...rest] = expression.terms;
      const start = first!.negative ? -number(first!.value) : number(first!.value);
      return rest.reduce(
        (sum, { negative, value }) => (negative ? sum - number(value) : sum + number(value)),
        start,
      );
    }
    case "product": {
      const [first, ...rest] = expression.factors;
      return rest.reduce(
        (product, { divides, value }) => (divides ? product / number(value) : product * number(value)),
        number(first!.value),
      );
    }
    case "power":
      return number(expression.base) ** number(expression.exponent);
    case "call":
      return functions[expression.function].compute(...expression.arguments.map(number));
    case "compare":
      return compare[expression.operator](number(expression.left), number(expression.right));
    case "and":
      return expression.operands.every(condition);
    case "or":
      return expression.operands.some(condition);
    case "not":
      return !condition(expression.operand);
    case "new":
      return isNew(expression.name);
  }
}
