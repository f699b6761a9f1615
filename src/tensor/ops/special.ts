import { Elementwise } from "../../engine/elementwise.js";
import * as engine from "../../engine/special-functions.js";
import { namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { getDefaultDtype, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { clamp } from "./bounds.js";
import { eq, isfinite } from "./comparison.js";
import { to } from "./copy.js";
import { logicalOr } from "./logical.js";
import { checkTensor } from "./promotion.js";
import { type UnaryFunction, unary } from "./unary.js";
import { where } from "./where.js";

/** ln(1 + x), without loss of digits near 0. */
export const log1p: UnaryFunction = unary("log1p", {
  expression: "Math.log1p(a)",
  saves: "input",
  chain: (g, x) => g.div(x.add(1)),
  gradFn: "Log1PBackward0",
});
/** e^x − 1, without loss of digits near 0. */
export const expm1: UnaryFunction = unary("expm1", {
  expression: "Math.expm1(a)",
  saves: "output",
  chain: (g, y) => g.mul(y.add(1)),
});
/** 2 to the power of x. */
export const exp2: UnaryFunction = unary("exp2", {
  expression: "2 ** a",
  saves: "output",
  chain: (g, y) => g.mul(y).mul(Math.LN2),
});
/** The logarithm to base 2. */
export const log2: UnaryFunction = unary("log2", {
  expression: "Math.log2(a)",
  saves: "input",
  chain: (g, x) => g.div(x.mul(Math.LN2)),
});
/** The logarithm to base 10. */
export const log10: UnaryFunction = unary("log10", {
  expression: "Math.log10(a)",
  saves: "input",
  chain: (g, x) => g.div(x.mul(Math.LN10)),
});
/** 1/√x. */
export const rsqrt: UnaryFunction = unary("rsqrt", {
  expression: "1 / Math.sqrt(a)",
  saves: "output",
  chain: (g, y) => g.mul(y.pow(3)).mul(-0.5),
});
/** 1/x. */
export const reciprocal: UnaryFunction = unary("reciprocal", {
  expression: "1 / a",
  saves: "output",
  chain: (g, y) => g.neg().mul(y.mul(y)),
});

const {
  erf: erfOf,
  erfc: erfcOf,
  erfinv: erfinvOf,
  lgamma: lgammaOf,
  digamma: digammaOf,
  sinc: sincOf,
} = engine;
const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: UnaryFunction = unary("erf", {
  expression: "erf(a)",
  helpers: { erf: erfOf },
  saves: "input",
  chain: (g, x) => x.square().neg().exp().mul(TWO_OVER_ROOT_PI).mul(g),
});
/** 1 − erf(x), without loss of digits for large x. */
export const erfc: UnaryFunction = unary("erfc", {
  expression: "erfcOf(a)",
  helpers: { erfcOf },
  saves: "input",
  chain: (g, x) => x.square().neg().exp().mul(-TWO_OVER_ROOT_PI).mul(g),
});
/** The inverse of `erf`; ±∞ at ±1, NaN beyond. */
export const erfinv: UnaryFunction = unary("erfinv", {
  expression: "erfinvOf(a)",
  helpers: { erfinvOf },
  saves: "output",
  chain: (g, y) =>
    y
      .square()
      .exp()
      .mul(1 / TWO_OVER_ROOT_PI)
      .mul(g),
});
/** ln |Γ(x)|. */
export const lgamma: UnaryFunction = unary("lgamma", {
  expression: "lgammaOf(a)",
  helpers: { lgammaOf },
  saves: "input",
  chain: (g, x) => g.mul(digamma(x)),
});
/** Γ′(x)/Γ(x), the derivative of `lgamma`. */
export const digamma: UnaryFunction = unary("digamma", {
  expression: "digammaOf(a)",
  helpers: { digammaOf },
  saves: "input",
  chain: (g, x) => g.mul(polygamma(1, x)),
});
/** sin(πx)/(πx), and 1 at 0. */
export const sinc: UnaryFunction = unary("sinc", {
  expression: "sincOf(a)",
  helpers: { sincOf },
  saves: "input",
  chain(g, x) {
    const angle = x.mul(Math.PI);
    const slope = angle.mul(angle.cos()).sub(angle.sin()).div(angle.mul(x));
    return g.mul(where(eq(x, 0), 0, slope));
  },
});

const polygammaKernel = new Elementwise("polygammaOf(b, a)", 2, { polygammaOf: engine.polygamma });
const Polygamma: Operation = {
  name: "PolygammaBackward0",
  backward(node, gradient) {
    node.give(0, gradient.mul(polygamma((node.attributes as number) + 1, node.saved(0))));
  },
};

/** The n-th derivative of `digamma`, n ≥ 0. */
export function polygamma(n: number, input: Tensor): Tensor {
  checkTensor("polygamma", input);
  if (!Number.isInteger(n) || n < 0) {
    throw new RangeError(`polygamma: n is an integer and not negative, unlike ${String(n)}`);
  }
  const operand = isFloatingPoint(input.dtype) ? input : to(input, getDefaultDtype());
  const out = Tensor.like(operand);
  polygammaKernel.run(out, operand, Tensor.full([], n, "float64"));
  if (isRecorded(operand)) out.gradFn = new Node(Polygamma, [operand], [operand], n);
  return out;
}

const logOdds = unary("logit", {
  expression: "Math.log(a / (1 - a))",
  saves: "input",
  chain(g, x) {
    const outside = logicalOr(x.lt(0), x.gt(1));
    return g.div(x.mul(x.neg().add(1))).maskedFill(outside, NaN);
  },
});

export interface LogitOptions {
  /** Elements are first brought between eps and 1 − eps. */
  eps?: number | null;
}

/** `logit(x)`, `logit(x, 1e-6)`, `logit(x, { eps: 1e-6 })`. */
export type LogitArguments = [eps?: number | null] | [options: LogitOptions];

/** ln(x / (1 − x)), the inverse of `sigmoid`; NaN outside of [0, 1]. */
export function logit(input: Tensor, ...given: LogitArguments): Tensor {
  const { eps = null } = namedArguments<LogitOptions>("logit", ["eps"], given);
  if (eps === null) return logOdds(input);
  checkTensor("logit", input);
  if (typeof eps !== "number") throw new TypeError(`logit: eps is a number, not ${typeof eps}`);
  return logOdds(clamp(isFloatingPoint(input.dtype) ? input : to(input, getDefaultDtype()), eps, 1 - eps));
}

export interface NanToNumOptions {
  /** What NaN becomes. Default 0. */
  nan?: number | null;
  /** What ∞ becomes. Default: the largest number of the dtype. */
  posinf?: number | null;
  /** What −∞ becomes. Default: the lowest number of the dtype. */
  neginf?: number | null;
}

/** `nanToNum(x)`, `nanToNum(x, 0, 1e6)`, `nanToNum(x, { neginf: 0 })`. */
export type NanToNumArguments =
  | [nan?: number | null, posinf?: number | null, neginf?: number | null]
  | [options: NanToNumOptions]
  | [nan: number | null, options: NanToNumOptions]
  | [nan: number | null, posinf: number | null, options: NanToNumOptions];

const replaceKernel = new Elementwise("a !== a ? b : a === Infinity ? c : a", 3);
const replaceLowKernel = new Elementwise("a === -Infinity ? b : c", 3);
const NanToNum: Operation = {
  name: "NanToNumBackward0",
  backward(node, gradient) {
    node.give(0, where(isfinite(node.saved(0)), gradient, 0));
  },
};
const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** NaN and infinities replaced by numbers; their gradient is 0. */
export function nanToNum(input: Tensor, ...given: NanToNumArguments): Tensor {
  checkTensor("nanToNum", input);
  const { nan, posinf, neginf } = namedArguments<NanToNumOptions>(
    "nanToNum",
    ["nan", "posinf", "neginf"],
    given,
  );
  for (const [name, value] of Object.entries({ nan, posinf, neginf })) {
    if (value !== undefined && value !== null && typeof value !== "number") {
      throw new TypeError(`nanToNum: ${name} is a number, not ${typeof value}`);
    }
  }
  if (!isFloatingPoint(input.dtype)) return input.clone();
  const largest = input.dtype === "float32" ? LARGEST_FLOAT32 : Number.MAX_VALUE;
  const number = (value: number) => Tensor.full([], value, input.dtype);
  const out = Tensor.like(input);
  replaceKernel.run(out, input, number(nan ?? 0), number(posinf ?? largest));
  replaceLowKernel.run(out, input, number(neginf ?? -largest), out);
  if (isRecorded(input)) out.gradFn = new Node(NanToNum, [input], [input]);
  return out;
}

addMethods({
  log1p,
  expm1,
  exp2,
  log2,
  log10,
  rsqrt,
  reciprocal,
  erf,
  erfc,
  erfinv,
  lgamma,
  digamma,
  sinc,
  polygamma: (input: Tensor, n: number): Tensor => polygamma(n, input),
  logit,
  nanToNum,
});

declare module "../tensor.js" {
  interface Tensor {
    /** ln(1 + x), without loss of digits near 0. */
    log1p(): Tensor;
    /** e^x − 1, without loss of digits near 0. */
    expm1(): Tensor;
    /** 2 to the power of x. */
    exp2(): Tensor;
    /** The logarithm to base 2. */
    log2(): Tensor;
    /** The logarithm to base 10. */
    log10(): Tensor;
    /** 1/√x. */
    rsqrt(): Tensor;
    /** 1/x. */
    reciprocal(): Tensor;
    /** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
    erf(): Tensor;
    /** 1 − erf(x), without loss of digits for large x. */
    erfc(): Tensor;
    /** The inverse of `erf`; ±∞ at ±1, NaN beyond. */
    erfinv(): Tensor;
    /** ln |Γ(x)|. */
    lgamma(): Tensor;
    /** Γ′(x)/Γ(x), the derivative of `lgamma`. */
    digamma(): Tensor;
    /** sin(πx)/(πx), and 1 at 0. */
    sinc(): Tensor;
    /** The n-th derivative of `digamma`. */
    polygamma(n: number): Tensor;
    /** ln(x / (1 − x)), the inverse of `sigmoid`. */
    logit(...given: LogitArguments): Tensor;
    /** NaN and infinities replaced by numbers. */
    nanToNum(...given: NanToNumArguments): Tensor;
  }
}
