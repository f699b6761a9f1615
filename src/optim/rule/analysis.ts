import type { Expression, Statement } from "./ast.js";
import { assignments, expressions, mapChildren, within } from "./ast.js";
import { isScalarState, levelOf, type Meanings } from "./symbols.js";

/** All conditions of these statements for which `wanted` holds, in the order of the text. */
export function conditions(
  statements: readonly Statement[],
  wanted: (condition: Expression) => boolean,
): Expression[] {
  return statements.flatMap((statement) =>
    statement.kind === "assign"
      ? []
      : statement.branches.flatMap(({ when, body }) => [
          ...(when && wanted(when) ? [when] : []),
          ...conditions(body, wanted),
        ]),
  );
}

/** The statements left when some conditions are decided; `decide` answers undefined for those that stay open. */
export function select(
  statements: readonly Statement[],
  decide: (condition: Expression) => boolean | undefined,
): Statement[] {
  return statements.flatMap((statement): Statement[] => {
    if (statement.kind === "assign") return [statement];
    const branches: { when: Expression | null; body: Statement[] }[] = [];
    for (const { when, body } of statement.branches) {
      const holds = when === null ? true : decide(when);
      if (holds === false) continue;
      const active = select(body, decide);
      branches.push({ when: holds ? null : when, body: active });
      if (holds) break;
    }
    if (branches.length === 0) return [];
    if (branches[0].when === null) return branches[0].body;
    return branches.some(({ body }) => body.length > 0) ? [{ ...statement, branches }] : [];
  });
}

/** The names of these statements that are states, in the order of first use. */
export function statesOf(statements: readonly Statement[], meanings: Meanings): string[] {
  const used = namesOf(statements);
  return [...meanings]
    .filter(([name, { role }]) => role.kind === "state" && used.has(name))
    .map(([name]) => name);
}

export function namesOf(statements: readonly Statement[]): Set<string> {
  const used = new Set<string>();
  for (const { target } of assignments(statements)) used.add(target);
  for (const expression of expressions(statements))
    for (const part of within(expression))
      if (part.kind === "name" || part.kind === "new") used.add(part.name);
  return used;
}

/** One thing to do before a pass over memory, in order. */
export type Preparation =
  | { kind: "assign"; target: string; value: Expression }
  /** A number that the pass over memory uses. */
  | { kind: "slot"; slot: number; value: Expression }
  /** Which branch is taken; `decision` is its bit in the path, one for each branch that has a condition. */
  | { kind: "choice"; branches: { decision: number | null; when: Expression | null; body: Preparation[] }[] };

/** What a pass adds up over the elements, and the slot that it goes to. */
export interface Sum {
  slot: number;
  value: Expression;
  /** Over all parameters of the optimizer, not this one only. */
  total: boolean;
}

/** Numbers first, then one pass over memory. */
export interface Stage {
  preparation: Preparation[];
  /** The element-wise statements of a path through the open choices; choices left in it are for each element. */
  pass(path: number): Statement[];
  sums: Sum[];
}

/**
 * A rule cut in two: what depends on no element, done once per step in float64, and a pass over memory. A rule with
 * sums over the elements has one such stage more wherever it needs the result of a pass.
 * Code generators (plain JS here) start from this; it says nothing about how either part is computed.
 */
export interface Plan {
  stages: Stage[];
  slots: number;
  /** θ, g, the states of the parameter's shape and `kept`, in the order in which a pass takes their arrays. */
  arrays: string[];
  states: string[];
  /** Values of elements that a later stage needs, and that are no state. */
  kept: string[];
  /** Slots of the numbers that later stages may need. */
  numbers: ReadonlyMap<string, number>;
  /** With the names that stand for sums. */
  meanings: Meanings;
  /** Whether the step count is used. */
  countsSteps: boolean;
}

/** Slots appear in the pass under this name; `#` cannot occur in a rule. */
export const slotName = (slot: number): string => `#${slot}`;
export const isSlot = (name: string): boolean => name.startsWith("#");

