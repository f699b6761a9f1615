import { checkAtLeastZero, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface RMSpropOptions extends Flags {
  /** Learning rate γ. ≥ 0, default 0.01. */
  lr: number;
  /** α: how much the running average of g² keeps in each step. ≥ 0, usually below 1, default 0.99. */
  alpha: number;
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** L2 penalty λ: adds λ·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Momentum μ: how much of the last direction is kept. ≥ 0, default 0, none. */
  momentum: number;
  /** Divide by an estimate of g's standard deviation, not of its root mean square. Default false. */
  centered: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: RMSpropOptions = {
  lr: 1e-2,
  alpha: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0,
  centered: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  g ← g + λ·θ                   when λ ≠ 0
  s ← α·s + (1 − α)·g²
  when centered:
    a ← α·a + (1 − α)·g
    d ← √(s − a²) + ε
  d ← √s + ε                    otherwise
  when μ > 0:
    b ← μ·b + g/d
    θ ← θ − γ·b
  θ ← θ − γ·g/d                 otherwise
  `,
  defaults,
  {
    options: { γ: "lr", α: "alpha", ε: "eps", λ: "weightDecay", μ: "momentum" },
    state: { t: "step", s: "squareAvg", b: "momentumBuffer", a: "gradAvg" },
  },
);

/**
 * RMSprop: the gradient divided in each coordinate by the root of the running average of its square.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0
 *     s ← α·s + (1 − α)·g²
 *     d ← √s + ε                  if centered: a ← α·a + (1 − α)·g and d ← √(s − a²) + ε
 *     b ← μ·b + g/d               if momentum μ > 0; b is g/d otherwise
 *     θ ← θ − γ·b
 *
 * The average starts at 0 and is not corrected for that, so that the first steps are long: 10·γ with α = 0.99. The ε
 * stands outside the root, in TensorFlow's version inside.
 *
 * Sources: Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012; Graves, "Generating Sequences With
 * Recurrent Neural Networks", 2013 (centered); torch.optim.RMSprop.
 */
export class RMSprop extends RuleOptimizer<RMSpropOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<RMSpropOptions>, options: Given<RMSpropOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, eps, momentum, weightDecay, alpha }: RMSpropOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkAtLeastZero("Invalid epsilon value", "eps", eps);
    checkAtLeastZero("Invalid momentum value", "momentum", momentum);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
    checkAtLeastZero("Invalid alpha value", "alpha", alpha);
  }
}
