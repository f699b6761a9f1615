import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { tensor } = torch;
type Operand = torch.Tensor;
const half = (): Operand => tensor([0.25, 0.5], { dtype: "float64" });

/** Methods with an underscore that are not "the same operation, in place". */
const others = new Set(
  [
    "requiresGrad_ copy_ fill_ zero_ uniform_ normal_ bernoulli_ random_ exponential_ geometric_ cauchy_ logNormal_",
  ]
    .join(" ")
    .split(" "),
);

/** What each takes besides the tensor, where it takes something. */
const further: Record<string, () => unknown[]> = {
  round: () => [{ decimals: 1 }],
  polygamma: () => [1],
  clamp: () => [0.3, 0.4],
  clip: () => [{ max: 0.3 }],
  lerp: () => [half().add(1), 0.5],
  addcmul: () => [half(), half()],
  addcdiv: () => [half(), half().add(1), { value: 2 }],
  maskedFill: () => [half().gt(0.3), 2],
};
const pairs =
  "add sub mul div pow subtract multiply divide trueDivide floorDivide remainder fmod atan2 arctan2 hypot xlogy copysign heaviside clampMin clampMax eq ne lt le gt ge notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor".split(
    " ",
  );
for (const name of pairs) further[name] = () => [half().mul(0.75)];

const prototype = torch.Tensor.prototype as unknown as Record<string, (...given: unknown[]) => torch.Tensor>;
const names = Object.keys(prototype)
  .filter((name) => name.endsWith("_") && !others.has(name))
  .map((name) => name.slice(0, -1))
  .filter((name) => (name in further || prototype[name].length === 0) && !name.startsWith("bitwise"))
  .filter((name) => name in prototype && !/scatter|index|put|Scatter|transpose|squeeze|t$/.test(name));

test("the list is not empty", () => expect(names.length).toBeGreaterThan(80));

describe.each(names)("%s_", (name) => {
  const call = (x: torch.Tensor, verb: string): torch.Tensor =>
    (x as unknown as typeof prototype)[verb](...(further[name]?.() ?? []));
  test("writes what the operation gives into the same memory, views included", () => {
    const x = half();
    const view = x.narrow(0, 1, 1);
    const expected = call(half(), name).to("float64").tolist() as number[];
    expect(call(x, `${name}_`)).toBe(x);
    expect(x.tolist()).toEqual(expected);
    expect(view.tolist()).toEqual(expected.slice(1));
    expect(x.storage.version).toBe(1);
  });
  test("has the gradient of the operation, although its operand is gone", () => {
    const gradient = (verb: string): unknown => {
      const leaf = half().requiresGrad_();
      const changed = leaf.mul(1);
      const result = call(changed, verb);
      if (!result.requiresGrad) return [0, 0];
      try {
        result.sum().backward();
      } catch (error) {
        return (error as Error).message;
      }
      return leaf.grad?.tolist() ?? [0, 0];
    };
    expect(gradient(`${name}_`)).toEqual(gradient(name));
  });
  test("of a leaf that requires grad is refused, and nothing changes", () => {
    const leaf = half().requiresGrad_();
    expect(() => call(leaf, `${name}_`)).toThrow(
      "a leaf Variable that requires grad is being used in an in-place operation",
    );
    expect(leaf.tolist()).toEqual([0.25, 0.5]);
  });
});

test.each([
  [
    "sqrt_ of integers",
    () => tensor([1, 4], { dtype: "int64" }).sqrt_(),
    "sqrt_: result type float32 can't be cast to the desired output type int64",
  ],
  [
    "a broadcast that would grow",
    () => tensor([1, 2]).clampMin_(torch.zeros([3, 2])),
    "clampMin_: output with shape [2] doesn't match the broadcast shape [3, 2]",
  ],
  [
    "an expanded tensor",
    () => tensor([1]).expand([3]).exp_(),
    "exp_: unsupported operation: more than one element of the written-to tensor refers to a single memory location",
  ],
])("%s is refused", (_, change, message) => {
  expect(change).toThrow(message);
});

test("a tensor as its own operand", () => {
  const x = tensor([2, 3], { dtype: "float64", requiresGrad: true });
  const y = x.mul(1);
  y.mul_(y);
  expect(y.tolist()).toEqual([4, 9]);
  y.sum().backward();
  expect(x.grad?.tolist()).toEqual([4, 6]);
});
