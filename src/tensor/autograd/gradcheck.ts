import { namedArguments } from "../arguments.js";
import { describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { grad } from "./backward.js";

export interface GradcheckOptions {
  /** The step of the central differences. Default 1e-6. */
  eps?: number;
  /** Largest absolute difference. Default 1e-5. */
  atol?: number;
  /** Largest difference relative to the numerical value. Default 1e-3. */
  rtol?: number;
  /** Whether a difference is thrown as an error (default) or returned as false. */
  raiseException?: boolean;
}

type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

const NAMES = ["eps", "atol", "rtol", "raiseException"] as const;

function outputsOf(func: Checked, inputs: readonly Tensor[]): readonly Tensor[] {
  const result = func(...inputs);
  return (result instanceof Tensor ? [result] : result).filter((output) => output.isFloatingPoint());
}

/** Checks the arguments and gives the inputs that are differentiated. */
function differentiable(operation: string, inputs: readonly Tensor[]): Tensor[] {
  const chosen = inputs.filter((input) => input.requiresGrad);
  if (chosen.length === 0) {
    throw new Error(
      `${operation}: expects at least one input tensor with requiresGrad, but none of them has it`,
    );
  }
  for (const input of chosen) {
    if (input.dtype !== "float64") {
      throw new TypeError(
        `${operation}: differences need float64 inputs; one of shape ${describe(input.shape)} is ${input.dtype}`,
      );
    }
    if (!input.rowMajor) throw new Error(`${operation}: inputs must lie row by row: use contiguous() first`);
  }
  return chosen;
}

/** The derivative of every output element by every element of `input`, by central differences: [input][output]. */
function numericalJacobian(
  func: Checked,
  inputs: readonly Tensor[],
  input: Tensor,
  eps: number,
): number[][][] {
  const { data } = input.storage;
  const evaluate = () => outputsOf(func, inputs).map((output) => output.toArray());
  return Array.from({ length: input.count }, (_, k) => {
    const at = input.offset + k;
    const value = data[at];
    data[at] = value + eps;
    const above = evaluate();
    data[at] = value - eps;
    const below = evaluate();
    data[at] = value;
    return above.map((values, j) => Array.from(values, (high, i) => (high - below[j][i]) / (2 * eps)));
  });
}

/**
 * Compares the gradients of `func` with central differences, element by element.
 *
 * @param inputs float64; those with requiresGrad are checked
 * @returns true; a difference is thrown, with its place and both values, unless `raiseException` is false
 */
export function gradcheck(
  func: Checked,
  inputs: Tensor | readonly Tensor[],
  ...rest: [options?: GradcheckOptions]
): boolean {
  const options = namedArguments<GradcheckOptions>("gradcheck", NAMES, rest);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true } = options;
  const all = inputs instanceof Tensor ? [inputs] : inputs;
  const checked = differentiable("gradcheck", all);
  try {
    const outputs = outputsOf(func, all);
    const jacobians = checked.map((input) => numericalJacobian(func, all, input, eps));
    outputs.forEach((output, j) => {
      for (let i = 0; i < output.count; i++) {
        const gradients = gradientOf(output, i, checked);
        checked.forEach((input, which) => {
          const gradient = gradients[which]?.toArray();
          if (gradients[which] !== null && !sameShape(gradients[which].shape, input.shape)) {
            throw new Error(
              `gradcheck: the gradient of input ${which} has shape ${describe(gradients[which].shape)}, not ${describe(input.shape)}`,
            );
          }
          for (let k = 0; k < input.count; k++) {
            const numerical = jacobians[which][k][j][i];
            const analytical = gradient === undefined ? 0 : gradient[k];
            if (!(Math.abs(analytical - numerical) <= atol + rtol * Math.abs(numerical))) {
              throw new Error(
                `gradcheck: Jacobian mismatch for output ${j} with respect to input ${which}: element ${i} by element ${k}: ` +
                  `numerical ${numerical}, analytical ${analytical}`,
              );
            }
          }
        });
      }
    });
  } catch (error) {
    if (raiseException) throw error;
    return false;
  }
  return true;
}

/** The gradient of one element of an output; null for inputs that it does not depend on. */
function gradientOf(output: Tensor, element: number, inputs: readonly Tensor[]): (Tensor | null)[] {
  if (!output.requiresGrad) return inputs.map(() => null);
  const seed = Tensor.zeros(output.shape, output.dtype);
  seed.storage.data[element] = 1;
  return grad(output, inputs, { gradOutputs: seed, retainGraph: true, allowUnused: true });
}

/**
 * Compares the second derivatives of `func` with central differences of the first: `gradcheck` of its gradient.
 *
 * @param gradOutputs the weights of the outputs; ones that are not all alike when left out
 */
export function gradgradcheck(
  func: Checked,
  inputs: Tensor | readonly Tensor[],
  gradOutputs?: Tensor | readonly Tensor[] | null,
  options?: GradcheckOptions,
): boolean {
  const all = inputs instanceof Tensor ? [inputs] : inputs;
  const count = differentiable("gradgradcheck", all).length;
  const outputs = outputsOf(func, all).filter((output) => output.requiresGrad);
  const given = gradOutputs instanceof Tensor ? [gradOutputs] : gradOutputs;
  const weights = given ?? outputs.map((output) => weightsFor(output));
  const gradient: Checked = (...arguments_) => {
    const own = arguments_.slice(0, all.length);
    const checked = own.filter((input) => input.requiresGrad).slice(0, count);
    const results = outputsOf(func, own).filter((output) => output.requiresGrad);
    return grad(results, checked, {
      gradOutputs: arguments_.slice(all.length),
      createGraph: true,
      allowUnused: true,
    }).map((result, k) => result ?? Tensor.zeros(checked[k].shape, "float64"));
  };
  return gradcheck(gradient, [...all, ...weights], options);
}

function weightsFor(output: Tensor): Tensor {
  const weights = Tensor.zeros(output.shape, "float64");
  const { data } = weights.storage;
  for (let k = 0; k < data.length; k++) data[k] = Math.cos(k + 1);
  return weights.requiresGrad_();
}
