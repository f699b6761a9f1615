import { countName, namesOf, type Plan, type Preparation, plan, type Stage } from "./analysis.js";
import { type Expression, type Statement, within } from "./ast.js";
import { CompiledPass } from "./compiled-pass.js";
import { helpers, javaScript, Names, singlePrecision } from "./javascript.js";
import { type PassPlan, planPass } from "./pass-plan.js";
import { isScalarState, type Meanings, type OptionValues, type Role } from "./symbols.js";

/** The dtypes in which a rule runs, each with its own arithmetic: the numbers are PyTorch's. */
export type KernelArray = Float32Array | Float64Array;
export type KernelDtype = "float32" | "float64";

/**
 * Update `n` elements of all arrays in place: `arrays` are θ, g, the states and what is kept between stages, in
 * `Kernel.arrays`' order, `scalars` is what `prepare` wrote. g is not changed. Sums are written to `scalars`.
 */
export type Pass = (n: number, scalars: Float64Array, arrays: readonly KernelArray[]) => void;

/** What `prepare` is told of one parameter's step. */
export interface Step {
  /** The step count, from 1. */
  t: number;
  options: OptionValues;
  /** Bit k says that `states[k]` has just been created. */
  fresh: number;
  /** The states that are one number each, in the order of `Kernel.scalarStates`; brought up to date. */
  numbers: Float64Array;
  /** To the precision of those states: Math.fround for float32. */
  round: (value: number) => number;
  /** How many elements the parameter has. */
  count: number;
}

/** Compute what depends on no element into `scalars`. The result names the branches taken: give it to `pass`. */
export type Prepare = (scalars: Float64Array, step: Step) => number;

/** The compiled form of a rule with a given set of active lines. */
export class Kernel {
  /** Names of the arrays that a pass takes: θ, g, the states of the parameter's shape, then `kept`. */
  readonly arrays: readonly string[];
  /** Values of elements that go from one stage to the next. */
  readonly kept: readonly string[];
  readonly states: readonly string[];
  /** The states' names for the user, in the order of `states`: "expAvg". */
  readonly stateKeys: readonly string[];
  /** For each state, its place among the numbers, or −1 for one of the parameter's shape. */
  readonly scalarStates: readonly number[];
  /** Whether t is used, so that steps must be counted. */
  readonly countsSteps: boolean;
  /** How many numbers `prepare` writes. */
  readonly slots: number;
  /** To be done in turn, `prepare` and then `pass`: more than one where the rule sums over elements. */
  readonly stages: readonly {
    prepare: Prepare;
    /** Slots in which the pass leaves a sum that goes over all parameters of the optimizer. */
    totals: readonly number[];
  }[];

  /** Whether any stage has such sums. */
  readonly hasTotals: boolean;

  private readonly plan: Plan;
  private readonly passes: Record<KernelDtype, Map<number, Pass>[]>;
  private readonly compiled: Record<KernelDtype, Map<number, CompiledPass | null>[]>;

  constructor(statements: readonly Statement[], meanings: Meanings) {
    this.plan = plan(statements, meanings);
    const { arrays, kept, states, countsSteps, slots, stages } = this.plan;
    this.arrays = arrays;
    this.kept = kept;
    this.states = states;
    this.stateKeys = states.map((name) => (meanings.get(name)!.role as Role & { kind: "state" }).key);
    let numbers = 0;
    this.scalarStates = states.map((name) => (isScalarState(meanings.get(name)!) ? numbers++ : -1));
    this.countsSteps = countsSteps;
    this.slots = slots;
    const used = namesOf(statements);
    this.stages = stages.map((stage) => ({
      prepare: generatePrepare(this.plan, stage, this.scalarStates, used),
      totals: stage.sums.filter(({ total }) => total).map(({ slot }) => slot),
    }));
    this.hasTotals = this.stages.some(({ totals }) => totals.length > 0);
    this.passes = { float32: stages.map(() => new Map()), float64: stages.map(() => new Map()) };
    this.compiled = { float32: stages.map(() => new Map()), float64: stages.map(() => new Map()) };
  }

  /** The pass over memory of a stage for these branches and this dtype, generated on first use. */
  pass(path: number, dtype: KernelDtype, stage = 0): Pass {
    const known = this.passes[dtype][stage].get(path);
    if (known) return known;
    // A function of its own for each dtype: one that sees both kinds of array is several times slower.
    const pass = generatePass(planPass(this.plan, stage, path), dtype);
    this.passes[dtype][stage].set(path, pass);
    return pass;
  }

