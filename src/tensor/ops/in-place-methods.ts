import { Tensor } from "../tensor.js";
import type { AlphaOptions } from "./arithmetic.js";
import type { Operand } from "./binary.js";
import type { ClampArguments } from "./bounds.js";
import type { RoundingOptions } from "./division.js";
import { changeInPlace } from "./in-place.js";
import type { RoundArguments } from "./rounding.js";
import type { LogitArguments, NanToNumArguments } from "./special.js";
import type { ValueOptions } from "./ternary.js";

/** The operations that also change a tensor in place, under their name with an underscore. */
// biome-ignore format: one line per family.
const names = [
  "abs", "absolute", "neg", "negative", "sign", "sgn", "square", "sqrt", "rsqrt", "reciprocal",
  "exp", "exp2", "expm1", "log", "log1p", "log2", "log10",
  "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
  "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh",
  "sigmoid", "relu", "logit", "erf", "erfc", "erfinv", "lgamma", "digamma", "sinc", "polygamma",
  "floor", "ceil", "round", "trunc", "fix", "frac", "nanToNum",
  "pow", "subtract", "multiply", "divide", "trueDivide", "floorDivide", "remainder", "fmod",
  "atan2", "arctan2", "hypot", "xlogy", "copysign", "heaviside",
  "clamp", "clip", "clampMin", "clampMax", "lerp", "addcmul", "addcdiv", "maskedFill",
  "eq", "ne", "lt", "le", "gt", "ge", "notEqual", "less", "lessEqual", "greater", "greaterEqual",
  "logicalAnd", "logicalOr", "logicalXor", "logicalNot",
  "bitwiseAnd", "bitwiseOr", "bitwiseXor", "bitwiseNot", "bitwiseLeftShift", "bitwiseRightShift",
] as const satisfies readonly (keyof Tensor)[];

type Method = (this: Tensor, ...given: unknown[]) => Tensor;

for (const name of names) {
  const verb = `${name}_`;
  Object.assign(Tensor.prototype, {
    [verb](this: Tensor, ...given: unknown[]) {
      const operation = Tensor.prototype[name] as Method;
      return changeInPlace(verb, this, given, (current) => operation.apply(current, given));
    },
  });
}

/** Each does in place what its namesake without the underscore computes, and returns the tensor. */
declare module "../tensor.js" {
  interface Tensor {
    abs_(): this;
    absolute_(): this;
    neg_(): this;
    negative_(): this;
    sign_(): this;
    sgn_(): this;
    square_(): this;
    sqrt_(): this;
    rsqrt_(): this;
    reciprocal_(): this;
    exp_(): this;
    exp2_(): this;
    expm1_(): this;
    log_(): this;
    log1p_(): this;
    log2_(): this;
    log10_(): this;
    sin_(): this;
    cos_(): this;
    tan_(): this;
    asin_(): this;
    acos_(): this;
    atan_(): this;
    sinh_(): this;
    cosh_(): this;
    tanh_(): this;
    asinh_(): this;
    acosh_(): this;
    atanh_(): this;
    arcsin_(): this;
    arccos_(): this;
    arctan_(): this;
    arcsinh_(): this;
    arccosh_(): this;
    arctanh_(): this;
    sigmoid_(): this;
    relu_(): this;
    logit_(...given: LogitArguments): this;
    erf_(): this;
    erfc_(): this;
    erfinv_(): this;
    lgamma_(): this;
    digamma_(): this;
    sinc_(): this;
    polygamma_(n: number): this;
    floor_(): this;
    ceil_(): this;
    round_(...given: RoundArguments): this;
    trunc_(): this;
    fix_(): this;
    frac_(): this;
    nanToNum_(...given: NanToNumArguments): this;
    pow_(exponent: Operand): this;
    subtract_(other: Operand, options?: AlphaOptions): this;
    multiply_(other: Operand): this;
    divide_(other: Operand, options?: RoundingOptions): this;
    trueDivide_(other: Operand): this;
    floorDivide_(other: Operand): this;
    remainder_(other: Operand): this;
    fmod_(other: Operand): this;
    atan2_(other: Tensor): this;
    arctan2_(other: Tensor): this;
    hypot_(other: Tensor): this;
    xlogy_(other: Operand): this;
    copysign_(other: Operand): this;
    heaviside_(values: Tensor): this;
    clamp_(...given: ClampArguments): this;
    clip_(...given: ClampArguments): this;
    clampMin_(min: Operand): this;
    clampMax_(max: Operand): this;
    lerp_(end: Tensor, weight: Operand): this;
    addcmul_(tensor1: Tensor, tensor2: Tensor, options?: ValueOptions): this;
    addcdiv_(tensor1: Tensor, tensor2: Tensor, options?: ValueOptions): this;
    maskedFill_(mask: Tensor, value: Operand): this;
    eq_(other: Operand): this;
    ne_(other: Operand): this;
    lt_(other: Operand): this;
    le_(other: Operand): this;
    gt_(other: Operand): this;
    ge_(other: Operand): this;
    notEqual_(other: Operand): this;
    less_(other: Operand): this;
    lessEqual_(other: Operand): this;
    greater_(other: Operand): this;
    greaterEqual_(other: Operand): this;
    logicalAnd_(other: Tensor): this;
    logicalOr_(other: Tensor): this;
    logicalXor_(other: Tensor): this;
    logicalNot_(): this;
    bitwiseAnd_(other: Operand): this;
    bitwiseOr_(other: Operand): this;
    bitwiseXor_(other: Operand): this;
    bitwiseNot_(): this;
    bitwiseLeftShift_(other: Operand): this;
    bitwiseRightShift_(other: Operand): this;
  }
}
