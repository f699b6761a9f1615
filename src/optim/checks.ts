import { Tensor } from "../tensor/tensor.js";

/** Checks of option values. Their first words are PyTorch's; what would be right follows. */

/** @throws {RangeError} unless `value` is a number ≥ 0; NaN is none */
export function checkAtLeastZero(problem: string, option: string, value: unknown): void {
  if (typeof value !== "number" || !(value >= 0))
    throw new RangeError(`${problem}: ${String(value)}; ${option} must be a number ≥ 0`);
}

/** @throws {RangeError} unless `value` is a number; NaN is none */
export function checkNumber(problem: string, option: string, value: unknown): void {
  if (typeof value !== "number" || Number.isNaN(value))
    throw new RangeError(`${problem}: ${String(value)}; ${option} must be a number`);
}

export const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number");

/** Values as PyTorch writes several in a message: `0.5, 1.2`. */
export const listed = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value));

/** @throws {RangeError} unless `betas` are two numbers in [0, 1) */
export function checkBetas(betas: unknown): void {
  if (!Array.isArray(betas) || betas.length !== 2)
    throw new RangeError(`Invalid betas: ${String(betas)}; betas must be two numbers such as [0.9, 0.999]`);
  for (const [index, beta] of betas.entries())
    if (typeof beta !== "number" || !(beta >= 0 && beta < 1))
      throw new RangeError(`Invalid beta parameter at index ${index}: ${String(beta)}; it must be in [0, 1)`);
}

/** @throws {RangeError} for what no optimizer of Adam's kin can have */
export function checkAdamLike(options: {
  lr: number;
  betas: [number, number];
  eps: number;
  weightDecay: number;
}): void {
  checkAtLeastZero("Invalid learning rate", "lr", options.lr);
  checkAtLeastZero("Invalid epsilon value", "eps", options.eps);
  checkBetas(options.betas);
  checkAtLeastZero("Invalid weight_decay value", "weightDecay", options.weightDecay);
}

/** Whether a step may be differentiated: for all optimizers that are rules. */
export interface Differentiable {
  /**
   * Record every step, so that gradients flow through it: to the parameters, gradients and states before it, and to
   * options that are tensors. Default false.
   *
   * Steps change the parameters in place, so these must not be leaves, and a loss that is to be differentiated after
   * the step is computed from copies of them:
   *
   *     const w = start.clone();
   *     const inner = new optim.SGD([w], { lr, differentiable: true });
   *     loss(w.clone()).backward({ createGraph: true, inputs: [w] });
   *     inner.step();
   *     autograd.grad(loss(w), [start, lr]);
   *
   * As in PyTorch an option that switches lines off, such as a weight decay of 0, has no gradient there.
   */
  differentiable?: boolean | null;
}

/** PyTorch's choices between implementations, of which there is one here; kept because state dicts hold them. */
export interface Flags extends Differentiable {
  /** Only null or false. */
  foreach?: boolean | null;
  /** Only false. */
  capturable?: boolean | null;
  /** Only null or false. */
  fused?: boolean | null;
}

const whyNot: Readonly<Record<Exclude<keyof Flags, keyof Differentiable>, string>> = {
  foreach: "every step already is one pass over each parameter's memory",
  capturable: "it is for CUDA graphs, and there is no CUDA here",
  fused: "every step already runs one compiled kernel for the whole rule",
};

/** @throws {Error} for a flag that is switched on, saying why it is not there */
export function checkFlags(optimizer: string, options: object): void {
  const flags: Flags & { lr?: unknown } = options;
  const { foreach, fused, capturable, differentiable, lr } = flags;
  if (fused && differentiable) throw new Error("`fused` does not support `differentiable`; leave fused out");
  if (fused && foreach)
    throw new Error(
      "`fused` and `foreach` cannot be `True` together. Leave both out: there is one kernel here",
    );
  if (lr instanceof Tensor && foreach && !capturable)
    throw new RangeError(
      "lr as a Tensor is not supported for capturable=False and foreach=True; leave foreach out",
    );
  for (const [flag, reason] of Object.entries(whyNot)) {
    const value = flags[flag as keyof Flags];
    if (value !== undefined && value !== null && value !== false)
      throw new Error(`${optimizer}: ${flag}: ${String(value)} is not available: ${reason}; leave it out`);
  }
}

/** @throws {Error} for a group that is to be differentiable when the optimizer is not, or the other way round */
export function checkMode(optimizer: string, group: object, defaults: object): void {
  const { differentiable: usual }: Differentiable = defaults;
  const { differentiable = usual }: Differentiable = group;
  if ((differentiable ?? false) !== (usual ?? false))
    throw new Error(
      `${optimizer}: differentiable is for all groups alike: give it to the optimizer, not to a group`,
    );
}
