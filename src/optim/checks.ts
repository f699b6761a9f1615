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

/** PyTorch's choices between implementations, of which there is one here; kept because state dicts hold them. */
export interface Flags {
  /** Only null or false. */
  foreach?: boolean | null;
  /** Only false. */
  capturable?: boolean | null;
  /** Only false: gradients do not flow through `step()` yet. */
  differentiable?: boolean | null;
  /** Only null or false. */
  fused?: boolean | null;
}

const whyNot: Readonly<Record<keyof Flags, string>> = {
  foreach: "every step already is one pass over each parameter's memory",
  capturable: "it is for CUDA graphs, and there is no CUDA here",
  differentiable: "gradients do not flow through step() yet",
  fused: "every step already runs one compiled kernel for the whole rule",
};

/** @throws {Error} for a flag that is switched on, saying why it is not there */
export function checkFlags(optimizer: string, options: object): void {
  for (const [flag, reason] of Object.entries(whyNot)) {
    const value = (options as Record<string, unknown>)[flag];
    if (value !== undefined && value !== null && value !== false)
      throw new Error(`${optimizer}: ${flag}: ${String(value)} is not available: ${reason}; leave it out`);
  }
}
