import { Elementwise } from "../../engine/elementwise.js";
import { namedArguments } from "../arguments.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { type BinaryTensorFunction, binaryOfTensors, both, type Operand } from "./binary.js";
import { eq, ge, gt, isnan, le, lt } from "./comparison.js";
import { to } from "./copy.js";
import { logicalAnd, logicalOr } from "./logical.js";
import { checkTensor, commonType, scalarFor } from "./promotion.js";
import { applyTernary, type TernaryOperation } from "./ternary.js";
import { where } from "./where.js";

/** Where both are equal, each gets half of the gradient. */
function extremum(
  verb: string,
  gradFn: string,
  expression: string,
  beaten: (a: Tensor, b: Tensor) => Tensor,
): BinaryTensorFunction {
  return binaryOfTensors({
    name: gradFn,
    verb,
    kernel: new Elementwise(expression, 2),
    saves: both,
    backward(node, gradient) {
      const [a, b] = [node.saved(0), node.saved(1)];
      const shared = where(eq(a, b), gradient.div(2), gradient);
      if (node.needs(0)) node.give(0, shared.maskedFill(beaten(a, b), 0));
      if (node.needs(1)) node.give(1, shared.maskedFill(beaten(b, a), 0));
    },
  });
}

/** Where both are equal, or only the other is NaN, the first gets the gradient. */
function numericExtremum(
  verb: string,
  gradFn: string,
  expression: string,
  wins: (a: Tensor, b: Tensor) => Tensor,
): BinaryTensorFunction {
  return binaryOfTensors({
    name: gradFn,
    verb,
    kernel: new Elementwise(expression, 2),
    saves: both,
    backward(node, gradient) {
      const [a, b] = [node.saved(0), node.saved(1)];
      const first = logicalOr(wins(a, b), isnan(b));
      if (node.needs(0)) node.give(0, where(first, gradient, 0));
      if (node.needs(1)) node.give(1, where(first, 0, gradient));
    },
  });
}

/** The larger of both, element by element; NaN where one is NaN. Of equals each gets half of the gradient. */
export const maximum: BinaryTensorFunction = extremum(
  "maximum",
  "MaximumBackward0",
  "a > b || a !== a ? a : b",
  lt,
);
/** The smaller of both, element by element; NaN where one is NaN. Of equals each gets half of the gradient. */
export const minimum: BinaryTensorFunction = extremum(
  "minimum",
  "MinimumBackward0",
  "a < b || a !== a ? a : b",
  gt,
);
/** The larger of both, element by element; a number is preferred to NaN. */
export const fmax: BinaryTensorFunction = numericExtremum(
  "fmax",
  "FmaxBackward0",
  "a >= b || b !== b ? a : b",
  ge,
);
/** The smaller of both, element by element; a number is preferred to NaN. */
export const fmin: BinaryTensorFunction = numericExtremum(
  "fmin",
  "FminBackward0",
  "a <= b || b !== b ? a : b",
  le,
);

export interface ClampOptions {
  /** The lower bound, if any. */
  min?: Operand | null;
  /** The upper bound, if any; where it lies below the lower one, it is the result. */
  max?: Operand | null;
}

/** `clamp(0, 1)`, `clamp(0)`, `clamp({ max: 1 })`. */
export type ClampArguments =
  | [min: Operand | null, max?: Operand | null]
  | [min: Operand | null, options: ClampOptions]
  | [options: ClampOptions];

/** Inside the bounds the gradient is that of the operand, outside that of the bound. */
function clamping(name: string): TernaryOperation {
  return {
    name,
    verb: "clamp",
    kernel: new Elementwise(
      "a !== a || b !== b || c !== c ? NaN : a < b ? (b > c ? c : b) : a > c ? c : a",
      3,
    ),
    saves: (x, min, max) => [x, min, max],
    backward(node, gradient) {
      const [x, min, max] = [node.saved(0), node.saved(1), node.saved(2)];
      if (node.needs(0)) node.give(0, where(logicalAnd(ge(x, min), le(x, max)), gradient, 0));
      if (node.needs(1)) node.give(1, where(logicalAnd(lt(x, min), lt(min, max)), gradient, 0));
      if (node.needs(2)) node.give(2, where(logicalOr(gt(x, max), lt(max, min)), gradient, 0));
    },
  };
}

