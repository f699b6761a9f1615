import { isPerElement } from "./analysis.js";
import type { Comparison, Expression, ReductionName, Statement } from "./ast.js";
import { functions, within } from "./ast.js";
import { type Arithmetic, evaluate, type Scope } from "./evaluate.js";
import { isScalarState, type Meanings, type OptionValues, optionValue } from "./symbols.js";

/** One line of a step by hand. */
export interface ReferenceLine {
  target: string;
  value: number;
  /** The values that the line read, by name; those of sums over all elements by their text. */
  read: Record<string, number>;
  /** The line itself, in the rule's own terms. */
  expression: Expression;
}

/** One number, or one for each element of the parameter. */
export type Elements = number | readonly number[];

export interface ReferenceInput {
  /** The parameter before the step. */
  θ: Elements;
  /** Its gradient. */
  g: Elements;
  /** The step count, from 1. */
  t: number;
  options: OptionValues;
  /** States by their symbol; one that is missing is new, and starts at 0. */
  state?: Readonly<Record<string, Elements>>;
  /** To the precision of states that are one number each; PyTorch keeps those in float32. Left out: float64. */
  round?: (value: number) => number;
}

export interface ReferenceResult {
  θ: number[];
  state: Record<string, number[]>;
  /** Every line done for the element asked for, in order, with its value there. */
  lines: ReferenceLine[];
}

type Value = number | boolean | readonly number[];

/**
 * Do one step for one value of a parameter in float64, or for all of them where the rule sums over them, line by
 * line as the rule is written. It shares nothing with the kernel but the parsed rule: the two check each other.
 *
 * @param element whose values the lines tell
 */
export function reference(
  statements: readonly Statement[],
  meanings: Meanings,
  input: ReferenceInput,
  element = 0,
): ReferenceResult {
  const list = (value: Elements): readonly number[] => (typeof value === "number" ? [value] : value);
  const all = [...list(input.θ).keys()];
  const known = new Map<string, Value>([
    ["θ", list(input.θ)],
    ["g", list(input.g)],
    ["t", input.t],
  ]);
  for (const [name, meaning] of meanings) {
    if (meaning.role.kind === "option") known.set(name, optionValue(meaning.role, input.options));
    if (meaning.role.kind !== "state") continue;
    const own = list(input.state?.[name] ?? all.map(() => 0));
    known.set(name, isScalarState(meaning) ? (own[0] ?? 0) : own);
  }
  const round = input.round ?? ((value: number): number => value);
  const at = (name: string, i: number): number | boolean => {
    const value = known.get(name)!;
    return typeof value === "object" ? value[i] : value;
  };
  const isNew = (name: string): boolean => input.state?.[name] === undefined;
  /** The values of one element; `onRead` is told those that an expression reads. */
  const scopeAt = (
    i: number,
    onRead?: (name: string, value: number) => void,
    precision = (value: number) => value,
  ): Scope<number, boolean> => ({
    get: (name) => {
      const value = at(name, i);
      if (typeof value !== "number") return value;
      onRead?.(name, precision(value));
      return precision(value);
    },
    isNew,
    reduce: (sum) => {
      const value = reductions[sum.function](all.map((j) => number(sum.value, scopeAt(j))));
      onRead?.(sumName(sum), value);
      return value;
    },
  });
  const number = (expression: Expression, scope: Scope<number, boolean>): number =>
    evaluate(expression, numbers, scope) as number;
  const lines: ReferenceLine[] = [];
  const touched = new Set<string>();

  const assign = (target: string, expression: Expression, elements: readonly number[]): void => {
    const meaning = meanings.get(target)!;
    const read: Record<string, number> = {};
    const onRead = (name: string, number: number): void => {
      read[name] = number;
    };
    touched.add(target);
    if (meaning.level === "element") {
      const old = known.get(target) as readonly number[] | undefined;
      const value = old ? [...old] : all.map(() => 0);
      const fresh = elements.map((i) => number(expression, scopeAt(i, i === element ? onRead : undefined)));
      for (const [k, i] of elements.entries()) value[i] = fresh[k];
      known.set(target, value);
    } else {
      const own = isScalarState(meaning);
      const updates =
        own && [...within(expression)].some((part) => part.kind === "name" && part.name === target);
      const value = number(expression, scopeAt(0, onRead, updates ? round : undefined));
      known.set(target, own ? round(value) : value);
    }
    if (elements.includes(element))
      lines.push({ target, value: at(target, element) as number, read, expression });
  };

  const run = (list: readonly Statement[], elements: readonly number[]): void => {
    for (const statement of list) {
      if (statement.kind === "assign") {
        assign(statement.target, statement.value, elements);
        continue;
      }
      const taken = (i: number): number =>
        statement.branches.findIndex(
          ({ when }) => when === null || evaluate(when, numbers, scopeAt(i)) === true,
        );
      if (!isPerElement(statement, meanings)) {
        run(statement.branches[taken(0)]?.body ?? [], elements);
        continue;
      }
      const choice = elements.map(taken);
      for (const [k, { body }] of statement.branches.entries())
        run(
          body,
          elements.filter((_, i) => choice[i] === k),
        );
    }
  };
  run(statements, all);

  const state: Record<string, number[]> = {};
  for (const [name, value] of Object.entries(input.state ?? {})) state[name] = [...list(value)];
  for (const [name, { role }] of meanings)
    if (role.kind === "state" && touched.has(name)) state[name] = [...list(known.get(name) as Elements)];
  return { θ: [...(known.get("θ") as readonly number[])], state, lines };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const reductions: Readonly<Record<ReductionName, (values: readonly number[]) => number>> = {
  sum,
  mean: (values) => sum(values) / values.length,
  norm: (values) => Math.sqrt(sum(values.map((value) => value * value))),
  total: sum,
};

const compare: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  "=": (left, right) => left === right,
  "≠": (left, right) => left !== right,
  "<": (left, right) => left < right,
  ">": (left, right) => left > right,
  "≤": (left, right) => left <= right,
  "≥": (left, right) => left >= right,
};

const numbers: Arithmetic<number, boolean> = {
  constant: (value) => value,
  negate: (x) => -x,
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  power: (base, exponent) => base ** exponent,
  functions: Object.fromEntries(
    Object.entries(functions).map(([name, { compute }]) => [name, compute]),
  ) as Arithmetic<number, boolean>["functions"],
  compare: (operator, x, y) => compare[operator](x, y),
  and: (conditions) => conditions.every(Boolean),
  or: (conditions) => conditions.some(Boolean),
  not: (condition) => !condition,
};

/** Under which name a line tells the value of a sum that it read: one that no rule can have. */
export const sumName = (sum: Expression & { kind: "reduce" }): string => `#${sum.function}@${sum.at}`;
