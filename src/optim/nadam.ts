import { checkAdamLike, checkAtLeastZero, type Flags } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface NAdamOptions extends Flags {
  /** Learning rate γ: about the size of a step in each coordinate. ≥ 0, default 0.002. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Weight decay λ. ≥ 0, default 0. An L2 penalty in the gradient unless `decoupledWeightDecay`. */
  weightDecay: number;
  /** Momentum decay ψ: how fast the momentum grows towards β1 in the first steps. ≥ 0, default 0.004. */
  momentumDecay: number;
  /** Shrink the weights directly, apart from the gradient, as AdamW does. Default false. */
  decoupledWeightDecay: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: NAdamOptions = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
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
  μ ← β1·(1 − 0.5·0.96^(t·ψ))
  μ_next ← β1·(1 − 0.5·0.96^((t + 1)·ψ))
  P ← 1                         when P is new
  P ← P·μ
  m ← β1·m + (1 − β1)·g
  v ← β2·v + (1 − β2)·g²
  d ← √(v/(1 − β2^t)) + ε
  θ ← θ − γ·(1 − μ)/(1 − P)·g/d − γ·μ_next/(1 − P·μ_next)·m/d
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay", ψ: "momentumDecay" },
    state: { P: "muProduct", m: "expAvg", v: "expAvgSq" },
  },
);

/**
 * NAdam: Adam with Nesterov's momentum. The step looks ahead along the average m, by a momentum μ that grows from
 * β1/2 to β1.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0; θ ← (1 − γ·λ)·θ instead if decoupledWeightDecay
 *     μ ← β1·(1 − ½·0.96^(t·ψ)),  μ′ the same for t + 1
 *     P ← P·μ                     the product of all μ so far
 *     m ← β1·m + (1 − β1)·g
 *     v ← β2·v + (1 − β2)·g²
 *     d ← √(v/(1 − β2^t)) + ε
 *     θ ← θ − γ·(1 − μ)/(1 − P)·g/d − γ·μ′/(1 − P·μ′)·m/d
 *
 * PyTorch before 2.0 had μ twice in the second product; this is the newer formula, which is the paper's. The paper's ψ
 * is 0.004, and fixed.
 *
 * Sources: Dozat, "Incorporating Nesterov Momentum into Adam", ICLR 2016 workshop; torch.optim.NAdam.
 */
export class NAdam extends RuleOptimizer<NAdamOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<NAdamOptions>, options: Given<NAdamOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: NAdamOptions): void {
    checkAdamLike(options);
    checkAtLeastZero("Invalid momentum_decay value", "momentumDecay", options.momentumDecay);
  }
}
