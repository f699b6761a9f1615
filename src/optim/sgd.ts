import { checkAtLeastZero, checkNumber, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface SGDOptions extends Flags {
  /** Learning rate γ: how far to go against the gradient. ≥ 0, default 0.001. */
  lr: number;
  /** Momentum μ: how much of the last direction is kept. ≥ 0, usually 0.9; default 0, none. */
  momentum: number;
  /** Dampening τ of the gradient that goes into the momentum. Default 0. */
  dampening: number;
  /** L2 penalty λ: adds λ·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Look ahead along the momentum (Nesterov). Needs momentum and no dampening. Default false. */
  nesterov: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: SGDOptions = {
  lr: 1e-3,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
  foreach: null,
  differentiable: false,
  fused: null,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  g ← g + λ·θ                   when λ ≠ 0
  when μ ≠ 0:
    b ← g                       when b is new
    b ← μ·b + (1 − τ)·g         otherwise
    g ← g + μ·b                 when nesterov
    g ← b                       otherwise
  θ ← θ − γ·g
  `,
  defaults,
  {
    options: { γ: "lr", μ: "momentum", τ: "dampening", λ: "weightDecay" },
    state: { b: "momentumBuffer" },
  },
);

/**
 * Stochastic gradient descent, with momentum and Nesterov's momentum.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0
 *     b ← μ·b + (1 − τ)·g         if momentum μ ≠ 0; b ← g in the first step, without dampening τ
 *     g ← g + μ·b                 if nesterov, else g ← b
 *     θ ← θ − γ·g
 *
 * Here as in PyTorch the learning rate γ multiplies the whole step; in Sutskever et al. it multiplies the gradient
 * only, before it enters the momentum. This differs when γ changes.
 *
 * Sources: Sutskever, Martens, Dahl, Hinton, "On the importance of initialization and momentum in deep learning",
 * ICML 2013; torch.optim.SGD.
 */
export class SGD extends RuleOptimizer<SGDOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<SGDOptions>, options: Given<SGDOptions> = {}) {
    super(params, options, defaults, rule());
  }

  /** Takes sparse gradients, as in PyTorch. */
  protected override checkSparseGradient(): void {}

  protected override check({ lr, momentum, dampening, weightDecay, nesterov }: SGDOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkAtLeastZero("Invalid momentum value", "momentum", momentum);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
    checkNumber("Invalid dampening value", "dampening", dampening);
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new RangeError(
        `Nesterov momentum requires a momentum and zero dampening, but momentum is ${momentum} and dampening ${dampening}`,
      );
  }
}
