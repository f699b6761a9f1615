import { displayable, type MimeBundle } from "../display.js";
import { asNumber } from "../options.js";
import {
  checkOptimizer,
  groupsOf,
  learningRates,
  momentumOf,
  type ScheduledOptimizer,
  setLearningRate,
  setMomentum,
} from "./groups.js";
import { readFields, type SchedulerStateDict, saveFields } from "./state.js";

/** The values of a schedule, ready to be plotted against `steps`. */
export interface Schedule {
  /** 0, 1, 2, … */
  steps: number[];
  /** Learning rate of the first group at each step. */
  lr: number[];
  /** Momentum, or β1, of the first group; undefined for optimizers without either. */
  momentum: number[] | undefined;
  /** The same of all groups. */
  groups: { lr: number[]; momentum: number[] | undefined }[];
}

/** Optimizers that have made a step, so that a scheduler that is stepped too early can say so. */
const stepped = new WeakSet<object>();

/**
 * What all learning-rate schedulers have in common: `step()` after every `optimizer.step()`, or after every epoch,
 * sets the learning rate of each group.
 *
 * A scheduler of your own says what the next rates are, and calls `start` once its options are set:
 *
 *     class Halving extends LRScheduler {
 *       every: number;
 *       constructor(optimizer, every, lastEpoch = -1) {
 *         super(optimizer);
 *         this.every = every;
 *         this.start(lastEpoch);
 *       }
 *       getLr() {
 *         return this.rates().map((lr) => (this.lastEpoch > 0 && this.lastEpoch % this.every === 0 ? lr / 2 : lr));
 *       }
 *     }
 *
 * Rates that are computed from the present ones, as here, can be chained: several schedulers may be stepped one
 * after the other.
 *
 * Where PyTorch can be resumed only by passing the right `lastEpoch` to a scheduler of an optimizer whose groups
 * hold `initial_lr`, and multiplies the rate a second time when a scheduler is made after the optimizer's state was
 * loaded, here `loadStateDict` is enough, before or after the optimizer's.
 *
 * Source: torch.optim.lr_scheduler.LRScheduler.
 */
export abstract class LRScheduler {
  declare readonly optimizer: ScheduledOptimizer;
  /** The rates from which the schedule starts, one for each group. */
  baseLrs: number[] = [];
  /** How many steps were made; 0 after construction. */
  lastEpoch = -1;
  /** @internal Calls of `step`, the one of the constructor included. */
  stepCount = 0;
  /** @internal True during the step that the constructor makes. */
  isInitial = false;
  /** @internal */
  lastLr: number[] = [];

  /** @throws {TypeError} when `optimizer` is not an optimizer */
  constructor(optimizer: ScheduledOptimizer) {
    checkOptimizer(optimizer);
    // Not enumerable: what prints a scheduler need not print the optimizer, and a state dict has no place for it.
    Object.defineProperty(this, "optimizer", { value: optimizer });
    watch(optimizer);
  }

  /** The scheduler's name, for messages and printing. */
  get name(): string {
    return this.constructor.name;
  }

  /** The rates at `lastEpoch`, one for each group. Called by `step`; what was set last is `getLastLr()`. */
  protected abstract getLr(): number[];

  /** The rates at `lastEpoch` computed from `baseLrs` alone, for schedules that know them. */
  protected closedForm(): number[] | undefined {
    return undefined;
  }

  /** The present rates of all groups. */
  protected rates(): number[] {
    return learningRates(this.optimizer);
  }

  /**
   * Takes note of the rates from which the schedule starts, and sets those of the first epoch.
   *
   * @param lastEpoch −1 for a new training. The index of the last epoch to resume one without a state dict; every
   * group must have an `initialLr` then.
   */
  protected start(lastEpoch = -1): void {
    if (!Number.isInteger(lastEpoch) || lastEpoch < -1)
      throw new RangeError(`${this.name}: lastEpoch must be an integer ≥ -1, not ${String(lastEpoch)}`);
    const groups = groupsOf(this.optimizer);
    if (lastEpoch >= 0)
      for (const [k, group] of groups.entries())
        if (group.initialLr === undefined)
          throw new RangeError(
            `param 'initial_lr' is not specified in param_groups[${k}] when resuming scheduler with last_epoch >= 0. Resume with loadStateDict() instead, which needs no lastEpoch, or set optimizer.paramGroups[${k}].initialLr`,
          );
    const rates = this.rates();
    for (const [k, group] of groups.entries()) group.initialLr ??= rates[k];
    this.baseLrs = groups.map(({ initialLr }) => asNumber(initialLr as number));
    this.lastEpoch = lastEpoch;
    this.initialize();
  }

  /** @internal The step that the constructor makes. */
  initialize(): void {
    this.isInitial = true;
    this.stepCount = 0;
    try {
      this.advance();
    } finally {
      this.isInitial = false;
    }
  }

