import { type DType, Tensor, zeros } from "../../../src/index.js";
import { compareNumbers, Mismatch, relative, type Tolerance, within } from "../compare.js";
import type { GoldenCase, GoldenFile, Json } from "../format.js";
import { evaluateTorch } from "../library.js";
import {
  type AnyOptimizer,
  compareParamGroups,
  compareState,
  createOptimizer,
  optionsOf,
  type StateDict,
} from "../optimizers.js";
import { type Problem, problemOf } from "../problems.js";

/** The trajectory of one optimizer on one problem. */
interface TrajectoryCase {
  optimizer: string;
  options: { [name: string]: Json };
  problem: string;
  variant: string;
  dtype: DType;
  steps: number;
  /** −1 where the objective is the negated loss, to be maximised. */
  objective_sign?: number;
  param_groups?: ({ param_index: number[] } & { [option: string]: Json })[];
  params_at: { [step: string]: number[][] };
  loss_at?: number[] | null;
  final_loss?: number | null;
  final_state: Json;
  final_param_groups?: Json;
  /** How far the results move when the start point moves by one unit in the last place. */
  drift?: number;
  tolerance?: number | string;
  /** In what Muon's iteration is computed; PyTorch's is bfloat16. */
  newton_schulz_dtype?: string;
}

interface Run {
  optimizer: AnyOptimizer;
  losses: number[];
}

/** Parameters on the way, losses, and the optimizer's state and options at the end. */
export function runTrajectoryCase(golden: GoldenCase, meta: GoldenFile["meta"]): void {
  const expected = golden as unknown as TrajectoryCase;
  const tolerance = toleranceOf(expected);
  const { optimizer, losses } = train(expected, meta, (step, parameters) => {
    for (const [i, target] of (expected.params_at[step] ?? []).entries()) {
      compareNumbers(`step ${step}, parameter ${i}`, parameters[i]!.toArray(), target, tolerance);
    }
  });
  if (expected.loss_at != null) compareNumbers("loss_at", losses, expected.loss_at, tolerance);
  if (expected.final_loss != null) {
    // The last loss may be a small difference of large terms: it is measured against the first.
    const both = (last: number): number[] => [losses[0]!, last];
    compareNumbers("final_loss", both(losses.at(-1)!), both(expected.final_loss), tolerance);
  }
  const state = optimizer.stateDict();
  try {
    compareState(state.state, stateOf(expected), tolerance);
  } catch (error) {
    if (expected.drift === undefined || !(error instanceof Mismatch)) throw error;
    compareWithOwnDrift(state.state, expected, meta);
  }
  if (expected.final_param_groups !== undefined)
    compareParamGroups(state.param_groups, expected.final_param_groups);
}

function train(
  expected: TrajectoryCase,
  meta: GoldenFile["meta"],
  look?: (step: number, parameters: Tensor[]) => void,
  startFactor = 1,
): Run {
  const problem = problemOf(meta, expected.problem, expected.variant, expected.dtype);
  const parameters = Object.values(problem.parameters);
  for (const { storage } of parameters)
    if (startFactor !== 1)
      storage.data.set(Array.from(storage.data, (value) => value * startFactor || startFactor - 1));
  const { newton_schulz_dtype: ns_dtype } = expected;
  const options = ns_dtype === undefined ? expected.options : { ...expected.options, ns_dtype };
  const optimizer = createOptimizer(expected.optimizer, groupsOf(expected, parameters), options);
  const losses: number[] = [];
  for (let step = 0; step < expected.steps; step++) {
    losses.push(trainingStep(optimizer, problem, step, expected));
    look?.(step + 1, parameters);
  }
  return { optimizer, losses };
}

/**
 * The file's drift is that of the parameters. A state such as the last gradient moves more, by the curvature: here
 * each is allowed as many times its own drift, which is how far it moves when the start point moves by one unit in
 * the last place (a start at 0 by the machine epsilon).
 */
