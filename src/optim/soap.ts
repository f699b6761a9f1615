import { Tensor } from "../tensor/tensor.js";
import { checkAtLeastZero, checkBetas } from "./checks.js";
import { eigenvectors, layout, nearerEigenvectors, outerProduct, rotate, rotateBack } from "./eigenbasis.js";
import { Optimizer } from "./optimizer.js";
import { type Given, numbersIn } from "./options.js";
import type { ParamGroup, Params } from "./param-groups.js";
import { checkEntries, readCount, readTensor, readTensors } from "./read-state.js";
import { snakeCase } from "./state-dict.js";

export interface SOAPOptions {
  /** Learning rate η. ≥ 0, default 0.003. */
  lr: number;
  /** β1, β2: how much the running averages of g and g² keep in each step. In [0, 1), default [0.95, 0.95]. */
  betas: [number, number];
  /** How much L and R keep in each step. In [0, 1); default −1, which stands for β2. */
  shampooBeta: number;
  /** ε keeps the divisor from 0. ≥ 0, default 1e-8. */
  eps: number;
  /** Decoupled weight decay λ. ≥ 0, default 0.01. */
  weightDecay: number;
  /** f: the bases follow L and R in every f-th step. ≥ 1, default 10. */
  preconditionFrequency: number;
  /** Dimensions of a larger size are not rotated. ≥ 1, default 10,000. */
  maxPrecondDim: number;
  /** Take neighbouring dimensions as one where that is no larger than `maxPrecondDim`. Default false. */
  mergeDims: boolean;
  /** Rotate vectors as well: without it, they are updated as Adam does. Default false. */
  precondition1d: boolean;
  /** Divide each parameter's step by its root mean square. Default false. */
  normalizeGrads: boolean;
  /** Make up for averages that start at 0, as Adam does. Default true. */
  correctBias: boolean;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

export interface SOAPState {
  /** Updates so far: one less than gradients, of which the first only makes the bases. */
  step: number;
  /** M′ and V, in the coordinates of the bases. */
  expAvg: Tensor;
  expAvgSq: Tensor;
  /** L, R, … and their eigenvectors: one for each dimension, empty where it is not rotated. */
  GG: Tensor[];
  Q: Tensor[];
}

const defaults: SOAPOptions = {
  lr: 3e-3,
  betas: [0.95, 0.95],
  shampooBeta: -1,
  eps: 1e-8,
  weightDecay: 0.01,
  preconditionFrequency: 10,
  maxPrecondDim: 10_000,
  mergeDims: false,
  precondition1d: false,
  normalizeGrads: false,
  correctBias: true,
  maximize: false,
};

/**
 * SOAP: Adam in the coordinates in which Shampoo's preconditioner is diagonal. Those are the eigenvectors Q_L, Q_R of
 * the running averages L, R of G·Gᵀ and Gᵀ·G; of a tensor with more dimensions, each has its own.
 *
 *     G′ ← Q_Lᵀ·G·Q_R
 *     M ← β1·M + (1 − β1)·G       kept as M′ = Q_Lᵀ·M·Q_R
 *     V ← β2·V + (1 − β2)·G′²
 *     N′ ← M′/(√V + ε)
 *     W ← W − η·√(1 − β2^t)/(1 − β1^t)·Q_L·N′·Q_Rᵀ
 *     W ← (1 − η·λ)·W
 *     L ← β2·L + (1 − β2)·G·Gᵀ
 *     R ← β2·R + (1 − β2)·Gᵀ·G
 *     Q_L, Q_R ← QR(L·Q_L), QR(R·Q_R)      in every f-th step, by falling eigenvalues; V is put into the same order
 *
 * As in the authors' code, from which the options and their defaults are: the first gradient moves nothing, but makes
 * L, R and their eigenvectors, so that no gradient is seen in a basis made of itself; ε is not corrected for the bias;
 * the order of eigenvalues, the decay and a beta of L and R apart from β2 are not in the paper. `normalizeGrads`
 * divides by the root mean square before η.
 *
 * Source: Vyas, Morwani, Zhao, Shapira, Brandfonbrener, Janson, Kakade, "SOAP: Improving and Stabilizing Shampoo using
 * Adam", ICLR 2025, algorithms 3 and 4; github.com/nikhilvyas/SOAP.
 */
export class SOAP extends Optimizer<SOAPOptions, SOAPState> {
  /**
   * @param params tensors of any shape, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<SOAPOptions>, options: Given<SOAPOptions> = {}) {
    super(params, options, defaults);
  }

  protected override check(options: SOAPOptions): void {
    const { lr, betas, shampooBeta, eps, weightDecay } = options;
    checkAtLeastZero("Invalid learning rate", "lr", lr);
    checkBetas(betas);
    if (typeof shampooBeta !== "number" || !(shampooBeta < 1))
      throw new RangeError(
        `Invalid shampoo_beta value: ${String(shampooBeta)}; shampooBeta must be in [0, 1), or −1 for that of betas`,
      );
    checkAtLeastZero("Invalid epsilon value", "eps", eps);
    checkAtLeastZero("Invalid weight_decay value", "weightDecay", weightDecay);
    for (const name of ["preconditionFrequency", "maxPrecondDim"] as const)
      if (!Number.isInteger(options[name]) || options[name] < 1)
        throw new RangeError(
          `Invalid ${snakeCase(name)} value: ${String(options[name])}; ${name} must be an integer ≥ 1`,
        );
  }

  protected override update(): void {
    for (const group of this.paramGroups.map(numbersIn))
      for (const parameter of group.params)
        if (parameter.grad !== null) this.updateParameter(parameter, group);
  }

  private updateParameter(parameter: Tensor, group: ParamGroup<SOAPOptions>): void {
    const { shape } = layout(parameter.shape, group);
    const gradient = (group.maximize ? parameter.grad!.neg() : parameter.grad!).reshape(shape);
    let state = this.state.get(parameter);
    if (state === undefined) {
      state = startOf(parameter, group);
      this.state.set(parameter, state);
      follow(state, gradient, group);
      state.Q = state.GG.map((matrix) => (matrix.numel() === 0 ? matrix : eigenvectors(matrix)));
      return;
    }
    state.step++;
    const [beta1, beta2] = group.betas;
    const rotated = rotate(gradient, state.Q).reshape(parameter.shape);
    const average = state.expAvg.mul_(beta1).add_(rotated.mul(1 - beta1));
    const square = state.expAvgSq.mul_(beta2).add_(rotated.square().mul(1 - beta2));
    let direction = rotateBack(average.div(square.sqrt().add(group.eps)).reshape(shape), state.Q);
    if (group.normalizeGrads) direction = direction.div(direction.square().mean().sqrt().add(1e-30));
    const correction = group.correctBias ? Math.sqrt(1 - beta2 ** state.step) / (1 - beta1 ** state.step) : 1;
    parameter.sub_(direction.reshape(parameter.shape).mul(group.lr * correction));
    parameter.mul_(1 - group.lr * group.weightDecay);

    follow(state, gradient, group);
    if (state.step % group.preconditionFrequency === 0) turnBases(state, shape);
  }

  protected override readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    group: ParamGroup<SOAPOptions>,
    where: string,
  ): SOAPState {
    // The authors' code writes two of the group's options into every state.
    const more = ["preconditionFrequency", "shampooBeta"];
    checkEntries(this.name, where, entry, ["step", "expAvg", "expAvgSq", "GG", "Q"], more);
    const { dtype } = parameter;
    const shapes = startOf(parameter, group).GG.map(({ shape }) => shape);
    return {
      step: readCount(entry.step, `step of ${where}`),
      expAvg: readTensor(entry.expAvg, parameter.shape, dtype, `exp_avg of ${where}`),
      expAvgSq: readTensor(entry.expAvgSq, parameter.shape, dtype, `exp_avg_sq of ${where}`),
      GG: readTensors(entry.GG, shapes, dtype, `GG of ${where}`),
      Q: readTensors(entry.Q, shapes, dtype, `Q of ${where}`),
    };
  }
}

function startOf(parameter: Tensor, group: SOAPOptions): SOAPState {
  const { shape, rotates } = layout(parameter.shape, group);
  const GG = shape.map((size, dim) => Tensor.zeros(rotates[dim] ? [size, size] : [0], parameter.dtype));
  return { step: 0, expAvg: Tensor.like(parameter), expAvgSq: Tensor.like(parameter), GG, Q: [] };
}

/** Take the gradient into L and R. */
function follow({ GG }: SOAPState, gradient: Tensor, { shampooBeta, betas }: SOAPOptions): void {
  const weight = 1 - (shampooBeta >= 0 ? shampooBeta : betas[1]);
  for (const [dim, matrix] of GG.entries())
    if (matrix.numel() > 0) matrix.lerp_(outerProduct(gradient, dim), weight);
}

/** Turn the bases towards the eigenvectors of L and R as they are now, and the averages with them. */
function turnBases(state: SOAPState, shape: readonly number[]): void {
  const average = rotateBack(state.expAvg.reshape(shape), state.Q);
  let square = state.expAvgSq.reshape(shape);
  state.Q = state.Q.map((earlier, dim) => {
    if (earlier.numel() === 0) return earlier;
    const { order, basis } = nearerEigenvectors(state.GG[dim], earlier);
    square = square.indexSelect(dim, order);
    return basis;
  });
  state.expAvg = rotate(average, state.Q).reshape(state.expAvg.shape).contiguous();
  state.expAvgSq = square.reshape(state.expAvgSq.shape).contiguous();
}