/** How many elements the parameter has, as a name. */
export const countName = "#count";

interface Section {
  statements: Statement[];
  sums: { name: string; value: Expression; total: boolean }[];
}

/** Cut the active statements of a rule (static conditions decided) into stages. */
export function plan(statements: readonly Statement[], rule: Meanings): Plan {
  const meanings: Meanings = new Map(rule).set(countName, { role: { kind: "local" }, level: "step" });
  const sections = split(statements, meanings);
  let slots = 0;
  let decisions = 0;
  const bits = new Map<Expression, number>();

  const numbers = new Map<string, number>();
  if (sections.length > 1)
    for (const [name, { role, level }] of meanings)
      if (role.kind === "local" && level !== "element" && name !== countName) numbers.set(name, slots++);

  const slot = (value: Expression, preparation: Preparation[]): Expression => {
    preparation.push({ kind: "slot", slot: slots, value });
    return { kind: "name", name: slotName(slots++), at: value.at };
  };

  /** The expression with everything that depends on no element replaced by slots. */
  const hoist = (expression: Expression, preparation: Preparation[]): Expression => {
    if (expression.kind === "number") return expression;
    if (levelOf(expression, meanings) !== "element") return slot(expression, preparation);
    if (expression.kind !== "product") return mapChildren(expression, (part) => hoist(part, preparation));
    // All factors without a tensor become one number: lr/(1 − β1^t)·m costs one multiplication per element.
    const scalar = expression.factors.filter(({ value }) => levelOf(value, meanings) !== "element");
    const rest = expression.factors
      .filter(({ value }) => levelOf(value, meanings) === "element")
      .map(({ divides, value }) => ({ divides, value: hoist(value, preparation) }));
    if (scalar.length === 0) return { ...expression, factors: rest };
    const { at } = expression;
    if (scalar[0].divides) scalar.unshift({ divides: false, value: { kind: "number", value: 1, at } });
    const coefficient: Expression =
      scalar.length === 1 ? scalar[0].value : { kind: "product", factors: scalar, at };
    return { ...expression, factors: [{ divides: false, value: hoist(coefficient, preparation) }, ...rest] };
  };

  const cut = (list: readonly Statement[]): { preparation: Preparation[]; elements: Statement[] } => {
    const preparation: Preparation[] = [];
    const elements: Statement[] = [];
    for (const statement of list) {
      if (statement.kind === "assign") {
        if (meanings.get(statement.target)!.level === "element")
          elements.push({ ...statement, value: hoist(statement.value, preparation) });
        else preparation.push({ kind: "assign", target: statement.target, value: statement.value });
      } else if (isPerElement(statement, meanings)) {
        const branches = statement.branches.map(({ when, body }) => {
          const condition = when && hoist(when, preparation);
          const inner = cut(body);
          preparation.push(...inner.preparation);
          return { when: condition, body: inner.elements };
        });
        elements.push({ ...statement, branches });
      } else {
        const branches = statement.branches.map(({ when, body }) => {
          if (when) bits.set(when, decisions++);
          return { when, decision: when ? bits.get(when)! : null, ...cut(body) };
        });
        preparation.push({
          kind: "choice",
          branches: branches.map(({ when, decision, preparation }) => ({
            when,
            decision,
            body: preparation,
          })),
        });
        elements.push({
          ...statement,
          branches: branches.map(({ when, elements }) => ({ when, body: elements })),
        });
      }
    }
    return { preparation, elements };
  };

  const stages = sections.map(({ statements, sums }): Stage => {
    const { preparation, elements } = cut(statements);
    return {
      preparation,
      pass: (path) =>
        select(elements, (when) =>
          bits.has(when) ? Math.floor(path / 2 ** bits.get(when)!) % 2 === 1 : undefined,
        ),
      sums: sums.map(({ name, value, total }) => ({
        slot: numbers.get(name)!,
        value: hoist(value, preparation),
        total,
      })),
    };
  });
  const states = statesOf(statements, meanings);
  const kept = keptNames(sections, meanings);
  return {
    stages,
    slots,
    arrays: ["θ", "g", ...states.filter((name) => !isScalarState(meanings.get(name)!)), ...kept],
    states,
    kept,
    numbers,
    meanings,
    countsSteps: countsSteps(statements, meanings),
  };
}