function compareWithOwnDrift(
  state: StateDict["state"],
  expected: TrajectoryCase,
  meta: GoldenFile["meta"],
): void {
  // All names are there, and no NaN.
  compareState(state, expected.final_state, () => Number.POSITIVE_INFINITY);
  const epsilon = expected.dtype === "float64" ? 2 ** -52 : 2 ** -23;
  const moved = [1 + epsilon, 1 - epsilon].map(
    (factor) => train(expected, meta, undefined, factor).optimizer.stateDict().state,
  );
  for (const [index, entries] of Object.entries(expected.final_state as Record<string, Entries>))
    for (const [name, value] of Object.entries(entries)) {
      // The length of a list that the file cuts short is compared with the list.
      if (value === null || name.endsWith(LENGTH)) continue;
      const own = state[index]![name];
      const drift = Math.max(...moved.map((other) => distance(own, other[index]![name])));
      const tolerance = toleranceOf({ ...expected, drift: Math.max(drift, expected.drift!) });
      const length = entries[name + LENGTH];
      const wanted = length === undefined ? { [name]: value } : { [name]: value, [name + LENGTH]: length };
      compareState({ [index]: { [name]: own } }, { [index]: wanted }, tolerance);
    }
}

type Entries = { [name: string]: Json };
const LENGTH = "_length";

/** How far two states lie apart, at the element where it is furthest; of two lists the entries from the end. */
function distance(a: unknown, b: unknown): number {
  if (a instanceof Tensor && b instanceof Tensor) {
    const others = b.toArray();
    return Math.max(0, ...Array.from(a.toArray(), (value, i) => Math.abs(Number(value) - Number(others[i]))));
  }
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b);
  if (!Array.isArray(a) || !Array.isArray(b)) return 0;
  const lengths = Math.abs(a.length - b.length);
  return Math.max(lengths, ...[...a].reverse().map((value, i) => distance(value, b[b.length - 1 - i])));
}

function groupsOf({ param_groups }: TrajectoryCase, parameters: Tensor[]): unknown[] {
  if (param_groups === undefined) return parameters;
  return param_groups.map(({ param_index, ...options }) => ({
    params: param_index.map((i) => parameters[i]),
    ...optionsOf(options),
  }));
}

/** One step; the value is the loss before it. */
function trainingStep(
  optimizer: AnyOptimizer,
  problem: Problem,
  step: number,
  { optimizer: name, objective_sign = 1 }: TrajectoryCase,
): number {
  const closure = (): Tensor => {
    optimizer.zeroGrad();
    const loss = problem.loss(step).mul(objective_sign);
    loss.backward();
    return loss;
  };
  // LBFGS evaluates the loss several times a step; its value is that of the first evaluation.
  if (name === "LBFGS") return (optimizer.step(closure) as Tensor).item();
  const loss = closure().item();
  optimizer.step();
  return loss;
}

function toleranceOf({ dtype, drift = 0, tolerance, ...expected }: TrajectoryCase): Tolerance {
  if (typeof tolerance === "string") return toleranceInWords(tolerance, expected);
  if (tolerance !== undefined) return relative(tolerance);
  return relative(dtype === "float64" ? 1e-9 : 2e-5, 50 * drift);
}

/** "… abs tol 0.02*lr*steps" or "… to ~1e-9". */
function toleranceInWords(
  words: string,
  { optimizer, options, steps }: Pick<TrajectoryCase, "optimizer" | "options" | "steps">,
): Tolerance {
  const absolute = /abs tol (.+)$/.exec(words)?.[1];
  if (absolute !== undefined) {
    const { lr } = createOptimizer(optimizer, [zeros([1, 1])], options).paramGroups[0]!;
    return within(evaluateTorch(absolute, { lr, steps }) as number);
  }
  const digits = /~(\S+)$/.exec(words)?.[1];
  if (digits === undefined)
    throw new Error(`the golden harness does not understand the tolerance "${words}"`);
  return relative(Number(digits));
}

/** What the file says of the state. Its Muon is not PyTorch's own, and counts steps, as PyTorch's does not. */
function stateOf({ optimizer, final_state }: TrajectoryCase): Json {
  if (optimizer !== "Muon") return final_state;
  const states = Object.entries(final_state as { [index: string]: { [name: string]: Json } });
  return Object.fromEntries(states.map(([index, { step: _, ...state }]) => [index, state]));
}
