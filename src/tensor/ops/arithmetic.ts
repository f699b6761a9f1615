import { Elementwise } from "../../engine/elementwise.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { asElement, getDefaultDtype, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import {
  applyBinary,
  applyInPlace,
  applyToOperands,
  type BinaryOperation,
  both,
  integers,
  nothing,
  type Operand,
} from "./binary.js";
import { clone } from "./copy.js";
import { type RoundingOptions, roundedDivision } from "./division.js";
import { assign, changeInPlace } from "./in-place.js";
import { checkTensor } from "./promotion.js";

const Add: BinaryOperation = {
  name: "AddBackward0",
  verb: "add",
  kernel: new Elementwise("a + b", 2),
  exceptions: { bool: new Elementwise("a | b", 2) },
  saves: nothing,
  backward(node, gradient) {
    node.give(0, gradient);
    node.give(1, gradient);
  },
};

const Sub: BinaryOperation = {
  name: "SubBackward0",
  verb: "sub",
  kernel: new Elementwise("a - b", 2),
  saves: nothing,
  backward(node, gradient) {
    node.give(0, gradient);
    if (node.needs(1)) node.give(1, gradient.neg());
  },
};

const Mul: BinaryOperation = {
  name: "MulBackward0",
  verb: "mul",
  kernel: new Elementwise("a * b", 2),
  // int64 lies in float64, where 0 · −1 would be −0; the low bits of a product of int32 need more than 53.
  exceptions: { int64: new Elementwise("a * b + 0", 2), int32: new Elementwise("Math.imul(a, b)", 2) },
  saves: (a, b) => [b.requiresGrad ? a : null, a.requiresGrad ? b : null],
  backward(node, gradient) {
    if (node.needs(0)) node.give(0, mul(gradient, node.saved(1)));
    if (node.needs(1)) node.give(1, mul(gradient, node.saved(0)));
  },
};

const Div: BinaryOperation = {
  name: "DivBackward0",
  verb: "div",
  kernel: new Elementwise("a / b", 2),
  leavesIntegers: true,
  saves: (a, b) => [b.requiresGrad ? a : null, b],
  backward(node, gradient) {
    const divisor = node.saved(1);
    const first = div(gradient, divisor);
    node.give(0, first);
    if (node.needs(1)) node.give(1, div(mul(first, node.saved(0)), divisor).neg());
  },
};

const integerPower = new Elementwise("b < 0 && a !== 1 && a !== -1 ? 0 : a ** b", 2);

const Pow: BinaryOperation = {
  name: "PowBackward1",
  verb: "pow",
  // As in C, and unlike JavaScript, 1 to any power is 1, and so is −1 to the power of ±∞.
  kernel: new Elementwise("a === 1 || (a === -1 && 1 / b === 0) ? 1 : a ** b", 2),
  exceptions: { ...integers(integerPower), bool: null },
  saves: both,
  backward(node, gradient) {
    const base = node.saved(0);
    const exponent = node.saved(1);
    // Where the exponent is 0 the power is constant, even at 0, where b·a^(b − 1) would be 0·∞.
    if (node.needs(0)) node.give(0, mul(gradient, applyBinary(PowerSlope, base, exponent)));
    if (node.needs(1)) node.give(1, mul(gradient, applyBinary(PowerLog, base, exponent)));
  },
};

/** With a number as the exponent. */
const PowScalar: BinaryOperation = { ...Pow, name: "PowBackward0" };

/** b·a^(b − 1), the derivative of a^b by a. */
const PowerSlope: BinaryOperation = {
  name: "PowerSlopeBackward",
  verb: "pow",
  kernel: new Elementwise("b === 0 ? 0 : b * a ** (b - 1)", 2),
  saves: both,
  backward(node, gradient) {
    const base = node.saved(0);
    const exponent = node.saved(1);
    if (node.needs(0))
      node.give(0, mul(gradient, mul(exponent, applyBinary(PowerSlope, base, sub(exponent, 1)))));
    if (node.needs(1)) {
      const lower = pow(base, sub(exponent, 1));
      node.give(1, mul(gradient, add(lower, mul(exponent, applyBinary(PowerLog, base, sub(exponent, 1))))));
    }
  },
};

