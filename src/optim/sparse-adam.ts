import { isSparse, type SparseTensor } from "../tensor/sparse.js";
import { Tensor } from "../tensor/tensor.js";
import { checkBetas } from "./checks.js";
import { Optimizer } from "./optimizer.js";
import { type Given, numbersIn } from "./options.js";
import type { ParamGroup, Params } from "./param-groups.js";
import { checkEntries, readCount, readTensor } from "./read-state.js";

export interface SparseAdamOptions {
  /** Learning rate γ. > 0, default 0.001. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.9, 0.999]. */
  betas: [number, number];
  /** ε keeps the divisor from 0. > 0, default 1e-8. */
  eps: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

export interface SparseAdamState {
  /** Steps in which the tensor had a gradient, even one without rows. */
  step: number;
  expAvg: Tensor;
  expAvgSq: Tensor;
}

const defaults: SparseAdamOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, maximize: false };

/**
 * Adam for gradients of which only some rows are there, those of embeddings with `sparse: true`: only these rows of
 * the parameter and of the averages are touched, and a step costs as much as there are rows.
 *
 *     m ← m + (1 − β1)·(g − m)                             in the rows of g only
 *     v ← v + (1 − β2)·(g² − v)
 *     θ ← θ − γ·√(1 − β2^t)/(1 − β1^t)·m/(√v + ε)
 *
 * The rows that are not there do not decay: this is not Adam with zeros. t counts all steps. As in PyTorch ε is not
 * divided by √(1 − β2^t), as it is in Adam, where the paper does either.
 *
 * Sources: Kingma, Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015; torch.optim.SparseAdam.
 */
export class SparseAdam extends Optimizer<SparseAdamOptions, SparseAdamState> {
  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<SparseAdamOptions> | Tensor, options: Given<SparseAdamOptions> = {}) {
    if (params instanceof Tensor)
      console.warn(
        "Passing in a raw Tensor as ``params`` to SparseAdam is deprecated. In the future, this will raise an error. Please wrap your Tensor in an iterable instead: new SparseAdam([tensor])",
      );
    super(params instanceof Tensor ? [params] : params, options, defaults);
  }

  /** Takes sparse gradients, as in PyTorch. */
  protected override checkSparseGradient(): void {}

  protected override check({ lr, betas, eps }: SparseAdamOptions): void {
    if (typeof lr !== "number" || !(lr > 0))
      throw new RangeError(`Invalid learning rate: ${String(lr)}; lr must be a number > 0`);
    if (typeof eps !== "number" || !(eps > 0))
      throw new RangeError(`Invalid epsilon value: ${String(eps)}; eps must be a number > 0`);
    checkBetas(betas);
  }

  protected override update(): void {
    const all = this.paramGroups.flatMap(({ params }) => params);
    for (const { grad } of all)
      if (grad !== null && !isSparse(grad))
        throw new TypeError(
          "SparseAdam does not support dense gradients, please consider Adam instead. A gradient is sparse when it comes from embedding(…, { sparse: true }) and was not changed since",
        );
    for (const group of this.paramGroups.map(numbersIn))
      for (const parameter of group.params)
        if (parameter.grad !== null)
          this.updateRows(parameter, (parameter.grad as SparseTensor).coalesce(), group);
  }

  private updateRows(
    parameter: Tensor,
    gradient: SparseTensor,
    { lr, betas: [beta1, beta2], eps, maximize }: ParamGroup<SparseAdamOptions>,
  ): void {
    const state = this.state.get(parameter) ?? {
      step: 0,
      expAvg: Tensor.like(parameter),
      expAvgSq: Tensor.like(parameter),
    };
    this.state.set(parameter, state);
    state.step++;
    const stepSize = (lr * Math.sqrt(1 - beta2 ** state.step)) / (1 - beta1 ** state.step);

    const { rows, values } = gradient.entries();
    const width = rows.length === 0 ? 0 : values.length / rows.length;
    const target = parameter.isContiguous() ? parameter : parameter.detach().clone();
    const θ = target.storage.data;
    const m = state.expAvg.storage.data;
    const v = state.expAvgSq.storage.data;
    const sign = maximize ? -1 : 1;
    for (let k = 0; k < rows.length; k++)
      for (let i = 0; i < width; i++) {
        const at = rows[k] * width + i;
        const g = sign * values[k * width + i];
        m[at] += (1 - beta1) * (g - m[at]);
        v[at] += (1 - beta2) * (g * g - v[at]);
        θ[target.offset + at] -= (stepSize * m[at]) / (Math.sqrt(v[at]) + eps);
      }
    if (target !== parameter) parameter.copy_(target);
    else parameter.storage.markChanged();
    state.expAvg.storage.markChanged();
    state.expAvgSq.storage.markChanged();
  }

  protected override readState(
    entry: Record<string, unknown>,
    { shape, dtype }: Tensor,
    _group: ParamGroup<SparseAdamOptions>,
    where: string,
  ): SparseAdamState {
    checkEntries(this.name, where, entry, ["step", "expAvg", "expAvgSq"]);
    return {
      step: readCount(entry.step, `step of ${where}`),
      expAvg: readTensor(entry.expAvg, shape, dtype, `exp_avg of ${where}`),
      expAvgSq: readTensor(entry.expAvgSq, shape, dtype, `exp_avg_sq of ${where}`),
    };
  }
}
