/** Activations without corners. */
import { erf } from "../../engine/special-functions.js";
import { type Arguments, namedArguments } from "../arguments.js";
import { describe, normalizeDim } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkNumbers, type InplaceArguments, type InplaceOptions } from "./activation-rectified.js";
import { exp, neg, sigmoid, sign, square, tanh } from "./pointwise.js";
import { applyTo, checkFloats, PointwiseFunction, withConstants } from "./pointwise-function.js";
import { narrow } from "./slicing.js";

export interface GeluOptions {
  /** "none" (default) for the normal distribution function itself, "tanh" for its approximation. */
  approximate?: "none" | "tanh";
}
export interface SoftplusOptions {
  /** How sharply the curve bends. Default 1. */
  beta?: number;
  /** Above beta·x = threshold (default 20) the value is x itself. */
  threshold?: number;
}
export interface GluOptions {
  /** The dimension that is halved. Default −1. */
  dim?: number;
}

export type GeluArguments = Arguments<[approximate?: "none" | "tanh"], GeluOptions>;
export type SoftplusArguments = Arguments<[beta?: number, threshold?: number], SoftplusOptions>;
export type GluArguments = Arguments<[dim?: number], GluOptions>;

const DENSITY_AT_0 = 1 / Math.sqrt(2 * Math.PI);

const Gelu = new PointwiseFunction({
  gradFn: "GeluBackward0",
  value: "x * 0.5 * (1 + erf(x * Math.SQRT1_2))",
  slopes: [`0.5 * (1 + erf(x * Math.SQRT1_2)) + x * Math.exp(-0.5 * x * x) * ${DENSITY_AT_0}`],
  curvature: (_i, _j, x) => exp(square(x).mul(-0.5)).mul(DENSITY_AT_0).mul(square(x).neg().add(2)),
  helpers: { erf },
});

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
const geluTanh = `Math.tanh(${GELU_SCALE} * (x + ${GELU_CUBIC} * x * x * x))`;
const geluInner = `${GELU_SCALE} * (1 + ${3 * GELU_CUBIC} * x * x)`;

const GeluTanh = new PointwiseFunction({
  gradFn: "GeluBackward0",
  value: `0.5 * x * (1 + ${geluTanh})`,
  slopes: [`0.5 * (1 + ${geluTanh}) + 0.5 * x * (1 - ${geluTanh} ** 2) * ${geluInner}`],
  curvature(_i, _j, x) {
    const t = tanh(square(x).mul(GELU_CUBIC).add(1).mul(x).mul(GELU_SCALE));
    const inner = square(x)
      .mul(3 * GELU_CUBIC)
      .add(1)
      .mul(GELU_SCALE);
    const bend = x.mul(3 * GELU_CUBIC * GELU_SCALE).sub(t.mul(square(inner)));
    return square(t)
      .neg()
      .add(1)
      .mul(inner.add(x.mul(bend)));
  },
});

const Silu = new PointwiseFunction({
  gradFn: "SiluBackward0",
  value: "x / (1 + Math.exp(-x))",
  slopes: ["(1 + x / (1 + Math.exp(x))) / (1 + Math.exp(-x))"],
  curvature(_i, _j, x) {
    const s = sigmoid(x);
    const t = s.neg().add(1);
    return s.mul(t).mul(x.mul(t.sub(s)).add(2));
  },
});

const Mish = new PointwiseFunction({
  gradFn: "MishBackward0",
  value: "x * Math.tanh(Math.log1p(Math.exp(x)))",
  slopes: [
    "Math.tanh(Math.log1p(Math.exp(x))) + x * (1 - Math.tanh(Math.log1p(Math.exp(x))) ** 2) / (1 + Math.exp(-x))",
  ],
  curvature(_i, _j, x) {
    const s = sigmoid(x);
    const t = tanh(softplus(x));
    const slope = s.mul(square(t).neg().add(1));
    // t″ = t′·(1 − s − 2·t·s)
    return slope.mul(x.mul(s.neg().add(1).sub(t.mul(s).mul(2))).add(2));
  },
});

const Softplus = withConstants((beta, threshold) => ({
  gradFn: "SoftplusBackward0",
  value: `x * ${beta} > ${threshold} ? x : Math.log1p(Math.exp(x * ${beta})) / ${beta}`,
  slopes: [`x * ${beta} > ${threshold} ? 1 : 1 / (1 + Math.exp(-x * ${beta}))`],
  curvature(_i, _j, x) {
    const s = SoftplusSlope(beta, threshold).apply("softplus", x);
    return s.mul(s.neg().add(1)).mul(beta);
  },
}));

