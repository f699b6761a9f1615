import { namedArguments } from "../arguments.js";
import { checkTensor } from "../ops/promotion.js";
import { describe, sameShape } from "../shape.js";
import { isSparse } from "../sparse.js";
import { Tensor } from "../tensor.js";
import { noGrad, withGradMode } from "./mode.js";
import { edgeTo, type Node, sum } from "./node.js";

export interface BackwardOptions {
  /** The gradient of the quantity of interest with respect to this tensor; may be left out for a single element. */
  gradient?: Tensor | null;
  /** Keeps what the graph saved, so that it can be run through again. Default: the value of `createGraph`. */
  retainGraph?: boolean;
  /** Records the backward pass itself, so that gradients can be differentiated. Default false. */
  createGraph?: boolean;
  /** The tensors whose `.grad` is to be filled; all leaves when left out. */
  inputs?: readonly Tensor[];
}

export interface GradOptions {
  /** The gradient of the quantity of interest with respect to each output; null for a single element. */
  gradOutputs?: Tensor | readonly (Tensor | null)[] | null;
  /** Keeps what the graph saved, so that it can be run through again. Default: the value of `createGraph`. */
  retainGraph?: boolean;
  /** Records the backward pass itself, so that gradients can be differentiated. Default false. */
  createGraph?: boolean;
  /** Whether an input that the outputs do not depend on gives null instead of an error. Default false. */
  allowUnused?: boolean;
}

/** How a backward pass is made. */
interface Pass {
  readonly retainGraph: boolean;
  readonly createGraph: boolean;
  /** Receives the gradients that arrive at these nodes; null when the `.grad` of the leaves is filled. */
  readonly wanted: Map<Node, Tensor | null> | null;
}

let visits = 0;

/** The nodes from which something can arrive when `roots` have gradients, in the order of a backward pass. */
function collect(roots: readonly Node[]): Node[] {
  const visit = ++visits;
  const nodes: Node[] = [];
  for (const root of roots) {
    if (root.visit === visit) continue;
    root.visit = visit;
    nodes.push(root);
  }
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

/** The nodes on the way to those that are wanted. */
function onlyTowards(wanted: ReadonlyMap<Node, unknown>, nodes: readonly Node[]): Node[] {
  const useful = new Set<Node>();
  for (let k = nodes.length - 1; k >= 0; k--) {
    const node = nodes[k];
    if (wanted.has(node) || node.edges.some((edge) => edge !== null && useful.has(edge))) useful.add(node);
  }
  return nodes.filter((node) => useful.has(node));
}

function run(roots: readonly Node[], gradients: readonly Tensor[], pass: Pass): void {
  const reached = collect(roots);
  const nodes = pass.wanted === null ? reached : onlyTowards(pass.wanted, reached);
  for (let k = 0; k < nodes.length; k++) nodes[k].check();
  try {
    for (let k = 0; k < roots.length; k++) {
      const present = roots[k].gradient;
      roots[k].gradient = present === null ? gradients[k] : present.add(gradients[k]);
    }
    for (let k = 0; k < nodes.length; k++) {
      const node = nodes[k];
      if (node.gradient === null) continue;
      const arrived = node.hooks === null ? node.gradient : throughHooks(node.hooks, node.gradient);
      node.gradient = null;
      if (pass.wanted === null) {
        if (node.variable !== null) addToGrad(node.variable, arrived, pass.createGraph);
      } else if (pass.wanted.has(node)) pass.wanted.set(node, arrived);
      node.operation.backward(node, arrived);
      if (node.parts !== null) node.parts.fill(null);
      if (!pass.retainGraph) node.release();
    }
  } finally {
    // What arrived where it was not wanted, or before an error, must not be left for the next pass to add to.
    for (let k = 0; k < reached.length; k++) {
      reached[k].gradient = null;
      reached[k].parts?.fill(null);
    }
  }
}

function throughHooks(hooks: NonNullable<Node["hooks"]>, gradient: Tensor): Tensor {
  let current = gradient;
  for (const hook of [...hooks]) {
    const replaced = hook(current);
    if (replaced === undefined || replaced === null) continue;
    checkTensor("registerHook: the hook's result", replaced);
    if (!sameShape(replaced.shape, gradient.shape)) {
      throw new RangeError(
        `registerHook: the hook changed the shape of the gradient from ${describe(gradient.shape)} to ${describe(replaced.shape)}`,
      );
    }
    current = replaced;
  }
  return current;
}

/**
 * Adds to `.grad`. The first gradient is taken as it is when nobody else can hold its memory, else copied; later
 * ones are added in place, so that who holds `.grad` sees the sum. With `createGraph` others hold it (the graph of
 * the gradient), so it is always copied, and a sum is a new tensor.
 */
function addToGrad(variable: Tensor, gradient: Tensor, createGraph: boolean): void {
  if (variable.grad !== null) {
    if (createGraph || (isSparse(variable.grad) && isSparse(gradient)))
      variable.grad = sum(variable.grad, gradient);
    else variable.grad.add_(gradient);
    return;
  }
  if (isSparse(gradient)) {
    // To look at its memory would be to make it dense.
    variable.grad = gradient;
    return;
  }
  const { storage } = gradient;
  const alone =
    !createGraph && !storage.claimed && gradient.rowMajor && storage.data.length === gradient.count;
  variable.grad = alone ? gradient : gradient.clone();
  variable.grad.storage.claimed = true;
}

/** Where the backward pass from `tensor` starts. */
function rootOf(operation: string, tensor: Tensor): Node {
  const root = edgeTo(tensor);
  if (root !== null) return root;
  throw new Error(
    `${operation}: the tensor does not require grad and does not have a gradFn: nothing here depends on a tensor with requiresGrad`,
  );
}

/** The gradient from which the pass starts: what the caller gives, or 1 for a single element. */
function seedFor(operation: string, tensor: Tensor, given: Tensor | null, createGraph: boolean): Tensor {
  if (given === null) {
    if (tensor.count === 1) return Tensor.full(tensor.shape, 1, tensor.dtype);
    throw new Error(
      `${operation}: grad can be implicitly created only for scalar outputs, and this tensor has shape ${describe(tensor.shape)}: ` +
        "reduce it (mean, sum) or pass a gradient of the same shape",
    );
  }
  checkTensor(operation, given);
  if (!sameShape(given.shape, tensor.shape)) {
    throw new RangeError(
      `${operation}: the gradient has shape ${describe(given.shape)}, but the tensor has shape ${describe(tensor.shape)}`,
    );
  }
  const converted = given.to(tensor.dtype);
  // What the caller holds must not become, or be changed as, somebody's `.grad`.
  return createGraph ? converted : noGrad(() => converted.clone());
}

/**
 * The gradients of the sum of `outputs` with respect to each of `inputs`; `.grad` is left alone.
 *
 * @throws when an output needs no gradient, or the outputs do not depend on an input (unless `allowUnused`)
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions & { allowUnused: true },
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions,
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  ...rest: [options?: GradOptions]
): (Tensor | null)[] {
  const options = namedArguments<GradOptions>(
    "grad",
    ["gradOutputs", "retainGraph", "createGraph", "allowUnused"],
    rest,
  );
  const createGraph = options.createGraph ?? false;
  const from = outputs instanceof Tensor ? [outputs] : outputs;
  const to = inputs instanceof Tensor ? [inputs] : inputs;
  const given = options.gradOutputs instanceof Tensor ? [options.gradOutputs] : (options.gradOutputs ?? []);
  if (given.length > 0 && given.length !== from.length) {
    throw new RangeError(`grad: got ${from.length} outputs and ${given.length} gradOutputs`);
  }
  for (const tensor of [...from, ...to]) checkTensor("grad", tensor);
  const roots = from.map((tensor) => rootOf("grad", tensor));
  const seeds = from.map((tensor, k) => seedFor("grad", tensor, given[k] ?? null, createGraph));
  const targets = to.map((tensor) => {
    const node = edgeTo(tensor);
    if (node === null) throw new Error("grad: one of the inputs does not require grad");
    return node;
  });
  const wanted = new Map<Node, Tensor | null>(targets.map((node) => [node, null]));
  const retainGraph = options.retainGraph ?? createGraph;
  withGradMode(createGraph, () => run(roots, seeds, { retainGraph, createGraph, wanted }));
  return targets.map((node, k) => {
    const gradient = wanted.get(node) ?? null;
    if (gradient === null && options.allowUnused !== true) {
      throw new Error(
        `grad: one of the differentiated Tensors appears to not have been used in the graph: input ${k} of shape ` +
          `${describe(to[k].shape)}; pass { allowUnused: true } if that is meant`,
      );
    }
    return gradient;
  });
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
    backward(
      gradient?: Tensor | null,
      retainGraph?: boolean,
      createGraph?: boolean,
      inputs?: readonly Tensor[],
    ): void;
    backward(options: BackwardOptions): void;
    backward(gradient: Tensor | null, options: BackwardOptions): void;
    /** Asks that `.grad` of this non-leaf tensor be filled by `backward()`. */
    retainGrad(): void;
    /**
     * Calls `hook` with the gradient of this tensor whenever it is computed. What the hook returns, if anything,
     * takes the place of the gradient.
     * @returns a handle that removes the hook
     */
    registerHook(hook: (gradient: Tensor) => Tensor | undefined): { remove(): void };
  }
}

