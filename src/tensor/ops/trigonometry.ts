import { addMethods } from "../methods.js";
import { type UnaryFunction, unary } from "./unary.js";

/** The tangent of an angle in radians. */
export const tan: UnaryFunction = unary("tan", {
  expression: "Math.tan(a)",
  saves: "output",
  chain: (g, y) => g.mul(y.square().add(1)),
});
/** The angle with this sine, between −π/2 and π/2; NaN outside of [−1, 1]. */
export const asin: UnaryFunction = unary("asin", {
  expression: "Math.asin(a)",
  saves: "input",
  chain: (g, x) => g.mul(x.square().neg().add(1).rsqrt()),
});
/** The angle with this cosine, between 0 and π; NaN outside of [−1, 1]. */
export const acos: UnaryFunction = unary("acos", {
  expression: "Math.acos(a)",
  saves: "input",
  chain: (g, x) => g.mul(x.square().neg().add(1).rsqrt()).neg(),
});
/** The angle with this tangent, between −π/2 and π/2. */
export const atan: UnaryFunction = unary("atan", {
  expression: "Math.atan(a)",
  saves: "input",
  chain: (g, x) => g.div(x.square().add(1)),
});
/** The hyperbolic sine. */
export const sinh: UnaryFunction = unary("sinh", {
  expression: "Math.sinh(a)",
  saves: "input",
  chain: (g, x) => g.mul(cosh(x)),
});
/** The hyperbolic cosine. */
export const cosh: UnaryFunction = unary("cosh", {
  expression: "Math.cosh(a)",
  saves: "input",
  chain: (g, x) => g.mul(sinh(x)),
});
/** The inverse of `sinh`. */
export const asinh: UnaryFunction = unary("asinh", {
  expression: "Math.asinh(a)",
  saves: "input",
  chain: (g, x) => g.mul(x.square().add(1).rsqrt()),
});
/** The inverse of `cosh`; NaN below 1. */
export const acosh: UnaryFunction = unary("acosh", {
  expression: "Math.acosh(a)",
  saves: "input",
  chain: (g, x) => g.mul(x.square().sub(1).rsqrt()),
});
/** The inverse of `tanh`; ±∞ at ±1, NaN beyond. */
export const atanh: UnaryFunction = unary("atanh", {
  expression: "Math.atanh(a)",
  saves: "input",
  chain: (g, x) => g.div(x.square().neg().add(1)),
});

const aliases = {
  arcsin: asin,
  arccos: acos,
  arctan: atan,
  arcsinh: asinh,
  arccosh: acosh,
  arctanh: atanh,
};

addMethods({ tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, ...aliases });

export {
  acos as arccos,
  acosh as arccosh,
  asin as arcsin,
  asinh as arcsinh,
  atan as arctan,
  atanh as arctanh,
};

declare module "../tensor.js" {
  interface Tensor {
    /** The tangent of an angle in radians. */
    tan(): Tensor;
    /** The angle with this sine, between −π/2 and π/2. */
    asin(): Tensor;
    /** The angle with this cosine, between 0 and π. */
    acos(): Tensor;
    /** The angle with this tangent, between −π/2 and π/2. */
    atan(): Tensor;
    /** The hyperbolic sine. */
    sinh(): Tensor;
    /** The hyperbolic cosine. */
    cosh(): Tensor;
    /** The inverse of `sinh`. */
    asinh(): Tensor;
    /** The inverse of `cosh`; NaN below 1. */
    acosh(): Tensor;
    /** The inverse of `tanh`; ±∞ at ±1, NaN beyond. */
    atanh(): Tensor;
    /** `asin`. */
    arcsin(): Tensor;
    /** `acos`. */
    arccos(): Tensor;
    /** `atan`. */
    arctan(): Tensor;
    /** `asinh`. */
    arcsinh(): Tensor;
    /** `acosh`. */
    arccosh(): Tensor;
    /** `atanh`. */
    arctanh(): Tensor;
  }
}
