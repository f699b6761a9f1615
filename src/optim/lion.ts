import { checkAtLeastZero, checkBetas, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface LionOptions extends Differentiable {
  /** Learning rate γ: the size of every step in each coordinate. ≥ 0, default 1e-4; 3 to 10 times less than for AdamW. */
  lr: number;
  /** β1 weighs the average m against g in the step's direction; β2 is how much m keeps. In [0, 1), default [0.9, 0.99]. */
  betas: [number, number];
  /** Decoupled weight decay λ. ≥ 0, default 0; 3 to 10 times more than for AdamW. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: LionOptions = {
  lr: 1e-4,
  betas: [0.9, 0.99],
  weightDecay: 0,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  c ← β1·m + (1 − β1)·g
  θ ← θ − γ·(sign(c) + λ·θ)
  m ← β2·m + (1 − β2)·g
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", λ: "weightDecay" },
    state: { m: "expAvg" },
  },
);

/**
 * Lion: a step of the same size in every coordinate, in the direction of the sign of an average. Found by a program
 * that searched among programs.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     c ← β1·m + (1 − β1)·g
 *     θ ← θ − γ·(sign(c) + λ·θ)
 *     m ← β2·m + (1 − β2)·g
 *
 * Source: Chen, Liang, Huang, Real, Wang, Pham, Dong, Luong, Hsieh, Lu, Le, "Symbolic Discovery of Optimization
 * Algorithms", NeurIPS 2023, Algorithm 2.
 */
export class Lion extends RuleOptimizer<LionOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<LionOptions>, options: Given<LionOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, betas, weightDecay }: LionOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkBetas(betas);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
  }
}
