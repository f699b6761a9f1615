import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import {
  checkMomentum,
  checkNumber,
  groupsOf,
  perGroup,
  type ScheduledOptimizer,
  setMomentum,
} from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";

export interface OneCycleLROptions {
  /** The highest rate, for all groups or a list with one for each. */
  maxLr: number | readonly number[];
  /** Steps of the whole cycle. Or `epochs` and `stepsPerEpoch`, which are multiplied. */
  totalSteps?: number | null;
  epochs?: number | null;
  stepsPerEpoch?: number | null;
  /** The part of the cycle in which the rate rises. In [0, 1], default 0.3. */
  pctStart?: number;
  /** Along a cosine or a straight line; default "cos". */
  annealStrategy?: "cos" | "linear";
  /** Whether the momentum goes the other way; default true. In the family of Adam this is β1. */
  cycleMomentum?: boolean;
  /** The lowest momentum; default 0.85. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum; default 0.95. */
  maxMomentum?: number | readonly number[];
  /** The first rate is maxLr/divFactor; default 25. */
  divFactor?: number;
  /** The last rate is the first one/finalDivFactor; default 10,000. */
  finalDivFactor?: number;
  /** Back to the first rate as fast as up, then down to the last one; default false, straight down. */
  threePhase?: boolean;
  /** Index of the last step; default −1, a new training. */
  lastEpoch?: number;
}

type Positional = [
  maxLr: number | readonly number[],
  totalSteps?: number | null,
  epochs?: number | null,
  stepsPerEpoch?: number | null,
  pctStart?: number,
  annealStrategy?: "cos" | "linear",
  cycleMomentum?: boolean,
  baseMomentum?: number | readonly number[],
  maxMomentum?: number | readonly number[],
  divFactor?: number,
  finalDivFactor?: number,
  threePhase?: boolean,
  lastEpoch?: number,
];

const parameters = [
  "maxLr",
  "totalSteps",
  "epochs",
  "stepsPerEpoch",
  "pctStart",
  "annealStrategy",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
  "divFactor",
  "finalDivFactor",
  "threePhase",
  "lastEpoch",
] as const;

/** A part of the cycle, from one value to another; as PyTorch saves it. */
export interface Phase {
  end_step: number;
  start_lr: Bound;
  end_lr: Bound;
  start_momentum: Bound;
  end_momentum: Bound;
}

type Bound = keyof typeof bounds;

/** PyTorch's names of what the groups hold. */
const bounds = {
  initial_lr: "initialLr",
  max_lr: "maxLr",
  min_lr: "minLr",
  max_momentum: "maxMomentum",
  base_momentum: "baseMomentum",
} as const;

/**
 * One cycle over the whole training: the learning rate rises from a low one to a high one and falls far below the
 * first; the momentum goes the other way. Stepped after every batch, `totalSteps` times at most.
 *
 * As in PyTorch the bounds are kept in the optimizer's groups (`maxLr`, `minLr`, …) and so in its state dict.
 *
 * Sources: Smith, Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2017,
 * whose cycle has three phases; two are fastai's; torch.optim.lr_scheduler.OneCycleLR.
 */
export class OneCycleLR extends LRScheduler {
  totalSteps: number;
  annealStrategy: "cos" | "linear";
  cycleMomentum: boolean;
  /** Whether the momentum is β1. */
  useBeta1: boolean;
  phases: Phase[];

