import type { DType, Tensor } from "../../../src/index.js";
import { compareNumbers, relative, type Tolerance } from "../compare.js";
import type { GoldenCase, GoldenFile, Json } from "../format.js";
import {
  type AnyOptimizer,
  compareParamGroups,
  compareState,
  createOptimizer,
  optionsOf,
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
  loss_at: number[] | null;
  final_loss: number | null;
  final_state: Json;
  final_param_groups: Json;
  /** How far the results move when the start point moves by one unit in the last place. */
  drift?: number;
  tolerance?: number;
}

/** Parameters on the way, losses, and the optimizer's state and options at the end. */
export function runTrajectoryCase(golden: GoldenCase, meta: GoldenFile["meta"]): void {
  const expected = golden as unknown as TrajectoryCase;
  const problem = problemOf(meta, expected.problem, expected.variant, expected.dtype);
  const parameters = Object.values(problem.parameters);
  const optimizer = createOptimizer(expected.optimizer, groupsOf(expected, parameters), expected.options);
  const tolerance = toleranceOf(expected);

  const losses: number[] = [];
  for (let step = 0; step < expected.steps; step++) {
    losses.push(trainingStep(optimizer, problem, step, expected));
    const targets = expected.params_at[step + 1];
    for (const [i, target] of (targets ?? []).entries()) {
      compareNumbers(`step ${step + 1}, parameter ${i}`, parameters[i]!.toArray(), target, tolerance);
    }
  }
  if (expected.loss_at !== null) compareNumbers("loss_at", losses, expected.loss_at, tolerance);
  if (expected.final_loss !== null) {
    // The last loss may be a small difference of large terms: it is measured against the first.
    const both = (last: number): number[] => [losses[0]!, last];
    compareNumbers("final_loss", both(losses.at(-1)!), both(expected.final_loss), tolerance);
  }
  const state = optimizer.stateDict();
  compareState(state.state, expected.final_state, tolerance);
  compareParamGroups(state.param_groups, expected.final_param_groups);
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

function toleranceOf({ dtype, drift = 0, tolerance }: TrajectoryCase): Tolerance {
  if (tolerance !== undefined) return relative(tolerance);
  return relative(dtype === "float64" ? 1e-9 : 2e-5, 50 * drift);
}
