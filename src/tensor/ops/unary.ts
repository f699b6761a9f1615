import { Elementwise, type Helpers } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { getDefaultDtype, isFloatingPoint } from "../dtype.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { checkTensor } from "./promotion.js";

/** A function of one tensor, element by element. */
export type UnaryFunction = (input: Tensor) => Tensor;

/** What makes a function of one element. */
export interface UnaryDefinition {
  /** The value, in JavaScript: an expression of the operand `a`. */
  readonly expression: string;
  /** Where integers need another expression. */
  readonly integerExpression?: string;
  /** Functions that the expressions call by these names. */
  readonly helpers?: Helpers;
  /** What the backward needs: the operand, the result, or (default) neither. */
  readonly saves?: "input" | "output";
  /** The gradient of the operand, from that of the result and the saved tensor, in recorded operations. */
  readonly chain: (gradient: Tensor, saved: Tensor) => Tensor;
  /**
   * Which types are taken as they are. Bools are no numbers: those operations refuse them, and a few refuse integers
   * too. All else turns floating point first (default).
   */
  readonly takes?: "any type" | "numbers" | "floating point" | "only floating point";
  /** What `gradFn` prints. Default: the verb with a capital, and "Backward0". */
  readonly gradFn?: string;
}

/**
 * Makes a function of one tensor that is applied to each element and recorded for `backward()`.
 *
 * @param verb the name in error messages
 */
export function unary(verb: string, definition: UnaryDefinition): UnaryFunction {
  const { expression, integerExpression, helpers, saves, chain, takes = "floating point" } = definition;
  const kernel = new Elementwise(expression, 1, helpers);
  const integerKernel =
    integerExpression === undefined ? kernel : new Elementwise(integerExpression, 1, helpers);
  const operation: Operation = {
    name: definition.gradFn ?? `${verb[0].toUpperCase()}${verb.slice(1)}Backward0`,
    backward(node, gradient) {
      node.give(0, chain(gradient, node.saved(0)));
    },
  };
  return (input) => {
    checkTensor(verb, input);
    const isFloating = isFloatingPoint(input.dtype);
    if ((takes === "numbers" && input.dtype === "bool") || (takes === "only floating point" && !isFloating)) {
      throw new TypeError(
        `${verb}: is not supported on ${input.dtype} tensors: convert it first, for example with float()`,
      );
    }
    const operand = isFloating || takes !== "floating point" ? input : to(input, getDefaultDtype());
    const out = Tensor.emptyLike(operand, operand.dtype, verb);
    (isFloatingPoint(operand.dtype) ? kernel : integerKernel).run(out, operand);
    if (isRecorded(operand)) {
      const saved = saves === undefined ? undefined : [saves === "input" ? operand : out];
      out.gradFn = new Node(operation, [operand], saved);
    }
    return out;
  };
}
