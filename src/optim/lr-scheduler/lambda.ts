import { type Arguments, namedArguments } from "../../tensor/arguments.js";
import { typeName } from "../param-groups.js";
import type { ScheduledOptimizer } from "./groups.js";
import { LRScheduler } from "./lr-scheduler.js";
import type { SchedulerStateDict } from "./state.js";

/** A factor for every epoch. What it has in properties of its own is saved in state dicts. */
export type LRLambda = (epoch: number) => number;

export interface LambdaLROptions {
  /** The factor of each epoch: one function for all groups, or a list with one for each. */
  lrLambda: LRLambda | readonly LRLambda[];
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

export type LambdaLRArguments = Arguments<
  [lrLambda: LRLambda | readonly LRLambda[], lastEpoch?: number],
  LambdaLROptions
>;

abstract class LambdaScheduler extends LRScheduler {
  readonly lrLambdas: readonly LRLambda[];

  constructor(optimizer: ScheduledOptimizer, args: LambdaLRArguments) {
    super(optimizer);
    const { lrLambda, lastEpoch } = namedArguments<LambdaLROptions>(
      this.name,
      ["lrLambda", "lastEpoch"],
      args,
    );
    const groups = optimizer.paramGroups.length;
    const lambdas = Array.isArray(lrLambda)
      ? (lrLambda as readonly LRLambda[])
      : new Array<LRLambda>(groups).fill(lrLambda as LRLambda);
    if (lambdas.length !== groups)
      throw new RangeError(`Expected ${groups} lr_lambdas, but got ${lambdas.length}`);
    for (const lambda of lambdas)
      if (typeof lambda !== "function")
        throw new TypeError(`lr_lambda should be a function, but got ${typeName(lambda)}`);
    this.lrLambdas = [...lambdas];
    this.start(lastEpoch);
  }

  protected override fields(): string[] {
    return super.fields().filter((name) => name !== "lrLambdas");
  }

  override stateDict(): SchedulerStateDict {
    const lr_lambdas = this.lrLambdas.map((lambda) =>
      Object.keys(lambda).length > 0 ? structuredClone({ ...lambda }) : null,
    );
    return { ...super.stateDict(), lr_lambdas };
  }

  override loadStateDict({ lr_lambdas, ...stateDict }: SchedulerStateDict): void {
    const saved = lr_lambdas ?? this.lrLambdas.map(() => null);
    if (!Array.isArray(saved) || saved.length !== this.lrLambdas.length)
      throw new RangeError(
        `loadStateDict: lr_lambdas of this ${this.name} has ${this.lrLambdas.length} entries, but the state dict's is ${JSON.stringify(saved)}`,
      );
    super.loadStateDict(stateDict);
    for (const [k, properties] of saved.entries()) Object.assign(this.lrLambdas[k], properties);
  }
}

/**
 * The learning rate is the first one times a function of the epoch.
 *
 *     γ_t = γ_0·λ(t)
 *
 * Source: torch.optim.lr_scheduler.LambdaLR.
 */
export class LambdaLR extends LambdaScheduler {
  /** @param args `(lrLambda, lastEpoch)`, or by name */
  constructor(optimizer: ScheduledOptimizer, ...args: LambdaLRArguments) {
    super(optimizer, args);
  }

  protected override getLr(): number[] {
    return this.baseLrs.map((base, k) => base * this.lrLambdas[k](this.lastEpoch));
  }
}

/**
 * The learning rate is multiplied by a function of the epoch in every step.
 *
 *     γ_t = γ_{t−1}·λ(t)
 *
 * Source: torch.optim.lr_scheduler.MultiplicativeLR.
 */
export class MultiplicativeLR extends LambdaScheduler {
  /** @param args `(lrLambda, lastEpoch)`, or by name */
  constructor(optimizer: ScheduledOptimizer, ...args: LambdaLRArguments) {
    super(optimizer, args);
  }

  protected override getLr(): number[] {
    const rates = this.rates();
    if (this.isInitial) return rates;
    return this.lrLambdas.map((lambda, k) => rates[k] * lambda(this.lastEpoch));
  }
}
