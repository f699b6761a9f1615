import { assign, checkWritable } from "../tensor/ops/in-place.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ParameterState } from "./optimizer.js";
import type { ParamGroup } from "./param-groups.js";
import { type DifferentiableResult, differentiable } from "./rule/differentiable.js";
import type { Rule } from "./rule/rule.js";
import { countStep } from "./step-count.js";

/** One parameter's step on its way. */
interface Job {
  steps: Generator<Tensor, DifferentiableResult, Tensor>;
  /** Puts the result in its place. */
  finish(result: DifferentiableResult): void;
}

/**
 * One step of all parameters that have a gradient, recorded for `backward()`: each parameter is changed in place and
 * goes on with the history of its step, and its states are new tensors with theirs.
 *
 * @throws before anything is changed, for a parameter that is a leaf: nothing could flow back through it
 */
export function differentiableStep<Options extends object>(
  rule: Rule,
  groups: readonly ParamGroup<Options>[],
  states: Map<Tensor, ParameterState>,
): void {
  const wanted = groups.flatMap((group) =>
    group.params.filter(({ grad }) => grad !== null).map((parameter) => ({ parameter, group })),
  );
  for (const { parameter } of wanted) {
    if (parameter.isLeaf && parameter.requiresGrad)
      throw new Error(
        "step: a leaf Variable that requires grad is being used in an in-place operation: with differentiable: true the parameters themselves become results of the step. Give the optimizer copies, parameter.clone(), and compute the loss from them",
      );
    checkWritable("step", parameter);
  }
  const begin = ({ parameter, group }: (typeof wanted)[number]): Job => job(rule, group, parameter, states);
  if (groups.some((group) => rule.kernel(group).hasTotals)) finishTogether(wanted.map(begin));
  else for (const one of wanted) finishTogether([begin(one)]);
}

function job(rule: Rule, group: object, parameter: Tensor, states: Map<Tensor, ParameterState>): Job {
  const { states: symbols, stateKeys, countsSteps } = rule.kernel(group);
  const own = states.get(parameter) ?? {};
  const present = symbols.flatMap((symbol, k) =>
    own[stateKeys[k]] === undefined ? [] : [[symbol, own[stateKeys[k]]]],
  );
  const steps = differentiable(rule.active(group), rule.meanings, {
    θ: parameter,
    g: parameter.grad as Tensor,
    t: (own.step?.item() ?? 0) + 1,
    options: group,
    state: Object.fromEntries(present),
  });
  return {
    steps,
    finish(result) {
      assign("step", parameter, result.θ);
      if (countsSteps) countStep(own);
      for (const [k, symbol] of symbols.entries()) own[stateKeys[k]] = result.state[symbol];
      if (countsSteps || symbols.length > 0) states.set(parameter, own);
    },
  };
}

/** Goes on with all jobs from one sum over all of them to the next. */
function finishTogether(jobs: readonly Job[]): void {
  const results = new Map<Job, DifferentiableResult>();
  let total: Tensor | undefined;
  do {
    const parts: Tensor[] = [];
    for (const job of jobs) {
      if (results.has(job)) continue;
      const { done, value } = total === undefined ? job.steps.next() : job.steps.next(total);
      if (done) results.set(job, value);
      else parts.push(value);
    }
    total = parts.length === 0 ? undefined : parts.reduce((sum, part) => sum.add(part));
  } while (total !== undefined);
  for (const [job, result] of results) job.finish(result);
}
