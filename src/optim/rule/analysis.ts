import type { Assignment, Expression, Statement } from "./ast.js";
import { assignments, expressions, mapChildren, within } from "./ast.js";
import { levelOf, type Meanings } from "./symbols.js";

/** A condition that only options decide: which lines a given optimizer has at all. */
export function isStatic(condition: Expression, meanings: Meanings): boolean {
  // A local's value is known only inside a step, even if it is made of options alone.
  for (const part of within(condition))
    if (part.kind === "new" || (part.kind === "name" && meanings.get(part.name)!.role.kind !== "option"))
      return false;
  return true;
}

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

/** One thing to do before the pass over memory, in order. */
export type Preparation =
  | { kind: "assign"; target: string; value: Expression }
  /** A number that the pass over memory uses. */
  | { kind: "slot"; slot: number; value: Expression }
  /** Which branch is taken; `decision` is its bit in the path, one for each branch that has a condition. */
  | { kind: "choice"; branches: { decision: number | null; when: Expression | null; body: Preparation[] }[] };

/**
 * A rule cut in two: what depends on no tensor, done once per step in float64, and one pass over memory.
 * Code generators (plain JS here) start from this; it says nothing about how either part is computed.
 */
export interface Plan {
  preparation: Preparation[];
  slots: number;
  /** The element-wise assignments of a path through the open choices. */
  pass(path: number): Assignment[];
  /** θ, g and the states, in the order in which the pass takes their arrays. */
  arrays: string[];
  states: string[];
  /** Whether the step count is used. */
  countsSteps: boolean;
}

/** Slots appear in the pass under this name; `#` cannot occur in a rule. */
export const slotName = (slot: number): string => `#${slot}`;
export const isSlot = (name: string): boolean => name.startsWith("#");

/** Cut the active statements of a rule (static conditions decided) into preparation and pass. */
export function plan(statements: readonly Statement[], meanings: Meanings): Plan {
  let slots = 0;
  let decisions = 0;
  const bits = new Map<Expression, number>();

  const slot = (value: Expression, preparation: Preparation[]): Expression => {
    preparation.push({ kind: "slot", slot: slots, value });
    return { kind: "name", name: slotName(slots++), at: value.at };
  };

  /** The expression with everything that depends on no tensor replaced by slots. */
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
      if (statement.kind === "choice") {
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
      } else if (meanings.get(statement.target)!.level === "element")
        elements.push({ ...statement, value: hoist(statement.value, preparation) });
      else preparation.push({ kind: "assign", target: statement.target, value: statement.value });
    }
    return { preparation, elements };
  };

  const { preparation, elements } = cut(statements);
  const states = statesOf(statements, meanings);
  return {
    preparation,
    slots,
    pass: (path) => [
      ...assignments(select(elements, (when) => Math.floor(path / 2 ** bits.get(when)!) % 2 === 1)),
    ],
    arrays: ["θ", "g", ...states],
    states,
    countsSteps: namesOf(statements).has("t"),
  };
}
