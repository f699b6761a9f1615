import { withGradMode } from "../tensor/autograd/mode.js";
import type { Tensor } from "../tensor/tensor.js";
import { RuleOptimizer } from "./rule-optimizer.js";

/**
 * What the Schedule-Free optimizers share: while training the parameters are at the point where gradients are
 * taken, between the states z and x; the weights to use are x.
 */
export abstract class ScheduleFree<Options extends object> extends RuleOptimizer<Options> {
  private evaluating = false;

  /** β: the parameters are (1 − β)·z + β·x. */
  protected abstract interpolation(group: Options): number;

  /** Put the averaged weights x into the parameters, to use or to save the model. */
  eval(): void {
    if (!this.evaluating) this.fill(() => 1);
    this.evaluating = true;
  }

  /** Put the parameters back to where the training goes on. */
  train(): void {
    if (this.evaluating) this.fill((group) => this.interpolation(group));
    this.evaluating = false;
  }

  /** @throws after `eval()` */
  protected override takeStep<T>(closure: (() => T) | undefined): T | undefined {
    if (this.evaluating)
      throw new Error(`${this.name}: the parameters hold the averaged weights; call train() before step()`);
    return super.takeStep(closure);
  }

  private fill(interpolation: (group: Options) => number): void {
    for (const group of this.paramGroups) {
      const β = interpolation(group);
      for (const parameter of group.params) {
        const state = this.state.get(parameter);
        if (state) withGradMode(this.isDifferentiable, () => parameter.copy_(between(state.z, state.x, β)));
      }
    }
  }
}

/** z + β·(x − z), and x itself where β is 1. */
function between(z: Tensor, x: Tensor, β: number): Tensor {
  return β === 1 ? x : z.add(x.sub(z).mul(β));
}
