import { checkAdamLike, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface ADOPTOptions extends Differentiable {
  /** Learning rate γ: about the size of a step in each coordinate. ≥ 0, default 0.001. */
  lr: number;
  /** β1, β2: how much the running averages of the divided g and of g² keep in each step. In [0, 1), default [0.9, 0.9999]. */
  betas: [number, number];
  /** ε: the least divisor. ≥ 0, default 1e-6. */
  eps: number;
  /** Decoupled weight decay λ. ≥ 0, default 0. */
  weightDecay: number;
  /** Keep the divided gradient within ±(t − 1)^¼, which the theory does not need and bad first steps do. Default true. */
  clip: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: ADOPTOptions = {
  lr: 1e-3,
  betas: [0.9, 0.9999],
  eps: 1e-6,
  weightDecay: 0,
  clip: true,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  when t = 1:
    v ← g²
  otherwise:
    n ← g/max(√v, ε)
    when clip:
      c ← (t − 1)^0.25
      n ← min(max(n, −c), c)
    m ← β1·m + (1 − β1)·n
    θ ← θ − γ·λ·θ               when λ ≠ 0
    θ ← θ − γ·m
    v ← β2·v + (1 − β2)·g²
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay" },
    state: { m: "expAvg", v: "expAvgSq" },
  },
);

/**
 * ADOPT: Adam that divides each gradient by what is known of g² from the steps before, and only then averages. So it
 * converges with any β2, which Adam does not. The first step only sets v.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     if t = 1: v ← g², and no more
 *     n ← g/max(√v, ε)            kept within ±(t − 1)^¼ if clip
 *     m ← β1·m + (1 − β1)·n
 *     θ ← θ − γ·λ·θ               if weightDecay λ ≠ 0
 *     θ ← θ − γ·m
 *     v ← β2·v + (1 − β2)·g²
 *
 * Source: Taniguchi, Harada, Minegishi, Oshima, Jeong, Nagahara, Iiyama, Suzuki, Iwasawa, Matsuo, "ADOPT: Modified Adam
 * Can Converge with Any β2 with the Optimal Rate", NeurIPS 2024, Algorithm 2 and, for the clipping its
 * later version; the decoupled decay is from the authors' code.
 */
export class ADOPT extends RuleOptimizer<ADOPTOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<ADOPTOptions>, options: Given<ADOPTOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: ADOPTOptions): void {
    checkAdamLike(options);
  }
}