function countsSteps(statements: readonly Statement[], meanings: Meanings): boolean {
  const role = meanings.get("t")?.role;
  return (role?.kind === "step" && role.counted) || namesOf(statements).has("t");
}

/** Whether the branch is chosen for each element anew. */
export function isPerElement({ branches }: Statement & { kind: "choice" }, meanings: Meanings): boolean {
  return branches.some(({ when }) => when !== null && levelOf(when, meanings) === "element");
}

/** Cut where a statement needs a sum over the elements, and put a name, which is added to `meanings`, for each sum. */
function split(statements: readonly Statement[], meanings: Meanings): Section[] {
  const sections: Section[] = [{ statements: [], sums: [] }];
  /** The section before whose pass a number is known. */
  const since = new Map<string, number>();

  const changesElements = ({ statements }: Section): boolean =>
    [...assignments(statements)].some(({ target }) => meanings.get(target)!.level === "element");
  /** The first section whose pass can add this up: sums that stand below each other share a pass. */
  const place = (value: Expression): number => {
    const needs = [...within(value)].map((part) => (part.kind === "name" ? (since.get(part.name) ?? 0) : 0));
    const least = Math.max(...needs);
    let k = sections.length - 1;
    while (k > least && !changesElements(sections[k])) k--;
    return k;
  };
  const add = (value: Expression, total: boolean): Expression => {
    const k = place(value);
    const name = slotName(-1 - since.size);
    sections[k].sums.push({ name, value, total });
    if (k === sections.length - 1) sections.push({ statements: [], sums: [] });
    since.set(name, k + 1);
    meanings.set(name, { role: { kind: "local" }, level: "whole" });
    return { kind: "name", name, at: value.at };
  };
  const replace = (expression: Expression): Expression => {
    if (expression.kind !== "reduce") return mapChildren(expression, replace);
    const { at } = expression;
    const value = replace(expression.value);
    switch (expression.function) {
      case "norm": {
        const square: Expression = {
          kind: "power",
          base: value,
          exponent: { kind: "number", value: 2, at },
          at,
        };
        return { kind: "call", function: "sqrt", arguments: [add(square, false)], at };
      }
      case "mean": {
        const count: Expression = { kind: "name", name: countName, at };
        const factors = [
          { divides: false, value: add(value, false) },
          { divides: true, value: count },
        ];
        return { kind: "product", factors, at };
      }
      default:
        return add(value, expression.function === "total");
    }
  };

  for (const statement of statements) {
    // Under an open condition there are no sums (see symbols.ts).
    const own = statement.kind === "assign" ? { ...statement, value: replace(statement.value) } : statement;
    sections.at(-1)!.statements.push(own);
    for (const { target } of assignments([own])) since.set(target, sections.length - 1);
  }
  return sections;
}

/** Names of element values, other than states, that are assigned in one section and used in a later one. */
function keptNames(sections: readonly Section[], meanings: Meanings): string[] {
  const kept = new Set<string>();
  const assigned = new Set<string>();
  for (const { statements, sums } of sections) {
    const used = namesOf(statements);
    for (const { value } of sums)
      for (const part of within(value)) if (part.kind === "name") used.add(part.name);
    for (const name of assigned) if (used.has(name)) kept.add(name);
    for (const { target } of assignments(statements)) {
      const { role, level } = meanings.get(target)!;
      if (level === "element" && (role.kind === "local" || role.kind === "gradient")) assigned.add(target);
    }
  }
  return [...kept];
}
