import { checkAtLeastZero, type Flags, isPair, listed } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface RpropOptions extends Flags {
  /** Learning rate γ: the first step in each coordinate. ≥ 0, default 0.01. */
  lr: number;
  /** η₋, η₊: factors of the step where the gradient's sign changed and where it stayed. 0 < η₋ < 1 < η₊, default [0.5, 1.2]. */
  etas: [number, number];
  /** Γ_min, Γ_max: the smallest and the largest step. Default [1e-6, 50]. */
  stepSizes: [number, number];
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: RpropOptions = {
  lr: 1e-2,
  etas: [0.5, 1.2],
  stepSizes: [1e-6, 50],
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  s ← γ                         when s is new
  c ← g·p
  when c > 0:
    s ← min(max(s·η_plus, Γ_min), Γ_max)
  otherwise when c < 0:
    s ← min(max(s·η_minus, Γ_min), Γ_max)
    g ← 0
  s ← min(max(s, Γ_min), Γ_max) otherwise
  θ ← θ − sign(g)·s
  p ← g
  `,
  defaults,
  {
    options: {
      γ: "lr",
      η_minus: "etas[0]",
      η_plus: "etas[1]",
      Γ_min: "stepSizes[0]",
      Γ_max: "stepSizes[1]",
    },
    state: { t: "step", p: "prev", s: "stepSize" },
  },
);

/**
 * Rprop: only the signs of the gradient count. Each coordinate has a step size of its own, which grows while the sign
 * stays and shrinks when it changes, for then the step was too long.
 *
 *     s ← γ                       before the first step
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     s ← s·η₊                    where g·p > 0 (p is the gradient before)
 *     s ← s·η₋,  g ← 0            where g·p < 0
 *     s ← min(max(s, Γ_min), Γ_max)
 *     θ ← θ − sign(g)·s
 *     p ← g
 *
 * For whole batches only: mini-batches' gradients change their signs by chance. As in PyTorch a step after which the
 * sign changed is not taken back, which the paper does (this variant is known as iRprop⁻). No weight decay.
 *
 * Sources: Riedmiller, Braun, "A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP Algorithm", ICNN
 * 1993; Igel, Hüsken, "Improving the Rprop Learning Algorithm", NC 2000; torch.optim.Rprop.
 */
export class Rprop extends RuleOptimizer<RpropOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<RpropOptions>, options: Given<RpropOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, etas, stepSizes }: RpropOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    if (!isPair(etas) || !(0 < etas[0] && etas[0] < 1 && 1 < etas[1]))
      throw new RangeError(
        `Invalid eta values: ${listed(etas)}; etas must be two numbers with 0 < η₋ < 1 < η₊, such as [0.5, 1.2]`,
      );
    if (!isPair(stepSizes) || !(stepSizes[0] <= stepSizes[1]))
      throw new RangeError(
        `Invalid step sizes: ${listed(stepSizes)}; stepSizes must be two numbers, the smallest and the largest step`,
      );
  }
}
