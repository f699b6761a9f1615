import { autograd, type DType, Tensor, tensor } from "../../../src/index.js";
import { compareNumbers, compareValue, Mismatch, relative, type Tolerance } from "../compare.js";
import type { GoldenCase, GoldenTensor, Json } from "../format.js";
import { evaluateTorch, tensorOf } from "../library.js";

interface OperationCase {
  /** The expression over the inputs x0, x1, … */
  expr: string;
  inputs: (GoldenTensor & { requires_grad?: boolean })[];
  outputs: Json[];
  /** The weights of each output, row by row; null for outputs that are not differentiable. */
  grad_outputs?: (number[] | null)[];
  /** The gradient of the weighted sum of all outputs by each input; null for inputs that have none. */
  input_grads?: (number[] | null)[];
}

/** The values of an expression, and the gradients of its inputs. */
export function runOperationCase(golden: GoldenCase): void {
  const { expr, inputs, outputs, grad_outputs, input_grads } = golden as unknown as OperationCase;
  const variables = inputs.map((input) => tensorOf(input).requiresGrad_(input.requires_grad ?? false));
  const names = Object.fromEntries(variables.map((variable, i) => [`x${i}`, variable]));
  const results = asList(evaluateTorch(expr, names));
  compareValue(expr, results, outputs, toleranceOf);
  if (grad_outputs === undefined || input_grads === undefined) return;

  const weighted = grad_outputs.flatMap((weights, j) => (weights === null ? [] : [{ weights, j }]));
  const differentiable = weighted.map(({ j }) => {
    const output = results[j];
    if (!(output instanceof Tensor) || !output.requiresGrad)
      throw new Mismatch(`${expr}: output ${j} needs no gradient, expected one`);
    return output;
  });
  const gradients = autograd.grad(
    differentiable,
    variables.filter((variable) => variable.requiresGrad),
    {
      gradOutputs: weighted.map(({ weights }, k) => {
        const { dtype, shape } = differentiable[k]!;
        return tensor(weights, { dtype }).reshape(shape);
      }),
      allowUnused: true,
    },
  );
  const isSingle = [...inputs, ...(outputs as unknown as GoldenTensor[])].some(
    ({ dtype }) => dtype === "float32",
  );
  const tolerance = toleranceOf(isSingle ? "float32" : "float64");
  for (const [i, variable] of variables.entries()) {
    const actual = variable.requiresGrad ? gradients.shift()! : null;
    const expected = input_grads[i] ?? null;
    const where = `${expr}: the gradient of x${i}`;
    if (actual === null || expected === null) {
      if (actual === expected) continue;
      throw new Mismatch(`${where}: ${String(actual)}, expected ${JSON.stringify(expected)}`);
    }
    if (String(actual.shape) !== String(variable.shape))
      throw new Mismatch(`${where}: shape [${actual.shape}], expected [${variable.shape}]`);
    compareNumbers(where, actual.toArray(), expected, tolerance);
  }
}

/** One tensor, or the several that a list or a named tuple holds. */
function asList(result: unknown): unknown[] {
  const isSeveral = typeof result === "object" && result !== null && Symbol.iterator in result;
  return isSeveral && !(result instanceof Tensor) ? [...(result as Iterable<unknown>)] : [result];
}

function toleranceOf(dtype: DType | string): Tolerance {
  const unit = dtype === "float32" ? 1e-5 : 1e-10;
  return relative(unit, unit);
}
