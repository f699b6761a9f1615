import type { Storage, TypedArray } from "./storage.js";

/** Elements of a tensor in the order in which they are visited: `length` of them, `step` apart, from each start on. */
export interface Runs {
  readonly starts: Uint32Array;
  readonly length: number;
  readonly step: number;
}

type Loop = (
  data: TypedArray,
  offset: number,
  starts: Uint32Array,
  length: number,
  step: number,
  values: TypedArray,
  first: number,
  pace: number,
) => void;

/**
 * One statement over the elements `data[at]` of runs and the elements `values[k]` that belong to them, for example
 * `data[at] += values[k]`: compiled on first use, once for each element type.
 */
export class RunKernel {
  readonly #statement: string;
  readonly #loops: (Loop | undefined)[] = [];

  constructor(statement: string) {
    this.#statement = statement;
  }

  /**
   * @param offset where the tensor of the runs begins in `storage`
   * @param values of the same element type, from `first` on
   * @param pace how far the values lie apart: 1, or 0 for a single one that belongs to all elements
   */
  run(storage: Storage, offset: number, runs: Runs, values: Storage, first: number, pace: 0 | 1): void {
    let loop = this.#loops[storage.kind];
    if (loop === undefined) {
      loop = compile(this.#statement);
      this.#loops[storage.kind] = loop;
    }
    loop(storage.data, offset, runs.starts, runs.length, runs.step, values.data, first, pace);
  }
}

function compile(statement: string): Loop {
  return new Function(
    "data",
    "offset",
    "starts",
    "length",
    "step",
    "values",
    "first",
    "pace",
    `let k = first;
    for (let b = 0; b < starts.length; b++) {
      let at = offset + starts[b];
      for (let j = 0; j < length; j++, at += step, k += pace) { ${statement}; }
    }`,
  ) as Loop;
}

/** The distances of all elements of a shape from its first, row by row. */
export function offsetsOf(shape: readonly number[], strides: readonly number[]): Uint32Array {
  let offsets: Uint32Array = new Uint32Array(1);
  for (let d = 0; d < shape.length; d++) {
    const steps = new Uint32Array(shape[d]);
    for (let k = 0; k < steps.length; k++) steps[k] = k * strides[d];
    offsets = everySum(offsets, steps);
  }
  return offsets;
}

/** a[0] + b[0], a[0] + b[1], …, a[1] + b[0], … */
export function everySum(a: Uint32Array, b: Uint32Array): Uint32Array {
  if (a.length === 1 && a[0] === 0) return b;
  if (b.length === 1 && b[0] === 0) return a;
  const sums = new Uint32Array(a.length * b.length);
  for (let i = 0, k = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) sums[k++] = a[i] + b[j];
  }
  return sums;
}
