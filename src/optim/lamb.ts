import { checkAdamLike, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface LAMBOptions extends Differentiable {
  /** Learning rate γ: how far each parameter tensor goes, as a part of its norm. ≥ 0, default 0.001. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-6. */
  eps: number;
  /** Weight decay λ, inside the norm that the step is divided by. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: LAMBOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-6,
  weightDecay: 0,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  m ← β1·m + (1 − β1)·g
  v ← β2·v + (1 − β2)·g²
  m̂ ← m/(1 − β1^t)
  v̂ ← v/(1 − β2^t)
  u ← m̂/(√v̂ + ε) + λ·θ
  w ← ‖θ‖
  n ← ‖u‖
  r ← w/n                       when w > 0 and n > 0
  r ← 1                         otherwise
  θ ← θ − γ·r·u
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay" },
    state: { m: "expAvg", v: "expAvgSq" },
  },
);

/**
 * LAMB: Adam for large batches. Each parameter tensor (layer) goes as far as its own norm says: the step u, which is
 * Adam's with weight decay, is scaled by r = ‖θ‖/‖u‖.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     m ← β1·m + (1 − β1)·g
 *     v ← β2·v + (1 − β2)·g²
 *     u ← (m/(1 − β1^t))/(√(v/(1 − β2^t)) + ε) + λ·θ
 *     r ← ‖θ‖/‖u‖                 1 if one of them is 0
 *     θ ← θ − γ·r·u
 *
 * The paper's φ is the identity here, as in its experiments; that r is 1 where a norm is 0 is from the authors' code.
 *
 * Source: You, Li, Reddi, Hseu, Kumar, Bhojanapalli, Song, Demmel, Keutzer, Hsieh, "Large Batch Optimization for Deep
 * Learning: Training BERT in 76 minutes", ICLR 2020, Algorithm 2.
 */
export class LAMB extends RuleOptimizer<LAMBOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<LAMBOptions>, options: Given<LAMBOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: LAMBOptions): void {
    checkAdamLike(options);
  }
}
