import { Adam, type AdamOptions } from "./adam.js";
import type { Given } from "./options.js";
import type { ParamGroup, Params } from "./param-groups.js";

const defaults: Partial<AdamOptions> = { weightDecay: 1e-2, decoupledWeightDecay: true };

/**
 * Adam with decoupled weight decay: the weights shrink by the factor 1 − γ·λ in each step, whatever the gradient's
 * averages are. It is `Adam` with `decoupledWeightDecay: true` and λ = 0.01 unless said otherwise.
 *
 *     g ← ∇f(θ)
 *     g ← −g                      if maximize
 *     θ ← (1 − γ·λ)·θ
 *     m ← β1·m + (1 − β1)·g
 *     v ← β2·v + (1 − β2)·g²
 *     m̂ ← m/(1 − β1^t)
 *     v̂ ← v/(1 − β2^t)            with the largest v so far if amsgrad
 *     θ ← θ − γ·m̂/(√v̂ + ε)
 *
 * The paper's λ is not multiplied by the learning rate γ (only by the schedule's factor); here as in PyTorch it is.
 * A state dict of Adam may be loaded: the decay stays decoupled. (Adam that loads one of AdamW takes the decoupling
 * over.)
 *
 * Sources: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, Algorithm 2; torch.optim.AdamW.
 */
export class AdamW extends Adam {
  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdamOptions>, options: Given<AdamOptions> = {}) {
    super(params, options, defaults);
  }

  protected override completeLoaded(group: ParamGroup<AdamOptions>): void {
    group.decoupledWeightDecay = true;
  }
}
