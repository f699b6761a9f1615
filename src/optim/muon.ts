import { Tensor } from "../tensor/tensor.js";
import { Optimizer, type ParameterState } from "./optimizer.js";
import { type Given, numbersIn } from "./options.js";
import type { ParamGroup, ParamGroupInput, Params } from "./param-groups.js";
import { checkEntries, readTensor } from "./read-state.js";

export interface MuonOptions {
  /** Learning rate. ≥ 0, default 0.001. */
  lr: number;
  /** Weight decay λ, apart from the gradient. ≥ 0, default 0.1. */
  weightDecay: number;
  /** μ: how much of the running average of g is kept. ≥ 0, default 0.95. */
  momentum: number;
  /** Look ahead along the momentum (Nesterov). Default true. */
  nesterov: boolean;
  /** a, b, c of the Newton–Schulz iteration. Default [3.4445, −4.775, 2.0315]. */
  nsCoefficients: [number, number, number];
  /** Keeps the norm by which the matrix is divided from 0. Default 1e-7. */
  eps: number;
  /** Steps of the iteration, below 100; default 5. */
  nsSteps: number;
  /** How the shape of the matrix enters the learning rate; null is "original". */
  adjustLrFn: "original" | "match_rms_adamw" | "spectral_unclamped" | null;
  /** In what the iteration is computed: rounded to bfloat16, as PyTorch does it, or in the parameter's own dtype, which is faster here and more exact. Default "bfloat16". */
  nsDtype: "bfloat16" | "param";
}

const defaults: MuonOptions = {
  lr: 1e-3,
  weightDecay: 0.1,
  momentum: 0.95,
  nesterov: true,
  nsCoefficients: [3.4445, -4.775, 2.0315],
  eps: 1e-7,
  nsSteps: 5,
  adjustLrFn: null,
  nsDtype: "bfloat16",
};

/** Factors of the learning rate for a matrix of n rows and m columns. */
const adjustments: Readonly<Record<string, (n: number, m: number) => number>> = {
  original: (n, m) => Math.sqrt(Math.max(1, n / m)),
  match_rms_adamw: (n, m) => 0.2 * Math.sqrt(Math.max(n, m)),
  spectral_unclamped: (n, m) => Math.sqrt(n / m),
};

/**
 * Muon: momentum whose matrix is made orthogonal before the step, so that all directions are followed equally far.
 * For the weight matrices of hidden layers only; biases, embeddings and the like are left to AdamW.
 *
 *     B ← μ·B + (1 − μ)·g
 *     U ← (1 − μ)·g + μ·B          if nesterov, else B
 *     O ← NewtonSchulz(U)          ≈ W·Vᵀ, where U = W·Σ·Vᵀ
 *     θ ← θ − lr·λ·θ
 *     θ ← θ − lr·k·O               k by adjustLrFn: √max(1, n/m), 0.2·√max(n, m) or √(n/m)
 *
 * The iteration starts from X = U/‖U‖ and repeats X ← a·X + (b·A + c·A²)·X with A = X·Xᵀ. Its coefficients are chosen
 * for speed: the singular values end up between 0.7 and 1.2, not at 1.
 *
 * Sources: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024,
 * kellerjordan.github.io/posts/muon, whose momentum has no factor 1 − μ; Liu et al., "Muon is Scalable for LLM
 * Training", 2025 (match_rms_adamw); torch.optim.Muon.
 */
export class Muon extends Optimizer<MuonOptions> {
  /**
   * @param params matrices, [name, matrix] pairs, or groups `{ params, lr, … }`
   * @throws {RangeError} for option values out of range, and for parameters that are no matrices
   */
  constructor(params: Params<MuonOptions>, options: Given<MuonOptions> = {}) {
    super(params, options, defaults);
  }

  override addParamGroup(group: ParamGroupInput<MuonOptions>): void {
    super.addParamGroup(group);
    const wrong = this.paramGroups.at(-1)!.params.find((parameter) => parameter.ndim !== 2);
    if (wrong === undefined) return;
    this.paramGroups.pop();
    throw new RangeError(
      `Muon only supports 2D parameters whereas we found a parameter with size: [${wrong.shape.join(", ")}]. Leave it to another optimizer, such as AdamW`,
    );
  }

