import { nearest } from "../nearest.js";
import type { Expression, Statement } from "./ast.js";
import { assignments, children, expressions, within } from "./ast.js";
import { RuleError } from "./tokens.js";

/** What a name of a rule stands for. */
export type Role =
  | { kind: "parameter" }
  | { kind: "gradient" }
  | { kind: "step" }
  | { kind: "option"; option: string; index: number | null }
  | { kind: "state"; key: string }
  | { kind: "local" };

/**
 * When a value is known: an option's always, a step's once per step in float64 (it depends on t, not on a
 * tensor), an element's for each number of the parameter.
 */
export type Level = "option" | "step" | "element";

export interface Meaning {
  role: Role;
  level: Level;
}

/** Names of a rule with what they mean; the order is that of first use. */
export type Meanings = Map<string, Meaning>;

export type OptionValue = number | boolean | null | readonly number[];
/** An object with a value for every option of a rule: numbers, booleans (or null for no) and lists of numbers. */
export type OptionValues = object;

export interface Names {
  /** Symbol → PyTorch's name of the state, in camelCase: `{ m: "expAvg" }`. Left out: names found by use. */
  state?: Readonly<Record<string, string>>;
  /** Symbol → option: `{ λ: "weightDecay", β1: "betas[0]" }`. Options may also be used by their own name. */
  options?: Readonly<Record<string, string>>;
}

/** Find out what each name means; unknown names and misused types are errors with their place. */
export function resolve(
  text: string,
  statements: readonly Statement[],
  names: Names,
  defaults: OptionValues,
): Meanings {
  const roles = declare(names, defaults);
  const assigned = new Set([...assignments(statements)].map((assignment) => assignment.target));
  const early = readBeforeAssigned(statements);

  for (const { target, at } of assignments(statements)) {
    const role = roles.get(target);
    if (role?.kind === "option" || role?.kind === "step")
      throw new RuleError(
        text,
        at,
        `${target} cannot be assigned: it is ${say(role)}`,
        "Assign to θ, g, a state or a name of your own.",
      );
    if (!role)
      roles.set(
        target,
        early.has(target) && !names.state ? { kind: "state", key: target } : { kind: "local" },
      );
  }
  const used = new Set(assigned);
  for (const expression of expressions(statements))
    for (const part of within(expression)) {
      if (part.kind !== "name" && part.kind !== "new") continue;
      used.add(part.name);
      const role = roles.get(part.name);
      if (!role) throw unknown(text, part, roles);
      if (part.kind === "new" && role.kind !== "state")
        throw new RuleError(
          text,
          part.at,
          `only a state can be new, and ${part.name} is ${say(role)}`,
          allowed(roles),
        );
      if (role.kind === "local" && early.get(part.name) === part.at)
        throw new RuleError(
          text,
          part.at,
          `${part.name} is used before it has a value`,
          `Assign to it on a line above that is always done with this one, or name it as a state: state: { ${part.name}: "…" }.`,
        );
    }
  if (!assigned.has("θ"))
    throw new RuleError(
      text,
      text.trimEnd().length,
      "the rule never changes θ",
      "Its last line usually is: θ ← θ − …",
    );
  for (const [name, role] of roles)
    if (role.kind === "state" && !assigned.has(name))
      throw new Error(
        `rule: the state ${name} ("${role.key}") is never assigned. Assign to it, or take it out of state.`,
      );
  for (const name of Object.keys(names.options ?? {}))
    if (!used.has(name.normalize("NFC")))
      throw new Error(
        `rule: the option symbol ${name} ("${names.options![name]}") is not used. Use it, or take it out of options.`,
      );

  for (const name of roles.keys()) if (!used.has(name)) roles.delete(name);
  const meanings = levels(statements, roles);
  checkTypes(text, statements, meanings, defaults);
  return meanings;
}

/** The level of an expression: that of the latest-known thing in it. */
export function levelOf(expression: Expression, meanings: Meanings): Level {
  let level: Level = "option";
  for (const part of within(expression)) {
    const own =
      part.kind === "new" ? "step" : part.kind === "name" ? meanings.get(part.name)!.level : "option";
    if (own === "element") return own;
    if (own === "step") level = own;
  }
  return level;
}

/** The option's value as the rule's symbol sees it: β1 is `betas[0]`. */
export function optionValue(role: Role & { kind: "option" }, options: OptionValues): number | boolean {
  const value = (options as Record<string, OptionValue>)[role.option];
  const own = role.index === null ? value : (value as readonly number[])[role.index];
  return own as number | boolean;
}

function declare(names: Names, defaults: OptionValues): Map<string, Role> {
  const roles = new Map<string, Role>([
    ["θ", { kind: "parameter" }],
    ["g", { kind: "gradient" }],
    ["t", { kind: "step" }],
  ]);
  const add = (name: string, role: Role): void => {
    const symbol = name.normalize("NFC");
    if (roles.has(symbol))
      throw new Error(
        `rule: the name ${name} stands for two things, ${say(roles.get(symbol)!)} and ${say(role)}`,
      );
    roles.set(symbol, role);
  };
  for (const [symbol, path] of Object.entries(names.options ?? {})) {
    const match = /^(\w+)(?:\[(\d)\])?$/.exec(path);
    if (!match || !Object.hasOwn(defaults, match[1])) {
      const known = Object.keys(defaults);
      throw new Error(
        `rule: ${symbol} stands for "${path}", which is no option${nearest(path, known) || "."} Options are ${known.join(", ")}.`,
      );
    }
    add(symbol, {
      kind: "option",
      option: match[1],
      index: match[2] === undefined ? null : Number(match[2]),
    });
  }
  for (const [symbol, key] of Object.entries(names.state ?? {})) add(symbol, { kind: "state", key });
  for (const option of Object.keys(defaults))
    if (!roles.has(option)) roles.set(option, { kind: "option", option, index: null });
  return roles;
}

