import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import type { Tensor } from "../../tensor/tensor.js";
import { asNumber } from "../options.js";
import { checkInteger, checkNumber, perGroup, type ScheduledOptimizer, setLearningRate } from "./groups.js";
import { LRScheduler, type Schedule } from "./lr-scheduler.js";

export interface ReduceLROnPlateauOptions {
  /** Whether a smaller ("min", the default) or a larger ("max") metric is better. */
  mode?: "min" | "max";
  /** What the rate is multiplied by. Below 1, default 0.1. */
  factor?: number;
  /** How many epochs without improvement are allowed; default 10. */
  patience?: number;
  /** What counts as improvement; default 1e-4. */
  threshold?: number;
  /** Whether the threshold is relative to the best metric ("rel", the default) or absolute ("abs"). */
  thresholdMode?: "rel" | "abs";
  /** How many epochs to wait after a reduction before counting again; default 0. */
  cooldown?: number;
  /** The lowest rate, for all groups or a list with one for each; default 0. */
  minLr?: number | readonly number[];
  /** A smaller change of the rate is not made; default 1e-8. */
  eps?: number;
}

const parameters = [
  "mode",
  "factor",
  "patience",
  "threshold",
  "thresholdMode",
  "cooldown",
  "minLr",
  "eps",
] as const;

/**
 * Reduces the learning rate when a metric, usually the validation loss, has stopped improving.
 *
 * `step(metric)` is called after every validation. After more than `patience` calls without improvement the rate is
 * multiplied by `factor`. `getLastLr()` gives the rates from the start, as in PyTorch since 2.2; before, it was
 * missing until the first step.
 *
 * Source: torch.optim.lr_scheduler.ReduceLROnPlateau.
 */
export class ReduceLROnPlateau extends LRScheduler {
  mode: "min" | "max";
  factor: number;
  patience: number;
  threshold: number;
  thresholdMode: "rel" | "abs";
  cooldown: number;
  eps: number;
  minLrs: number[];
  /** What groups that are added later get; null when there is a list. */
  defaultMinLr: number | null;
  /** The best metric so far. */
  best: number;
  /** The worst there is. */
  modeWorse: number;
  numBadEpochs = 0;
  cooldownCounter = 0;

  /** @param args `(mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [
        mode?: "min" | "max",
        factor?: number,
        patience?: number,
        threshold?: number,
        thresholdMode?: "rel" | "abs",
        cooldown?: number,
        minLr?: number | readonly number[],
        eps?: number,
      ],
      ReduceLROnPlateauOptions
    >
  ) {
    super(optimizer);
    const {
      mode = "min",
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = "rel",
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    } = namedArguments<ReduceLROnPlateauOptions>(this.name, parameters, args);
    checkNumber(this.name, "factor", factor);
    if (factor >= 1) throw new RangeError(`Factor should be < 1.0. It is ${factor}`);
    if (mode !== "min" && mode !== "max")
      throw new RangeError(`mode ${String(mode)} is unknown! It must be "min" or "max"`);
    if (thresholdMode !== "rel" && thresholdMode !== "abs")
      throw new RangeError(`threshold mode ${String(thresholdMode)} is unknown! It must be "rel" or "abs"`);
    checkInteger(this.name, "patience", patience, 0);
    checkInteger(this.name, "cooldown", cooldown, 0);
    checkNumber(this.name, "threshold", threshold);
    checkNumber(this.name, "eps", eps);
    const groups = optimizer.paramGroups.length;
    if (Array.isArray(minLr) && minLr.length !== groups)
      throw new RangeError(`expected ${groups} min_lrs, got ${minLr.length}`);
    this.minLrs = perGroup(this.name, "minLr", minLr, optimizer);
    this.defaultMinLr = typeof minLr === "number" ? minLr : null;
    this.mode = mode;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this.cooldown = cooldown;
    this.eps = eps;
    this.modeWorse = mode === "min" ? Infinity : -Infinity;
    this.best = this.modeWorse;
    this.lastEpoch = 0;
    this.lastLr = this.rates();
  }

  /** @internal */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  /**
   * Takes note of a metric, and reduces the rates when it is time.
   *
   * @param metrics a number or a tensor of one element. NaN is no improvement
   */
  override step(metrics?: number | Tensor): void {
    const metric = asNumber(metrics);
    if (typeof metric !== "number")
      throw new TypeError(
        `${this.name}: step takes the metric, a number or a tensor of one element, not ${String(metrics)}`,
      );
    const minLrs = this.lowestRates();
    this.lastEpoch++;
    if (this.isBetter(metric)) {
      this.best = metric;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      for (const [k, rate] of this.rates().entries()) {
        const reduced = Math.max(rate * this.factor, minLrs[k]);
        if (rate - reduced > this.eps) setLearningRate(this.optimizer.paramGroups[k], reduced);
      }
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.rates();
  }

  private lowestRates(): number[] {
    const groups = this.optimizer.paramGroups.length;
    if (this.minLrs.length === groups) return this.minLrs;
    if (this.defaultMinLr === null)
      throw new RangeError(
        `The number of param groups in the \`optimizer\` (${groups}) differs from when \`ReduceLROnPlateau\` was initialized (${this.minLrs.length}), usually due to a new param group being added to the optimizer. Please modify the \`minLrs\` field to match the length of the \`optimizer\` param groups.`,
      );
    this.minLrs = new Array<number>(groups).fill(this.defaultMinLr);
    return this.minLrs;
  }

  private isBetter(metric: number): boolean {
    const { best, threshold, mode } = this;
    if (this.thresholdMode === "rel")
      return mode === "min" ? metric < best * (1 - threshold) : metric > best * (threshold + 1);
    return mode === "min" ? metric < best - threshold : metric > best + threshold;
  }

  /** The rates do not depend on the epoch, but on the metrics. */
  protected override getLr(): number[] {
    return this.rates();
  }

  /**
   * The values that follow on given metrics, without stepping anything.
   *
   * @param metrics the metric of each coming step; there is one value more than metrics
   */
  override preview(metrics: number | readonly number[]): Schedule {
    const list = Array.isArray(metrics) ? (metrics as readonly number[]) : undefined;
    if (list === undefined)
      throw new TypeError(
        `${this.name}: the rates depend on the metrics: give preview a list of them, not ${String(metrics)}`,
      );
    return this.record(list.length + 1, (step) => this.step(list[step]));
  }

  protected override fields(): string[] {
    return super.fields().filter((name) => !["baseLrs", "stepCount", "isInitial"].includes(name));
  }
}
