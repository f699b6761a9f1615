import { noGrad } from "../../tensor/autograd/mode.js";
import { Tensor } from "../../tensor/tensor.js";
import type { HookHandle } from "../hooks.js";
import { Optimizer } from "../optimizer.js";
import { asNumber } from "../options.js";
import { type ParamGroup, typeName } from "../param-groups.js";

/** What schedulers use of an optimizer. Every `Optimizer` with a learning rate has it. */
export interface ScheduledOptimizer {
  readonly name: string;
  readonly defaults: object;
  readonly paramGroups: ParamGroup<{ lr: number }>[];
  registerStepPostHook(hook: () => void): HookHandle;
}

/** What schedulers read and write in a group besides the learning rate. The names are PyTorch's. */
export interface ScheduledGroup {
  momentum?: number;
  betas?: [number, number];
  maxLr?: number;
  minLr?: number;
  maxMomentum?: number;
  baseMomentum?: number;
  swaLr?: number;
}

/** The groups of an optimizer with the entries that schedulers use. */
export function groupsOf(optimizer: ScheduledOptimizer): (ParamGroup<{ lr: number }> & ScheduledGroup)[] {
  return optimizer.paramGroups;
}

/** @throws {TypeError} in PyTorch's words, for anything else */
export function checkOptimizer(value: unknown): asserts value is ScheduledOptimizer {
  if (!(value instanceof Optimizer)) throw new TypeError(`${typeName(value)} is not an Optimizer`);
}

/** The learning rates of all groups. One that is a tensor of one element is read. */
export function learningRates(optimizer: ScheduledOptimizer): number[] {
  return optimizer.paramGroups.map(({ lr }) => asNumber(lr));
}

/** Sets the learning rate of one group. */
export function setLearningRate(group: { lr: number }, value: number): void {
  if (!filled(group.lr, value)) group.lr = value;
}

/** What a cycled momentum is called in a group: `momentum`, or β1 in the family of Adam. */
export function momentumOf(group: ScheduledGroup): number | undefined {
  return asNumber(group.betas === undefined ? group.momentum : group.betas[0]);
}

export function setMomentum(group: ScheduledGroup, value: number): void {
  if (filled(group.betas === undefined ? group.momentum : group.betas[0], value)) return;
  if (group.betas === undefined) group.momentum = value;
  else group.betas = [value, group.betas[1]];
}

/** Fills the tensor that an option may be, as PyTorch does, and says whether it is one. */
function filled(option: unknown, value: number): boolean {
  if (!(option instanceof Tensor)) return false;
  noGrad(() => option.fill_(value));
  return true;
}

/** @throws {RangeError} in PyTorch's words, unless the optimizer has a momentum or betas */
export function checkMomentum(optimizer: ScheduledOptimizer): void {
  if (!("momentum" in optimizer.defaults) && !("betas" in optimizer.defaults))
    throw new RangeError(
      `optimizer must support momentum or beta1 with \`cycle_momentum\` option enabled; ${optimizer.name} has neither: give { cycleMomentum: false }`,
    );
}

/** One value for each group: a number stands for all of them. */
export function perGroup(
  scheduler: string,
  option: string,
  value: number | readonly number[],
  optimizer: ScheduledOptimizer,
): number[] {
  const { length } = optimizer.paramGroups;
  const list = typeof value === "number" ? new Array<number>(length).fill(value) : value;
  if (!Array.isArray(list))
    throw new TypeError(
      `${scheduler}: ${option} must be a number, or a list with one for each group, not ${String(value)}`,
    );
  if (list.length !== length)
    throw new RangeError(
      `${scheduler}: expected ${length} values for ${option}, got ${list.length}: one for each parameter group`,
    );
  for (const entry of list) checkNumber(scheduler, option, entry);
  return [...list];
}

/** @throws {RangeError} for what is no finite number, naming the scheduler and its option */
export function checkNumber(scheduler: string, option: string, value: unknown): asserts value is number {
  if (typeof value !== "number" || !Number.isFinite(value))
    throw new RangeError(`${scheduler}: ${option} must be a finite number, not ${String(value)}`);
}

/** @throws {RangeError} for what is not a whole number from `least` on */
export function checkInteger(
  scheduler: string,
  option: string,
  value: unknown,
  least: number,
): asserts value is number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least)
    throw new RangeError(`${scheduler}: ${option} must be an integer ≥ ${least}, not ${String(value)}`);
}
