import { checkTensor } from "../ops/promotion.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { isGradEnabled, noGrad } from "./mode.js";
import { edgeTo, Node, type Operation } from "./node.js";
import { recordOutputs } from "./outputs.js";

/** What `forward` of a custom function leaves for its `backward`. */
export class FunctionContext {
  /** Whether each argument of `apply` needs a gradient. */
  readonly needsInputGrad: readonly boolean[];
  /** Anything that is not a tensor: `context.scale = 2`. */
  [name: string]: unknown;

  /** @internal */
  node: Node | null = null;
  /** @internal */
  toSave: readonly (Tensor | null)[] = [];
  /** @internal */
  constant: ReadonlySet<Tensor> = new Set();

  constructor(needsInputGrad: readonly boolean[]) {
    this.needsInputGrad = needsInputGrad;
  }

  /** Keeps tensors for the backward pass, which is refused when one of them is changed in place until then. */
  saveForBackward(...tensors: (Tensor | null)[]): void {
    this.toSave = tensors;
  }

  /** What `saveForBackward` was given. */
  get savedTensors(): Tensor[] {
    const { node } = this;
    return this.toSave.map((_, k) => (node === null ? (this.toSave[k] as Tensor) : node.saved(k)));
  }

  /** Says that these outputs need no gradient. */
  markNonDifferentiable(...outputs: Tensor[]): void {
    this.constant = new Set(outputs);
  }
}

/** What `backward` of a custom function returns: a gradient for each argument, null where there is none. */
export type FunctionGradients = Tensor | null | readonly (Tensor | null)[];

interface FunctionClass<A extends readonly unknown[], R extends Tensor | readonly Tensor[]> {
  readonly name: string;
  forward(context: FunctionContext, ...inputs: A): R;
  backward(context: FunctionContext, ...gradOutputs: Tensor[]): FunctionGradients;
}

/**
 * A function whose gradient is written by hand:
 *
 *     class Cube extends autograd.Function {
 *       static forward(context: autograd.FunctionContext, x: torch.Tensor) {
 *         context.saveForBackward(x);
 *         return x.pow(3);
 *       }
 *       static backward(context: autograd.FunctionContext, gradient: torch.Tensor) {
 *         const [x] = context.savedTensors;
 *         return gradient.mul(x.pow(2).mul(3));
 *       }
 *     }
 *     Cube.apply(x)
 *
 * `forward` runs without recording. `backward` is recorded with `createGraph`, so that it can be differentiated.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: it is PyTorch's interface, and students write subclasses of it.
export abstract class CustomFunction {
  /** Calls the function and records it. */
  static apply<A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
    this: FunctionClass<A, R>,
    ...inputs: A
  ): R {
    // biome-ignore lint/complexity/noThisInStatic: the subclass on which apply is called is what is wanted.
    const type = this;
    const tensors = inputs.filter((input) => input instanceof Tensor);
    const context = new FunctionContext(inputs.map((input) => input instanceof Tensor && input.requiresGrad));
    const result = noGrad(() => type.forward(context, ...inputs));
    const given: readonly Tensor[] = result instanceof Tensor ? [result] : (result as readonly Tensor[]);
    for (const output of given) checkTensor(`${type.name}.forward: its result`, output);
    if (!isGradEnabled() || tensors.every((tensor) => edgeTo(tensor) === null)) return result;

    // An input that is returned as it is must not get the history of the output.
    const outputs = given.map((output) => output.detach());
    const operation: Operation = {
      name: `${type.name}Backward`,
      backward(node, gradient) {
        const gradients =
          node.parts === null
            ? [gradient]
            : node.parts.map((part, k) => part ?? Tensor.zeros(given[k].shape, given[k].dtype));
        const returned = type.backward(context, ...gradients);
        const list = returned instanceof Tensor || returned === null ? [returned] : returned;
        giveEach(type.name, node, inputs, list);
      },
    };
    // A result that is saved brings its history along, so that the backward can be differentiated.
    const saved = context.toSave.map((tensor) =>
      tensor === null ? null : (outputs[given.indexOf(tensor)] ?? tensor),
    );
    const node = new Node(operation, tensors, saved);
    context.node = node;
    const differentiable = outputs.filter((_, k) => !context.constant.has(given[k]));
    if (outputs.length === 1) for (const output of differentiable) output.gradFn = node;
    else {
      recordOutputs(node, outputs);
      for (const [k, output] of outputs.entries()) if (context.constant.has(given[k])) output.gradFn = null;
    }
    return (result instanceof Tensor ? outputs[0] : outputs) as R;
  }
}

function giveEach(
  name: string,
  node: Node,
  inputs: readonly unknown[],
  gradients: readonly (Tensor | null)[],
): void {
  if (gradients.length !== inputs.length) {
    throw new RangeError(
      `${name}.backward: returned an incorrect number of gradients (expected ${inputs.length}, got ${gradients.length})`,
    );
  }
  let index = 0;
  for (const [k, input] of inputs.entries()) {
    if (!(input instanceof Tensor)) continue;
    const gradient = gradients[k] ?? null;
    if (gradient !== null && node.needs(index)) {
      checkTensor(`${name}.backward: gradient ${k}`, gradient);
      if (!isExpandable(input.shape, gradient.shape)) {
        throw new RangeError(
          `${name}.backward: returned an invalid gradient at index ${k}: got ${describe(gradient.shape)} but expected shape compatible with ${describe(input.shape)}`,
        );
      }
      node.give(index, gradient);
    }
    index++;
  }
}

/** Whether a gradient of `shape` can be summed to that of an operand of shape `from`, which was broadcast to it. */
function isExpandable(from: readonly number[], shape: readonly number[]): boolean {
  const added = shape.length - from.length;
  return added >= 0 && from.every((size, d) => size === 1 || size === shape[d + added]);
}
