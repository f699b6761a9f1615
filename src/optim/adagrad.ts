import { withGradMode } from "../tensor/autograd/mode.js";
import { getDefaultDtype } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { checkAtLeastZero, type Flags } from "./checks.js";
import { asNumber, type Given } from "./options.js";
import type { ParamGroup, ParamGroupInput, Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface AdagradOptions extends Flags {
  /** Learning rate γ: the size of the first step in each coordinate. ≥ 0, default 0.01. */
  lr: number;
  /** Learning rate decay η: step t is done with γ/(1 + (t − 1)·η). ≥ 0, default 0. */
  lrDecay: number;
  /** L2 penalty λ: adds λ·θ to the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** τ: what the sum of g² starts with. ≥ 0, default 0. */
  initialAccumulatorValue: number;
  /** ε keeps the divisor from 0. ≥ 0, default 1e-10. */
  eps: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: AdagradOptions = {
  lr: 1e-2,
  lrDecay: 0,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  eps: 1e-10,
  maximize: false,
  foreach: null,
  differentiable: false,
  fused: null,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  g ← g + λ·θ                   when λ ≠ 0
  s ← τ                         when s is new
  s ← s + g²
  θ ← θ − γ/(1 + (t − 1)·η)·g/(√s + ε)
  `,
  defaults,
  {
    options: { γ: "lr", η: "lrDecay", λ: "weightDecay", τ: "initialAccumulatorValue", ε: "eps" },
    state: { s: "sum" },
  },
);

/**
 * Adagrad: each coordinate's gradient is divided by the root of the sum of all its squares so far, so that rare
 * features get large steps. The sum only grows, and so the steps shrink.
 *
 *     s ← τ                       before the first step
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0
 *     s ← s + g²
 *     θ ← θ − γ/(1 + (t − 1)·η)·g/(√s + ε)
 *
 * The learning rate decay η is not in the paper. As in PyTorch the state is there from the beginning, other optimizers
 * create theirs in the first step; but τ may differ from group to group, where PyTorch takes that of the constructor.
 *
 * Sources: Duchi, Hazan, Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR
 * 2011; torch.optim.Adagrad.
 */
export class Adagrad extends RuleOptimizer<AdagradOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdagradOptions>, options: Given<AdagradOptions> = {}) {
    super(params, options, defaults, rule());
  }

  override addParamGroup(group: ParamGroupInput<AdagradOptions>): void {
    super.addParamGroup(group);
    const { params, initialAccumulatorValue } = this.paramGroups.at(-1)!;
    withGradMode(this.isDifferentiable, () => {
      for (const parameter of params)
        this.state.set(parameter, {
          step: Tensor.zeros([], getDefaultDtype()),
          sum: Tensor.like(parameter).add_(initialAccumulatorValue),
        });
    });
  }

  /** Takes sparse gradients, as in PyTorch, but not beside weight decay, which concerns all rows. */
  protected override checkSparseGradient({ weightDecay }: ParamGroup<AdagradOptions>): void {
    if (asNumber(weightDecay) !== 0)
      throw new RangeError("weight_decay option is not compatible with sparse gradients");
  }

  protected override check(options: AdagradOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", options.lr);
    checkAtLeastZero("Invalid lr_decay value", "lrDecay", options.lrDecay);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", options.weightDecay);
    checkAtLeastZero(
      "Invalid initial_accumulator_value value",
      "initialAccumulatorValue",
      options.initialAccumulatorValue,
    );
    checkAtLeastZero("Invalid epsilon value", "eps", options.eps);
  }
}
