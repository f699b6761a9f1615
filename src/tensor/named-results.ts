import type { Tensor } from "./tensor.js";

/**
 * Several tensors under names and in an order, like the named tuples of PyTorch: `result.values`, `result[0]` and
 * `const [values, indices] = result` all work.
 */
export type NamedResults<Name extends string> = Readonly<Record<Name, Tensor>> &
  Iterable<Tensor> & { readonly length: number; readonly [index: number]: Tensor };

/** Makes the object; the order is that of the keys. */
export function namedResults<Name extends string>(
  results: Readonly<Record<Name, Tensor>>,
): NamedResults<Name> {
  const list: Tensor[] = Object.values(results);
  return Object.defineProperties({ ...results } as NamedResults<Name>, {
    ...Object.fromEntries(list.map((value, k) => [k, { value }])),
    length: { value: list.length },
    // Works on everything that has a length and indices.
    [Symbol.iterator]: { value: Array.prototype.values },
  });
}
