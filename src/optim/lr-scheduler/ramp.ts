import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { checkInteger, type ScheduledOptimizer } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";

export interface ConstantLROptions {
  /** What the rate is multiplied by at first. In [0, 1], default 1/3. */
  factor?: number;
  /** For how many epochs; default 5. */
  totalIters?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Multiplies the learning rate by a constant factor until `totalIters`, when the rate is the full one again.
 *
 *     γ_t = factor·γ_0 for t < totalIters, else γ_0
 *
 * With factor 0 PyTorch divides by 0 at the end; here the rate is γ_0 then.
 *
 * Source: torch.optim.lr_scheduler.ConstantLR.
 */
export class ConstantLR extends LRScheduler {
  factor: number;
  totalIters: number;

  /** @param args `(factor, totalIters, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<[factor?: number, totalIters?: number, lastEpoch?: number], ConstantLROptions>
  ) {
    super(optimizer);
    const {
      factor = 1 / 3,
      totalIters = 5,
      lastEpoch,
    } = namedArguments<ConstantLROptions>(this.name, ["factor", "totalIters", "lastEpoch"], args);
    if (typeof factor !== "number" || !(factor >= 0 && factor <= 1))
      throw new RangeError(
        `Constant multiplicative factor expected to be between 0 and 1. It is ${String(factor)}`,
      );
    checkInteger(this.name, "totalIters", totalIters, 0);
    this.factor = factor;
    this.totalIters = totalIters;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const rates = this.rates();
    if (this.lastEpoch === 0) return rates.map((lr) => lr * this.factor);
    if (this.lastEpoch !== this.totalIters) return rates;
    return rates.map((lr, k) => (this.factor === 0 ? (this.baseLrs[k] ?? lr) : lr * (1 / this.factor)));
  }

  protected override closedForm(): number[] {
    const factor = this.lastEpoch >= this.totalIters ? 1 : this.factor;
    return this.baseLrs.map((base) => base * factor);
  }
}

export interface LinearLROptions {
  /** The factor at the start. In (0, 1], default 1/3. */
  startFactor?: number;
  /** The factor at the end. In [0, 1], default 1. */
  endFactor?: number;
  /** How many epochs from the one to the other; default 5. */
  totalIters?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Multiplies the learning rate by a factor that goes in a straight line from `startFactor` to `endFactor` and stays
 * there: the usual warm-up.
 *
 *     γ_t = γ_0·(startFactor + (endFactor − startFactor)·min(t, totalIters)/totalIters)
 *
 * With endFactor 0 the last rate is 0 here; PyTorch's is a rounding error off, and may be negative.
 *
 * Source: torch.optim.lr_scheduler.LinearLR.
 */
export class LinearLR extends LRScheduler {
  startFactor: number;
  endFactor: number;
  totalIters: number;

  /** @param args `(startFactor, endFactor, totalIters, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [startFactor?: number, endFactor?: number, totalIters?: number, lastEpoch?: number],
      LinearLROptions
    >
  ) {
    super(optimizer);
    const {
      startFactor = 1 / 3,
      endFactor = 1,
      totalIters = 5,
      lastEpoch,
    } = namedArguments<LinearLROptions>(
      this.name,
      ["startFactor", "endFactor", "totalIters", "lastEpoch"],
      args,
    );
    if (typeof startFactor !== "number" || !(startFactor > 0 && startFactor <= 1))
      throw new RangeError(
        `Starting multiplicative factor expected to be greater than 0 and less or equal to 1. It is ${String(startFactor)}`,
      );
    if (typeof endFactor !== "number" || !(endFactor >= 0 && endFactor <= 1))
      throw new RangeError(
        `Ending multiplicative factor expected to be between 0 and 1. It is ${String(endFactor)}`,
      );
    checkInteger(this.name, "totalIters", totalIters, 0);
    this.startFactor = startFactor;
    this.endFactor = endFactor;
    this.totalIters = totalIters;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    const rates = this.rates();
    if (lastEpoch === 0) return rates.map((lr) => lr * startFactor);
    if (this.isInitial || lastEpoch > totalIters) return rates;
    if (endFactor === 0 && lastEpoch === totalIters) return rates.map(() => 0);
    const slope = endFactor - startFactor;
    return rates.map((lr) => lr * (1 + slope / (totalIters * startFactor + (lastEpoch - 1) * slope)));
  }

  protected override closedForm(): number[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    const part = totalIters === 0 ? 1 : Math.min(totalIters, lastEpoch) / totalIters;
    return this.baseLrs.map((base) => base * (startFactor + (endFactor - startFactor) * part));
  }
}
