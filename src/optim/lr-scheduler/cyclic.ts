import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { typeName } from "../param-groups.js";
import {
  checkMomentum,
  checkNumber,
  groupsOf,
  perGroup,
  type ScheduledOptimizer,
  setLearningRate,
  setMomentum,
} from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";

export interface CyclicLROptions {
  /** The lowest rate, for all groups or a list with one for each. */
  baseLr: number | readonly number[];
  /** The highest rate, likewise. */
  maxLr: number | readonly number[];
  /** Steps from the lowest to the highest; default 2000. */
  stepSizeUp?: number;
  /** Steps back; default as many. */
  stepSizeDown?: number | null;
  /** All cycles alike, half as high as the one before, or lower by γ in every step; default "triangular". */
  mode?: "triangular" | "triangular2" | "exp_range";
  /** γ of "exp_range"; default 1. */
  gamma?: number;
  /** The height of a cycle in your own words, instead of `mode`: a function of what `scaleMode` says. */
  scaleFn?: ((x: number) => number) | null;
  /** Whether `scaleFn` is given the number of the cycle, from 1, or of the step; default "cycle". */
  scaleMode?: "cycle" | "iterations";
  /** Whether the momentum goes the other way; default true. In the family of Adam this is β1. */
  cycleMomentum?: boolean;
  /** The lowest momentum; default 0.8. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum; default 0.9. */
  maxMomentum?: number | readonly number[];
  /** Index of the last step; default −1, a new training. */
  lastEpoch?: number;
}

type Positional = [
  baseLr: number | readonly number[],
  maxLr: number | readonly number[],
  stepSizeUp?: number,
  stepSizeDown?: number | null,
  mode?: "triangular" | "triangular2" | "exp_range",
  gamma?: number,
  scaleFn?: ((x: number) => number) | null,
  scaleMode?: "cycle" | "iterations",
  cycleMomentum?: boolean,
  baseMomentum?: number | readonly number[],
  maxMomentum?: number | readonly number[],
  lastEpoch?: number,
];

const parameters = [
  "baseLr",
  "maxLr",
  "stepSizeUp",
  "stepSizeDown",
  "mode",
  "gamma",
  "scaleFn",
  "scaleMode",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
  "lastEpoch",
] as const;

/**
 * Lets the learning rate go up and down between two bounds, and the momentum the other way. Stepped after every
 * batch.
 *
 *     c = ⌊1 + t/total⌋,  x = 1 + t/total − c,  s = x/r if x ≤ r, else (x − 1)/(r − 1)
 *     γ_t = baseLr + (maxLr − baseLr)·s·scaleFn(c)
 *
 * with total the steps of a cycle and r the part of it that goes up.
 *
 * Sources: Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017;
 * torch.optim.lr_scheduler.CyclicLR.
 */
export class CyclicLR extends LRScheduler {
  maxLrs: number[];
  totalSize: number;
  stepRatio: number;
  mode: string;
  gamma: number;
  scaleFn: ((x: number) => number) | null;
  scaleMode: "cycle" | "iterations";
  cycleMomentum: boolean;
  baseMomentums: number[] = [];
  maxMomentums: number[] = [];

  /** @param args `(baseLr, maxLr, stepSizeUp, …)` in the order of `CyclicLROptions`, or by name */
  constructor(optimizer: ScheduledOptimizer, ...args: Arguments<Positional, CyclicLROptions>) {
    super(optimizer);
    const {
      baseLr,
      maxLr,
      stepSizeUp = 2000,
      stepSizeDown,
      mode = "triangular",
      gamma = 1,
      scaleFn = null,
      scaleMode = "cycle",
      cycleMomentum = true,
      baseMomentum = 0.8,
      maxMomentum = 0.9,
      lastEpoch = -1,
    } = namedArguments<CyclicLROptions>(this.name, parameters, args);
    const baseLrs = perGroup(this.name, "base_lr", baseLr, optimizer);
    this.maxLrs = perGroup(this.name, "max_lr", maxLr, optimizer);
    const down = stepSizeDown ?? stepSizeUp;
    for (const [option, value] of Object.entries({ stepSizeUp, stepSizeDown: down }))
      if (typeof value !== "number" || !(value > 0 && value < Infinity))
        throw new RangeError(`${this.name}: ${option} must be a number > 0, not ${String(value)}`);
    if (scaleFn === null && !["triangular", "triangular2", "exp_range"].includes(mode))
      throw new RangeError(
        `mode is invalid and scale_fn is None: mode must be triangular, triangular2 or exp_range, not ${String(mode)}`,
      );
    if (scaleFn !== null && typeof scaleFn !== "function")
      throw new TypeError(`${this.name}: scaleFn must be a function, not ${typeName(scaleFn)}`);
    if (scaleMode !== "cycle" && scaleMode !== "iterations")
      throw new RangeError(
        `${this.name}: scaleMode must be "cycle" or "iterations", not ${String(scaleMode)}`,
      );
    checkNumber(this.name, "gamma", gamma);
    this.totalSize = stepSizeUp + down;
    this.stepRatio = stepSizeUp / this.totalSize;
    this.mode = mode;
    this.gamma = gamma;
    this.scaleFn = scaleFn;
    this.scaleMode = scaleFn !== null ? scaleMode : mode === "exp_range" ? "iterations" : "cycle";
    this.cycleMomentum = cycleMomentum;
    if (cycleMomentum) {
      checkMomentum(optimizer);
      this.baseMomentums = perGroup(this.name, "base_momentum", baseMomentum, optimizer);
      this.maxMomentums = perGroup(this.name, "max_momentum", maxMomentum, optimizer);
    }
    if (lastEpoch === -1)
      for (const [k, group] of optimizer.paramGroups.entries()) setLearningRate(group, baseLrs[k]);
    this.start(lastEpoch);
    this.baseLrs = baseLrs;
  }

  protected override getLr(): number[] {
    const { lastEpoch, stepRatio } = this;
    const cycle = Math.floor(1 + lastEpoch / this.totalSize);
    const x = 1 + lastEpoch / this.totalSize - cycle;
    const height = x <= stepRatio ? x / stepRatio : (x - 1) / (stepRatio - 1);
    const scale = this.scale(this.scaleMode === "cycle" ? cycle : lastEpoch);
    // During the constructor's step the bounds are those of the groups, which hold them already.
    const bases = this.isInitial ? this.rates() : this.baseLrs;
    const rates = bases.map((base, k) => base + (this.maxLrs[k] - base) * height * scale);
    if (this.cycleMomentum)
      for (const [k, group] of groupsOf(this.optimizer).slice(0, this.maxMomentums.length).entries()) {
        const highest = this.maxMomentums[k];
        setMomentum(group, highest - (highest - this.baseMomentums[k]) * height * scale);
      }
    return rates;
  }

  private scale(x: number): number {
    if (this.scaleFn !== null) return this.scaleFn(x);
    if (this.mode === "triangular") return 1;
    return this.mode === "triangular2" ? 1 / 2 ** (x - 1) : this.gamma ** x;
  }

  protected override fields(): string[] {
    return super.fields().filter((name) => name !== "scaleFn");
  }
}
