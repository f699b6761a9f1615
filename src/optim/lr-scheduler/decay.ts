import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { checkInteger, checkNumber, type ScheduledOptimizer } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";

export interface ExponentialLROptions {
  /** Factor of every epoch. */
  gamma: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Multiplies the learning rate by γ in every epoch.
 *
 *     γ_t = γ_0·gamma^t
 *
 * Source: torch.optim.lr_scheduler.ExponentialLR.
 */
export class ExponentialLR extends LRScheduler {
  gamma: number;

  /** @param args `(gamma, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<[gamma: number, lastEpoch?: number], ExponentialLROptions>
  ) {
    super(optimizer);
    const { gamma, lastEpoch } = namedArguments<ExponentialLROptions>(
      this.name,
      ["gamma", "lastEpoch"],
      args,
    );
    checkNumber(this.name, "gamma", gamma);
    this.gamma = gamma;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    return this.rates().map((lr) => (this.isInitial ? lr : lr * this.gamma));
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((base) => base * this.gamma ** this.lastEpoch);
  }
}

export interface PolynomialLROptions {
  /** The epoch from which on the rate is 0; default 5. */
  totalIters?: number;
  /** 1 is a straight line, 2 a parabola; default 1. */
  power?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Lets the learning rate go to 0 along a polynomial.
 *
 *     γ_t = γ_0·(1 − min(t, totalIters)/totalIters)^power
 *
 * Source: torch.optim.lr_scheduler.PolynomialLR.
 */
export class PolynomialLR extends LRScheduler {
  totalIters: number;
  power: number;

  /** @param args `(totalIters, power, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<[totalIters?: number, power?: number, lastEpoch?: number], PolynomialLROptions>
  ) {
    super(optimizer);
    const {
      totalIters = 5,
      power = 1,
      lastEpoch,
    } = namedArguments<PolynomialLROptions>(this.name, ["totalIters", "power", "lastEpoch"], args);
    checkInteger(this.name, "totalIters", totalIters, 1);
    checkNumber(this.name, "power", power);
    this.totalIters = totalIters;
    this.power = power;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const { lastEpoch, totalIters, power } = this;
    const rates = this.rates();
    if (this.isInitial || lastEpoch === 0 || lastEpoch > totalIters) return rates;
    const factor = ((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters)) ** power;
    return rates.map((lr) => lr * factor);
  }

  protected override closedForm(): number[] {
    const left = 1 - Math.min(this.totalIters, this.lastEpoch) / this.totalIters;
    return this.baseLrs.map((base) => base * left ** this.power);
  }
}
