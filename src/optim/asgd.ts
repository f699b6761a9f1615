import { checkAtLeastZero, checkNumber, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface ASGDOptions extends Flags {
  /** Learning rate γ of the first step. ≥ 0, default 0.01. */
  lr: number;
  /** λ: decay of the weights, and of the learning rate. ≥ 0, default 1e-4. */
  lambd: number;
  /** α: power with which the learning rate falls. ≥ 0, default 0.75. */
  alpha: number;
  /** t₀: the step at which averaging begins. Default 1,000,000. */
  t0: number;
  /** L2 penalty ω: adds ω·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: ASGDOptions = {
  lr: 1e-2,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weightDecay: 0,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  g ← g + ω·θ                   when ω ≠ 0
  η ← γ                         when η is new
  μ ← 1                         when μ is new
  θ ← (1 − λ·η)·θ
  θ ← θ − η·g
  a ← θ                         when μ = 1
  a ← a + (θ − a)·μ             otherwise
  η ← γ/(1 + λ·γ·t)^α
  μ ← 1/max(1, t − t0)
  `,
  defaults,
  {
    options: { γ: "lr", λ: "lambd", α: "alpha", ω: "weightDecay" },
    state: { η: "eta", μ: "mu", a: "ax" },
  },
);

/**
 * ASGD: gradient descent with a falling learning rate η, and beside it the average a of the weights from step t₀ on.
 *
 *     η ← γ,  μ ← 1               before the first step
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + ω·θ                 if weightDecay ω ≠ 0
 *     θ ← (1 − λ·η)·θ
 *     θ ← θ − η·g
 *     a ← a + (θ − a)·μ
 *     η ← γ/(1 + λ·γ·t)^α
 *     μ ← 1/max(1, t − t₀)
 *
 * The averaged weights are only in the state, as `ax`: the optimizer does not put them into the parameters. As in
 * PyTorch η and μ are kept in float32.
 *
 * Sources: Polyak, Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control and Optimization
 * 1992; Bottou, "Stochastic Gradient Descent Tricks", 2012; torch.optim.ASGD.
 */
export class ASGD extends RuleOptimizer<ASGDOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<ASGDOptions>, options: Given<ASGDOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, lambd, alpha, t0, weightDecay }: ASGDOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkAtLeastZero("Invalid lambd value", "lambd", lambd);
    checkAtLeastZero("Invalid alpha value", "alpha", alpha);
    checkNumber("Invalid t0 value", "t0", t0);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
  }
}
