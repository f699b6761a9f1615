import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { SequentialLR } from "./composed.js";
import { checkInteger, checkNumber, type ScheduledOptimizer } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";
import { LinearLR } from "./ramp.js";

export interface WarmupOptions {
  /** Steps until the full rate; an integer ≥ 1. */
  warmupSteps: number;
  /** What the rate is multiplied by at first. In (0, 1], default 1/(warmupSteps + 1). */
  startFactor?: number;
}

/**
 * Puts a linear warm-up before a schedule: the rate rises in a straight line to the first one of `scheduler`, which
 * then begins.
 *
 *     const scheduler = withWarmup(new CosineAnnealingLR(optimizer, 95), { warmupSteps: 5 });
 *
 * The same as a SequentialLR of LinearLR and `scheduler`.
 */
export function withWarmup(
  scheduler: LRScheduler,
  ...args: Arguments<[warmupSteps: number, startFactor?: number], WarmupOptions>
): SequentialLR {
  if (!(scheduler instanceof LRScheduler))
    throw new TypeError(`withWarmup: expected a scheduler, not ${String(scheduler)}`);
  const { warmupSteps, startFactor } = namedArguments<WarmupOptions>(
    "withWarmup",
    ["warmupSteps", "startFactor"],
    args,
  );
  checkInteger("withWarmup", "warmupSteps", warmupSteps, 1);
  const { optimizer } = scheduler;
  const warmup = new LinearLR(optimizer, {
    startFactor: startFactor ?? 1 / (warmupSteps + 1),
    totalIters: warmupSteps,
  });
  return new SequentialLR(optimizer, [warmup, scheduler], [warmupSteps]);
}

export interface LinearWarmupCosineLROptions {
  /** Steps until the full rate; an integer ≥ 0. */
  warmupSteps: number;
  /** Steps until the lowest rate, the warm-up included. */
  totalSteps: number;
  /** What the rate is multiplied by at first. In [0, 1], default 1/(warmupSteps + 1). */
  startFactor?: number;
  /** The lowest rate; default 0. */
  etaMin?: number;
  /** Index of the last step; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * The schedule of most language models: up in a straight line, then down along half a cosine, and no further.
 *
 *     γ_t = γ_0·(s + (1 − s)·t/W)                                        for t < W
 *     γ_t = etaMin + (γ_0 − etaMin)·(1 + cos(π·(t − W)/(T − W)))/2       for W ≤ t ≤ T, and etaMin after
 *
 * with W = warmupSteps, T = totalSteps, s = startFactor.
 *
 * Sources: Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017 (the warm-up); Loshchilov,
 * Hutter, "SGDR", ICLR 2017 (the cosine). PyTorch has no such class; `get_cosine_schedule_with_warmup` of Hugging
 * Face's transformers is the same with startFactor 0, with which the first step does nothing.
 */
export class LinearWarmupCosineLR extends LRScheduler {
  warmupSteps: number;
  totalSteps: number;
  startFactor: number;
  etaMin: number;

  /** @param args `(warmupSteps, totalSteps, startFactor, etaMin, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [warmupSteps: number, totalSteps: number, startFactor?: number, etaMin?: number, lastEpoch?: number],
      LinearWarmupCosineLROptions
    >
  ) {
    super(optimizer);
    const {
      warmupSteps,
      totalSteps,
      startFactor,
      etaMin = 0,
      lastEpoch,
    } = namedArguments<LinearWarmupCosineLROptions>(
      this.name,
      ["warmupSteps", "totalSteps", "startFactor", "etaMin", "lastEpoch"],
      args,
    );
    checkInteger(this.name, "warmupSteps", warmupSteps, 0);
    checkInteger(this.name, "totalSteps", totalSteps, warmupSteps + 1);
    const start = startFactor ?? 1 / (warmupSteps + 1);
    if (typeof start !== "number" || !(start >= 0 && start <= 1))
      throw new RangeError(`${this.name}: startFactor must be in [0, 1], not ${String(start)}`);
    checkNumber(this.name, "etaMin", etaMin);
    this.warmupSteps = warmupSteps;
    this.totalSteps = totalSteps;
    this.startFactor = start;
    this.etaMin = etaMin;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const { warmupSteps, totalSteps, startFactor, etaMin, lastEpoch } = this;
    if (lastEpoch < warmupSteps) {
      const factor = startFactor + ((1 - startFactor) * lastEpoch) / warmupSteps;
      return this.baseLrs.map((base) => base * factor);
    }
    const part = Math.min(1, (lastEpoch - warmupSteps) / (totalSteps - warmupSteps));
    const height = (1 + Math.cos(Math.PI * part)) / 2;
    return this.baseLrs.map((base) => etaMin + (base - etaMin) * height);
  }
}
