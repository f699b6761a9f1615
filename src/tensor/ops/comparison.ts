import { Elementwise, type Helpers } from "../../engine/elementwise.js";
import { namedArguments } from "../arguments.js";
import { noGrad } from "../autograd/mode.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { type BinaryFunction, type BinaryOperation, binary, nothing, type Operand } from "./binary.js";
import { checkTensor } from "./promotion.js";

/** Compares element by element; numbers adapt to the tensor, so that `x.eq(0.1)` holds for a float32 0.1. */
function comparison(verb: string, expression: string): BinaryFunction {
  const operation: BinaryOperation = {
    name: verb,
    verb,
    kernel: new Elementwise(`${expression} ? 1 : 0`, 2),
    gives: "bool",
    saves: nothing,
    backward() {},
  };
  return binary(operation);
}

/** input = other, as bools. */
export const eq: BinaryFunction = comparison("eq", "a === b");
/** input ≠ other, as bools. */
export const ne: BinaryFunction = comparison("ne", "a !== b");
/** input < other, as bools. */
export const lt: BinaryFunction = comparison("lt", "a < b");
/** input ≤ other, as bools. */
export const le: BinaryFunction = comparison("le", "a <= b");
/** input > other, as bools. */
export const gt: BinaryFunction = comparison("gt", "a > b");
/** input ≥ other, as bools. */
export const ge: BinaryFunction = comparison("ge", "a >= b");

/** A question about each element. */
export type Predicate = (input: Tensor) => Tensor;

/** @internal */
export function predicate(verb: string, expression: string, helpers?: Helpers): Predicate {
  const kernel = new Elementwise(`${expression} ? 1 : 0`, 1, helpers);
  return (input) => {
    checkTensor(verb, input);
    const out = Tensor.like(input, "bool");
    kernel.run(out, input);
    return out;
  };
}

/** Whether each element is NaN. */
export const isnan: Predicate = predicate("isnan", "a !== a");
/** Whether each element is ∞ or −∞. */
export const isinf: Predicate = predicate("isinf", "a === Infinity || a === -Infinity");
/** Whether each element is neither infinite nor NaN. */
export const isfinite: Predicate = predicate("isfinite", "a - a === 0");
/** Whether each element is ∞. */
export const isposinf: Predicate = predicate("isposinf", "a === Infinity");
/** Whether each element is −∞. */
export const isneginf: Predicate = predicate("isneginf", "a === -Infinity");
/** Whether each element has a minus sign, −0 included. */
export const signbit: Predicate = predicate("signbit", "a < 0 || 1 / a === -Infinity");

export interface ToleranceOptions {
  /** Relative to |other|. Default 1e-5. */
  rtol?: number;
  /** Absolute. Default 1e-8. */
  atol?: number;
  /** Whether NaN is close to NaN. Default false. */
  equalNan?: boolean;
}

/** `isclose(a, b)`, `isclose(a, b, 1e-3)`, `isclose(a, b, { atol: 1e-6 })`. */
export type ToleranceArguments =
  | [rtol?: number, atol?: number, equalNan?: boolean]
  | [options: ToleranceOptions]
  | [rtol: number, options: ToleranceOptions]
  | [rtol: number, atol: number, options: ToleranceOptions];

/** Whether |input − other| ≤ atol + rtol · |other|, element by element; infinities are close to themselves. */
export function isclose(input: Tensor, other: Tensor, ...given: ToleranceArguments): Tensor {
  return close("isclose", input, other, given);
}

/** Whether all elements are close: `isclose(…).all()` as a boolean. */
export function allclose(input: Tensor, other: Tensor, ...given: ToleranceArguments): boolean {
  return close("allclose", input, other, given).storage.data.every((found) => found === 1);
}

const closeKernel = new Elementwise(
  "a === b || (Math.abs(a - b) < Infinity && Math.abs(a - b) <= c) ? 1 : 0",
  3,
);

function close(verb: string, input: Tensor, other: Tensor, given: ToleranceArguments): Tensor {
  checkTensor(verb, input);
  checkTensor(verb, other);
  const options = namedArguments<ToleranceOptions>(verb, ["rtol", "atol", "equalNan"], given);
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  for (const [name, value] of Object.entries({ rtol, atol })) {
    if (!(value >= 0)) {
      throw new RangeError(`${verb}: ${name} must be greater than or equal to zero, but got ${value}`);
    }
  }
  if (input.dtype !== other.dtype) {
    throw new TypeError(`${verb}: ${input.dtype} did not match ${other.dtype}: convert one of them`);
  }
  return noGrad(() => {
    const allowed = other.mul(rtol).abs().add(atol);
    const out = Tensor.zeros(broadcastShapes(verb, input.shape, other.shape), "bool");
    closeKernel.run(out, input, other, allowed);
    return equalNan ? out.maskedFill(isnan(input).mul(isnan(other)), 1) : out;
  });
}

/** Whether shapes and all elements are the same. NaN is not equal to itself. */
export function equal(input: Tensor, other: Tensor): boolean {
  checkTensor("equal", input);
  checkTensor("equal", other);
  if (input.dtype !== other.dtype) {
    throw new TypeError(`equal: expected both tensors of one dtype, got ${input.dtype} and ${other.dtype}`);
  }
  return sameShape(input.shape, other.shape) && eq(input, other).storage.data.every((found) => found === 1);
}

addMethods({
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  notEqual: ne,
  less: lt,
  lessEqual: le,
  greater: gt,
  greaterEqual: ge,
  isnan,
  isinf,
  isfinite,
  isposinf,
  isneginf,
  signbit,
  isclose,
  allclose,
  equal,
});

export { ge as greaterEqual, gt as greater, le as lessEqual, lt as less, ne as notEqual };

declare module "../tensor.js" {
  interface Tensor {
    /** this = other, as bools. */
    eq(other: Operand): Tensor;
    /** this ≠ other, as bools. */
    ne(other: Operand): Tensor;
    /** this < other, as bools. */
    lt(other: Operand): Tensor;
    /** this ≤ other, as bools. */
    le(other: Operand): Tensor;
    /** this > other, as bools. */
    gt(other: Operand): Tensor;
    /** this ≥ other, as bools. */
    ge(other: Operand): Tensor;
    /** `ne`. */
    notEqual(other: Operand): Tensor;
    /** `lt`. */
    less(other: Operand): Tensor;
    /** `le`. */
    lessEqual(other: Operand): Tensor;
    /** `gt`. */
    greater(other: Operand): Tensor;
    /** `ge`. */
    greaterEqual(other: Operand): Tensor;
    /** Whether each element is NaN. */
    isnan(): Tensor;
    /** Whether each element is ∞ or −∞. */
    isinf(): Tensor;
    /** Whether each element is neither infinite nor NaN. */
    isfinite(): Tensor;
    /** Whether each element is ∞. */
    isposinf(): Tensor;
    /** Whether each element is −∞. */
    isneginf(): Tensor;
    /** Whether each element has a minus sign, −0 included. */
    signbit(): Tensor;
    /** Whether |this − other| ≤ atol + rtol · |other|, element by element. */
    isclose(other: Tensor, ...given: ToleranceArguments): Tensor;
    /** Whether all elements are close. */
    allclose(other: Tensor, ...given: ToleranceArguments): boolean;
    /** Whether shapes and all elements are the same. */
    equal(other: Tensor): boolean;
  }
}
