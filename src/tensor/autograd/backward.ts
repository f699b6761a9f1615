import { namedArguments } from "../arguments.js";
import { checkTensor } from "../ops/promotion.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { noGrad, withGradMode } from "./mode.js";
import { edgeTo, type Node } from "./node.js";

export interface BackwardOptions {
  /** The gradient of the quantity of interest with respect to this tensor; may be left out for a single element. */
  gradient?: Tensor | null;
  /** Keeps what the graph saved, so that it can be run through again. Default: the value of `createGraph`. */
  retainGraph?: boolean;
  /** Records the backward pass itself, so that gradients can be differentiated. Default false. */
  createGraph?: boolean;
}

let visits = 0;

/** The nodes that a backward pass from `root` reaches, in the order in which it runs through them. */
function collect(root: Node): Node[] {
  const visit = ++visits;
  const nodes: Node[] = [root];
  root.visit = visit;
  for (let k = 0; k < nodes.length; k++) {
    const { edges } = nodes[k];
    for (let e = 0; e < edges.length; e++) {
      const next = edges[e];
      if (next !== null && next.visit !== visit) {
        next.visit = visit;
        nodes.push(next);
      }
    }
  }
  return nodes.sort((a, b) => b.sequence - a.sequence);
}

function run(root: Node, gradient: Tensor, retainGraph: boolean, createGraph: boolean): void {
  const nodes = collect(root);
  for (let k = 0; k < nodes.length; k++) nodes[k].check();
  try {
    root.gradient = gradient;
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k];
      const arrived = node.gradient;
      if (arrived === null) continue;
      node.gradient = null;
      if (node.variable !== null) addToGrad(node.variable, arrived, createGraph);
      node.operation.backward(node, arrived);
      if (!retainGraph) node.release();
    }
  } finally {
    // An error on the way must not leave half a pass behind for the next one to add to.
    for (let k = 0; k < nodes.length; k++) nodes[k].gradient = null;
  }
}

/**
 * Adds to `.grad`. The first gradient is taken as it is when nobody else can hold its memory, else copied; later
 * ones are added in place, so that who holds `.grad` sees the sum. With `createGraph` others hold it (the graph of
 * the gradient), so it is always copied, and a sum is a new tensor.
 */
function addToGrad(variable: Tensor, gradient: Tensor, createGraph: boolean): void {
  if (variable.grad !== null) {
    if (createGraph) variable.grad = variable.grad.add(gradient);
    else variable.grad.add_(gradient);
    return;
  }
  const { storage } = gradient;
  const alone =
    !createGraph && !storage.claimed && gradient.rowMajor && storage.data.length === gradient.count;
  variable.grad = alone ? gradient : gradient.clone();
  variable.grad.storage.claimed = true;
}

declare module "../tensor.js" {
  interface Tensor {
    /**
     * Computes the gradients of this tensor with respect to the leaves it was computed from, and adds them to
     * their `.grad`.
     *
     * @param gradient same shape as this tensor; needed unless it has a single element
     * @throws when this tensor needs no gradient, is not a scalar, or was run through before: nothing is changed
     */
    backward(gradient?: Tensor | null, retainGraph?: boolean, createGraph?: boolean): void;
    backward(options: BackwardOptions): void;
    backward(gradient: Tensor | null, options: BackwardOptions): void;
    /** Asks that `.grad` of this non-leaf tensor be filled by `backward()`. */
    retainGrad(): void;
  }
}

const PARAMETERS = ["gradient", "retainGraph", "createGraph"] as const;
const NONE: BackwardOptions = {};

Tensor.prototype.backward = function (...given: unknown[]) {
  const options = given.length === 0 ? NONE : namedArguments<BackwardOptions>("backward", PARAMETERS, given);
  const createGraph = options.createGraph ?? false;
  const root = edgeTo(this);
  if (root === null) {
    throw new Error(
      "backward: the tensor does not require grad and does not have a gradFn: nothing here depends on a tensor with requiresGrad",
    );
  }
  let gradient = options.gradient ?? null;
  if (gradient === null) {
    if (this.count !== 1) {
      throw new Error(
        `backward: grad can be implicitly created only for scalar outputs, and this tensor has shape ${describe(this.shape)}: ` +
          "reduce it (mean, sum) or pass a gradient of the same shape",
      );
    }
    gradient = Tensor.full(this.shape, 1, this.dtype);
  } else {
    checkTensor("backward", gradient);
    gradient = gradientLike(this, gradient, createGraph);
  }
  const seed = gradient;
  withGradMode(createGraph, () => run(root, seed, options.retainGraph ?? createGraph, createGraph));
};

/** The gradient that the caller gives, in the dtype of `tensor`. */
function gradientLike(tensor: Tensor, gradient: Tensor, createGraph: boolean): Tensor {
  if (!sameShape(gradient.shape, tensor.shape)) {
    throw new RangeError(
      `backward: the gradient has shape ${describe(gradient.shape)}, but the tensor has shape ${describe(tensor.shape)}`,
    );
  }
  const converted = gradient.to(tensor.dtype);
  // What the caller holds must not become, or be changed as, somebody's `.grad`.
  return createGraph ? converted : noGrad(() => converted.clone());
}

Tensor.prototype.retainGrad = function () {
  if (!this.requiresGrad)
    throw new Error(
      "retainGrad: can't retain_grad on Tensor that has requires_grad=False: it needs no gradient",
    );
  if (this.gradFn !== null) this.gradFn.variable = this;
};
