import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { checkNumber, type ScheduledOptimizer } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";

export interface CosineAnnealingLROptions {
  /** Epochs from the highest to the lowest rate. */
  TMax: number;
  /** The lowest rate; default 0. */
  etaMin?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Lets the learning rate fall along half a cosine, without restarts. After `TMax` epochs it rises again.
 *
 *     γ_t = etaMin + (γ_0 − etaMin)·(1 + cos(π·t/TMax))/2
 *
 * As in PyTorch each rate is computed from the present one, so that the schedule can be chained with others:
 * γ_t − etaMin is (1 + cos(π·t/TMax))/(1 + cos(π·(t − 1)/TMax)) times what it was. PyTorch computes this quotient as
 * it stands. Near TMax it is one of differences of nearly equal numbers: with TMax 100,000 the low rates are wrong
 * from the eighth digit on. Here it is sin²/sin² of half the distance to TMax, in which nothing cancels.
 *
 * Sources: Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5;
 * torch.optim.lr_scheduler.CosineAnnealingLR.
 */
export class CosineAnnealingLR extends LRScheduler {
  TMax: number;
  etaMin: number;

  /** @param args `(TMax, etaMin, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<[TMax: number, etaMin?: number, lastEpoch?: number], CosineAnnealingLROptions>
  ) {
    super(optimizer);
    const {
      TMax,
      etaMin = 0,
      lastEpoch,
    } = namedArguments<CosineAnnealingLROptions>(this.name, ["TMax", "etaMin", "lastEpoch"], args);
    if (typeof TMax !== "number" || !(TMax > 0 && TMax < Infinity))
      throw new RangeError(`${this.name}: TMax must be a number > 0, not ${String(TMax)}`);
    checkNumber(this.name, "etaMin", etaMin);
    this.TMax = TMax;
    this.etaMin = etaMin;
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const { etaMin } = this;
    const rates = this.rates();
    if (this.isInitial) return rates;
    const before = this.height(this.lastEpoch - 1);
    if (before === 0) {
      const rise = this.height(this.lastEpoch);
      return rates.map((lr, k) => lr + ((this.baseLrs[k] ?? lr) - etaMin) * rise);
    }
    const factor = this.height(this.lastEpoch) / before;
    return rates.map((lr) => factor * (lr - etaMin) + etaMin);
  }

  protected override closedForm(): number[] {
    const height = this.height(this.lastEpoch);
    return this.baseLrs.map((base) => this.etaMin + (base - this.etaMin) * height);
  }

  /** (1 + cos(π·t/TMax))/2, from 1 down to 0 and up again. */
  private height(epoch: number): number {
    return Math.sin(((this.TMax - (epoch % (2 * this.TMax))) * Math.PI) / (2 * this.TMax)) ** 2;
  }
}

export interface CosineAnnealingWarmRestartsOptions {
  /** Epochs until the first restart; an integer ≥ 1. */
  T0: number;
  /** By how much each period is longer than the one before; an integer ≥ 1, default 1. */
  TMult?: number;
  /** The lowest rate; default 0. */
  etaMin?: number;
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Lets the learning rate fall along half a cosine and then start again from the top, in periods that may grow.
 *
 *     γ_t = etaMin + (γ_0 − etaMin)·(1 + cos(π·TCur/Ti))/2
 *
 * with TCur epochs gone since the last restart and Ti the length of this period. `step(epoch)` takes fractions of
 * epochs: `step(epoch + batch/batches)` after every batch.
 *
 * PyTorch finds the period of a given epoch by a logarithm, whose rounding may miss a restart (T0 1, TMult 3, epoch
 * 121: the lowest rate instead of the highest). Here the periods are added up.
 *
 * Sources: Loshchilov, Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017;
 * torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  T0: number;
  TMult: number;
  etaMin: number;
  /** The length of the present period. */
  Ti: number;
  /** Epochs since the last restart. */
  TCur = 0;

  /** @param args `(T0, TMult, etaMin, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [T0: number, TMult?: number, etaMin?: number, lastEpoch?: number],
      CosineAnnealingWarmRestartsOptions
    >
  ) {
    super(optimizer);
    const {
      T0,
      TMult = 1,
      etaMin = 0,
      lastEpoch = -1,
    } = namedArguments<CosineAnnealingWarmRestartsOptions>(
      this.name,
      ["T0", "TMult", "etaMin", "lastEpoch"],
      args,
    );
    if (!Number.isInteger(T0) || T0 <= 0)
      throw new RangeError(`Expected positive integer T_0, but got ${String(T0)}`);
    if (!Number.isInteger(TMult) || TMult < 1)
      throw new RangeError(`Expected integer T_mult >= 1, but got ${String(TMult)}`);
    if (typeof etaMin !== "number" || !Number.isFinite(etaMin))
      throw new RangeError(
        `Expected float or int eta_min, but got ${String(etaMin)} of type ${typeof etaMin}`,
      );
    this.T0 = T0;
    this.TMult = TMult;
    this.etaMin = etaMin;
    this.Ti = T0;
    this.start(lastEpoch);
  }

  /** @internal */
  override advance(epoch?: number): void {
    const { TCur, Ti } = this;
    const next = epoch ?? (this.stepCount === 0 ? this.lastEpoch + 1 : undefined);
    if (next !== undefined) this.enter(next);
    else if (TCur + 1 < Ti) this.TCur = TCur + 1;
    else {
      this.TCur = (TCur + 1) % Ti;
      this.Ti = Ti * this.TMult;
    }
    try {
      super.advance(epoch === undefined ? undefined : Math.floor(epoch));
    } catch (error) {
      Object.assign(this, { TCur, Ti });
      throw error;
    }
  }

  /** Finds the period of an epoch. */
  private enter(epoch: number): void {
    let start = 0;
    let length = this.T0;
    if (this.TMult === 1) start = epoch - (epoch % length);
    else
      while (epoch >= start + length) {
        start += length;
        length *= this.TMult;
      }
    this.TCur = epoch - start;
    this.Ti = length;
  }

  protected override getLr(): number[] {
    const { etaMin } = this;
    const wave = 1 + Math.cos((Math.PI * this.TCur) / this.Ti);
    return this.baseLrs.map((base) => etaMin + ((base - etaMin) * wave) / 2);
  }
}
