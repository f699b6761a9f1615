import type { DType, Tensor } from "../../../src/index.js";
import { zerosLike } from "../../../src/index.js";
import { compareNumbers, relative } from "../compare.js";
import type { GoldenCase, GoldenFile, Json } from "../format.js";
import { evaluateTorch } from "../library.js";
import { type AnyOptimizer, compareParamGroups, compareState, createOptimizer } from "../optimizers.js";
import { problemOf } from "../problems.js";

/** What happens during training besides plain steps; `before_step` counts from 0. */
interface Events {
  steps: number;
  /** The parameters that the optimizer starts with; all of them when left out. */
  start_params?: string[];
  /** At every step k with k mod every = phase, one parameter has no gradient. */
  none_grad?: Recurring;
  /** The same with a gradient of zeros. */
  zero_grad?: Recurring;
  add_param_group?: { before_step: number; params: string[]; lr_factor: number };
  scale_lr?: { before_step: number; group: number; factor: number };
  /** The state is saved, and loaded into a new optimizer that was built with another learning rate. */
  save_load?: { before_step: number; new_lr: number };
  scheduler_each_step?: boolean;
}

interface Recurring {
  param: string;
  every: number;
  phase: number;
}

interface ScenarioCase {
  optimizer: string;
  options: { [name: string]: Json };
  problem?: string;
  variant: string;
  dtype: DType;
  events: Events;
  /** A scheduler as Python writes it, without its first argument: `StepLR(5, 0.5)`. */
  scheduler?: string;
  params_at: { [step: string]: number[][] };
  losses?: number[];
  saved_state_dict?: { state: Json; param_groups: Json };
  final_state?: Json;
  final_param_groups?: Json;
}

const KNOWN_EVENTS = new Set([
  "steps",
  "start_params",
  "none_grad",
  "zero_grad",
  "add_param_group",
  "scale_lr",
  "save_load",
  "scheduler_each_step",
]);

const tolerance = relative(1e-9);

/** An optimizer through what a long training brings: missing gradients, new groups, checkpoints, schedulers. */
export function runScenarioCase(golden: GoldenCase, meta: GoldenFile["meta"]): void {
  const expected = golden as unknown as ScenarioCase;
  const { events } = expected;
  const unknown = Object.keys(events).filter((name) => !KNOWN_EVENTS.has(name));
  if (unknown.length > 0) throw new Error(`the golden harness does not know the event ${unknown.join(", ")}`);

  const problem = problemOf(meta, expected.problem ?? "lstsq", expected.variant, expected.dtype);
  const { parameters } = problem;
  const named = (names: string[]): Tensor[] => names.map((name) => parameters[name]!);
  const startParameters = named(events.start_params ?? Object.keys(parameters));
  let optimizer = createOptimizer(expected.optimizer, startParameters, expected.options);
  const scheduler = expected.scheduler === undefined ? null : schedulerOf(expected.scheduler, optimizer);

  const losses: number[] = [];
  for (let step = 0; step < events.steps; step++) {
    if (events.save_load?.before_step === step) optimizer = reload(optimizer, expected, startParameters);
    if (events.add_param_group?.before_step === step) {
      const { params, lr_factor } = events.add_param_group;
      optimizer.addParamGroup({ params: named(params), lr: optimizer.paramGroups[0]!.lr * lr_factor });
    }
    if (events.scale_lr?.before_step === step) {
      optimizer.paramGroups[events.scale_lr.group]!.lr *= events.scale_lr.factor;
    }
    for (const parameter of Object.values(parameters)) parameter.grad = null;
    const loss = problem.loss(step);
    loss.backward();
    losses.push(loss.item());
    if (isDue(events.none_grad, step)) parameters[events.none_grad.param]!.grad = null;
    if (isDue(events.zero_grad, step)) {
      const parameter = parameters[events.zero_grad.param]!;
      parameter.grad = zerosLike(parameter.detach());
    }
    optimizer.step();
    if (events.scheduler_each_step) scheduler?.step();
    for (const [i, target] of (expected.params_at[step + 1] ?? []).entries()) {
      const values = Object.values(parameters)[i]!.toArray();
      compareNumbers(`step ${step + 1}, parameter ${i}`, values, target, tolerance);
    }
  }
  if (expected.losses !== undefined) compareNumbers("losses", losses, expected.losses, tolerance);
  const { state, param_groups } = optimizer.stateDict();
  if (expected.final_state !== undefined) compareState(state, expected.final_state, tolerance);
  if (expected.final_param_groups !== undefined)
    compareParamGroups(param_groups, expected.final_param_groups);
}

function isDue(event: Recurring | undefined, step: number): event is Recurring {
  return event !== undefined && step % event.every === event.phase;
}

function reload(optimizer: AnyOptimizer, expected: ScenarioCase, parameters: Tensor[]): AnyOptimizer {
  const saved = optimizer.stateDict();
  if (expected.saved_state_dict !== undefined) {
    compareState(saved.state, expected.saved_state_dict.state, tolerance);
    compareParamGroups(saved.param_groups, expected.saved_state_dict.param_groups);
  }
  const options = { ...expected.options, lr: expected.events.save_load!.new_lr };
  const fresh = createOptimizer(expected.optimizer, parameters, options);
  fresh.loadStateDict(saved);
  return fresh;
}

function schedulerOf(written: string, optimizer: AnyOptimizer): { step(): void } {
  const call = written.replace("(", "(optimizer, ").replace(", )", ")");
  return evaluateTorch(`optim.lr_scheduler.${call}`, { optimizer }) as { step(): void };
}