  /** @param args `(maxLr, totalSteps, epochs, …)` in the order of `OneCycleLROptions`, or by name */
  constructor(optimizer: ScheduledOptimizer, ...args: Arguments<Positional, OneCycleLROptions>) {
    super(optimizer);
    const options = namedArguments<OneCycleLROptions>(this.name, parameters, args);
    const {
      maxLr,
      pctStart = 0.3,
      annealStrategy = "cos",
      cycleMomentum = true,
      baseMomentum = 0.85,
      maxMomentum = 0.95,
      divFactor = 25,
      finalDivFactor = 1e4,
      threePhase = false,
      lastEpoch = -1,
    } = options;
    this.totalSteps = stepsOf(options);
    if (typeof pctStart !== "number" || !(pctStart >= 0 && pctStart <= 1))
      throw new RangeError(`Expected float between 0 and 1 pct_start, but got ${String(pctStart)}`);
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw new RangeError(
        `anneal_strategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
      );
    checkNumber(this.name, "divFactor", divFactor);
    checkNumber(this.name, "finalDivFactor", finalDivFactor);
    const maxLrs = perGroup(this.name, "max_lr", maxLr, optimizer);
    if (cycleMomentum) checkMomentum(optimizer);
    const baseMomentums = perGroup(this.name, "base_momentum", baseMomentum, optimizer);
    const maxMomentums = perGroup(this.name, "max_momentum", maxMomentum, optimizer);
    this.annealStrategy = annealStrategy;
    this.cycleMomentum = cycleMomentum;
    this.useBeta1 = cycleMomentum && "betas" in optimizer.defaults;
    this.phases = phasesOf(this.totalSteps, pctStart, threePhase);
    if (lastEpoch === -1)
      for (const [k, group] of groupsOf(optimizer).entries()) {
        group.initialLr = maxLrs[k] / divFactor;
        group.maxLr = maxLrs[k];
        group.minLr = group.initialLr / finalDivFactor;
        if (!cycleMomentum) continue;
        group.maxMomentum = maxMomentums[k];
        group.baseMomentum = baseMomentums[k];
      }
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const { lastEpoch, totalSteps, phases } = this;
    if (lastEpoch > totalSteps)
      throw new RangeError(
        `Tried to step ${lastEpoch} times. The specified number of total steps is ${totalSteps}`,
      );
    let k = 0;
    while (k < phases.length - 1 && lastEpoch > phases[k].end_step) k++;
    const phase = phases[k];
    const begin = k === 0 ? 0 : phases[k - 1].end_step;
    // A phase without length is over at once.
    const part = phase.end_step === begin ? 1 : (lastEpoch - begin) / (phase.end_step - begin);
    return groupsOf(this.optimizer).map((group) => {
      const between = (start: Bound, end: Bound): number =>
        this.anneal(group[bounds[start]] as number, group[bounds[end]] as number, part);
      if (group.maxLr === undefined) return this.rates()[this.optimizer.paramGroups.indexOf(group)];
      if (this.cycleMomentum) setMomentum(group, between(phase.start_momentum, phase.end_momentum));
      return between(phase.start_lr, phase.end_lr);
    });
  }

  private anneal(start: number, end: number, part: number): number {
    if (this.annealStrategy === "linear") return (end - start) * part + start;
    return end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1);
  }
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  const positive = (name: string, value: unknown): number => {
    if (typeof value !== "number" || !Number.isInteger(value) || value <= 0)
      throw new RangeError(`Expected positive integer ${name}, but got ${String(value)}`);
    return value;
  };
  if (totalSteps !== undefined && totalSteps !== null) return positive("total_steps", totalSteps);
  if (epochs === undefined || epochs === null || stepsPerEpoch === undefined || stepsPerEpoch === null)
    throw new RangeError("You must define either total_steps OR (epochs AND steps_per_epoch)");
  return positive("epochs", epochs) * positive("steps_per_epoch", stepsPerEpoch);
}

function phasesOf(totalSteps: number, pctStart: number, threePhase: boolean): Phase[] {
  const up: Phase = {
    end_step: pctStart * totalSteps - 1,
    start_lr: "initial_lr",
    end_lr: "max_lr",
    start_momentum: "max_momentum",
    end_momentum: "base_momentum",
  };
  const down: Phase = {
    end_step: totalSteps - 1,
    start_lr: "max_lr",
    end_lr: "min_lr",
    start_momentum: "base_momentum",
    end_momentum: "max_momentum",
  };
  if (!threePhase) return [up, down];
  return [
    up,
    { ...down, end_step: 2 * pctStart * totalSteps - 2, end_lr: "initial_lr" },
    { ...down, start_lr: "initial_lr", start_momentum: "max_momentum" },
  ];
}
