import { checkAtLeastZero, type Differentiable, listed } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface AdanOptions extends Differentiable {
  /** Learning rate γ: about the size of a step in each coordinate. ≥ 0, default 0.001. */
  lr: number;
  /** β1, β2, β3: how much of the new g, of its change and of the square come into the averages. In [0, 1], default [0.02, 0.08, 0.01]. */
  betas: [number, number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Weight decay λ: θ is divided by 1 + λ·γ. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: AdanOptions = {
  lr: 1e-3,
  betas: [0.02, 0.08, 0.01],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  p ← g                         when p is new
  d ← g − p
  m ← g                         when t = 1
  m ← (1 − β1)·m + β1·g         otherwise
  v ← d                         when t ≤ 2
  v ← (1 − β2)·v + β2·d         otherwise
  n ← g²                        when t = 1
  n ← (1 − β3)·n + β3·(g + (1 − β2)·d)² otherwise
  η ← γ/(√n + ε)
  θ ← (θ − η·(m + (1 − β2)·v))/(1 + λ·γ)
  p ← g
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", β3: "betas[2]", ε: "eps", λ: "weightDecay" },
    state: { m: "expAvg", v: "expAvgDiff", n: "expAvgSq", p: "previousGrad" },
  },
);

/**
 * Adan: Nesterov's momentum, written with the change of the gradient from step to step in place of a gradient further
 * ahead, and with the division by √n of Adam.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     d ← g − p                   p is the gradient before, d = 0 in the first step
 *     m ← (1 − β1)·m + β1·g       g in the first step
 *     v ← (1 − β2)·v + β2·d       d in the first two steps
 *     n ← (1 − β3)·n + β3·(g + (1 − β2)·d)²   g² in the first step
 *     θ ← (θ − γ/(√n + ε)·(m + (1 − β2)·v))/(1 + λ·γ)
 *
 * As in the paper β weighs what is new; the authors' code has 1 − β, and corrects averages that start at 0. Without
 * the paper's restarts, which its experiments do not need.
 *
 * Source: Xie, Zhou, Li, Lin, Yan, "Adan: Adaptive Nesterov Momentum Algorithm for Faster Optimizing Deep Models", IEEE
 * TPAMI 2024 (arXiv 2022), Algorithm 1.
 */
export class Adan extends RuleOptimizer<AdanOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdanOptions>, options: Given<AdanOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, betas, eps, weightDecay }: AdanOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkAtLeastZero("Invalid epsilon value", "eps", eps);
    if (!Array.isArray(betas) || betas.length !== 3)
      throw new RangeError(
        `Invalid betas: ${listed(betas)}; betas must be three numbers such as [0.02, 0.08, 0.01]`,
      );
    for (const [index, beta] of betas.entries())
      if (!(beta >= 0 && beta <= 1))
        throw new RangeError(
          `Invalid beta parameter at index ${index}: ${String(beta)}; it must be in [0, 1]`,
        );
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
  }
}
