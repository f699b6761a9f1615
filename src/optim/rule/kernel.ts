import { isSlot, namesOf, type Plan, type Preparation, plan } from "./analysis.js";
import { children, type Expression, type Statement } from "./ast.js";
import type { Meanings, OptionValues, Role } from "./symbols.js";

/** The dtypes in which a rule runs. Both compute in double; float32 rounds once, when it stores. */
export type KernelArray = Float32Array | Float64Array;
export type KernelDtype = "float32" | "float64";

/**
 * Update `n` elements of all arrays in place: `arrays` are θ, g and the states in `Kernel.arrays`' order,
 * `scalars` is what `prepare` wrote. g is not changed.
 */
export type Pass = (n: number, scalars: Float64Array, arrays: readonly KernelArray[]) => void;

/** The compiled form of a rule with a given set of active lines. */
export class Kernel {
  /** Names of the arrays that a pass takes: θ, g, then the states. */
  readonly arrays: readonly string[];
  readonly states: readonly string[];
  /** The states' names for the user, in the order of `states`: "expAvg". */
  readonly stateKeys: readonly string[];
  /** Whether t is used, so that steps must be counted. */
  readonly countsSteps: boolean;
  /** How many numbers `prepare` writes. */
  readonly slots: number;
  /**
   * Compute what depends on no tensor, for step `t` (from 1), into `scalars`. Bit k of `fresh` says that
   * `states[k]` has just been created. The result names the branches taken: give it to `pass`.
   */
  readonly prepare: (scalars: Float64Array, t: number, options: OptionValues, fresh: number) => number;

  private readonly plan: Plan;
  private readonly passes: Record<KernelDtype, Map<number, Pass>> = {
    float32: new Map(),
    float64: new Map(),
  };

  constructor(statements: readonly Statement[], meanings: Meanings) {
    this.plan = plan(statements, meanings);
    this.arrays = this.plan.arrays;
    this.states = this.plan.states;
    this.stateKeys = this.states.map((name) => (meanings.get(name)!.role as Role & { kind: "state" }).key);
    this.countsSteps = this.plan.countsSteps;
    this.slots = this.plan.slots;
    this.prepare = generatePrepare(this.plan, meanings, namesOf(statements));
  }

  /** The pass over memory for these branches and this dtype, generated on first use. */
  pass(path: number, dtype: KernelDtype): Pass {
    const known = this.passes[dtype].get(path);
    if (known) return known;
    // A function of its own for each dtype: one that sees both kinds of array is several times slower.
    const pass = generatePass(this.plan, path);
    this.passes[dtype].set(path, pass);
    return pass;
  }
}

/** A number that tells which of these conditions hold, one bit for each. */
export function generateKey(
  conditions: readonly Expression[],
  meanings: Meanings,
): (options: OptionValues) => number {
  const names = new Names();
  for (const [name, { role }] of meanings) if (role.kind === "option") names.set(name, optionAccess(role));
  const bits = conditions.map((condition, k) => `(${javaScript(condition, names)} ? ${2 ** k} : 0)`);
  return new Function("options", `"use strict"; ${helpers} return ${bits.join(" + ") || "0"};`) as (
    options: OptionValues,
  ) => number;
}

function optionAccess({ option, index }: { option: string; index: number | null }): string {
  return `options[${JSON.stringify(option)}]${index === null ? "" : `[${index}]`}`;
}

function generatePrepare(plan: Plan, meanings: Meanings, used: ReadonlySet<string>): Kernel["prepare"] {
  const names = new Names();
  const constants: string[] = [];
  const locals: string[] = [];
  for (const [name, { role }] of meanings) {
    if (!used.has(name)) continue;
    if (role.kind === "step") names.set(name, "t");
    else if (role.kind === "option") constants.push(`${names.add(name)} = ${optionAccess(role)}`);
    else if (role.kind === "local") locals.push(`${names.add(name)} = 0`);
  }
  const isNew = (name: string): string => `(fresh & ${2 ** plan.states.indexOf(name)}) !== 0`;
  const emit = (list: readonly Preparation[]): string =>
    list
      .map((entry) => {
        if (entry.kind === "assign")
          return `${names.get(entry.target)} = ${javaScript(entry.value, names, isNew)};`;
        if (entry.kind === "slot")
          return `scalars[${entry.slot}] = ${javaScript(entry.value, names, isNew)};`;
        return entry.branches
          .map(({ decision, when, body }) => {
            const head = when ? `if (${javaScript(when, names, isNew)}) ` : "";
            const bit = decision === null ? "" : `path += ${2 ** decision}; `;
            return `${head}{ ${bit}${emit(body)} }`;
          })
          .join(" else ");
      })
      .join("\n");
  const body = `"use strict";
${helpers}
${declare("const", constants)}${declare("let", locals)}let path = 0;
${emit(plan.preparation)}
return path;`;
  return new Function("scalars", "t", "options", "fresh", body) as Kernel["prepare"];
}

