import { Tensor } from "./tensor.js";

/** Gives every tensor methods that are these functions with the tensor as their first argument. */
export function addMethods(functions: Readonly<Record<string, (...given: never) => unknown>>): void {
  for (const [name, operation] of Object.entries(functions)) {
    const call = operation as (...given: unknown[]) => unknown;
    Object.assign(Tensor.prototype, {
      [name](this: Tensor, ...given: unknown[]) {
        return call(this, ...given);
      },
    });
  }
}
