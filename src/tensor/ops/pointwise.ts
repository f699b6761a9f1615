import { Elementwise } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { to } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { type UnaryFunction, unary } from "./unary.js";

// The gradients are grouped as PyTorch's are, so that they round alike.

/** −x. */
export const neg: UnaryFunction = unary("neg", {
  expression: "-a",
  // int64 lies in float64, where −0 is not 0.
  integerExpression: "0 - a",
  takes: "numbers",
  chain: (g) => neg(g),
});
/** −1, 0 or 1: the sign of each element. */
export const sign: UnaryFunction = unary("sign", {
  // Also 0 for −0 and NaN, as in PyTorch.
  expression: "a > 0 ? 1 : a < 0 ? -1 : 0",
  takes: "any type",
  chain: (g) => Tensor.like(g),
});
/** |x|. Its derivative at 0 is taken as 0. */
export const abs: UnaryFunction = unary("abs", {
  expression: "Math.abs(a)",
  takes: "numbers",
  saves: "input",
  chain: (g, x) => g.mul(sign(x)),
});
const squareOfNumber = unary("square", {
  expression: "a * a",
  takes: "numbers",
  saves: "input",
  chain: (g, x) => g.mul(x.mul(2)),
  gradFn: "PowBackward0",
});
/** x²; of bools as integers. */
export function square(input: Tensor): Tensor {
  return squareOfNumber(input instanceof Tensor && input.dtype === "bool" ? to(input, "int64") : input);
}
/** √x; NaN for negative x. */
export const sqrt: UnaryFunction = unary("sqrt", {
  expression: "Math.sqrt(a)",
  saves: "output",
  chain: (g, y) => g.div(y.mul(2)),
});
/** e to the power of x. */
export const exp: UnaryFunction = unary("exp", {
  expression: "Math.exp(a)",
  saves: "output",
  chain: (g, y) => g.mul(y),
});
/** The natural logarithm. */
export const log: UnaryFunction = unary("log", {
  expression: "Math.log(a)",
  saves: "input",
  chain: (g, x) => g.div(x),
});
/** The sine of an angle in radians. */
export const sin: UnaryFunction = unary("sin", {
  expression: "Math.sin(a)",
  saves: "input",
  chain: (g, x) => g.mul(cos(x)),
});
/** The cosine of an angle in radians. */
export const cos: UnaryFunction = unary("cos", {
  expression: "Math.cos(a)",
  saves: "input",
  chain: (g, x) => neg(g.mul(sin(x))),
});
/** The hyperbolic tangent. */
export const tanh: UnaryFunction = unary("tanh", {
  expression: "Math.tanh(a)",
  saves: "output",
  chain: (g, y) => g.mul(neg(square(y)).add(1)),
});
/** 1 / (1 + e^−x). */
export const sigmoid: UnaryFunction = unary("sigmoid", {
  expression: "1 / (1 + Math.exp(-a))",
  saves: "output",
  chain: (g, y) => g.mul(neg(y).add(1)).mul(y),
});

/** Lets a gradient pass where the rectified output is positive (and where it is NaN). */
const passKernel = new Elementwise("b <= 0 ? 0 : a", 2);
const Pass: Operation = {
  name: "ThresholdBackwardBackward0",
  backward(node, gradient) {
    node.give(0, pass(gradient, node.saved(0)));
  },
};

function pass(gradient: Tensor, output: Tensor): Tensor {
  const out = Tensor.emptyLike(gradient);
  passKernel.run(out, gradient, output);
  if (isRecorded(gradient)) out.gradFn = new Node(Pass, [gradient], [output]);
  return out;
}

/** max(x, 0). Its derivative at 0 is taken as 0. */
export const relu: UnaryFunction = unary("relu", {
  expression: "a < 0 ? 0 : a",
  takes: "numbers",
  saves: "output",
  chain: pass,
});

/** The tensor as it is: +x. */
export function positive(input: Tensor): Tensor {
  checkTensor("positive", input);
  if (input.dtype === "bool") throw new TypeError("positive: is not supported on bool tensors");
  return input;
}

const aliases = { negative: neg, absolute: abs, sgn: sign, positive };

addMethods({ neg, sign, abs, square, sqrt, exp, log, sin, cos, tanh, sigmoid, relu, ...aliases });

export { abs as absolute, neg as negative };

/** −1, 0 or 1: of real numbers, `sign`. */
export const sgn: UnaryFunction = sign;

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
    /** `neg`. */
    negative(): Tensor;
    /** `abs`. */
    absolute(): Tensor;
    /** Of real numbers, `sign`. */
    sgn(): Tensor;
    /** This tensor: +x. */
    positive(): Tensor;
  }
}
