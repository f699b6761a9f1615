/** Activations made of straight lines, whose corners PyTorch gives the derivative of the flat side (hardswish: of the curve). */
import { type Arguments, namedArguments } from "../arguments.js";
import type { Tensor } from "../tensor.js";
import { checkNumbers, type InplaceArguments, type InplaceOptions } from "./activation-rectified.js";
import { applyTo, checkFloats, PointwiseFunction, withConstants } from "./pointwise-function.js";

export interface HardtanhOptions extends InplaceOptions {
  /** Default −1. */
  minVal?: number;
  /** Default 1. */
  maxVal?: number;
}
export interface ShrinkOptions {
  /** Half the width of the interval that becomes 0. Default 0.5. */
  lambd?: number;
}

export type HardtanhArguments = Arguments<
  [minVal?: number, maxVal?: number, inplace?: boolean],
  HardtanhOptions
>;
export type ShrinkArguments = Arguments<[lambd?: number], ShrinkOptions>;

const Hardtanh = withConstants((low, high) => ({
  gradFn: "HardtanhBackward0",
  value: `x <= ${low} ? ${low} : x >= ${high} ? ${high} : x`,
  slopes: [`x <= ${low} || x >= ${high} ? 0 : 1`],
}));

/** PyTorch takes the sixth in single precision, whatever the dtype. */
const SIXTH = Math.fround(1 / 6);

const Hardsigmoid = new PointwiseFunction({
  gradFn: "HardsigmoidBackward0",
  value: "Math.min(Math.max(x + 3, 0), 6) / 6",
  slopes: [`x > -3 && x < 3 ? ${SIXTH} : 0`],
});

const Hardswish = new PointwiseFunction({
  gradFn: "HardswishBackward0",
  value: "x * Math.min(Math.max(x + 3, 0), 6) / 6",
  slopes: ["x < -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1"],
  curvature: (_i, _j, x) => HardswishCurvature.apply("hardswish", x),
});
const HardswishCurvature = new PointwiseFunction({
  gradFn: "HardswishBackwardBackward0",
  value: "x < -3 || x > 3 ? 0 : 1 / 3",
  slopes: ["0"],
});

const Hardshrink = withConstants((lambda) => ({
  gradFn: "HardshrinkBackward0",
  value: `x >= ${-lambda} && x <= ${lambda} ? 0 : x`,
  slopes: [`x >= ${-lambda} && x <= ${lambda} ? 0 : 1`],
}));

const Softshrink = withConstants((lambda) => ({
  gradFn: "SoftshrinkBackward0",
  value: `x > ${lambda} ? x - ${lambda} : x < ${-lambda} ? x + ${lambda} : x * 0`,
  slopes: [`x >= ${-lambda} && x <= ${lambda} ? 0 : 1`],
}));

/** The nearest number between `minVal` and `maxVal`. */
export function hardtanh(input: Tensor, ...given: HardtanhArguments): Tensor {
  const {
    minVal = -1,
    maxVal = 1,
    inplace,
  } = namedArguments<HardtanhOptions>("hardtanh", ["minVal", "maxVal", "inplace"], given);
  checkFloats("hardtanh", input);
  checkNumbers("hardtanh", { minVal, maxVal });
  return applyTo("hardtanh", input, inplace, (x) => Hardtanh(minVal, maxVal).apply("hardtanh", x));
}

/** The nearest number between 0 and 6. */
export function relu6(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("relu6", ["inplace"], given);
  checkFloats("relu6", input);
  return applyTo("relu6", input, inplace, (x) => Hardtanh(0, 6).apply("relu6", x));
}

/** (x + 3)/6, but 0 below −3 and 1 above 3. */
export function hardsigmoid(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("hardsigmoid", ["inplace"], given);
  checkFloats("hardsigmoid", input);
  return applyTo("hardsigmoid", input, inplace, (x) => Hardsigmoid.apply("hardsigmoid", x));
}

/** x·(x + 3)/6, but 0 below −3 and x above 3. Howard et al., "Searching for MobileNetV3", 2019. */
export function hardswish(input: Tensor, ...given: InplaceArguments): Tensor {
  const { inplace } = namedArguments<InplaceOptions>("hardswish", ["inplace"], given);
  checkFloats("hardswish", input);
  return applyTo("hardswish", input, inplace, (x) => Hardswish.apply("hardswish", x));
}

/** x, but 0 between −`lambd` and `lambd`. */
export function hardshrink(input: Tensor, ...given: ShrinkArguments): Tensor {
  const { lambd = 0.5 } = namedArguments<ShrinkOptions>("hardshrink", ["lambd"], given);
  checkFloats("hardshrink", input);
  checkNumbers("hardshrink", { lambd });
  return Hardshrink(lambd).apply("hardshrink", input);
}

/** x moved towards 0 by `lambd`, and 0 where it would pass it. */
export function softshrink(input: Tensor, ...given: ShrinkArguments): Tensor {
  const { lambd = 0.5 } = namedArguments<ShrinkOptions>("softshrink", ["lambd"], given);
  checkFloats("softshrink", input);
  checkNumbers("softshrink", { lambd });
  if (!(lambd >= 0))
    throw new RangeError(`softshrink: lambda must be greater or equal to 0, but found to be ${lambd}.`);
  return Softshrink(lambd).apply("softshrink", input);
}