/** The derivative s of `softplus`: a sigmoid, and 1 above the threshold. Its own is β·s·(1 − s) on both sides. */
const SoftplusSlope: (beta: number, threshold: number) => PointwiseFunction = withConstants(
  (beta, threshold) => {
    const s = `(x * ${beta} > ${threshold} ? 1 : 1 / (1 + Math.exp(-x * ${beta})))`;
    return {
      gradFn: "SoftplusBackwardBackward0",
      value: s,
      slopes: [`${s} * (1 - ${s}) * ${beta}`],
      curvature(_i, _j, x) {
        const slope = SoftplusSlope(beta, threshold).apply("softplus", x);
        return slope
          .mul(slope.neg().add(1))
          .mul(slope.mul(-2).add(1))
          .mul(beta * beta);
      },
    };
  },
);

const LogSigmoid = new PointwiseFunction({
  gradFn: "LogSigmoidBackward0",
  value: "Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))",
  slopes: ["1 / (1 + Math.exp(x))"],
  curvature: (_i, _j, x) =>
    sigmoid(x)
      .mul(sigmoid(neg(x)))
      .neg(),
});

const Softsign = new PointwiseFunction({
  gradFn: "DivBackward0",
  value: "x / (1 + Math.abs(x))",
  slopes: ["1 / (1 + Math.abs(x)) ** 2"],
  curvature: (_i, _j, x) => sign(x).mul(-2).div(x.abs().add(1).pow(3)),
});

const Tanhshrink = new PointwiseFunction({
  gradFn: "SubBackward0",
  value: "x - Math.tanh(x)",
  slopes: ["Math.tanh(x) ** 2"],
  curvature(_i, _j, x) {
    const t = tanh(x);
    return t.mul(2).mul(square(t).neg().add(1));
  },
});

const Glu = new PointwiseFunction({
  gradFn: "GluBackward0",
  value: "x / (1 + Math.exp(-y))",
  slopes: ["1 / (1 + Math.exp(-y))", "x / ((1 + Math.exp(-y)) * (1 + Math.exp(y)))"],
  curvature(i, j, x, y) {
    if (i === 0 && j === 0) return null;
    const s = sigmoid(y);
    const slope = s.mul(s.neg().add(1));
    return i === j ? x.mul(slope).mul(s.mul(-2).add(1)) : slope;
  },
});

/** x·Φ(x), where Φ is the distribution function of the standard normal distribution. Hendrycks and Gimpel, 2016. */
export function gelu(input: Tensor, ...given: GeluArguments): Tensor {
  const { approximate = "none" } = namedArguments<GeluOptions>("gelu", ["approximate"], given);
  checkFloats("gelu", input);
  if (approximate !== "none" && approximate !== "tanh")
    throw new TypeError(`gelu: approximate argument must be either none or tanh, not ${String(approximate)}`);
  return (approximate === "none" ? Gelu : GeluTanh).apply("gelu", input);
}

/** x·σ(x), also called swish. Elfwing et al., 2017. */
export function silu(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("silu", ["inplace"], given);
  checkFloats("silu", input);
  return applyTo("silu", input, inplace, (x) => Silu.apply("silu", x));
}

/** x·tanh(ln(1 + e^x)). Misra, 2019. */
export function mish(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("mish", ["inplace"], given);
  checkFloats("mish", input);
  return applyTo("mish", input, inplace, (x) => Mish.apply("mish", x));
}

/** ln(1 + e^(β·x))/β, and x itself where β·x exceeds the threshold. */
export function softplus(input: Tensor, ...given: SoftplusArguments): Tensor {
  const { beta = 1, threshold = 20 } = namedArguments<SoftplusOptions>(
    "softplus",
    ["beta", "threshold"],
    given,
  );
  checkFloats("softplus", input);
  checkNumbers("softplus", { beta, threshold });
  return Softplus(beta, threshold).apply("softplus", input);
}

/** ln σ(x). */
export function logsigmoid(input: Tensor): Tensor {
  checkFloats("logsigmoid", input);
  return LogSigmoid.apply("logsigmoid", input);
}

/** x/(1 + |x|). */
export function softsign(input: Tensor): Tensor {
  checkFloats("softsign", input);
  return Softsign.apply("softsign", input);
}

/** x − tanh x. */
export function tanhshrink(input: Tensor): Tensor {
  checkFloats("tanhshrink", input);
  return Tanhshrink.apply("tanhshrink", input);
}

/** a·σ(b), where a and b are the halves of the input along one dimension. Dauphin et al., 2016. */
export function glu(input: Tensor, ...given: GluArguments): Tensor {
  const { dim = -1 } = namedArguments<GluOptions>("glu", ["dim"], given);
  checkFloats("glu", input);
  if (input.ndim === 0) throw new RangeError("glu: does not support 0-dimensional tensors");
  const d = normalizeDim("glu", dim, input.ndim);
  const half = input.shape[d] / 2;
  if (!Number.isInteger(half)) {
    throw new RangeError(
      `glu: Halving dimension must be even, but dimension ${d} is size ${input.shape[d]}: the input is ${describe(input.shape)}`,
    );
  }
  return Glu.apply("glu", narrow(input, d, 0, half), narrow(input, d, half, half));
}
