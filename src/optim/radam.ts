import { checkAdamLike, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface RAdamOptions extends Flags {
  /** Learning rate γ: about the size of a step in each coordinate. ≥ 0, default 0.001. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Weight decay λ. ≥ 0, default 0. An L2 penalty in the gradient unless `decoupledWeightDecay`. */
  weightDecay: number;
  /** Shrink the weights directly, apart from the gradient, as AdamW does. Default false. */
  decoupledWeightDecay: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: RAdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  decoupledWeightDecay: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
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
  ρ_max ← 2/(1 − β2) − 1
  ρ ← ρ_max − 2·t·β2^t/(1 − β2^t)
  when ρ > 5:
    r ← √((ρ − 4)·(ρ − 2)·ρ_max/((ρ_max − 4)·(ρ_max − 2)·ρ))
    θ ← θ − γ·r·m̂·√(1 − β2^t)/(√v + ε)
  θ ← θ − γ·m̂                   otherwise
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay" },
    state: { m: "expAvg", v: "expAvgSq" },
  },
);

/**
 * RAdam: Adam that does not divide by √v while too few steps have been done for v to be known well (the first five
 * with the default betas), and then only as far as v can be trusted: the factor r goes to 1.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0; θ ← (1 − γ·λ)·θ instead if decoupledWeightDecay
 *     m ← β1·m + (1 − β1)·g
 *     v ← β2·v + (1 − β2)·g²
 *     m̂ ← m/(1 − β1^t)
 *     ρ_max ← 2/(1 − β2) − 1
 *     ρ ← ρ_max − 2·t·β2^t/(1 − β2^t)
 *     if ρ > 5:
 *       r ← √((ρ − 4)·(ρ − 2)·ρ_max/((ρ_max − 4)·(ρ_max − 2)·ρ))
 *       θ ← θ − γ·r·m̂·√(1 − β2^t)/(√v + ε)
 *     θ ← θ − γ·m̂                 otherwise
 *
 * The paper asks ρ > 4; PyTorch, like the authors' own code, 5. ε stands next to the uncorrected √v, other than in Adam.
 *
 * Sources: Liu, Jiang, He, Chen, Liu, Gao, Han, "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020,
 * Algorithm 2; torch.optim.RAdam.
 */
export class RAdam extends RuleOptimizer<RAdamOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<RAdamOptions>, options: Given<RAdamOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: RAdamOptions): void {
    checkAdamLike(options);
  }
}