  protected override check(options: MuonOptions): void {
    const { lr, momentum, weightDecay, adjustLrFn, nsCoefficients, eps, nsSteps, nsDtype } = options;
    const bounded = { "Learning rate": lr, momentum, "weight decay": weightDecay, eps };
    for (const [what, value] of Object.entries(bounded))
      if (typeof value !== "number" || !(value >= 0))
        throw new RangeError(`${what} should be >= 0 but is: ${String(value)}`);
    if (adjustLrFn !== null && !Object.hasOwn(adjustments, adjustLrFn))
      throw new RangeError(
        `Adjust learning rate function ${String(adjustLrFn)} is not supported; it must be null or one of ${Object.keys(adjustments).join(", ")}`,
      );
    if (
      !Array.isArray(nsCoefficients) ||
      nsCoefficients.length !== 3 ||
      !nsCoefficients.every(Number.isFinite)
    )
      throw new RangeError(
        `Coefficients must be a tuple of exactly 3 values: nsCoefficients are ${String(nsCoefficients)}`,
      );
    if (!Number.isInteger(nsSteps) || nsSteps < 0)
      throw new RangeError(`nsSteps must be an integer ≥ 0, not ${String(nsSteps)}`);
    if (nsDtype !== "bfloat16" && nsDtype !== "param")
      throw new RangeError(`nsDtype must be "bfloat16" or "param", not ${String(nsDtype)}`);
  }

  protected override update(): void {
    const groups = this.paramGroups.map(numbersIn);
    for (const { nsSteps } of groups)
      if (nsSteps >= 100)
        throw new RangeError(
          `Number of steps must be less than 100 for computational efficiency; nsSteps is ${nsSteps}`,
        );
    for (const group of groups)
      for (const parameter of group.params) if (parameter.grad !== null) this.updateMatrix(parameter, group);
  }

  private updateMatrix(parameter: Tensor, group: ParamGroup<MuonOptions>): void {
    const { lr, weightDecay, momentum, nesterov, adjustLrFn } = group;
    const gradient = parameter.grad as Tensor;
    let state = this.state.get(parameter);
    if (state === undefined) {
      state = { momentumBuffer: Tensor.like(parameter) };
      this.state.set(parameter, state);
    }
    const buffer = state.momentumBuffer;
    buffer.add_(gradient.sub(buffer).mul_(1 - momentum));
    const update = nesterov ? gradient.add(buffer.sub(gradient).mul_(momentum)) : buffer;
    const orthogonal = orthogonalize(update, group).to(parameter.dtype);
    const [rows, columns] = parameter.shape;
    parameter.mul_(1 - lr * weightDecay);
    parameter.sub_(orthogonal.mul(lr * adjustments[adjustLrFn ?? "original"](rows, columns)));
  }

  protected override readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    _group: ParamGroup<MuonOptions>,
    where: string,
  ): ParameterState {
    checkEntries(this.name, where, entry, ["momentumBuffer"]);
    const { shape, dtype } = parameter;
    return { momentumBuffer: readTensor(entry.momentumBuffer, shape, dtype, `momentum_buffer of ${where}`) };
  }
}

/**
 * The matrix with all its singular values near 1, by the Newton–Schulz iteration.
 *
 * @param matrix [n, m]
 * @returns [n, m], with values rounded to bfloat16 if `nsDtype` says so
 */
function orthogonalize(
  matrix: Tensor,
  { nsCoefficients: [a, b, c], nsSteps, eps, nsDtype }: MuonOptions,
): Tensor {
  const rounded = (tensor: Tensor): Tensor => (nsDtype === "bfloat16" ? tensor.bfloat16() : tensor);
  const [rows, columns] = matrix.shape;
  // The products are those of the shorter side.
  let x = rounded(rows > columns ? matrix.T : matrix);
  x = rounded(x.div(rounded(x.square().sum().sqrt()).clamp({ min: eps })));
  for (let step = 0; step < nsSteps; step++) {
    const gram = rounded(x.matmul(x.T));
    const polynomial = rounded(gram.mul(b).add(gram.matmul(gram).mul(c)));
    x = rounded(x.mul(a).add(polynomial.matmul(x)));
  }
  return rows > columns ? x.T : x;
}
