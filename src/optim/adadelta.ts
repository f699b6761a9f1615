import { checkAtLeastZero, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface AdadeltaOptions extends Flags {
  /** Learning rate γ: scales the step, which has a size of its own. ≥ 0, default 1. */
  lr: number;
  /** ρ: how much the running averages of g² and of the squared steps keep. In [0, 1], default 0.9. */
  rho: number;
  /** ε keeps the divisor from 0 and lets the first steps begin. ≥ 0, default 1e-6. */
  eps: number;
  /** L2 penalty λ: adds λ·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: AdadeltaOptions = {
  lr: 1,
  rho: 0.9,
  eps: 1e-6,
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
  s ← ρ·s + (1 − ρ)·g²
  Δ ← √(a + ε)/√(s + ε)·g
  a ← ρ·a + (1 − ρ)·Δ²
  θ ← θ − γ·Δ
  `,
  defaults,
  {
    options: { γ: "lr", ρ: "rho", ε: "eps", λ: "weightDecay" },
    state: { t: "step", s: "squareAvg", a: "accDelta" },
  },
);

/**
 * Adadelta: the step in each coordinate is as large as the steps of late, compared with the gradients of late; so it
 * has the parameter's unit and needs no learning rate.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0
 *     s ← ρ·s + (1 − ρ)·g²
 *     Δ ← √(a + ε)/√(s + ε)·g
 *     a ← ρ·a + (1 − ρ)·Δ²
 *     θ ← θ − γ·Δ
 *
 * The paper has no learning rate γ, and ρ = 0.95.
 *
 * Sources: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012, Algorithm 1; torch.optim.Adadelta.
 */
export class Adadelta extends RuleOptimizer<AdadeltaOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdadeltaOptions>, options: Given<AdadeltaOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, rho, eps, weightDecay }: AdadeltaOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    if (typeof rho !== "number" || !(rho >= 0 && rho <= 1))
      throw new RangeError(`Invalid rho value: ${String(rho)}; rho must be a number in [0, 1]`);
    checkAtLeastZero("Invalid epsilon value", "eps", eps);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
  }
}
