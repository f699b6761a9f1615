import * as torch from "../../../src/index.js";
import { compareNumbers, Mismatch, relative, type Tolerance } from "../compare.js";
import type { GoldenCase, Json } from "../format.js";
import { evaluateTorch, lookUp } from "../library.js";
import { type AnyOptimizer, createOptimizer } from "../optimizers.js";
import { camelCaseKeys } from "../python/names.js";

type Options = { [name: string]: Json };

interface SchedulerCase {
  /** One parameter group for each of the learning rates. */
  optimizer: { optimizer: string; lrs: number[]; options?: Options };
  scheduler: string;
  kwargs: Options;
  /** Learning rates of all groups after k calls of `step`. */
  lrs: number[][];
  /** Momentum, or β1, of all groups likewise. */
  momentum?: number[][];
  /** The arguments of `step`: a metric, or an epoch. */
  metrics?: number[];
  step_args?: number[];
  get_last_lr?: number[];
  last_epoch?: number | null;
}

interface AnyScheduler {
  lastEpoch: number;
  step(argument?: number): void;
  getLastLr(): number[];
}

/** Relative to the largest value of the schedule: of what remains near its end, only that many digits are left. */
const tolerance: Tolerance = relative(1e-12);

/** The learning rates of a schedule, step by step. */
export function runSchedulerCase(golden: GoldenCase): void {
  const expected = golden as unknown as SchedulerCase;
  const optimizer = optimizerOf(expected.optimizer);
  const scheduler = create(expected.scheduler, expected.kwargs, optimizer);

  const lrs: number[][] = [];
  const momentum: number[][] = [];
  const record = (): void => {
    lrs.push(optimizer.paramGroups.map(({ lr }) => lr));
    momentum.push(optimizer.paramGroups.map(momentumOf));
  };
  record();
  const steps = expected.lrs.length - 1;
  const given = expected.metrics ?? expected.step_args;
  for (let k = 0; k < steps; k++) {
    optimizer.step();
    if (given === undefined) scheduler.step();
    else scheduler.step(given[k]);
    record();
  }
  compareByGroup("lr", lrs, expected.lrs);
  if (expected.momentum !== undefined) compareByGroup("momentum", momentum, expected.momentum);
  if (expected.get_last_lr !== undefined)
    compareByGroup(
      "get_last_lr",
      [...lrs.slice(0, -1), scheduler.getLastLr()],
      [...expected.lrs.slice(0, -1), expected.get_last_lr],
    );
  const { last_epoch: epoch } = expected;
  if (typeof epoch === "number" && scheduler.lastEpoch !== epoch)
    throw new Mismatch(`last_epoch: ${scheduler.lastEpoch}, expected ${epoch}`);
}

function optimizerOf({ optimizer, lrs, options = {} }: SchedulerCase["optimizer"]): AnyOptimizer {
  const groups = lrs.map((lr) => ({ params: [torch.zeros([1], { requiresGrad: true })], lr }));
  return createOptimizer(optimizer, groups, options);
}

function create(name: string, kwargs: Options, optimizer: AnyOptimizer): AnyScheduler {
  type Constructor = new (...args: unknown[]) => AnyScheduler;
  const schedulers = lookUp<object>(torch.optim, "lrScheduler", "optim.lr_scheduler");
  const Scheduler = lookUp<Constructor>(schedulers, name, `optim.lr_scheduler.${name}`);
  const options = camelCaseKeys(
    Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, argument(key, value, optimizer)])),
  );
  // A chain knows its optimizer from its schedulers.
  if (name === "ChainedScheduler") return new Scheduler(options.schedulers);
  return new Scheduler(optimizer, options);
}

/** Functions are written as expressions of the epoch, schedulers as name and arguments. */
function argument(key: string, value: Json, optimizer: AnyOptimizer): unknown {
  if (key === "schedulers")
    return (value as [string, Options][]).map(([name, kwargs]) => create(name, kwargs, optimizer));
  if (key !== "lr_lambda" && key !== "scale_fn") return value;
  const evaluate =
    (expression: Json) =>
    (x: number): number =>
      evaluateTorch(expression as string, { e: x, x }) as number;
  return Array.isArray(value) ? value.map(evaluate) : evaluate(value);
}

function momentumOf(group: AnyOptimizer["paramGroups"][number]): number {
  const { betas, momentum } = group as { betas?: [number, number]; momentum?: number };
  return betas?.[0] ?? momentum ?? Number.NaN;
}

function compareByGroup(where: string, actual: number[][], expected: number[][]): void {
  for (const group of expected[0]!.keys()) {
    const of = (values: number[][]): number[] => values.map((row) => row[group]!);
    compareNumbers(`${where} of group ${group}`, of(actual), of(expected), tolerance);
  }
}
