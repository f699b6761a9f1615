import { roundHalfEven } from "../../engine/special-functions.js";
import { namedArguments } from "../arguments.js";
import { isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";
import { type UnaryFunction, unary } from "./unary.js";

/** Steps: constant in between, so the gradient is 0. Integers stay what they are. */
function steps(verb: string, expression: string): UnaryFunction {
  return unary(verb, {
    expression,
    integerExpression: "a",
    helpers: { roundHalfEven },
    takes: "numbers",
    chain: (g) => Tensor.like(g),
  });
}

/** The next integer below. */
export const floor: UnaryFunction = steps("floor", "Math.floor(a)");
/** The next integer above. */
export const ceil: UnaryFunction = steps("ceil", "Math.ceil(a)");
/** The integer part: cut off towards zero. */
export const trunc: UnaryFunction = steps("trunc", "Math.trunc(a)");
/** The part after the decimal point, with the sign of the number. */
export const frac: UnaryFunction = unary("frac", {
  expression: "a - Math.trunc(a)",
  takes: "only floating point",
  chain: (g) => g,
});

const toInteger = steps("round", "roundHalfEven(a)");

export interface RoundOptions {
  /** How many digits after the decimal point stay; negative ones count in front of it. Default 0. */
  decimals?: number;
}

/** `x.round()`, `x.round({ decimals: 2 })`. */
export type RoundArguments = [options?: RoundOptions];

/** The nearest integer, or multiple of 10^−decimals; of two, the even one. */
export function round(input: Tensor, ...given: RoundArguments): Tensor {
  const { decimals = 0 } = namedArguments<RoundOptions>("round", ["decimals"], given);
  if (!Number.isInteger(decimals)) {
    throw new TypeError(`round: decimals is an integer, not ${String(decimals)}`);
  }
  if (decimals === 0) return toInteger(input);
  checkTensor("round", input);
  if (!isFloatingPoint(input.dtype)) {
    throw new TypeError(`round: decimals are not supported on ${input.dtype} tensors`);
  }
  const scale = 10 ** Math.abs(decimals);
  return decimals > 0 ? toInteger(input.mul(scale)).div(scale) : toInteger(input.div(scale)).mul(scale);
}

addMethods({ floor, ceil, trunc, fix: trunc, frac, round });

export { trunc as fix };

declare module "../tensor.js" {
  interface Tensor {
    /** The next integer below. */
    floor(): Tensor;
    /** The next integer above. */
    ceil(): Tensor;
    /** The integer part: cut off towards zero. */
    trunc(): Tensor;
    /** `trunc`. */
    fix(): Tensor;
    /** The part after the decimal point, with the sign of the number. */
    frac(): Tensor;
    /** The nearest integer, or multiple of 10^−decimals; of two, the even one. */
    round(...given: RoundArguments): Tensor;
  }
}
