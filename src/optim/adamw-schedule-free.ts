import { checkAdamLike, checkAtLeastZero, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { ScheduleFree } from "./schedule-free.js";

export interface AdamWScheduleFreeOptions extends Differentiable {
  /** Learning rate γ: about the size of a step in each coordinate. ≥ 0, default 0.0025. */
  lr: number;
  /** β1: where between z and x the gradient is taken; β2: how much the average of g² keeps. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Decoupled weight decay λ. ≥ 0, default 0. */
  weightDecay: number;
  /** W: the learning rate grows linearly over the first W steps. ≥ 0, default 0. */
  warmupSteps: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: AdamWScheduleFreeOptions = {
  lr: 2.5e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  warmupSteps: 0,
  maximize: false,
  differentiable: false,
};

const rule = lazyRule(
  `
  g ← −g                        when maximize
  z ← θ                         when z is new
  x ← θ                         when x is new
  v ← β2·v + (1 − β2)·g²
  v̂ ← v/(1 − β2^t)
  η ← γ                         when W = 0
  η ← γ·min(1, t/W)             otherwise
  z ← z − η·(g/(√v̂ + ε) + λ·θ)
  w ← w + η²
  c ← η²/w                      when w > 0
  c ← 0                         otherwise
  x ← (1 − c)·x + c·z
  θ ← (1 − β1)·z + β1·x
  `,
  defaults,
  {
    options: { γ: "lr", β1: "betas[0]", β2: "betas[1]", ε: "eps", λ: "weightDecay", W: "warmupSteps" },
    state: { z: "z", x: "x", v: "expAvgSq", w: "weightSum" },
  },
);

/**
 * Schedule-Free AdamW: no learning rate schedule, and no need to know when the training ends. z goes by Adam's steps
 * without momentum, x is the average of the z, and the gradient is taken at the point θ between them.
 *
 *     z, x ← θ                    before the first step
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     v ← β2·v + (1 − β2)·g²
 *     η ← γ·min(1, t/W)           γ without warm-up
 *     z ← z − η·(g/(√(v/(1 − β2^t)) + ε) + λ·θ)
 *     c ← η²/Ση²
 *     x ← (1 − c)·x + c·z
 *     θ ← (1 − β1)·z + β1·x
 *
 * The trained weights are x: call `eval()` before the model is used, `train()` before the training goes on. The paper
 * has √(1 − β2^t) in η; dividing v as here, like the authors' code, differs in how ε counts and in the weights η².
 *
 * Source: Defazio, Yang, Mehta, Mishchenko, Khaled, Cutkosky, "The Road Less Scheduled", NeurIPS 2024, Algorithm 1.
 */
export class AdamWScheduleFree extends ScheduleFree<AdamWScheduleFreeOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdamWScheduleFreeOptions>, options: Given<AdamWScheduleFreeOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check(options: AdamWScheduleFreeOptions): void {
    checkAdamLike(options);
    checkAtLeastZero("Invalid warmup_steps value", "warmupSteps", options.warmupSteps);
  }

  protected override interpolation({ betas }: AdamWScheduleFreeOptions): number {
    return betas[0];
  }
}