/** Names that some path through the rule reads (or asks whether new) before it assigns them, with where. */
function readBeforeAssigned(statements: readonly Statement[]): Map<string, number> {
  const early = new Map<string, number>();
  const read = (expression: Expression, known: ReadonlySet<string>): void => {
    for (const part of within(expression))
      if ((part.kind === "new" || (part.kind === "name" && !known.has(part.name))) && !early.has(part.name))
        early.set(part.name, part.at);
  };
  const walk = (list: readonly Statement[], before: ReadonlySet<string>): Set<string> => {
    const known = new Set(before);
    for (const statement of list) {
      if (statement.kind === "assign") {
        read(statement.value, known);
        known.add(statement.target);
        continue;
      }
      const ends = statement.branches.map(({ when, body }) => {
        if (when) read(when, known);
        return walk(body, known);
      });
      const complete = statement.branches.at(-1)!.when === null;
      if (complete) for (const name of ends[0]) if (ends.every((end) => end.has(name))) known.add(name);
    }
    return known;
  };
  walk(statements, new Set());
  return early;
}

function levels(statements: readonly Statement[], roles: ReadonlyMap<string, Role>): Meanings {
  const meanings: Meanings = new Map();
  for (const [name, role] of roles) {
    const tensor = role.kind === "parameter" || role.kind === "gradient" || role.kind === "state";
    meanings.set(name, { role, level: tensor ? "element" : role.kind === "step" ? "step" : "option" });
  }
  // A local takes the latest level of what is assigned to it; again until nothing changes, as locals use locals.
  const rank = { option: 0, step: 1, element: 2 };
  for (let changed = true; changed; ) {
    changed = false;
    const raise = (list: readonly Statement[], outer: Level): void => {
      for (const statement of list) {
        if (statement.kind === "choice") {
          for (const { when, body } of statement.branches) {
            const own = when ? levelOf(when, meanings) : "option";
            raise(body, rank[own] > rank[outer] ? own : outer);
          }
          continue;
        }
        const meaning = meanings.get(statement.target)!;
        const value = levelOf(statement.value, meanings);
        const level = rank[value] > rank[outer] ? value : outer;
        if (meaning.role.kind === "local" && rank[level] > rank[meaning.level]) {
          meaning.level = level;
          changed = true;
        }
      }
    };
    raise(statements, "option");
  }
  return meanings;
}

function checkTypes(
  text: string,
  statements: readonly Statement[],
  meanings: Meanings,
  defaults: OptionValues,
): void {
  const expect = (expression: Expression, wanted: "number" | "condition"): void => {
    if (typeOf(expression) !== wanted)
      throw new RuleError(
        text,
        expression.at,
        wanted === "number"
          ? "a condition where a number is expected"
          : "a number where a condition is expected",
        wanted === "number" ? "Conditions stand after when." : "Compare it: … ≠ 0.",
      );
  };
  const typeOf = (expression: Expression): "number" | "condition" => {
    switch (expression.kind) {
      case "number":
        return "number";
      case "name": {
        const { role } = meanings.get(expression.name)!;
        if (role.kind !== "option") return "number";
        const value = (defaults as Record<string, OptionValue>)[role.option];
        if (role.index === null && (typeof value === "boolean" || value === null)) return "condition";
        if (
          role.index === null ? typeof value === "number" : Array.isArray(value) && role.index < value.length
        )
          return "number";
        throw new RuleError(
          text,
          expression.at,
          `the option ${role.option} is a list`,
          `Name its parts in options: { β1: "${role.option}[0]" }.`,
        );
      }
      case "new":
        return "condition";
      case "and":
      case "or":
        for (const part of expression.operands) expect(part, "condition");
        return "condition";
      case "not":
        expect(expression.operand, "condition");
        return "condition";
      default:
        for (const part of children(expression)) expect(part, "number");
        return expression.kind === "compare" ? "condition" : "number";
    }
  };
  const walk = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === "assign") expect(statement.value, "number");
      else
        for (const { when, body } of statement.branches) {
          if (when) {
            expect(when, "condition");
            if (levelOf(when, meanings) === "element")
              throw new RuleError(
                text,
                when.at,
                "a condition may not depend on a tensor's values",
                "Conditions are over options, t and numbers made of them; for single elements use max, min, sign and |x|.",
              );
          }
          walk(body);
        }
    }
  };
  walk(statements);
}

function unknown(
  text: string,
  part: Expression & { name: string },
  roles: ReadonlyMap<string, Role>,
): RuleError {
  return new RuleError(
    text,
    part.at,
    `unknown symbol ${part.name}${nearest(part.name, [...roles.keys()])}`,
    allowed(roles),
  );
}

function allowed(roles: ReadonlyMap<string, Role>): string {
  const list = (kind: Role["kind"]): string =>
    [...roles]
      .filter(([, role]) => role.kind === kind)
      .map(([name]) => name)
      .join(", ");
  const parts = [
    `θ (parameter), g (gradient), t (step, from 1)`,
    ["options", list("option")],
    ["state", list("state")],
    ["your own", list("local")],
  ];
  return `Known are ${parts
    .map((part) => (typeof part === "string" ? part : part[1] ? `${part[0]} ${part[1]}` : ""))
    .filter(Boolean)
    .join("; ")}.`;
}

function say(role: Role): string {
  if (role.kind === "option")
    return `the option ${role.option}${role.index === null ? "" : `[${role.index}]`}`;
  if (role.kind === "state") return `the state ${role.key}`;
  return {
    parameter: "the parameter",
    gradient: "the gradient",
    step: "the step count",
    local: "a name of the rule's own",
  }[role.kind];
}