  /**
   * The same pass as WebAssembly, for many elements, or null where it cannot be had: without WebAssembly, and for
   * rules with functions that it does not know.
   */
  compiledPass(path: number, dtype: KernelDtype, stage = 0): CompiledPass | null {
    const passes = this.compiled[dtype][stage];
    let pass = passes.get(path);
    if (pass === undefined) {
      pass = CompiledPass.of(planPass(this.plan, stage, path), dtype, this.pass(path, dtype, stage));
      passes.set(path, pass);
    }
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
  return `option(options[${JSON.stringify(option)}]${index === null ? "" : `[${index}]`})`;
}

function generatePrepare(
  plan: Plan,
  stage: Stage,
  scalarStates: readonly number[],
  used: ReadonlySet<string>,
): Prepare {
  const names = new Names();
  const constants: string[] = [];
  const locals: string[] = [];
  const kept: string[] = [];
  const keep = (name: string, place: string): void => {
    locals.push(`${names.add(name)} = ${place}`);
    kept.push(`${place} = ${names.get(name)};`);
  };
  names.set(countName, "step.count");
  for (const [name, { role, level }] of plan.meanings) {
    const place = plan.states.indexOf(name);
    if (plan.numbers.has(name)) keep(name, `scalars[${plan.numbers.get(name)}]`);
    else if (!used.has(name)) continue;
    else if (role.kind === "step") names.set(name, "step.t");
    else if (role.kind === "option") constants.push(`${names.add(name)} = ${optionAccess(role)}`);
    else if (role.kind === "local" && level !== "element") locals.push(`${names.add(name)} = 0`);
    else if (role.kind === "state" && scalarStates[place] >= 0)
      keep(name, `step.numbers[${scalarStates[place]}]`);
  }
  const isNew = (name: string): string => `(step.fresh & ${2 ** plan.states.indexOf(name)}) !== 0`;
  const emit = (list: readonly Preparation[]): string =>
    list
      .map((entry) => {
        if (entry.kind === "assign") {
          const target = names.get(entry.target);
          if (plan.meanings.get(entry.target)!.role.kind !== "state")
            return `${target} = ${javaScript(entry.value, names, isNew)};`;
          const updates = [...within(entry.value)].some(
            (part) => part.kind === "name" && part.name === entry.target,
          );
          const own = updates ? names.wrapped((name) => `round(${name})`) : names;
          return `${target} = round(${javaScript(entry.value, own, isNew)});`;
        }
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
const { options, round } = step;
${declare("const", constants)}${declare("let", locals)}let path = 0;
${emit(stage.preparation)}
${kept.join("\n")}
return path;`;
  return new Function("scalars", "step", body) as Prepare;
}

function generatePass(
  { statements, sums, names: own, loaded, stored, slots }: PassPlan,
  dtype: KernelDtype,
): Pass {
  if (own.size === 0 && sums.length === 0) return () => undefined;
  const names = new Names();
  for (const name of [...own, ...slots]) names.add(name);
  const write = dtype === "float32" ? singlePrecision : javaScript;
  // A number that meets a float32 tensor becomes float32 first, in PyTorch and so here.
  const number = (code: string): string => (dtype === "float32" ? `Math.fround(${code})` : code);
  const arrays = new Set([...loaded.values(), ...stored.values()]);
  const constants = [
    ...slots.map((name) => `${names.get(name)} = ${number(`scalars[${name.slice(1)}]`)}`),
    ...[...arrays].map((k) => `a${k} = arrays[${k}]`),
  ];
  const locals = [...own].map(
    (name) => `${names.get(name)} = ${loaded.has(name) ? `a${loaded.get(name)}[i]` : "0"}`,
  );
  const body = `"use strict";
${helpers}
return (n, scalars, arrays) => {
${declare("const", constants)}${declare(
  "let",
  sums.map((_, k) => `s${k} = 0`),
)}for (let i = 0; i < n; i++) {
${declare("let", locals)}${emitElements(statements, names, write)}
${sums.map(({ value }, k) => `s${k} += ${write(value, names)};`).join("\n")}
${[...stored].map(([name, k]) => `a${k}[i] = ${names.get(name)};`).join("\n")}
}
${sums.map(({ slot }, k) => `scalars[${slot}] = s${k};`).join("\n")}
};`;
  return new Function(body)() as Pass;
}

function emitElements(statements: readonly Statement[], names: Names, write: typeof singlePrecision): string {
  return statements
    .map((statement) => {
      if (statement.kind === "assign")
        return `${names.get(statement.target)} = ${write(statement.value, names)};`;
      return statement.branches
        .map(
          ({ when, body }) =>
            `${when ? `if (${write(when, names)}) ` : ""}{ ${emitElements(body, names, write)} }`,
        )
        .join(" else ");
    })
    .join("\n");
}

function declare(keyword: string, list: readonly string[]): string {
  return list.length > 0 ? `${keyword} ${list.join(", ")};\n` : "";
}
