import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { typeName } from "../param-groups.js";
import { checkInteger, checkOptimizer, type ScheduledOptimizer, setLearningRate } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";
import { ReduceLROnPlateau } from "./plateau.js";
import type { SchedulerStateDict } from "./state.js";

/** A scheduler made of others, whose state dicts are part of its own. */
abstract class ComposedScheduler extends LRScheduler {
  readonly schedulers: readonly LRScheduler[];

  constructor(name: string, schedulers: readonly LRScheduler[], optimizer?: ScheduledOptimizer) {
    super(commonOptimizer(name, schedulers, optimizer));
    this.schedulers = [...schedulers];
  }

  /** Takes the step. */
  protected abstract advanceAll(): void;

  /** @internal */
  override advance(epoch?: number): void {
    if (epoch !== undefined)
      throw new RangeError(`${this.name}: step() goes on by one epoch and takes no other, but got ${epoch}`);
    this.advanceAll();
    this.stepCount++;
    this.lastLr = this.rates();
  }

  /** The rates are set by the schedulers that this one is made of. */
  protected override getLr(): number[] {
    return this.rates();
  }

  /** Sets the rates from which one of the schedulers starts. */
  protected beginFrom(scheduler: LRScheduler): void {
    const { paramGroups } = this.optimizer;
    for (const [k, base] of scheduler.baseLrs.entries()) setLearningRate(paramGroups[k], base);
  }

  protected override fields(): string[] {
    return super.fields().filter((name) => !notSaved.includes(name));
  }

