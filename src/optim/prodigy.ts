import { checkAdamLike, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface ProdigyOptions extends Differentiable {
  /** Learning rate γ, a factor of the one that is found. ≥ 0, default 1, which is meant to stay. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Decoupled weight decay λ. ≥ 0, default 0. */
  weightDecay: number;
  /** δ (the paper's d₀): what the distance to the solution is first taken for; much too small is right. > 0, default 1e-6. */
  d0: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: ProdigyOptions = {
  lr: 1,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  d0: 1e-6,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  x ← θ                         when x is new
  d ← δ                         when d is new
  m ← β1·m + (1 − β1)·d·g
  v ← β2·v + (1 − β2)·d²·g²
  s ← √β2·s + (1 − √β2)·γ·d²·g
  r ← √β2·r + (1 − √β2)·γ·d²·total(g·(x − θ))
  n ← total(|s|)
  θ ← θ − γ·d·λ·θ               when λ ≠ 0
  θ ← θ − γ·d·m/(√v + d·ε)
  d ← max(d, r/n)               when n > 0
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay", δ: "d0" },
    state: { t: "step", x: "p0", d: "d", m: "expAvg", v: "expAvgSq", s: "s", r: "r" },
  },
);

/**
 * Prodigy: Adam that finds its learning rate. d is a lower bound of the distance from the start x₀ to the solution; it
 * grows as the gradients say that the solution lies further away. Sums go over all parameters of the optimizer.
 *
 *     x ← θ,  d ← δ               before the first step
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     m ← β1·m + (1 − β1)·d·g
 *     v ← β2·v + (1 − β2)·d²·g²
 *     s ← √β2·s + (1 − √β2)·γ·d²·g
 *     r ← √β2·r + (1 − √β2)·γ·d²·⟨g, x − θ⟩
 *     θ ← θ − γ·d·λ·θ             if weightDecay λ ≠ 0
 *     θ ← θ − γ·d·m/(√v + d·ε)
 *     d ← max(d, r/‖s‖₁)
 *
 * One step of each parameter needs those of all others: leave none without gradient.
 *
 * Source: Mishchenko, Defazio, "Prodigy: An Expeditiously Adaptive Parameter-Free Learner", ICML 2024, Algorithm 4; the
 * decoupled decay is from the authors' code.
 */
export class Prodigy extends RuleOptimizer<ProdigyOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<ProdigyOptions>, options: Given<ProdigyOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: ProdigyOptions): void {
    checkAdamLike(options);
    if (typeof options.d0 !== "number" || !(options.d0 > 0))
      throw new RangeError(`Invalid d0 value: ${String(options.d0)}; d0 must be a number > 0`);
  }
}