const ClampToTensors = clamping("ClampBackward0");
const ClampToNumbers = clamping("ClampBackward1");
const ClampMinToNumber: TernaryOperation = { ...ClampToNumbers, name: "ClampMinBackward0", verb: "clampMin" };
const ClampMinToTensor: TernaryOperation = { ...ClampToNumbers, name: "ClampMinBackward1", verb: "clampMin" };
const ClampMaxToNumber: TernaryOperation = { ...ClampToNumbers, name: "ClampMaxBackward0", verb: "clampMax" };
const ClampMaxToTensor: TernaryOperation = { ...ClampToNumbers, name: "ClampMaxBackward1", verb: "clampMax" };

function bounded(
  operation: TernaryOperation,
  input: Tensor,
  min: Operand | null,
  max: Operand | null,
): Tensor {
  const { verb } = operation;
  checkTensor(verb, input);
  const [low, high] = [min, max].map((bound) =>
    bound === null || bound instanceof Tensor ? bound : scalarFor(verb, bound, input),
  );
  const dtype = commonType([input, low, high].filter((operand) => operand !== null));
  // A bound that is absent lies at infinity, which integers do not have: it keeps a type of its own.
  return applyTernary(
    operation,
    to(input, dtype),
    low === null ? Tensor.full([], -Infinity, "float64") : to(low, dtype),
    high === null ? Tensor.full([], Infinity, "float64") : to(high, dtype),
  );
}

/** Elements below `min` become `min`, those above `max` become `max`; bounds are numbers or tensors, and are broadcast. */
export function clamp(input: Tensor, ...given: ClampArguments): Tensor {
  const { min = null, max = null } = namedArguments<ClampOptions>("clamp", ["min", "max"], given);
  if (min === null && max === null) {
    throw new TypeError("clamp: at least one of 'min' or 'max' must not be null");
  }
  const toTensors = min instanceof Tensor || max instanceof Tensor;
  return bounded(toTensors ? ClampToTensors : ClampToNumbers, input, min, max);
}

/** Elements below `min` become `min`. */
export function clampMin(input: Tensor, min: Operand): Tensor {
  return bounded(min instanceof Tensor ? ClampMinToTensor : ClampMinToNumber, input, min, null);
}

/** Elements above `max` become `max`. */
export function clampMax(input: Tensor, max: Operand): Tensor {
  return bounded(max instanceof Tensor ? ClampMaxToTensor : ClampMaxToNumber, input, null, max);
}

addMethods({ maximum, minimum, fmax, fmin, clamp, clip: clamp, clampMin, clampMax });

export { clamp as clip };

declare module "../tensor.js" {
  interface Tensor {
    /** The larger of both, element by element; NaN where one is NaN. */
    maximum(other: Tensor): Tensor;
    /** The smaller of both, element by element; NaN where one is NaN. */
    minimum(other: Tensor): Tensor;
    /** The larger of both, element by element; a number is preferred to NaN. */
    fmax(other: Tensor): Tensor;
    /** The smaller of both, element by element; a number is preferred to NaN. */
    fmin(other: Tensor): Tensor;
    /** Elements below `min` become `min`, those above `max` become `max`. */
    clamp(...given: ClampArguments): Tensor;
    /** `clamp`. */
    clip(...given: ClampArguments): Tensor;
    /** Elements below `min` become `min`. */
    clampMin(min: Operand): Tensor;
    /** Elements above `max` become `max`. */
    clampMax(max: Operand): Tensor;
  }
}