  /**
   * Goes on by one epoch (or batch), after `optimizer.step()`.
   *
   * @param epoch goes to this epoch instead. Deprecated in PyTorch, where it works like this: the rate is computed
   * from the first one where there is a formula for that.
   */
  step(epoch?: number): void {
    if (this.stepCount === 1 && !stepped.has(this.optimizer))
      console.warn(
        "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: `optimizer.step()` before `lrScheduler.step()`; otherwise the first value of the learning rate schedule is skipped.",
      );
    if (epoch !== undefined && (typeof epoch !== "number" || !(epoch >= 0)))
      throw new RangeError(`Expected non-negative epoch, but got ${String(epoch)}`);
    this.advance(epoch);
  }

  /** @internal `step` without its warning: what composed schedulers call. */
  advance(epoch?: number): void {
    const before = this.lastEpoch;
    this.lastEpoch = epoch ?? before + 1;
    try {
      this.apply((epoch === undefined ? undefined : this.closedForm()) ?? this.getLr());
    } catch (error) {
      this.lastEpoch = before;
      throw error;
    }
    this.stepCount++;
  }

  /** @internal Goes to the first epoch, when the turn comes to this scheduler in a sequence. */
  restart(): void {
    this.advance(0);
  }

  /** @internal Forgets the step of the constructor, for schedulers whose turn in a sequence comes later. */
  undoInitialStep(): void {
    this.lastEpoch--;
  }

  private apply(values: readonly number[]): void {
    for (const value of values)
      if (typeof value !== "number" || Number.isNaN(value))
        throw new RangeError(
          `${this.name}: the learning rate of epoch ${this.lastEpoch} must be a number, not ${String(value)}`,
        );
    // A group that was added later is none of the business of schedules that start from baseLrs.
    for (const [k, value] of values.entries()) setLearningRate(this.optimizer.paramGroups[k], value);
    this.lastLr = this.rates();
  }

  /** The rates that were set last, one for each group. */
  getLastLr(): number[] {
    return [...this.lastLr];
  }

  /** The state in PyTorch's layout and with PyTorch's names. Functions are not saved. */
  stateDict(): SchedulerStateDict {
    return { ...saveFields(this, this.fields()), _get_lr_called_within_step: false };
  }

  /**
   * Goes on where a state dict was written, and sets the rates that were set last then. It does not matter whether
   * the optimizer's state dict is loaded before or after, or whether this scheduler was made before or after that.
   * Of several schedulers of one optimizer, load the one that is stepped last last.
   *
   * @throws before anything is changed, if it is not the state dict of such a scheduler
   */
  loadStateDict(stateDict: SchedulerStateDict): void {
    Object.assign(this, readFields(this, this.name, this.fields(), stateDict));
    for (const [k, rate] of this.lastLr.entries()) setLearningRate(this.optimizer.paramGroups[k], rate);
  }

  /** The names of the fields that a state dict holds: all of them, but functions. */
  protected fields(): string[] {
    return Object.entries(this)
      .filter(([, value]) => typeof value !== "function")
      .map(([name]) => name);
  }

  /**
   * The values of the coming steps, from the present one on, without stepping anything: optimizer and scheduler stay
   * as they are.
   *
   * @param steps how many values
   */
  preview(steps: number): Schedule {
    return this.record(steps, () => this.advance());
  }

  /** The schedule while `next` goes on; afterwards everything is as before. */
  protected record(steps: number, next: (step: number) => void): Schedule {
    if (!Number.isInteger(steps) || steps < 1)
      throw new RangeError(`${this.name}: the number of steps must be an integer ≥ 1, not ${String(steps)}`);
    const groups = groupsOf(this.optimizer);
    const before = groups.map((group) => ({ ...group }));
    const rates = this.rates();
    const momenta = groups.map(momentumOf);
    const saved = this.stateDict();
    const recorded = groups.map((group) => ({
      lr: [] as number[],
      momentum: momentumOf(group) === undefined ? undefined : ([] as number[]),
    }));
    try {
      for (let step = 0; step < steps; step++) {
        if (step > 0) next(step - 1);
        for (const [k, lr] of this.rates().entries()) {
          recorded[k].lr.push(lr);
          recorded[k].momentum?.push(momentumOf(groups[k]) as number);
        }
      }
    } finally {
      this.loadStateDict(saved);
      for (const [k, group] of groups.entries()) {
        Object.assign(group, before[k]);
        setLearningRate(group, rates[k]);
        if (momenta[k] !== undefined) setMomentum(group, momenta[k]);
      }
    }
    return { steps: Array.from({ length: steps }, (_, k) => k), ...recorded[0], groups: recorded };
  }

  /** Its options, where it stands and the rates that it set. */
  toString(): string {
    const hidden = ["baseLrs", "stepCount", "isInitial", "lastLr", "schedulers", "phases"];
    const shown = Object.entries(this).filter(
      ([name, value]) => !hidden.includes(name) && typeof value !== "function",
    );
    const text = [...shown, ["lr", this.lastLr]].map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    return `${this.name}(${text.join(", ")})`;
  }

  /** How a notebook shows it. */
  toMimeBundle(): MimeBundle {
    return { "text/plain": this.toString() };
  }
}

displayable(LRScheduler);

/** Notices when an optimizer makes its first step. */
function watch(optimizer: ScheduledOptimizer): void {
  const handle = optimizer.registerStepPostHook(() => {
    stepped.add(optimizer);
    handle.remove();
  });
}
