import { sumOfSquares } from "../engine/wasm/squares.js";
import { type Arguments, namedArguments } from "../tensor/arguments.js";
import { noGrad } from "../tensor/autograd/mode.js";
import { cat } from "../tensor/ops/joining.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { Tensor } from "../tensor/tensor.js";

export interface ClipGradNormOptions {
  /** Which norm: 2 (default), 1, Infinity, … */
  normType?: number;
  /** Whether a total norm that is NaN or infinite is an error. Default false. */
  errorIfNonfinite?: boolean;
}

export type ClipGradNormArguments = Arguments<
  [normType?: number, errorIfNonfinite?: boolean],
  ClipGradNormOptions
>;

function tensorsOf(operation: string, given: Tensor | Iterable<Tensor>): Tensor[] {
  const tensors = given instanceof Tensor ? [given] : [...given];
  for (const tensor of tensors) checkTensor(operation, tensor);
  return tensors;
}

function gradientsOf(operation: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  return tensorsOf(operation, parameters).flatMap(({ grad }) => (grad === null ? [] : [grad]));
}

/** The norm of all tensors as if they were one vector: a 0-dim tensor. */
export function getTotalNorm(tensors: Tensor | Iterable<Tensor>, ...given: ClipGradNormArguments): Tensor {
  const list = tensorsOf("getTotalNorm", tensors);
  const { normType = 2, errorIfNonfinite = false } = namedArguments<ClipGradNormOptions>(
    "getTotalNorm",
    ["normType", "errorIfNonfinite"],
    given,
  );
  if (typeof normType !== "number" || Number.isNaN(normType))
    throw new TypeError(`getTotalNorm: normType is a number, not ${String(normType)}`);
  const total = Tensor.full([], totalNorm(list, normType), list[0]?.dtype ?? "float32");
  if (errorIfNonfinite && !Number.isFinite(total.item())) {
    throw new RangeError(
      `The total norm of order ${normType} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \`errorIfNonfinite: false\``,
    );
  }
  return total;
}

function totalNorm(tensors: readonly Tensor[], p: number): number {
  let sum = 0;
  for (const tensor of tensors) {
    if (p === 2) sum += sumOfSquares(tensor.contiguous());
    else {
      for (const value of tensor.toArray()) {
        const magnitude = Math.abs(value);
        // Math.max keeps a NaN, as it must.
        if (p === Infinity) sum = Math.max(sum, magnitude);
        else if (p === 0) sum += magnitude === 0 ? 0 : 1;
        else sum += magnitude ** p;
      }
    }
  }
  if (p === Infinity || p === 0) return sum;
  return p === 2 ? Math.sqrt(sum) : sum ** (1 / p);
}

/**
 * Scales the gradients of all parameters, in place, so that their norm as one vector is at most `maxNorm`.
 *
 * @returns the norm before, a 0-dim tensor
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  ...given: ClipGradNormArguments
): Tensor {
  if (typeof maxNorm !== "number")
    throw new TypeError(`clipGradNorm_: maxNorm is a number, not ${String(maxNorm)}`);
  const gradients = gradientsOf("clipGradNorm_", parameters);
  const total = getTotalNorm(gradients, ...given);
  const factor = maxNorm / (total.item() + 1e-6);
  // Also where nothing has to be clipped PyTorch multiplies, by 1: a NaN of the norm reaches every gradient.
  if (!(factor >= 1)) scale(gradients, factor);
  return total;
}

/** A gradient that two parameters share is scaled once. */
function scale(gradients: readonly Tensor[], factor: number): void {
  noGrad(() => {
    for (const gradient of new Set(gradients)) gradient.mul_(factor);
  });
}

/** Limits every element of the gradients of all parameters, in place, to ∓`clipValue`. */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  if (typeof clipValue !== "number")
    throw new TypeError(`clipGradValue_: clipValue is a number, not ${String(clipValue)}`);
  noGrad(() => {
    for (const gradient of gradientsOf("clipGradValue_", parameters)) gradient.clamp_(-clipValue, clipValue);
  });
}

/** All parameters row by row in one vector; gradients flow through. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return cat(tensorsOf("parametersToVector", parameters).map((parameter) => parameter.reshape([-1])));
}

/** Copies the parts of a vector, in order, into the parameters. */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  checkTensor("vectorToParameters", vector);
  const list = tensorsOf("vectorToParameters", parameters);
  const needed = list.reduce((sum, { count }) => sum + count, 0);
  if (vector.shape.length !== 1 || vector.count < needed) {
    throw new RangeError(
      `vectorToParameters: the parameters have ${needed} elements, but the vector has shape [${vector.shape.join(", ")}]`,
    );
  }
  let at = 0;
  noGrad(() => {
    for (const parameter of list) {
      parameter.copy_(vector.narrow(0, at, parameter.count).reshape(parameter.shape));
      at += parameter.count;
    }
  });
}
