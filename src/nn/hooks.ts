import { isRecorded } from "../tensor/autograd/mode.js";
import { Node, type Operation } from "../tensor/autograd/node.js";
import { recordOutputs } from "../tensor/autograd/outputs.js";
import { Tensor } from "../tensor/tensor.js";
import type { Module } from "./module.js";

/** Sees the inputs of a module before it computes; what it returns, one input or an array of them, replaces them. */
export type ForwardPreHook = (module: Module, inputs: unknown[]) => unknown;
/** Sees the inputs and the output of a module; what it returns, if anything, replaces the output. */
export type ForwardHook = (module: Module, inputs: unknown[], output: unknown) => unknown;
/**
 * Sees the gradients by the inputs and by the outputs of a module, null for what needs none; what it returns, if
 * anything, replaces the gradients by the inputs.
 */
export type FullBackwardHook = (
  module: Module,
  gradInput: (Tensor | null)[],
  gradOutput: (Tensor | null)[],
) => Tensor | (Tensor | null)[] | null | undefined;

/** Removes a hook. */
export interface RemovableHandle {
  remove(): void;
}

/** The hooks of one module, and the forward that they surround. */
export interface Hooks {
  readonly forward: (...inputs: never[]) => unknown;
  readonly beforeForward: ForwardPreHook[];
  readonly afterForward: ForwardHook[];
  readonly backward: FullBackwardHook[];
}

type Kind = "beforeForward" | "afterForward" | "backward";

/** Adds a hook. The first one puts a `forward` that runs the hooks in front of the module's own. */
export function addHook<K extends Kind>(
  operation: string,
  module: Module,
  kind: K,
  hook: Hooks[K][number],
): RemovableHandle {
  if (typeof hook !== "function")
    throw new TypeError(`${operation}: a hook is a function, not ${String(hook)}`);
  if (module.hooks === null) {
    module.hooks = { forward: module.forward, beforeForward: [], afterForward: [], backward: [] };
    Object.defineProperty(module, "forward", {
      value: forwardWithHooks,
      configurable: true,
      writable: true,
    });
  }
  const list = module.hooks[kind] as Hooks[K][number][];
  list.push(hook);
  return {
    remove() {
      const at = list.indexOf(hook);
      if (at >= 0) list.splice(at, 1);
    },
  };
}

function forwardWithHooks(this: Module, ...inputs: unknown[]): unknown {
  const { forward, beforeForward, afterForward, backward } = this.hooks as Hooks;
  let given = inputs;
  for (const hook of [...beforeForward]) {
    const replaced = hook(this, given);
    if (replaced !== undefined && replaced !== null) given = Array.isArray(replaced) ? replaced : [replaced];
  }
  const pass = backward.length > 0 ? new BackwardPass(this) : null;
  if (pass !== null) given = pass.enter(given);
  let output = Reflect.apply(forward, this, given) as unknown;
  for (const hook of [...afterForward]) {
    const replaced = hook(this, given, output);
    if (replaced !== undefined && replaced !== null) output = replaced;
  }
  return pass === null ? output : pass.leave(output);
}

type Gradients = readonly (Tensor | null)[];

/** Tensors pass through it unchanged; on the way back its function sees their gradients, and may replace them. */
const PassThrough: Operation = {
  name: "BackwardHookFunctionBackward",
  backward(node) {
    const arrived = node.parts as Gradients;
    const leaving = (node.attributes as (gradients: Gradients) => Gradients)([...arrived]);
    leaving.forEach((gradient, k) => {
      if (gradient !== null) node.give(k, gradient);
    });
  },
};

function passThrough(tensors: readonly Tensor[], onGradients: (gradients: Gradients) => Gradients): Tensor[] {
  const outputs = tensors.map((tensor) => tensor.detach());
  recordOutputs(new Node(PassThrough, tensors, undefined, onGradients), outputs);
  return outputs;
}

/** One forward pass of a module with backward hooks: what its backward pass has to know. */
class BackwardPass {
  readonly #module: Module;
  #gradOutput: (Tensor | null)[] = [];
  #inputsRecorded = false;
  #inputCount = 0;

  constructor(module: Module) {
    this.#module = module;
  }

  enter(inputs: unknown[]): unknown[] {
    const recorded = inputs.filter((input) => input instanceof Tensor && isRecorded(input)) as Tensor[];
    this.#inputCount = inputs.length;
    if (recorded.length === 0) return inputs;
    this.#inputsRecorded = true;
    const places = inputs.map((input) => recorded.indexOf(input as Tensor));
    const passed = passThrough(recorded, (gradients) => {
      const gradInput = places.map((place) => (place < 0 ? null : gradients[place]));
      const replaced = this.#runHooks(gradInput);
      return recorded.map((_, place) => replaced[places.indexOf(place)]);
    });
    return inputs.map((input, k) => (places[k] < 0 ? input : passed[places[k]]));
  }

  leave(output: unknown): unknown {
    const outputs = Array.isArray(output) ? output : [output];
    const recorded = outputs.filter((value) => value instanceof Tensor && isRecorded(value)) as Tensor[];
    if (recorded.length === 0) return output;
    const places = outputs.map((value) => recorded.indexOf(value));
    const passed = passThrough(recorded, (gradients) => {
      this.#gradOutput = places.map((place) => (place < 0 ? null : gradients[place]));
      // Where no input needs a gradient nothing arrives there, but the hooks run all the same.
      if (!this.#inputsRecorded) this.#runHooks(new Array<null>(this.#inputCount).fill(null));
      return gradients;
    });
    const results = outputs.map((value, k) => (places[k] < 0 ? value : passed[places[k]]));
    return Array.isArray(output) ? results : results[0];
  }

  #runHooks(gradInput: (Tensor | null)[]): (Tensor | null)[] {
    let current = gradInput;
    for (const hook of [...(this.#module.hooks as Hooks).backward]) {
      const replaced = hook(this.#module, current, this.#gradOutput);
      if (replaced === undefined || replaced === null) continue;
      const list = Array.isArray(replaced) ? replaced : [replaced];
      if (list.length !== gradInput.length) {
        throw new RangeError(
          `registerFullBackwardHook: Backward hook returned an invalid number of grad_input, got ${list.length}, but expected ${gradInput.length}`,
        );
      }
      current = list;
    }
    return current;
  }
}
