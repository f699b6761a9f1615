import { sameShape } from "../shape.js";
import { isSparse } from "../sparse.js";
import type { Tensor } from "../tensor.js";

/** What all nodes of one operation share: the name that `gradFn` prints, and how gradients flow back. */
export interface Operation {
  readonly name: string;
  /**
   * Gives each input of `node` (`node.give(index, gradient)`) its gradient, from `gradient`, that of the output.
   * Written in tensor operations, so that with `createGraph` a gradient can be differentiated again.
   */
  backward(node: Node, gradient: Tensor): void;
}

const NOTHING: readonly never[] = [];
let created = 0;

/**
 * One operation on the tape: what it was computed from, and what its backward needs.
 *
 * There is a single class for all operations, and no closures: the tape of a small network costs microseconds.
 */
export class Node {
  readonly operation: Operation;
  /** Nodes are created in the order of the computation, so the backward pass runs from the highest number down. */
  readonly sequence: number;
  /** Where the gradient of each input goes; null for inputs that need none. */
  readonly edges: readonly (Node | null)[];
  readonly shapes: readonly (readonly number[])[];
  /** Numbers and other constants of the operation. */
  readonly attributes: unknown;
  /** The gradient that has arrived so far during a backward pass. */
  gradient: Tensor | null = null;
  /** The backward pass that reached this node last. */
  visit = 0;
  /** The tensor whose `.grad` is to be filled here: a leaf, or one with `retainGrad()`. */
  variable: Tensor | null = null;
  /** Functions that see, and may replace, the gradient that has arrived here, in the order of their registration. */
  hooks: ((gradient: Tensor) => Tensor | undefined)[] | null = null;
  /** Of an operation with several outputs: the gradient of each that has arrived (see `outputs.ts`). */
  parts: (Tensor | null)[] | null = null;
  #saved: readonly (Tensor | null)[];
  #versions: readonly number[];
  #released = false;

  constructor(
    operation: Operation,
    inputs: readonly Tensor[],
    saved: readonly (Tensor | null)[] = NOTHING,
    attributes: unknown = null,
  ) {
    this.operation = operation;
    // Leaves come last, when every other use of a gradient is over.
    this.sequence = operation === accumulate ? 0 : ++created;
    const edges = new Array<Node | null>(inputs.length);
    const shapes = new Array<readonly number[]>(inputs.length);
    for (let k = 0; k < inputs.length; k++) {
      edges[k] = edgeTo(inputs[k]);
      shapes[k] = inputs[k].shape;
    }
    this.edges = edges;
    this.shapes = shapes;
    this.attributes = attributes;
    this.#saved = saved;
    if (saved.length === 0) {
      this.#versions = NOTHING;
    } else {
      const versions = new Array<number>(saved.length);
      for (let k = 0; k < saved.length; k++) versions[k] = saved[k]?.storage.version ?? 0;
      this.#versions = versions;
    }
  }

  /** Whether input `index` wants its gradient. */
  needs(index: number): boolean {
    return this.edges[index] !== null;
  }

  /** Adds to the gradient of input `index`. A gradient of a broadcast operand is summed to the operand's shape. */
  give(index: number, gradient: Tensor): void {
    const target = this.edges[index];
    if (target === null) return;
    const shape = this.shapes[index];
    const fitting = sameShape(gradient.shape, shape) ? gradient : gradient.sumToSize(shape);
    target.gradient = target.gradient === null ? fitting : sum(target.gradient, fitting);
  }

  saved(index: number): Tensor {
    return this.#saved[index] as Tensor;
  }

  /** Refuses a backward pass that would use values that are gone or no longer those of the forward pass. */
  check(): void {
    if (this.#released) {
      throw new Error(
        "backward: Trying to backward through the graph a second time: its saved values were freed by the first " +
          "pass. Pass { retainGraph: true } to the first backward() if you need another one",
      );
    }
    for (let k = 0; k < this.#saved.length; k++) {
      const tensor = this.#saved[k];
      if (tensor !== null && tensor.storage.version !== this.#versions[k]) {
        throw new Error(
          `backward: one of the variables needed for gradient computation has been modified by an inplace ` +
            `operation: a tensor of shape [${tensor.shape.join(", ")}] that ${this.operation.name} saved is at version ` +
            `${tensor.storage.version}; expected version ${this.#versions[k]} instead`,
        );
      }
    }
  }

  /** Lets go of the saved tensors. */
  release(): void {
    if (this.#saved.length === 0) return;
    this.#saved = NOTHING;
    this.#versions = NOTHING;
    this.#released = true;
  }
}

/** The sum of two gradients: of rows only, where both hold rows only. */
export function sum(a: Tensor, b: Tensor): Tensor {
  return isSparse(a) && isSparse(b) ? a.plus(b) : a.add(b);
}

/** The end of the tape at a leaf: its gradient is added to `.grad`. */
export const accumulate: Operation = {
  name: "AccumulateGrad",
  backward() {},
};

/** Where the gradient of `tensor` goes, or null when it needs none. */
export function edgeTo(tensor: Tensor): Node | null {
  if (tensor.gradFn !== null) return tensor.gradFn;
  if (!tensor.requiresGrad) return null;
  if (tensor.accumulator === null) {
    tensor.accumulator = new Node(accumulate, NOTHING);
    tensor.accumulator.variable = tensor;
  }
  return tensor.accumulator;
}