function generatePass(plan: Plan, path: number): Pass {
  const statements = plan.pass(path);
  const names = new Names();
  const slots = new Set<string>();
  const written = new Set<string>();
  const loaded = new Set<string>();
  const lines: string[] = [];
  for (const { target, value } of statements) {
    visitNames(value, (name) => {
      if (isSlot(name)) slots.add(name);
      else if (!written.has(name)) loaded.add(name);
      names.add(name);
    });
    lines.push(`${names.add(target)} = ${javaScript(value, names)};`);
    written.add(target);
  }
  const arrays = plan.arrays.map((name, k) => ({ name, k })).filter(({ name }) => names.has(name));
  // g is the user's: a step never writes into a gradient.
  const stored = arrays.filter(({ name }) => written.has(name) && name !== "g");
  const used = arrays.filter(({ name }) => loaded.has(name) || stored.some((other) => other.name === name));
  const constants = [
    ...[...slots].map((name) => `${names.get(name)} = scalars[${name.slice(1)}]`),
    ...used.map(({ k }) => `a${k} = arrays[${k}]`),
  ];
  const locals = [...new Set([...loaded, ...written])].map((name) => {
    const array = loaded.has(name) ? arrays.find((other) => other.name === name) : undefined;
    return `${names.get(name)} = ${array ? `a${array.k}[i]` : "0"}`;
  });
  const body = `"use strict";
${helpers}
return (n, scalars, arrays) => {
${declare("const", constants)}for (let i = 0; i < n; i++) {
${declare("let", locals)}${lines.join("\n")}
${stored.map(({ name, k }) => `a${k}[i] = ${names.get(name)};`).join("\n")}
}
};`;
  return new Function(body)() as Pass;
}

/** JavaScript names for a rule's names; these may hold any letter, and never reach the generated text. */
class Names {
  private readonly known = new Map<string, string>();

  set(name: string, own: string): void {
    this.known.set(name, own);
  }

  add(name: string): string {
    if (!this.known.has(name)) this.known.set(name, `v${this.known.size}`);
    return this.get(name);
  }

  get(name: string): string {
    return this.known.get(name)!;
  }

  has(name: string): boolean {
    return this.known.has(name);
  }
}

function declare(keyword: string, list: readonly string[]): string {
  return list.length > 0 ? `${keyword} ${list.join(", ")};\n` : "";
}

/** Far faster than Math.pow; closed over, so that the compiler puts them in place. */
const helpers = "const square = (x) => x * x, cube = (x) => x * x * x;";

function visitNames(expression: Expression, visit: (name: string) => void): void {
  if (expression.kind === "name") visit(expression.name);
  else for (const child of children(expression)) visitNames(child, visit);
}

const operators = { "=": "===", "≠": "!==", "<": "<", ">": ">", "≤": "<=", "≥": ">=" } as const;

function javaScript(expression: Expression, names: Names, isNew: (name: string) => string = String): string {
  const inner = (part: Expression): string => javaScript(part, names, isNew);
  switch (expression.kind) {
    case "number":
      return String(expression.value);
    case "name":
      return names.get(expression.name);
    case "sum":
      // A space after the sign: −(−x) must not become the operator --.
      return `(${expression.terms.map(({ negative, value }, k) => `${negative ? "- " : k > 0 ? "+ " : ""}${inner(value)}`).join(" ")})`;
    case "product":
      return `(${expression.factors.map(({ divides, value }, k) => `${k === 0 ? "" : divides ? "/ " : "* "}${inner(value)}`).join(" ")})`;
    case "power": {
      const { base, exponent } = expression;
      const whole = exponent.kind === "number" ? exponent.value : 0;
      if (whole === 2) return `square(${inner(base)})`;
      return whole === 3 ? `cube(${inner(base)})` : `Math.pow(${inner(base)}, ${inner(exponent)})`;
    }
    case "call":
      return `Math.${expression.function}(${expression.arguments.map(inner).join(", ")})`;
    case "compare":
      return `(${inner(expression.left)} ${operators[expression.operator]} ${inner(expression.right)})`;
    case "and":
      return `(${expression.operands.map(inner).join(" && ")})`;
    case "or":
      return `(${expression.operands.map(inner).join(" || ")})`;
    case "not":
      return `!${inner(expression.operand)}`;
    case "new":
      return `(${isNew(expression.name)})`;
  }
}
