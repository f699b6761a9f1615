import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** A module that takes one tensor and returns one. */
export interface Layer extends Module {
  forward(input: Tensor): Tensor;
}

/** Modules applied one after the other; they are named "0", "1", … */
export class Sequential extends Module {
  readonly #layers: readonly Layer[];

  constructor(...layers: Layer[]) {
    super();
    layers.forEach((layer, index) => {
      if (!(layer instanceof Module)) throw new TypeError(`Sequential: argument ${index} is not a Module`);
    });
    this.#layers = layers;
  }

  override *namedChildren(): Generator<[string, Module]> {
    for (const [index, layer] of this.#layers.entries()) yield [String(index), layer];
  }

  override forward(input: Tensor): Tensor {
    return this.#layers.reduce((value, layer) => layer.forward(value), input);
  }

  get length(): number {
    return this.#layers.length;
  }

  /** The layer at `index`; a negative one counts from the end. */
  at(index: number): Layer | undefined {
    return this.#layers.at(index);
  }

  [Symbol.iterator](): Iterator<Layer> {
    return this.#layers[Symbol.iterator]();
  }
}