/** a^b·ln a, the derivative of a^b by b; 0 where a is 0 and b ≥ 0, as in PyTorch. */
const PowerLog: BinaryOperation = {
  name: "PowerLogBackward",
  verb: "pow",
  kernel: new Elementwise("a === 0 && b >= 0 ? 0 : a ** b * Math.log(a)", 2),
  saves: both,
  backward(node, gradient) {
    const base = node.saved(0);
    const exponent = node.saved(1);
    if (node.needs(0)) {
      const lower = pow(base, sub(exponent, 1));
      node.give(0, mul(gradient, add(lower, mul(exponent, applyBinary(PowerLog, base, sub(exponent, 1))))));
    }
    if (node.needs(1)) node.give(1, mul(gradient, mul(applyBinary(PowerLog, base, exponent), base.log())));
  },
};

/** `{ alpha }`: the second operand is multiplied by it first. */
export interface AlphaOptions {
  alpha?: number;
}

function scaled(operation: string, other: Operand, options: AlphaOptions | undefined): Operand {
  if (options === undefined) return other;
  const { alpha = 1 } = namedArguments<AlphaOptions>(operation, ["alpha"], [options]);
  if (typeof alpha !== "number") throw new TypeError(`${operation}: alpha is a number, not ${typeof alpha}`);
  return typeof other === "number" ? other * alpha : mul(other, alpha);
}

/** input + alpha · other, element by element; shapes are broadcast. */
export function add(input: Operand, other: Operand, options?: AlphaOptions): Tensor {
  return applyToOperands(Add, input, scaled("add", other, options));
}

function refuseBools(operation: string, ...operands: Operand[]): void {
  if (operands.some((operand) => operand instanceof Tensor && operand.dtype === "bool")) {
    throw new TypeError(
      `${operation}: subtraction with a bool tensor is not supported: convert it first, for example with float()`,
    );
  }
}

/** input − alpha · other, element by element; shapes are broadcast. */
export function sub(input: Operand, other: Operand, options?: AlphaOptions): Tensor {
  refuseBools("sub", input, other);
  return applyToOperands(Sub, input, scaled("sub", other, options));
}

/** input · other, element by element; shapes are broadcast. */
export function mul(input: Operand, other: Operand): Tensor {
  return applyToOperands(Mul, input, other);
}

/** input / other, element by element; shapes are broadcast. Integers give floating point, unless it is rounded. */
export function div(input: Operand, other: Operand, options?: RoundingOptions): Tensor {
  const rounded = options === undefined ? null : roundedDivision("div", options);
  return rounded === null ? applyToOperands(Div, input, other) : rounded(input, other);
}

/** input / other, element by element; shapes are broadcast. Integers give floating point. */
export function trueDivide(input: Operand, other: Operand): Tensor {
  return applyToOperands(Div, input, other);
}

/** input to the power of exponent, element by element; shapes are broadcast. */
export function pow(input: Operand, exponent: Operand): Tensor {
  if (typeof exponent !== "number") return applyToOperands(Pow, input, exponent);
  checkTensor("pow", input);
  if (exponent === 2 && input.dtype !== "bool") return input.square();
  if (exponent < 0 && Number.isInteger(exponent) && !isFloatingPoint(input.dtype)) {
    throw new RangeError(
      `pow: Integers to negative integer powers are not allowed: the tensor is ${input.dtype}, the exponent ${exponent}; convert it first, for example with float()`,
    );
  }
  return applyToOperands(PowScalar, input, exponent);
}

addMethods({ subtract: sub, multiply: mul, divide: div, trueDivide });

export { div as divide, mul as multiply, sub as subtract };

