import { checkAdamLike, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface AdamOptions extends Flags {
  /** Learning rate γ: about the size of a step in each coordinate. ≥ 0, default 0.001. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Weight decay λ. ≥ 0, default 0. An L2 penalty in the gradient unless `decoupledWeightDecay`. */
  weightDecay: number;
  /** Divide by the largest average of g² so far (AMSGrad), so that steps cannot grow again. Default false. */
  amsgrad: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
  /** Shrink the weights directly, apart from the gradient, as AdamW does. Default false. */
  decoupledWeightDecay: boolean;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
  fused: null,
  decoupledWeightDecay: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  when λ ≠ 0:
    θ ← (1 − γ·λ)·θ             when decoupledWeightDecay
    g ← g + λ·θ                 otherwise
  m ← β1·m + (1 − β1)·g
  v ← β2·v + (1 − β2)·g²
  m̂ ← m/(1 − β1^t)
  when amsgrad:
    v_max ← max(v_max, v)
    v̂ ← v_max/(1 − β2^t)
  v̂ ← v/(1 − β2^t)              otherwise
  θ ← θ − γ·m̂/(√v̂ + ε)
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay" },
    state: { m: "expAvg", v: "expAvgSq", v_max: "maxExpAvgSq" },
  },
);

/**
 * Adam: steps along the running average of the gradient, divided in each coordinate by the root of that of its
 * square. Both averages start at 0; m̂ and v̂ make up for that.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0; θ ← (1 − γ·λ)·θ instead if decoupledWeightDecay
 *     m ← β1·m + (1 − β1)·g
 *     v ← β2·v + (1 − β2)·g²
 *     m̂ ← m/(1 − β1^t)
 *     v̂ ← v/(1 − β2^t)            with the largest v so far if amsgrad
 *     θ ← θ − γ·m̂/(√v̂ + ε)
 *
 * As in PyTorch, AMSGrad takes the maximum of v before the correction; Reddi et al. leave the correction out.
 *
 * Sources: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, Algorithm 1; Reddi, Kale, Kumar,
 * "On the Convergence of Adam and Beyond", ICLR 2018; Loshchilov, Hutter, "Decoupled Weight Decay Regularization",
 * ICLR 2019; torch.optim.Adam.
 */
export class Adam extends RuleOptimizer<AdamOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @param own defaults of a subclass
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdamOptions>, options: Given<AdamOptions> = {}, own: Partial<AdamOptions> = {}) {
    super(params, options, { ...defaults, ...own }, rule());
  }

  protected override check(options: AdamOptions): void {
    checkAdamLike(options);
  }
}
