import { type Arguments, namedArguments } from "../arguments.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { applyTo, checkFloats } from "./pointwise-function.js";
import { squeeze, unsqueeze } from "./view.js";

export interface DropoutOptions {
  /** The probability of an element to become zero. Default 0.5. */
  p?: number;
  /** Whether anything is dropped. Default true (alphaDropout, featureAlphaDropout: false). */
  training?: boolean;
  inplace?: boolean;
}
export type DropoutArguments = Arguments<[p?: number, training?: boolean, inplace?: boolean], DropoutOptions>;

/** What a dropped element becomes: 0, or the value that SELU saturates at. */
type Dropped = "zero" | "saturated";

/** −scale·α of SELU, negated. */
const SATURATION = 1.7580993408473766;

function bind(operation: string, given: DropoutArguments, training: boolean): Required<DropoutOptions> {
  const options = namedArguments<DropoutOptions>(operation, ["p", "training", "inplace"], given);
  const bound = { p: 0.5, training, inplace: false, ...options };
  if (!(bound.p >= 0 && bound.p <= 1)) {
    throw new RangeError(
      `${operation}: dropout probability has to be between 0 and 1, but got ${String(bound.p)}`,
    );
  }
  if (typeof bound.training !== "boolean")
    throw new TypeError(`${operation}: training is true or false, not ${String(bound.training)}`);
  return bound;
}

/** The random numbers are PyTorch's: one draw for each element of the noise, row by row. */
function drop(
  operation: string,
  input: Tensor,
  { p, training, inplace }: Required<DropoutOptions>,
  wholeChannels: boolean,
  dropped: Dropped,
): Tensor {
  checkFloats(operation, input);
  if (wholeChannels && input.ndim < 2) {
    throw new RangeError(
      `${operation}: Feature dropout requires at least 2 dimensions in the input, but it is ${describe(input.shape)}`,
    );
  }
  if (!training || p === 0 || input.count === 0) return input;
  return applyTo(operation, input, inplace, (x) => {
    if (p === 1) return x.mul(Tensor.zeros([], x.dtype));
    const noise = wholeChannels
      ? Tensor.zeros([...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)], x.dtype)
      : Tensor.like(x);
    noise.bernoulli_(1 - p);
    if (dropped === "zero") return x.mul(noise.div_(1 - p));
    const a = 1 / Math.sqrt((SATURATION * SATURATION * p + 1) * (1 - p));
    const shift = noise
      .add(-1)
      .mul_(SATURATION * a)
      .add_(SATURATION * a * p);
    return x.mul(noise.mul_(a)).add(shift);
  });
}

/**
 * In training, every element becomes 0 with probability `p`, and the others are divided by 1 − p. Otherwise the input
 * itself. Srivastava et al., 2014.
 */
export function dropout(input: Tensor, ...given: DropoutArguments): Tensor {
  return drop("dropout", input, bind("dropout", given, true), false, "zero");
}

/** `dropout` of whole channels: of input [N, C, L] or [C, L], rows of length L. Tompson et al., 2015. */
export function dropout1d(input: Tensor, ...given: DropoutArguments): Tensor {
  const options = bind("dropout1d", given, true);
  checkFloats("dropout1d", input);
  if (input.ndim !== 2 && input.ndim !== 3) {
    throw new RangeError(
      `dropout1d: Expected 2D or 3D input, but received a ${input.ndim}D input: ${describe(input.shape)}`,
    );
  }
  if (input.ndim === 3) return drop("dropout1d", input, options, true, "zero");
  const batch = drop("dropout1d", unsqueeze(input, 0), options, true, "zero");
  return options.inplace ? input : squeeze(batch, 0);
}

/** `dropout` of whole channels: of input [N, C, H, W], planes; of input [N, C, L], rows. Tompson et al., 2015. */
export function dropout2d(input: Tensor, ...given: DropoutArguments): Tensor {
  return drop("dropout2d", input, bind("dropout2d", given, true), true, "zero");
}

/** `dropout` of whole channels: of input [N, C, D, H, W] or [C, D, H, W], volumes. */
export function dropout3d(input: Tensor, ...given: DropoutArguments): Tensor {
  const options = bind("dropout3d", given, true);
  checkFloats("dropout3d", input);
  if (input.ndim !== 4) return drop("dropout3d", input, options, true, "zero");
  const batch = drop("dropout3d", unsqueeze(input, 0), options, true, "zero");
  return options.inplace ? input : squeeze(batch, 0);
}

/**
 * Dropout that keeps mean and variance of what SELU gives: dropped elements become the value that it saturates at,
 * and everything is scaled and shifted. Klambauer et al., 2017.
 */
export function alphaDropout(input: Tensor, ...given: DropoutArguments): Tensor {
  return drop("alphaDropout", input, bind("alphaDropout", given, false), false, "saturated");
}

/** `alphaDropout` of whole channels. */
export function featureAlphaDropout(input: Tensor, ...given: DropoutArguments): Tensor {
  return drop("featureAlphaDropout", input, bind("featureAlphaDropout", given, false), true, "saturated");
}
