import { isSlot, type Plan } from "./analysis.js";
import { assignments, children, type Expression, expressions, type Statement } from "./ast.js";

/** What a pass over memory does for each element, whatever language it is written in. */
export interface PassPlan {
  readonly statements: readonly Statement[];
  /** What is added up over the elements after the statements, and the slot that it goes to. */
  readonly sums: readonly { readonly slot: number; readonly value: Expression }[];
  /** All names of element values. */
  readonly names: ReadonlySet<string>;
  /** Those that begin with what is in memory, and the number of the array. */
  readonly loaded: ReadonlyMap<string, number>;
  /** Those that are written back, and the number of the array. */
  readonly stored: ReadonlyMap<string, number>;
  /** The names of the numbers that are used. */
  readonly slots: readonly string[];
}

/** The pass of a stage, with the branches that `prepare` has chosen. */
export function planPass(plan: Plan, index: number, path: number): PassPlan {
  const stage = plan.stages[index];
  const statements = stage.pass(path);
  const { loaded, written } = access(
    statements,
    stage.sums.map(({ value }) => value),
  );
  const slots = new Set<string>();
  // A changed gradient goes to the next stage like other values: the first loads it from the gradient itself.
  const keeps = (name: string): boolean => plan.kept.includes(name);
  const place = new Map(plan.arrays.map((name, k) => [name, k]));
  if (index === 0 && keeps("g")) {
    loaded.add("g");
    place.set("g", 1);
  }
  const names = new Set([...loaded, ...written]);
  for (const value of [...expressions(statements), ...stage.sums.map(({ value }) => value)])
    visitNames(value, (name) => {
      if (isSlot(name)) slots.add(name);
      else names.add(name);
    });
  const stored = plan.arrays.flatMap((name, k): [string, number][] => {
    // g is the user's: a step never writes into a gradient.
    if (k === 1 || !names.has(name)) return [];
    return written.has(name) || (index === 0 && keeps(name)) ? [[name, k]] : [];
  });
  const from = [...loaded].filter((name) => place.has(name) && !(index === 0 && keeps(name) && name !== "g"));
  return {
    statements,
    sums: stage.sums,
    names,
    loaded: new Map(from.map((name) => [name, place.get(name)!])),
    stored: new Map(stored),
    slots: [...slots],
  };
}

/** Which names the statements need the old value of, and which they (or some of their branches) write. */
function access(
  statements: readonly Statement[],
  after: readonly Expression[],
): { loaded: Set<string>; written: Set<string> } {
  const loaded = new Set<string>();
  const written = new Set([...assignments(statements)].map(({ target }) => target));
  const read = (expression: Expression, sure: ReadonlySet<string>): void =>
    visitNames(expression, (name) => {
      if (!isSlot(name) && !sure.has(name)) loaded.add(name);
    });
  const walk = (list: readonly Statement[], before: ReadonlySet<string>): Set<string> => {
    const sure = new Set(before);
    for (const statement of list) {
      if (statement.kind === "assign") {
        read(statement.value, sure);
        sure.add(statement.target);
        continue;
      }
      const ends = statement.branches.map(({ when, body }) => {
        if (when) read(when, sure);
        return walk(body, sure);
      });
      if (statement.branches.at(-1)!.when !== null) ends.push(sure);
      for (const name of ends[0]) if (ends.every((end) => end.has(name))) sure.add(name);
    }
    return sure;
  };
  const sure = walk(statements, new Set());
  for (const expression of after) read(expression, sure);
  // What only some elements write is stored for all of them, so the others need the value that they had.
  for (const name of written) if (!sure.has(name)) loaded.add(name);
  return { loaded, written };
}

function visitNames(expression: Expression, visit: (name: string) => void): void {
  if (expression.kind === "name") visit(expression.name);
  else for (const child of children(expression)) visitNames(child, visit);
}
