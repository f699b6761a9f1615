import { checkAtLeastZero, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface LARSOptions extends Differentiable {
  /** Global learning rate γ. ≥ 0, default 0.1. */
  lr: number;
  /** Momentum μ. ≥ 0, default 0.9. */
  momentum: number;
  /** Weight decay λ: adds λ·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Trust coefficient η: how far a layer goes in one step, as a part of its norm. ≥ 0, default 0.001. */
  trustCoefficient: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: LARSOptions = {
  lr: 0.1,
  momentum: 0.9,
  weightDecay: 0,
  trustCoefficient: 1e-3,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  w ← ‖θ‖
  n ← ‖g‖
  q ← η·w/(n + λ·w)             when w > 0 and n > 0
  q ← 1                         otherwise
  b ← μ·b + γ·q·(g + λ·θ)
  θ ← θ − b
  `,
  defaults,
  {
    options: { γ: "lr", μ: "momentum", λ: "weightDecay", η: "trustCoefficient" },
    state: { b: "momentumBuffer" },
  },
);

/**
 * LARS: SGD with momentum for large batches. Each parameter tensor (layer) has a learning rate of its own, q, so that
 * its step is the same part η of its norm whatever the size of its gradient.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     q ← η·‖θ‖/(‖g‖ + λ·‖θ‖)     1 if one of the norms is 0
 *     b ← μ·b + γ·q·(g + λ·θ)
 *     θ ← θ − b
 *
 * That q is 1 where a norm is 0 (biases begin there) is from the authors' code.
 *
 * Source: You, Gitman, Ginsburg, "Large Batch Training of Convolutional Networks", 2017, equation 6 and Algorithm 1.
 */
export class LARS extends RuleOptimizer<LARSOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<LARSOptions>, options: Given<LARSOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, momentum, weightDecay, trustCoefficient }: LARSOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkAtLeastZero("Invalid momentum value", "momentum", momentum);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
    checkAtLeastZero("Invalid trust_coefficient value", "trustCoefficient", trustCoefficient);
  }
}
