import { Tensor } from "../tensor/tensor.js";

/**
 * Options as they are given. In place of a number there may be a tensor of one element: its value is read in every
 * step, and gradients flow to it through a differentiable one. A list is all numbers or all tensors.
 */
export type Given<Options> = { [Name in keyof Options]?: OrTensor<Options[Name]> };

type OrTensor<Value> = Value extends number
  ? Value | Tensor
  : Value extends readonly number[]
    ? Value | { [Index in keyof Value]: Tensor }
    : Value;

/**
 * The options that are there.
 *
 * @throws {RangeError} in PyTorch's words, for a tensor that is not one number, and for a list of which only some are
 */
export function chosen<Options extends object>(given: Given<Options>): Partial<Options> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (value instanceof Tensor) checkOneElement(name, value);
    if (!Array.isArray(value) || !value.some((part) => part instanceof Tensor)) continue;
    if (!value.every((part) => part instanceof Tensor))
      throw new RangeError(
        `${name} must be either ${value.length === 2 ? "both floats or both" : "all floats or all"} Tensors, but got [${value.join(", ")}]`,
      );
    for (const [index, part] of value.entries()) checkOneElement(`${name}[${index}]`, part);
  }
  return Object.fromEntries(entries) as Partial<Options>;
}

function checkOneElement(name: string, { count, shape }: Tensor): void {
  if (count !== 1)
    throw new RangeError(`Tensor ${name} must be 1-element, but it has shape [${shape.join(", ")}]`);
}

/** Options with lists of their own, so that groups do not share `betas`. Tensors stay the same. */
export function copy<Options extends object>(options: Options): Options {
  return mapValues(options, (value) => (Array.isArray(value) ? [...value] : value)) as Options;
}

/** Options whose tensors are copies, each as much a parameter as the one that it is a copy of. */
export function copyTensors<Options extends object>(options: Options): Options {
  const own = (value: unknown): unknown =>
    value instanceof Tensor ? value.detach().clone().requiresGrad_(value.requiresGrad) : value;
  return mapValues(options, (value) => (Array.isArray(value) ? value.map(own) : own(value))) as Options;
}

/** Options with the present numbers of those that are tensors. */
export function numbersIn<Options extends object>(options: Options): Options {
  return mapValues(options, (value, name) => {
    if (name === "params") return value;
    return Array.isArray(value) ? value.map(asNumber) : asNumber(value);
  }) as Options;
}

/** The number in a value that may be a tensor of one element. */
export function asNumber<Value>(value: Value | Tensor): Value | number {
  return value instanceof Tensor ? value.item() : value;
}

/** An option as PyTorch prints it: of a 0-dim tensor its number, in a list not even that. */
export function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(", ")}]`;
  return String(value instanceof Tensor && value.ndim === 0 ? value.item() : value);
}

function mapValues(options: object, change: (value: unknown, name: string) => unknown): object {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, change(value, name)]));
}
