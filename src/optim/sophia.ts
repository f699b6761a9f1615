import { withGradMode } from "../tensor/autograd/mode.js";
import { getDefaultDtype } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { checkAdamLike, checkAtLeastZero, type Differentiable } from "./checks.js";
import type { ParameterState } from "./optimizer.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { RuleOptimizer } from "./rule-optimizer.js";

export interface SophiaGOptions extends Differentiable {
  /** Learning rate γ: the largest step in each coordinate. ≥ 0, default 1e-4. */
  lr: number;
  /** β1, β2: how much the running averages of g and of the Hessian keep. In [0, 1), default [0.96, 0.99]. */
  betas: [number, number];
  /** ρ (the paper's γ): a smaller one cuts more steps off. ≥ 0, default 0.05. */
  rho: number;
  /** ε: the least divisor. ≥ 0, default 1e-12. */
  eps: number;
  /** Decoupled weight decay λ. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: SophiaGOptions = {
  lr: 1e-4,
  betas: [0.96, 0.99],
  rho: 0.05,
  eps: 1e-12,
  weightDecay: 0,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  m ← β1·m + (1 − β1)·g
  θ ← θ − γ·λ·θ                 when λ ≠ 0
  θ ← θ − γ·min(max(m/max(ρ·h, ε), −1), 1)
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", ρ: "rho", ε: "eps", λ: "weightDecay" },
    state: { t: "step", m: "expAvg", h: "hessian" },
  },
);

/**
 * Sophia: the average gradient divided by the curvature of each coordinate, and cut off where that is too far. The
 * curvature h, the diagonal of the Hessian, is an average of estimates that are given every ten steps or so.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     h ← β2·h + (1 − β2)·ĥ       when an estimate ĥ is given with `updateHessian`
 *     m ← β1·m + (1 − β1)·g
 *     θ ← θ − γ·λ·θ               if weightDecay λ ≠ 0
 *     θ ← θ − γ·clip(m/max(ρ·h, ε), 1)
 *
 * As long as no estimate was given, h is 0 and every step is ±γ.
 *
 * Source: Liu, Li, Hall, Liang, Ma, "Sophia: A Scalable Stochastic Second-order Optimizer for Language Model
 * Pre-training", ICLR 2024, Algorithm 3; the estimates are Algorithm 1 (Hutchinson) and 2 (Gauss-Newton-Bartlett).
 */
export class SophiaG extends RuleOptimizer<SophiaGOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<SophiaGOptions>, options: Given<SophiaGOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: SophiaGOptions): void {
    checkAdamLike(options);
    checkAtLeastZero("Invalid rho value", "rho", options.rho);
  }

  /**
   * Give a new estimate of the Hessian's diagonal.
   *
   * @param estimate the size B of the batch, when the gradients are those of the mean loss with labels drawn from
   * the model's own predictions: ĥ = B·g² (Gauss-Newton-Bartlett). Or a tensor for each parameter in order, null
   * where there is none, such as u·(∇²f u) for random u = ±1 (Hutchinson).
   * @throws before anything is changed, if an estimate does not fit its parameter
   */
  updateHessian(estimate: number | readonly (Tensor | null)[]): void {
    const parameters = this.paramGroups.flatMap(({ params, betas }) =>
      params.map((parameter) => ({ parameter, keep: betas[1] })),
    );
    if (
      typeof estimate === "number"
        ? !(estimate > 0)
        : !Array.isArray(estimate) || estimate.length !== parameters.length
    )
      throw new RangeError(
        `updateHessian: the batch size, or ${parameters.length} estimates (one for each parameter), but got ${Array.isArray(estimate) ? estimate.length : String(estimate)}`,
      );
    const updates = parameters.flatMap(({ parameter, keep }, k) => {
      const given = typeof estimate === "number" ? parameter.grad : estimate[k];
      if (given === null) return [];
      if (given.shape.join() !== parameter.shape.join())
        throw new RangeError(
          `updateHessian: estimate ${k} has shape [${given.shape.join(", ")}], but the parameter has [${parameter.shape.join(", ")}]`,
        );
      return [{ parameter, keep, given }];
    });
    withGradMode(this.isDifferentiable, () => {
      for (const { parameter, keep, given } of updates) {
        const state = this.stateOf(parameter);
        const h = (typeof estimate === "number" ? given.square().mul(estimate) : given).to(parameter.dtype);
        state.hessian = h.add(state.hessian.sub(h).mul(keep));
      }
    });
  }

  private stateOf(parameter: Tensor): ParameterState {
    const known = this.state.get(parameter);
    if (known) return known;
    const state: ParameterState = {
      step: Tensor.zeros([], getDefaultDtype()),
      expAvg: Tensor.like(parameter),
      hessian: Tensor.like(parameter),
    };
    this.state.set(parameter, state);
    return state;
  }
}
