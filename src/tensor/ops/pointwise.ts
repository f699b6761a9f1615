import { Elementwise } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { getDefaultDtype, isFloatingPoint } from "../dtype.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { checkTensor } from "./promotion.js";

/** A function of one element. */
interface UnaryOperation extends Operation {
  readonly kernel: Elementwise;
  /** What the backward needs: the operand, the result, or neither. */
  readonly saves: "input" | "output" | "nothing";
  /** Which types are taken as they are. Bools are no numbers: those operations refuse them. All else turns floating point first. */
  readonly takes: "any type" | "numbers" | "floating point";
  /** Where integers need another expression. */
  readonly integerKernel?: Elementwise;
}

/**
 * @param expression of the operand `a`, in JavaScript
 * @param chain the gradient of the operand, from that of the result and the saved tensor
 */
function unary(
  name: string,
  expression: string,
  saves: UnaryOperation["saves"],
  chain: (gradient: Tensor, saved: Tensor) => Tensor,
  takes: UnaryOperation["takes"] = "floating point",
): UnaryOperation {
  return {
    name: `${name}Backward0`,
    kernel: new Elementwise(expression, 1),
    saves,
    takes,
    backward(node, gradient) {
      node.give(0, chain(gradient, node.saved(0)));
    },
  };
}

const Neg: UnaryOperation = {
  name: "NegBackward0",
  kernel: new Elementwise("-a", 1),
  // int64 lies in float64, where −0 is not 0.
  integerKernel: new Elementwise("0 - a", 1),
  saves: "nothing",
  takes: "numbers",
  backward(node, gradient) {
    node.give(0, neg(gradient));
  },
};
const Sign: UnaryOperation = {
  name: "SignBackward0",
  kernel: new Elementwise("Math.sign(a)", 1),
  saves: "nothing",
  takes: "any type",
  backward(node, gradient) {
    node.give(0, Tensor.like(gradient));
  },
};
// The formulas are grouped as PyTorch's are, so that they round alike.
const Abs = unary("Abs", "Math.abs(a)", "input", (g, x) => g.mul(sign(x)), "numbers");
const Square = unary("Pow", "a * a", "input", (g, x) => g.mul(x.mul(2)), "numbers");
const Sqrt = unary("Sqrt", "Math.sqrt(a)", "output", (g, y) => g.div(y.mul(2)));
const Exp = unary("Exp", "Math.exp(a)", "output", (g, y) => g.mul(y));
const Log = unary("Log", "Math.log(a)", "input", (g, x) => g.div(x));
const Sin = unary("Sin", "Math.sin(a)", "input", (g, x) => g.mul(cos(x)));
const Cos = unary("Cos", "Math.cos(a)", "input", (g, x) => neg(g.mul(sin(x))));
const Tanh = unary("Tanh", "Math.tanh(a)", "output", (g, y) => g.mul(neg(square(y)).add(1)));
const Sigmoid = unary("Sigmoid", "1 / (1 + Math.exp(-a))", "output", (g, y) => g.mul(neg(y).add(1)).mul(y));

/** Lets a gradient pass where the rectified output is positive (and where it is NaN). */
const passKernel = new Elementwise("b <= 0 ? 0 : a", 2);
const Pass: Operation = {
  name: "ThresholdBackwardBackward0",
  backward(node, gradient) {
    node.give(0, pass(gradient, node.saved(0)));
  },
};

function pass(gradient: Tensor, output: Tensor): Tensor {
  const out = Tensor.like(gradient);
  passKernel.run(out, gradient, output);
  if (isRecorded(gradient)) out.gradFn = new Node(Pass, [gradient], [output]);
  return out;
}

const Relu: UnaryOperation = {
  name: "ReluBackward0",
  kernel: new Elementwise("a <= 0 ? 0 : a", 1),
  saves: "output",
  takes: "numbers",
  backward(node, gradient) {
    node.give(0, pass(gradient, node.saved(0)));
  },
};

function apply(verb: string, operation: UnaryOperation, input: Tensor): Tensor {
  checkTensor(verb, input);
  if (operation.takes === "numbers" && input.dtype === "bool") {
    throw new TypeError(
      `${verb}: is not supported on bool tensors: convert it first, for example with float()`,
    );
  }
  const isFloating = isFloatingPoint(input.dtype);
  const operand = isFloating || operation.takes !== "floating point" ? input : to(input, getDefaultDtype());
  const out = Tensor.like(operand);
  const kernel = isFloating ? operation.kernel : (operation.integerKernel ?? operation.kernel);
  kernel.run(out, operand);
  if (isRecorded(operand)) {
    const saved = operation.saves === "nothing" ? undefined : [operation.saves === "input" ? operand : out];
    out.gradFn = new Node(operation, [operand], saved);
  }
  return out;
}

/** −x. */
export function neg(input: Tensor): Tensor {
  return apply("neg", Neg, input);
}
/** −1, 0 or 1: the sign of each element. */
export function sign(input: Tensor): Tensor {
  return apply("sign", Sign, input);
}
/** |x|. Its derivative at 0 is taken as 0. */
export function abs(input: Tensor): Tensor {
  return apply("abs", Abs, input);
}
/** x². */
export function square(input: Tensor): Tensor {
  return apply("square", Square, input);
}
/** √x; NaN for negative x. */
export function sqrt(input: Tensor): Tensor {
  return apply("sqrt", Sqrt, input);
}
/** e to the power of x. */
export function exp(input: Tensor): Tensor {
  return apply("exp", Exp, input);
}
/** The natural logarithm. */
export function log(input: Tensor): Tensor {
  return apply("log", Log, input);
}
/** The sine of an angle in radians. */
export function sin(input: Tensor): Tensor {
  return apply("sin", Sin, input);
}
/** The cosine of an angle in radians. */
export function cos(input: Tensor): Tensor {
  return apply("cos", Cos, input);
}
/** The hyperbolic tangent. */
export function tanh(input: Tensor): Tensor {
  return apply("tanh", Tanh, input);
}
/** 1 / (1 + e^−x). */
export function sigmoid(input: Tensor): Tensor {
  return apply("sigmoid", Sigmoid, input);
}
/** max(x, 0). Its derivative at 0 is taken as 0. */
export function relu(input: Tensor): Tensor {
  return apply("relu", Relu, input);
}

const methods = { neg, sign, abs, square, sqrt, exp, log, sin, cos, tanh, sigmoid, relu };

declare module "../tensor.js" {
  interface Tensor {
    /** −x. */
    neg(): Tensor;
    /** −1, 0 or 1: the sign of each element. */
    sign(): Tensor;
    /** |x|. */
    abs(): Tensor;
    /** x². */
    square(): Tensor;
    /** √x; NaN for negative x. */
    sqrt(): Tensor;
    /** e to the power of x. */
    exp(): Tensor;
    /** The natural logarithm. */
    log(): Tensor;
    /** The sine of an angle in radians. */
    sin(): Tensor;
    /** The cosine of an angle in radians. */
    cos(): Tensor;
    /** The hyperbolic tangent. */
    tanh(): Tensor;
    /** 1 / (1 + e^−x). */
    sigmoid(): Tensor;
    /** max(x, 0). */
    relu(): Tensor;
  }
}

for (const [name, operation] of Object.entries(methods) as [
  keyof typeof methods,
  (input: Tensor) => Tensor,
][]) {
  Tensor.prototype[name] = function () {
    return operation(this);
  };
}