const PARAMETERS = ["gradient", "retainGraph", "createGraph", "inputs"] as const;
const NONE: BackwardOptions = {};

Tensor.prototype.backward = function (...given: unknown[]) {
  const options = given.length === 0 ? NONE : namedArguments<BackwardOptions>("backward", PARAMETERS, given);
  const createGraph = options.createGraph ?? false;
  const retainGraph = options.retainGraph ?? createGraph;
  const root = rootOf("backward", this);
  const seed = seedFor("backward", this, options.gradient ?? null, createGraph);
  if (options.inputs !== undefined) {
    const { inputs } = options;
    const gradients = grad(this, inputs, { gradOutputs: seed, createGraph, retainGraph, allowUnused: true });
    withGradMode(createGraph, () => {
      gradients.forEach((gradient, k) => {
        if (gradient !== null) addToGrad(inputs[k], gradient, createGraph);
      });
    });
    return;
  }
  withGradMode(createGraph, () => run([root], [seed], { retainGraph, createGraph, wanted: null }));
};

Tensor.prototype.retainGrad = function () {
  if (!this.requiresGrad)
    throw new Error(
      "retainGrad: can't retain_grad on Tensor that has requires_grad=False: it needs no gradient",
    );
  if (this.gradFn !== null) this.gradFn.variable = this;
};

Tensor.prototype.registerHook = function (hook) {
  if (typeof hook !== "function")
    throw new TypeError(`registerHook: expected a function, got ${typeof hook}`);
  const node = edgeTo(this);
  if (node === null) {
    throw new Error("registerHook: cannot register a hook on a tensor that doesn't require gradient");
  }
  node.hooks ??= [];
  const { hooks } = node;
  hooks.push(hook);
  return {
    remove() {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
    },
  };
};
