import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { checkInteger, checkNumber, type ScheduledOptimizer } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";

export interface StepLROptions {
  /** Epochs from one drop to the next; an integer ≥ 1. */
  stepSize: number;
  /** Factor of each drop; default 0.1. */
  gamma?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Multiplies the learning rate by γ every `stepSize` epochs.
 *
 *     γ_t = γ_0·gamma^⌊t/stepSize⌋
 *
 * Source: torch.optim.lr_scheduler.StepLR.
 */
export class StepLR extends LRScheduler {
  stepSize: number;
  gamma: number;

  /** @param args `(stepSize, gamma, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<[stepSize: number, gamma?: number, lastEpoch?: number], StepLROptions>
  ) {
    super(optimizer);
    const {
      stepSize,
      gamma = 0.1,
      lastEpoch,
    } = namedArguments<StepLROptions>(this.name, ["stepSize", "gamma", "lastEpoch"], args);
    checkInteger(this.name, "stepSize", stepSize, 1);
    checkNumber(this.name, "gamma", gamma);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const drops = this.lastEpoch > 0 && this.lastEpoch % this.stepSize === 0;
    return this.rates().map((lr) => (drops ? lr * this.gamma : lr));
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((base) => base * this.gamma ** Math.floor(this.lastEpoch / this.stepSize));
  }
}

export interface MultiStepLROptions {
  /** The epochs of the drops. One that is given twice drops twice. */
  milestones: readonly number[];
  /** Factor of each drop; default 0.1. */
  gamma?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Multiplies the learning rate by γ at each of the milestones.
 *
 *     γ_t = γ_0·gamma^(number of milestones ≤ t)
 *
 * Source: torch.optim.lr_scheduler.MultiStepLR.
 */
export class MultiStepLR extends LRScheduler {
  /** Epoch → how many milestones lie there, as PyTorch keeps them. */
  milestones: Record<string, number>;
  gamma: number;

  /** @param args `(milestones, gamma, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [milestones: readonly number[], gamma?: number, lastEpoch?: number],
      MultiStepLROptions
    >
  ) {
    super(optimizer);
    const {
      milestones,
      gamma = 0.1,
      lastEpoch,
    } = namedArguments<MultiStepLROptions>(this.name, ["milestones", "gamma", "lastEpoch"], args);
    if (!Array.isArray(milestones))
      throw new TypeError(
        `${this.name}: milestones must be a list of epochs such as [30, 80], not ${String(milestones)}`,
      );
    checkNumber(this.name, "gamma", gamma);
    this.milestones = {};
    for (const epoch of milestones) {
      checkInteger(this.name, "every milestone", epoch, 0);
      this.milestones[epoch] = (this.milestones[epoch] ?? 0) + 1;
    }
    this.gamma = gamma;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const drops = this.milestones[this.lastEpoch] ?? 0;
    return this.rates().map((lr) => lr * this.gamma ** drops);
  }

  protected override closedForm(): number[] {
    let drops = 0;
    for (const [epoch, count] of Object.entries(this.milestones))
      if (Number(epoch) <= this.lastEpoch) drops += count;
    return this.baseLrs.map((base) => base * this.gamma ** drops);
  }
}
