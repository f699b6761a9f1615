import { Elementwise } from "../../engine/elementwise.js";
import { namedArguments } from "../arguments.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import {
  type BinaryFunction,
  type BinaryOperation,
  binary,
  integers,
  notDifferentiable,
  nothing,
  type Operand,
} from "./binary.js";

const helpers = {
  /** Of integers, division by zero has no result. */
  nonzero(divisor: number): number {
    if (divisor === 0) throw new RangeError("ZeroDivisionError: an integer is divided by zero");
    return divisor;
  },
  /** a − b·⌊a/b⌋: it has the sign of b. */
  modulo(a: number, b: number): number {
    const rest = a % b;
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  /** ⌊a/b⌋, where a/b itself may round up to the next integer. */
  floorQuotient(a: number, b: number): number {
    if (b === 0) return a / b;
    const rest = a % b;
    let quotient = (a - rest) / b;
    if (rest !== 0 && rest < 0 !== b < 0) quotient--;
    if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
    const whole = Math.floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
  },
};

function kernels(
  expression: string,
  ofIntegers: string,
): Pick<BinaryOperation, "kernel" | "exceptions" | "saves"> {
  const integerKernel = new Elementwise(ofIntegers, 2, helpers);
  return {
    kernel: new Elementwise(expression, 2, helpers),
    exceptions: { ...integers(integerKernel), bool: null },
    saves: nothing,
  };
}

const FloorQuotient: BinaryOperation = {
  name: "DivBackward2",
  verb: "div",
  // int64 lies in float64, where −0 is not 0.
  ...kernels("floorQuotient(a, b)", "floorQuotient(a, nonzero(b)) + 0"),
  backward(node, gradient) {
    for (const index of [0, 1]) if (node.needs(index)) node.give(index, Tensor.like(gradient));
  },
};
const truncations = kernels("Math.trunc(a / b)", "Math.trunc(a / nonzero(b)) + 0");
const TruncatedQuotient: BinaryOperation = {
  ...FloorQuotient,
  ...truncations,
  // The quotient is rounded to float32 before it is cut off, as in PyTorch.
  exceptions: { ...truncations.exceptions, float32: new Elementwise("Math.trunc(Math.fround(a / b))", 2) },
};

const floorQuotient: BinaryFunction = binary(FloorQuotient);
const truncatedQuotient: BinaryFunction = binary(TruncatedQuotient);

export interface RoundingOptions {
  /** "floor" rounds the quotient down, "trunc" towards zero; integers stay integers then. Default: neither. */
  roundingMode?: "floor" | "trunc" | null;
}

/** Division that rounds its result, or null where it is not to be rounded. */
export function roundedDivision(operation: string, options: RoundingOptions): BinaryFunction | null {
  const { roundingMode = null } = namedArguments<RoundingOptions>(operation, ["roundingMode"], [options]);
  if (roundingMode === null) return null;
  if (roundingMode === "floor") return floorQuotient;
  if (roundingMode === "trunc") return truncatedQuotient;
  throw new TypeError(
    `${operation}: expected roundingMode to be one of null, "trunc" or "floor" but found ${JSON.stringify(roundingMode)}`,
  );
}

/** input / other rounded down, element by element; integers stay integers. It has no derivative. */
export const floorDivide: BinaryFunction = binary({
  ...FloorQuotient,
  name: "FloorDivideBackward",
  verb: "floorDivide",
  backward: notDifferentiable("floorDivide"),
});

/** The gradient of what is left by the divisor is that of −quotient · divisor. */
function rest(
  verb: string,
  name: string,
  expression: (divisor: string) => string,
  quotient: BinaryFunction,
): BinaryOperation {
  return {
    ...kernels(expression("b"), `${expression("nonzero(b)")} + 0`),
    name,
    verb,
    saves: (a, b) => (b.requiresGrad ? [a, b] : undefined),
    backward(node, gradient) {
      node.give(0, gradient);
      if (node.needs(1)) node.give(1, gradient.neg().mul(quotient(node.saved(0), node.saved(1))));
    },
  };
}

function restOf(
  verb: string,
  gradFn: string,
  expression: (divisor: string) => string,
  quotient: BinaryFunction,
): BinaryFunction {
  const byTensor = binary(rest(verb, `${gradFn}1`, expression, quotient));
  const byNumber = binary(rest(verb, `${gradFn}0`, expression, quotient));
  return (input, other) => (typeof other === "number" ? byNumber : byTensor)(input, other);
}

/** What division rounded down leaves, with the sign of `other`, as Python's %. */
export const remainder: BinaryFunction = restOf(
  "remainder",
  "RemainderBackward",
  (b) => `modulo(a, ${b})`,
  floorQuotient,
);
/** What division rounded towards zero leaves, with the sign of `input`, as C's fmod and JavaScript's %. */
export const fmod: BinaryFunction = restOf("fmod", "FmodBackward", (b) => `a % ${b}`, truncatedQuotient);

addMethods({ floorDivide, remainder, fmod });

declare module "../tensor.js" {
  interface Tensor {
    /** this / other rounded down; integers stay integers. */
    floorDivide(other: Operand): Tensor;
    /** What division rounded down leaves, with the sign of `other`, as Python's %. */
    remainder(other: Operand): Tensor;
    /** What division rounded towards zero leaves, with the sign of this tensor. */
    fmod(other: Operand): Tensor;
  }
}
