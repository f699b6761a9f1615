import { checkAtLeastZero, type Differentiable } from "./checks.js";
import type { Given } from "./options.js";
import type { Params } from "./param-groups.js";
import { lazyRule, type Rule } from "./rule/rule.js";
import { ScheduleFree } from "./schedule-free.js";

export interface SGDScheduleFreeOptions extends Differentiable {
  /** Learning rate γ. ≥ 0, default 1; larger than for SGD. */
  lr: number;
  /** β: where between z and x the gradient is taken. In (0, 1), default 0.9. */
  momentum: number;
  /** L2 penalty λ at the point of the gradient: adds λ·θ to it. ≥ 0, default 0. */
  weightDecay: number;
  /** W: the learning rate grows linearly over the first W steps. ≥ 0, default 0. */
  warmupSteps: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: SGDScheduleFreeOptions = {
  lr: 1,
  momentum: 0.9,
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
  g ← g + λ·θ                   when λ ≠ 0
  η ← γ                         when W = 0
  η ← γ·min(1, t/W)             otherwise
  z ← z − η·g
  w ← w + η²
  c ← η²/w                      when w > 0
  c ← 0                         otherwise
  x ← (1 − c)·x + c·z
  θ ← (1 − β)·z + β·x
  `,
  defaults,
  {
    options: { γ: "lr", β: "momentum", λ: "weightDecay", W: "warmupSteps" },
    state: { z: "z", x: "x", w: "weightSum" },
  },
);

/**
 * Schedule-Free SGD: no learning rate schedule, and no need to know when the training ends. z goes by plain gradient
 * descent, x is the average of the z, and the gradient is taken at the point θ between them.
 *
 *     z, x ← θ                    before the first step
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     g ← g + λ·θ                 if weightDecay λ ≠ 0
 *     η ← γ·min(1, t/W)           γ without warm-up
 *     z ← z − η·g
 *     c ← η²/Ση²
 *     x ← (1 − c)·x + c·z
 *     θ ← (1 − β)·z + β·x
 *
 * The trained weights are x: call `eval()` before the model is used, `train()` before the training goes on.
 *
 * Source: Defazio, Yang, Mehta, Mishchenko, Khaled, Cutkosky, "The Road Less Scheduled", NeurIPS 2024, equations 3 to 5;
 * the warm-up and the weights η² of the average are from its section 4.
 */
export class SGDScheduleFree extends ScheduleFree<SGDScheduleFreeOptions> {
  static get rule(): Rule {
    return rule();
  }

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<SGDScheduleFreeOptions>, options: Given<SGDScheduleFreeOptions> = {}) {
    super(params, options, defaults, rule());
  }

  protected override check({ lr, momentum, weightDecay, warmupSteps }: SGDScheduleFreeOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    if (typeof momentum !== "number" || !(momentum > 0 && momentum < 1))
      throw new RangeError(
        `Invalid momentum value: ${String(momentum)}; momentum must be a number in (0, 1)`,
      );
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
    checkAtLeastZero("Invalid warmup_steps value", "warmupSteps", warmupSteps);
  }

  protected override interpolation({ momentum }: SGDScheduleFreeOptions): number {
    return momentum;
  }
}