  override stateDict(): SchedulerStateDict {
    const { _get_lr_called_within_step, ...own } = super.stateDict();
    return { ...own, _schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  override loadStateDict(stateDict: SchedulerStateDict): void {
    const { _schedulers: saved, ...own } = stateDict ?? {};
    if (!Array.isArray(saved) || saved.length !== this.schedulers.length)
      throw new RangeError(
        `loadStateDict: this ${this.name} has ${this.schedulers.length} schedulers, but the state dict has ${Array.isArray(saved) ? saved.length : "none"}`,
      );
    const before = this.stateDict();
    const rates = this.rates();
    const load = ({ _schedulers, ...rest }: SchedulerStateDict): void => {
      for (const [k, dict] of (_schedulers as SchedulerStateDict[]).entries())
        this.schedulers[k].loadStateDict(dict);
      super.loadStateDict(rest);
    };
    try {
      load({ ...own, _schedulers: saved });
    } catch (error) {
      load(before);
      for (const [k, rate] of rates.entries()) setLearningRate(this.optimizer.paramGroups[k], rate);
      throw error;
    }
  }
}

/** What a scheduler made of others has from its base and has no use for. */
const notSaved = ["schedulers", "baseLrs", "stepCount", "isInitial"];

function commonOptimizer(
  name: string,
  schedulers: readonly LRScheduler[],
  optimizer: ScheduledOptimizer | undefined,
): ScheduledOptimizer {
  if (!Array.isArray(schedulers) || schedulers.length === 0)
    throw new RangeError(`${name} expects at least one scheduler to be chained, but got no scheduler.`);
  for (const [k, scheduler] of schedulers.entries()) {
    if (!(scheduler instanceof LRScheduler))
      throw new TypeError(
        `${name} expects a list of schedulers, but got ${typeName(scheduler)} at index ${k}`,
      );
    if (scheduler instanceof ReduceLROnPlateau)
      throw new RangeError(
        `${name} does not support ReduceLROnPlateau scheduler as it requires additional kwargs to be specified when calling \`step\`, but got one at index ${k} in the given schedulers sequence.`,
      );
  }
  const common: ScheduledOptimizer = optimizer ?? schedulers[0].optimizer;
  checkOptimizer(common);
  for (const [k, scheduler] of schedulers.entries())
    if (scheduler.optimizer !== common)
      throw new RangeError(
        `${name} expects all schedulers to belong to the same optimizer, but got scheduler ${scheduler.name} at index ${k} has ${scheduler.optimizer.name}, which is different from ${common.name === scheduler.optimizer.name ? `the other ${common.name}` : common.name}.`,
      );
  return common;
}

/**
 * Steps several schedulers, one after the other, in every step: their factors multiply.
 *
 * Source: torch.optim.lr_scheduler.ChainedScheduler.
 */
export class ChainedScheduler extends ComposedScheduler {
  /** @param schedulers at least one, all of the same optimizer; no ReduceLROnPlateau */
  constructor(schedulers: readonly LRScheduler[], optimizer?: ScheduledOptimizer) {
    super("ChainedScheduler", schedulers, optimizer);
    this.lastEpoch = 0;
    this.stepCount = 1;
    this.lastLr = this.rates();
    this.baseLrs = [...schedulers[0].baseLrs];
  }

  protected override advanceAll(): void {
    for (const scheduler of this.schedulers) scheduler.advance();
    this.lastEpoch++;
  }

  /** @internal */
  override initialize(): void {
    for (const scheduler of this.schedulers) scheduler.initialize();
    this.lastLr = this.rates();
  }

  /** @internal */
  override restart(): void {
    this.beginFrom(this.schedulers[0]);
    this.initialize();
  }

  /** @internal */
  override undoInitialStep(): void {
    for (const scheduler of this.schedulers) scheduler.undoInitialStep();
  }

  /** PyTorch saves no epoch of its own. */
  protected override fields(): string[] {
    return super.fields().filter((name) => name !== "lastEpoch");
  }
}

export interface SequentialLROptions {
  /** What follows on one another. No ReduceLROnPlateau. */
  schedulers: readonly LRScheduler[];
  /** The epochs at which the second, third, … scheduler begins, in increasing order. */
  milestones: readonly number[];
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Lets one scheduler follow on another. Each starts from epoch 0, and from its own first rates.
 *
 * PyTorch differed from version to version. Here as in the newest, `getLastLr()` is there from the start, a milestone
 * of 0 begins with the second scheduler, and one whose turn is still to come leaves the rates alone. Where a scheduler
 * further back changes the first rates when it is made (OneCycleLR, CyclicLR), PyTorch starts the first one from
 * those; here it starts from its own.
 *
 * MultiplicativeLR knows no first rates: as in PyTorch it goes on from the present ones, times λ(0).
 *
 * Source: torch.optim.lr_scheduler.SequentialLR.
 */
export class SequentialLR extends ComposedScheduler {
  /** The milestones. */
  readonly starts: readonly number[];

  /** @param args `(schedulers, milestones, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [schedulers: readonly LRScheduler[], milestones: readonly number[], lastEpoch?: number],
      SequentialLROptions
    >
  ) {
    const {
      schedulers,
      milestones,
      lastEpoch = -1,
    } = namedArguments<SequentialLROptions>("SequentialLR", ["schedulers", "milestones", "lastEpoch"], args);
    checkOptimizer(optimizer);
    super("SequentialLR", schedulers, optimizer);
    if (!Array.isArray(milestones) || milestones.length !== schedulers.length - 1)
      throw new RangeError(
        `Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones?.length ?? 0}`,
      );
    for (const [k, milestone] of milestones.entries()) {
      checkInteger(this.name, "every milestone", milestone, 0);
      if (k > 0 && milestone < milestones[k - 1])
        throw new RangeError(`${this.name}: milestones must increase, but they are ${milestones.join(", ")}`);
    }
    checkInteger(this.name, "lastEpoch", lastEpoch, -1);
    this.starts = [...milestones];
    this.lastEpoch = lastEpoch + 1;
    // Each of them has made its first step, and the rates are those of the last one. Only one is to begin.
    for (const scheduler of this.schedulers) scheduler.undoInitialStep();
    this.restart();
    this.stepCount = 1;
  }

  /** The scheduler whose turn it is. */
  private active(): LRScheduler {
    return this.schedulers[this.starts.filter((start) => start <= this.lastEpoch).length];
  }

  protected override advanceAll(): void {
    this.lastEpoch++;
    const scheduler = this.active();
    try {
      if (this.starts.includes(this.lastEpoch)) scheduler.restart();
      else scheduler.advance();
    } catch (error) {
      this.lastEpoch--;
      throw error;
    }
  }

  /** @internal */
  override initialize(): void {
    this.active().initialize();
    this.baseLrs = [...this.active().baseLrs];
    this.lastLr = this.rates();
  }

  /** @internal */
  override restart(): void {
    this.beginFrom(this.active());
    this.initialize();
  }

  /** @internal */
  override undoInitialStep(): void {
    this.active().undoInitialStep();
  }
}
