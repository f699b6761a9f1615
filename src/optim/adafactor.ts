import { getDefaultDtype } from "../tensor/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import type { Flags } from "./checks.js";
import { Optimizer, type ParameterState } from "./optimizer.js";
import { type Given, numbersIn } from "./options.js";
import type { ParamGroup, Params } from "./param-groups.js";
import { checkEntries, readCount, readTensor } from "./read-state.js";

export interface AdafactorOptions extends Pick<Flags, "foreach"> {
  /** The largest relative step ρ. ≥ 0, default 0.01. */
  lr: number;
  /** τ: the averages of g² take in t^τ of the new. ≤ 0, default −0.8. */
  beta2Decay: number;
  /** ε1 keeps the averages from 0; null stands for the machine precision of the dtype. ε2 is the smallest size that a parameter counts as having. Default [null, 0.001]. */
  eps: [number | null, number];
  /** d: an update whose root mean square is larger is scaled down to it. ≥ 1, default 1. */
  d: number;
  /** Weight decay λ, apart from the gradient. ≥ 0, default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

const defaults: AdafactorOptions = {
  lr: 1e-2,
  beta2Decay: -0.8,
  eps: [null, 1e-3],
  d: 1,
  weightDecay: 0,
  foreach: null,
  maximize: false,
};

/** The distance from 1 to the next number. */
const machinePrecision = { float32: 2 ** -23, float64: 2 ** -52 };

/**
 * Adafactor: like Adam without momentum, but of the averages of g² it keeps those of the rows and of the columns only:
 * n + m numbers for a matrix of n·m. The step is relative to the size of the parameter.
 *
 *     ρ ← min(lr, 1/√t),  α ← max(ε2, RMS(θ))·ρ
 *     θ ← θ − lr·λ·θ
 *     R ← R + t^τ·(mean of g² along the last dimension − R)       matrices, and stacks of them
 *     C ← C + t^τ·(mean of g² along the one before − C)
 *     V ← R·C / max(mean of R, ε1)
 *     V ← V + t^τ·(g² − V)                                        vectors
 *     u ← g/√max(V, ε1²)
 *     θ ← θ − α·u / max(1, RMS(u)/d)
 *
 * As in PyTorch, lr bounds the relative step, where the paper has 0.01; ε1 takes its place differently (the paper adds
 * it to g²); and α is computed before the decay.
 *
 * Sources: Shazeer, Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", ICML 2018, algorithms 4
 * and 5; torch.optim.Adafactor.
 */
export class Adafactor extends Optimizer<AdafactorOptions> {
  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range
   */
  constructor(params: Params<AdafactorOptions>, options: Given<AdafactorOptions> = {}) {
    super(params, options, defaults);
  }

  protected override check({ lr, beta2Decay, eps, d, weightDecay }: AdafactorOptions): void {
    const refuse = (what: string, right: boolean, value: unknown): void => {
      if (!right) throw new RangeError(`${what} but is: ${String(value)}`);
    };
    const number = (value: unknown): value is number => typeof value === "number";
    refuse("Learning rate should be >= 0", number(lr) && lr >= 0, lr);
    refuse("beta2_decay should be <= 0", number(beta2Decay) && beta2Decay <= 0, beta2Decay);
    refuse("eps should be two numbers, of which the first may be null,", isPair(eps), eps);
    refuse("epsilon1 should be >= 0", eps[0] === null || (number(eps[0]) && eps[0] >= 0), eps[0]);
    refuse("epsilon2 should be >= 0", number(eps[1]) && eps[1] >= 0, eps[1]);
    refuse("Clipping threshold d should be >= 1", number(d) && d >= 1, d);
    refuse("weight_decay should be >= 0", number(weightDecay) && weightDecay >= 0, weightDecay);
  }

  protected override update(): void {
    for (const group of this.paramGroups.map(numbersIn))
      for (const parameter of group.params)
        if (parameter.grad !== null) this.updateParameter(parameter, group);
  }

  private updateParameter(parameter: Tensor, group: ParamGroup<AdafactorOptions>): void {
    const { lr, beta2Decay, d, weightDecay, maximize } = group;
    const gradient = maximize ? parameter.grad!.neg() : parameter.grad!;
    const state = this.stateOf(parameter);
    state.step.add_(1);
    const t = state.step.item();
    const weight = t ** beta2Decay;
    const eps1 = group.eps[0] ?? machinePrecision[parameter.dtype as "float32" | "float64"];

    const relativeStep = Math.min(lr, 1 / Math.sqrt(t));
    const stepSize = Math.max(group.eps[1], rootMeanSquare(parameter)) * relativeStep;
    if (weightDecay !== 0) parameter.mul_(1 - lr * weightDecay);

    const square = gradient.square();
    let variance: Tensor;
    if (state.variance === undefined) {
      approach(state.rowVar, square.mean(-1, true), weight);
      approach(state.colVar, square.mean(-2, true), weight);
      variance = state.rowVar.matmul(state.colVar).div(state.rowVar.mean(-2, true).clamp({ min: eps1 }));
    } else variance = approach(state.variance, square, weight);
    const update = gradient.div(variance.clamp({ min: eps1 * eps1 }).sqrt());
    const denominator = Math.max(1, rootMeanSquare(update) / d);
    parameter.sub_(update.mul(stepSize / denominator));
  }

  private stateOf(parameter: Tensor): ParameterState {
    let state = this.state.get(parameter);
    if (state === undefined) {
      state = { step: Tensor.zeros([], getDefaultDtype()) };
      for (const [name, shape] of Object.entries(shapesOf(parameter)))
        state[name] = Tensor.zeros(shape, parameter.dtype);
      this.state.set(parameter, state);
    }
    return state;
  }

  protected override readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    _group: ParamGroup<AdafactorOptions>,
    where: string,
  ): ParameterState {
    const shapes = shapesOf(parameter);
    checkEntries(this.name, where, entry, ["step", ...Object.keys(shapes)]);
    const state: ParameterState = {
      step: Tensor.full([], readCount(entry.step, `step of ${where}`), getDefaultDtype()),
    };
    for (const [name, shape] of Object.entries(shapes))
      state[name] = readTensor(entry[name], shape, parameter.dtype, `${name} of ${where}`);
    return state;
  }
}

/** The averages of g² that are kept: of rows and columns, or of every element. */
function shapesOf({ shape }: Tensor): Record<string, number[]> {
  if (shape.length < 2) return { variance: [...shape] };
  return { rowVar: [...shape.slice(0, -1), 1], colVar: [...shape.slice(0, -2), 1, shape.at(-1) as number] };
}

/** average ← average + weight·(value − average) */
function approach(average: Tensor, value: Tensor, weight: number): Tensor {
  return average.add_(value.sub(average).mul_(weight));
}

function rootMeanSquare(tensor: Tensor): number {
  return tensor.numel() === 0 ? 0 : Math.sqrt(tensor.detach().square().mean().item());
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2;
}
