import { checkAdamLike, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface AdamaxOptions extends Flags {
  /** Learning rate γ: the largest step in each coordinate. ≥ 0, default 0.002. */
  lr: number;
  /** β1 for the average of g; β2: how much of the largest |g| so far is kept in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε is added to |g|, so that the divisor is not 0. ≥ 0, default 1e-8. */
  eps: number;
  /** L2 penalty λ: adds λ·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: AdamaxOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  g ← g + λ·θ                   when λ ≠ 0
  m ← β1·m + (1 − β1)·g
  u ← max(β2·u, |g| + ε)
  θ ← θ − γ/(1 − β1^t)·m/u
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay" },
    state: { m: "expAvg", u: "expInf" },
  },
);

/**
 * Adamax: Adam that divides by the largest |g| of late (the infinity norm) in place of the root of the average of g².
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0
 *     m ← β1·m + (1 − β1)·g
 *     u ← max(β2·u, |g| + ε)
 *     θ ← θ − γ/(1 − β1^t)·m/u
 *
 * The paper has no ε; PyTorch adds it to |g| in the maximum, not to u.
 *
 * Sources: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, Algorithm 2; torch.optim.Adamax.
 */
export class Adamax extends RuleOptimizer<AdamaxOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdamaxOptions>, options: Given<AdamaxOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: AdamaxOptions): void {
    checkAdamLike(options);
  }
}
