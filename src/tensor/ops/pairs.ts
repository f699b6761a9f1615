import { Elementwise } from "../../engine/elementwise.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { type AlphaOptions, sub } from "./arithmetic.js";
import {
  applyBinary,
  applyToOperands,
  type BinaryOperation,
  type BinaryTensorFunction,
  binaryOfTensors,
  both,
  integers,
  notDifferentiable,
  type Operand,
} from "./binary.js";
import { eq, le } from "./comparison.js";
import { logicalAnd } from "./logical.js";
import { checkTensor } from "./promotion.js";

/** The angle of the point (other, input) with the first axis, between −π and π. */
export const atan2: BinaryTensorFunction = binaryOfTensors({
  name: "Atan2Backward0",
  verb: "atan2",
  kernel: new Elementwise("Math.atan2(a, b)", 2),
  leavesIntegers: true,
  saves: both,
  backward(node, gradient) {
    const [y, x] = [node.saved(0), node.saved(1)];
    const scaled = gradient.div(y.square().add(x.square()));
    if (node.needs(0)) node.give(0, scaled.mul(x));
    if (node.needs(1)) node.give(1, scaled.mul(y.neg()));
  },
});

/** √(input² + other²), without overflow in between. */
export const hypot: BinaryTensorFunction = binaryOfTensors({
  name: "HypotBackward0",
  verb: "hypot",
  kernel: new Elementwise("Math.hypot(a, b)", 2),
  exceptions: { ...integers(null), bool: null },
  saves: (a, b, out) => [a, b, out],
  backward(node, gradient) {
    const out = node.saved(2);
    if (node.needs(0)) node.give(0, gradient.mul(node.saved(0).div(out)));
    if (node.needs(1)) node.give(1, gradient.mul(node.saved(1).div(out)));
  },
});

function xlogyOperation(name: string): BinaryOperation {
  return {
    name,
    verb: "xlogy",
    kernel: new Elementwise("a === 0 && b === b ? 0 : a * Math.log(b)", 2),
    leavesIntegers: true,
    saves: (a, b) => [a, b],
    backward(node, gradient) {
      const [x, y] = [node.saved(0), node.saved(1)];
      if (node.needs(0)) {
        node.give(0, xlogy(gradient, y).maskedFill(logicalAnd(eq(x, 0), le(y, 0)), 0));
      }
      if (node.needs(1)) node.give(1, gradient.mul(x.div(y)));
    },
  };
}
const Xlogy = xlogyOperation("XlogyBackward0");
const XlogyOfNumber = xlogyOperation("XlogyBackward1");
const XlogyByNumber = xlogyOperation("XlogyBackward2");

/** input · ln(other), and 0 where input is 0. */
export function xlogy(input: Operand, other: Operand): Tensor {
  const operation =
    typeof input === "number" ? XlogyOfNumber : typeof other === "number" ? XlogyByNumber : Xlogy;
  return applyToOperands(operation, input, other);
}

const Copysign: BinaryOperation = {
  name: "CopysignBackward0",
  verb: "copysign",
  kernel: new Elementwise("b < 0 || 1 / b === -Infinity ? -Math.abs(a) : Math.abs(a)", 2),
  leavesIntegers: true,
  saves: (a, _, out) => [a, out],
  backward(node, gradient) {
    const x = node.saved(0);
    if (node.needs(0)) node.give(0, gradient.mul(node.saved(1).div(x).maskedFill(eq(x, 0), 0).detach()));
    if (node.needs(1)) node.give(1, Tensor.like(gradient));
  },
};

/** |input| with the sign of `other`, that of zeros included. */
export function copysign(input: Tensor, other: Operand): Tensor {
  checkTensor("copysign", input);
  return applyToOperands(Copysign, input, other);
}

const Heaviside: BinaryOperation = {
  name: "HeavisideBackward",
  verb: "heaviside",
  kernel: new Elementwise("a === 0 ? b : a > 0 ? 1 : 0", 2),
  saves: () => undefined,
  backward: notDifferentiable("heaviside"),
};

/** 0 below zero, 1 above, and `values` at zero. It has no derivative. */
export function heaviside(input: Tensor, values: Tensor): Tensor {
  checkTensor("heaviside", input);
  checkTensor("heaviside", values);
  if (input.dtype !== values.dtype) {
    throw new TypeError(
      `heaviside: tensors with different dtypes, ${input.dtype} and ${values.dtype}: convert one of them`,
    );
  }
  return applyBinary(Heaviside, input, values);
}

/** other − alpha · input. */
export function rsub(input: Tensor, other: Operand, options?: AlphaOptions): Tensor {
  checkTensor("rsub", input);
  return sub(other, input, options);
}

/** ln(e^input + e^other), without overflow in between. */
export const logaddexp: BinaryTensorFunction = binaryOfTensors({
  name: "LogaddexpBackward0",
  verb: "logaddexp",
  kernel: new Elementwise(
    "a === b && (a === Infinity || a === -Infinity) ? a : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))",
    2,
  ),
  exceptions: { ...integers(null), bool: null },
  saves: both,
  backward(node, gradient) {
    const [a, b] = [node.saved(0), node.saved(1)];
    if (node.needs(0)) node.give(0, gradient.div(b.sub(a).exp().add(1)));
    if (node.needs(1)) node.give(1, gradient.div(a.sub(b).exp().add(1)));
  },
});

addMethods({ atan2, arctan2: atan2, hypot, xlogy, copysign, heaviside, rsub, logaddexp });

export { atan2 as arctan2 };

declare module "../tensor.js" {
  interface Tensor {
    /** The angle of the point (other, this) with the first axis, between −π and π. */
    atan2(other: Tensor): Tensor;
    /** `atan2`. */
    arctan2(other: Tensor): Tensor;
    /** √(this² + other²), without overflow in between. */
    hypot(other: Tensor): Tensor;
    /** this · ln(other), and 0 where this is 0. */
    xlogy(other: Operand): Tensor;
    /** |this| with the sign of `other`, that of zeros included. */
    copysign(other: Operand): Tensor;
    /** 0 below zero, 1 above, and `values` at zero. */
    heaviside(values: Tensor): Tensor;
    /** other − alpha · this. */
    rsub(other: Operand, options?: AlphaOptions): Tensor;
    /** ln(e^this + e^other), without overflow in between. */
    logaddexp(other: Tensor): Tensor;
  }
}
