import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { evaluateTorch } from "../../golden/library.js";
import { missing } from "../../requirements.js";
import { type Answer, askTorch, fromPython } from "./python.js";

/** Numbers nested as a tensor is, with "nan" and "inf" in them. */
export type Numbers = number | string | Numbers[];

/** A tensor both sides start from. float64 unless the name says otherwise: `i…` is int64, `b…` bool. */
export type Inputs = Readonly<Record<string, Numbers>>;

function dtypeOf(name: string): torch.DType {
  return name.startsWith("i") ? "int64" : name.startsWith("b") ? "bool" : "float64";
}

function toPython(value: Numbers): string {
  if (Array.isArray(value)) return `[${value.map(toPython).join(", ")}]`;
  return typeof value === "string" ? `float("${value}")` : String(value);
}

function toNumbers(value: Numbers): torch.TensorData {
  if (Array.isArray(value)) return value.map(toNumbers);
  return typeof value === "string" ? fromPython(value) : value;
}

/** The inputs that an expression names. */
function used(expression: string, inputs: Inputs): string[] {
  const code = expression.replace(/'[^']*'/g, "''");
  return Object.keys(inputs).filter((name) => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(code));
}

function expectEqual(actual: unknown, answer: Answer, where: string): void {
  if (answer.kind === "list") {
    const items = [...(actual as Iterable<unknown>)];
    expect(items.length, where).toBe(answer.items.length);
    answer.items.forEach((item, k) => {
      expectEqual(items[k], item, `${where}[${k}]`);
    });
    return;
  }
  if (answer.kind === "text" && answer.text === "None") {
    expect(actual, where).toBeNull();
    return;
  }
  if (answer.kind !== "tensor") throw new Error(`${where}: ${JSON.stringify(answer)}`);
  const tensor = actual as torch.Tensor;
  expect({ shape: tensor.shape, dtype: tensor.dtype }, where).toEqual({
    shape: answer.shape,
    dtype: answer.dtype,
  });
  [...tensor.toArray()].forEach((value, k) => {
    const expected = fromPython(answer.values[k]);
    const isEqual =
      Object.is(value, expected) || Math.abs(value - expected) <= 1e-10 * Math.max(1, Math.abs(expected));
    if (!isEqual && value !== expected)
      throw new Error(`${where}: element ${k} is ${value}, PyTorch's is ${expected}`);
  });
}

/** Evaluates the same Python expressions here and in PyTorch, and compares dtype, shape and values. */
export function testValues(title: string, inputs: Inputs, expressions: readonly string[]): void {
  const noTorch = missing("python3-torch");
  describe.skipIf(noTorch)(title, () => {
    const answers = noTorch
      ? []
      : askTorch(
          expressions.map((expression) => {
            const names = used(expression, inputs);
            const tensors = names.map(
              (name) => `torch.tensor(${toPython(inputs[name])}, dtype=torch.${dtypeOf(name)})`,
            );
            return `(lambda ${names.join(", ")}: ${expression})(${tensors.join(", ")})`;
          }),
        );
    test.each(expressions.map((expression, k) => ({ expression, answer: answers[k] })))(
      "$expression",
      ({ expression, answer }) => {
        const names = used(expression, inputs).map((name) => [
          name,
          torch.tensor(toNumbers(inputs[name]), { dtype: dtypeOf(name) }),
        ]);
        if (answer.kind === "error") {
          expect(() => evaluateTorch(expression, Object.fromEntries(names)), answer.message).toThrow();
          return;
        }
        expectEqual(evaluateTorch(expression, Object.fromEntries(names)), answer, "value");
      },
    );
  });
}

/** The same for the gradients of the elements of the one result, weighted with 1, 2, 3, …. */
export function testGradients(title: string, inputs: Inputs, expressions: readonly string[]): void {
  const noTorch = missing("python3-torch");
  describe.skipIf(noTorch)(title, () => {
    const answers = noTorch
      ? []
      : askTorch(
          expressions.map((expression) => {
            const names = used(expression, inputs);
            const leaves = names.map((name) => `leaf(${toPython(inputs[name])}, dtype=torch.float64)`);
            return `gradients(lambda ${names.join(", ")}: ${expression}, ${leaves.join(", ")})`;
          }),
        );
    test.each(expressions.map((expression, k) => ({ expression, answer: answers[k] })))(
      "$expression",
      ({ expression, answer }) => {
        const names = used(expression, inputs);
        const leaves = names.map((name) =>
          torch.tensor(toNumbers(inputs[name]), { dtype: "float64", requiresGrad: true }),
        );
        const scope = Object.fromEntries(names.map((name, k) => [name, leaves[k]]));
        const y = evaluateTorch(expression, scope) as torch.Tensor;
        const weights = torch.arange(1, y.count + 1, { dtype: y.dtype }).reshape(y.shape);
        y.mul(weights).sum().backward();
        expectEqual([y.detach(), ...leaves.map((leaf) => leaf.grad)], answer, "value and gradients");
      },
    );
  });
}