declare module "../tensor.js" {
  interface Tensor {
    /** this + alpha · other, element by element; shapes are broadcast. */
    add(other: Operand, options?: AlphaOptions): Tensor;
    /** this − alpha · other, element by element; shapes are broadcast. */
    sub(other: Operand, options?: AlphaOptions): Tensor;
    /** this · other, element by element; shapes are broadcast. */
    mul(other: Operand): Tensor;
    /** this / other, element by element; shapes are broadcast. */
    div(other: Operand, options?: RoundingOptions): Tensor;
    /** `sub`. */
    subtract(other: Operand, options?: AlphaOptions): Tensor;
    /** `mul`. */
    multiply(other: Operand): Tensor;
    /** `div`. */
    divide(other: Operand, options?: RoundingOptions): Tensor;
    /** this / other, not rounded. */
    trueDivide(other: Operand): Tensor;
    /** this to the power of exponent, element by element; shapes are broadcast. */
    pow(exponent: Operand): Tensor;
    /** Adds alpha · other in place. */
    add_(other: Operand, options?: AlphaOptions): this;
    /** Subtracts alpha · other in place. */
    sub_(other: Operand, options?: AlphaOptions): this;
    /** Multiplies in place. */
    mul_(other: Operand): this;
    /** Divides in place. */
    div_(other: Operand, options?: RoundingOptions): this;
    /** Overwrites the values with those of `source`, which is broadcast. */
    copy_(source: Tensor): this;
    /** Sets every element to `value`. */
    fill_(value: number): this;
    /** Sets every element to 0. */
    zero_(): this;
  }
}

Tensor.prototype.add = function (other, options) {
  return add(this, other, options);
};
Tensor.prototype.sub = function (other, options) {
  return sub(this, other, options);
};
Tensor.prototype.mul = function (other) {
  return mul(this, other);
};
Tensor.prototype.div = function (other, options) {
  return div(this, other, options);
};
Tensor.prototype.pow = function (exponent) {
  return pow(this, exponent);
};
Tensor.prototype.add_ = function <T extends Tensor>(this: T, other: Operand, options?: AlphaOptions): T {
  return applyInPlace(Add, this, scaled("add_", other, options)) as T;
};
Tensor.prototype.sub_ = function <T extends Tensor>(this: T, other: Operand, options?: AlphaOptions): T {
  refuseBools("sub_", this, other);
  return applyInPlace(Sub, this, scaled("sub_", other, options)) as T;
};
Tensor.prototype.mul_ = function <T extends Tensor>(this: T, other: Operand): T {
  return applyInPlace(Mul, this, other) as T;
};
Tensor.prototype.div_ = function <T extends Tensor>(this: T, other: Operand, options?: RoundingOptions): T {
  const rounded = options === undefined ? null : roundedDivision("div_", options);
  if (rounded !== null) return changeInPlace("div_", this, [other], (current) => rounded(current, other));
  if (!isFloatingPoint(this.dtype)) {
    throw new TypeError(
      `div_: result type ${getDefaultDtype()} can't be cast to the desired output type ${this.dtype}`,
    );
  }
  return applyInPlace(Div, this, other) as T;
};

Tensor.prototype.copy_ = function <T extends Tensor>(this: T, source: Tensor): T {
  checkTensor("copy_", source);
  if (!sameShape(broadcastShapes("copy_", this.shape, source.shape), this.shape)) {
    throw new RangeError(
      `copy_: output with shape ${describe(this.shape)} doesn't match the broadcast shape of ${describe(this.shape)} and ${describe(source.shape)}`,
    );
  }
  // Where both lie in the same memory, the source must not be read after it was changed.
  const values = source.storage === this.storage || isRecorded(this, source) ? clone(source) : source;
  return assign("copy_", this, values.to(this.dtype).expand(this.shape));
};
Tensor.prototype.fill_ = function <T extends Tensor>(this: T, value: number): T {
  return fill(this, value, "fill_");
};
Tensor.prototype.zero_ = function <T extends Tensor>(this: T): T {
  return fill(this, 0, "zero_");
};

function fill<T extends Tensor>(target: T, value: number, verb: string): T {
  if (typeof value !== "number") throw new TypeError(`${verb}: the value is a number, not ${typeof value}`);
  const element = Tensor.full([], asElement(verb, value, target.dtype), target.dtype);
  return assign(verb, target, element.expand(target.shape));
}
