import { nearest } from "../nearest.js";
import type { Expression, Statement } from "./ast.js";
import { assignments, children, expressions, within } from "./ast.js";
import { checkMeaning } from "./meaning.js";
import { RuleError } from "./tokens.js";

/** What a name of a rule stands for. */
export type Role =
  | { kind: "parameter" }
  | { kind: "gradient" }
  /** `counted`: steps are counted even where no active line asks for t. */
  | { kind: "step"; counted: boolean }
  | { kind: "option"; option: string; index: number | null }
  | { kind: "state"; key: string }
  | { kind: "local" };

/**
 * When a value is known: an option's always, a step's once per step in float64 (it depends on t, not on a
 * tensor), a whole's once the elements of the parameter have been summed, an element's for each of them.
 */
export type Level = "option" | "step" | "whole" | "element";

const rank: Readonly<Record<Level, number>> = { option: 0, step: 1, whole: 2, element: 3 };
const later = (a: Level, b: Level): Level => (rank[a] > rank[b] ? a : b);

export interface Meaning {
  role: Role;
  level: Level;
}

/** Names of a rule with what they mean; the order is that of first use. */
export type Meanings = Map<string, Meaning>;

/** A number, or a tensor of one element, which is read whenever its number is needed. */
export type OptionNumber = number | { item(): number };
export type OptionValue = OptionNumber | boolean | null | readonly OptionNumber[];
/** An object with a value for every option of a rule: numbers, booleans (or null for no) and lists of numbers. */
export type OptionValues = object;

export interface Names {
  /**
   * Symbol → PyTorch's name of the state, in camelCase: `{ m: "expAvg" }`. Left out: names found by use. One that
   * no line assigns is filled from outside. `t: "step"` counts steps even if no line uses t.
   */
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
  if (names.state?.t !== undefined) used.add("t");
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
    if (role.kind === "state" && !used.has(name))
      throw new Error(
        `rule: the state ${name} ("${role.key}") is never assigned or used. Assign to it, or take it out of state.`,
      );
  for (const name of Object.keys(names.options ?? {}))
    if (!used.has(name.normalize("NFC")))
      throw new Error(
        `rule: the option symbol ${name} ("${names.options![name]}") is not used. Use it, or take it out of options.`,
      );

  for (const name of roles.keys()) if (!used.has(name)) roles.delete(name);
  const meanings = levels(statements, roles, assigned);
  checkMeaning(text, statements, meanings, defaults);
  return meanings;
}

/** The level of an expression: that of the latest-known thing in it. */
export function levelOf(expression: Expression, meanings: Meanings): Level {
  if (expression.kind === "name") return meanings.get(expression.name)!.level;
  if (expression.kind === "new") return "step";
  if (expression.kind === "reduce") return "whole";
  return children(expression).reduce<Level>((level, part) => later(level, levelOf(part, meanings)), "option");
}

/** Whether a name is a state that is one number, not a tensor like the parameter: nothing in it depends on elements. */
export function isScalarState({ role, level }: Meaning): boolean {
  return role.kind === "state" && level !== "element";
}

/** What stands for a rule's symbol among the options: β1 is `betas[0]`. */
export function optionOf(role: Role & { kind: "option" }, options: OptionValues): OptionNumber | boolean {
  const value = (options as Record<string, OptionValue>)[role.option];
  const own = role.index === null ? value : (value as readonly OptionNumber[])[role.index];
  return own as OptionNumber | boolean;
}

/** The option's present value. */
export function optionValue(role: Role & { kind: "option" }, options: OptionValues): number | boolean {
  const own = optionOf(role, options);
  return typeof own === "object" && own !== null ? own.item() : own;
}

function declare(names: Names, defaults: OptionValues): Map<string, Role> {
  const roles = new Map<string, Role>([
    ["θ", { kind: "parameter" }],
    ["g", { kind: "gradient" }],
  ]);
  // `state: { t: "step" }` says that the step count is part of the state, as PyTorch has it.
  const { t: count, ...states } = names.state ?? {};
  roles.set("t", { kind: "step", counted: count !== undefined });
  if (count !== undefined && count !== "step")
    throw new Error(`rule: t is the step count, and its state is called "step", not "${count}"`);
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
  for (const [symbol, key] of Object.entries(states)) add(symbol, { kind: "state", key });
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

function levels(
  statements: readonly Statement[],
  roles: ReadonlyMap<string, Role>,
  assigned: ReadonlySet<string>,
): Meanings {
  const start = (name: string, { kind }: Role): Level => {
    if (kind === "option" || kind === "local") return "option";
    if (kind === "step" || (kind === "state" && assigned.has(name))) return "step";
    return "element";
  };
  const meanings: Meanings = new Map();
  for (const [name, role] of roles) meanings.set(name, { role, level: start(name, role) });
  // A name takes the latest level of what is assigned to it; again until nothing changes, as names use each other.
  for (let changed = true; changed; ) {
    changed = false;
    const raise = (list: readonly Statement[], outer: Level): void => {
      for (const statement of list) {
        if (statement.kind === "choice") {
          let reached = outer;
          for (const { when, body } of statement.branches) {
            // What is done where one condition failed depends on that one, too.
            if (when) reached = later(reached, levelOf(when, meanings));
            raise(body, reached);
          }
          continue;
        }
        const meaning = meanings.get(statement.target)!;
        const level = later(levelOf(statement.value, meanings), outer);
        if (rank[level] > rank[meaning.level]) {
          meaning.level = level;
          changed = true;
        }
      }
    };
    raise(statements, "option");
  }
  return meanings;
}

/** A condition that only options decide: which lines a given optimizer has at all. */
export function isStatic(condition: Expression, meanings: Meanings): boolean {
  // A local's value is known only inside a step, even if it is made of options alone.
  for (const part of within(condition))
    if (
      part.kind === "new" ||
      part.kind === "reduce" ||
      (part.kind === "name" && meanings.get(part.name)!.role.kind !== "option")
    )
      return false;
  return true;
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
