import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noGrad, optim, type Tensor, tensor } from "../../src/index.js";
import { adamOptions, sgdOptions } from "./options.js";
import { type PlainState, plainAdam, plainSGD } from "./plain.js";
import { close } from "./rule/support.js";

const dtypes: ["float64" | "float32", number][] = [
  ["float64", 1e-12],
  ["float32", 1e-5],
];

/** 25 steps with the optimizer and with the plain loops, along the same gradients. */
function compare(
  make: (parameter: Tensor) => optim.Optimizer<object>,
  plain: (θ: number[], gradient: readonly number[], state: PlainState) => void,
  [dtype, tolerance]: (typeof dtypes)[number],
): void {
  const θ = [0.5, 0.25, -1, 0];
  // Given, not computed from θ: division by |g|, as with β2 = 0, would turn rounding into another trajectory.
  const gradient = (t: number): number[] => θ.map((_, i) => Math.fround(Math.cos(i + t * (i + 1)) + 1.5 - i));
  const parameter = tensor(θ, { dtype, requiresGrad: true });
  const optimizer = make(parameter);
  const state: PlainState = { step: 0 };
  for (let t = 1; t <= 25; t++) {
    parameter.grad = tensor(gradient(t), { dtype });
    optimizer.step();
    plain(θ, gradient(t), state);
    for (const [i, value] of (parameter.tolist() as number[]).entries())
      if (!close(value, θ[i], tolerance))
        throw new Error(`step ${t}, element ${i}: ${value}, plainly ${θ[i]}`);
  }
}

describe.each(dtypes)("in %s", (...dtype) => {
  it("SGD is what PyTorch documents, for all options", () => {
    fc.assert(
      fc.property(sgdOptions, (options) =>
        compare(
          (p) => new optim.SGD([p], options),
          (θ, g, state) => plainSGD(θ, g, state, options),
          dtype,
        ),
      ),
    );
  });

  it("Adam is what PyTorch documents, for all options", () => {
    fc.assert(
      fc.property(adamOptions, (options) =>
        compare(
          (p) => new optim.Adam([p], options),
          (θ, g, state) => plainAdam(θ, g, state, options),
          dtype,
        ),
      ),
    );
  });
});

describe("memory that does not lie row by row", () => {
  const values = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const gradients = [
    [0.1, -0.2, 0.3],
    [-0.4, 0.5, -0.6],
  ];
  const options = { lr: 0.1, amsgrad: true, weightDecay: 0.1 };
  const usual = (): number[][] => {
    const p = tensor(values, { requiresGrad: true });
    const optimizer = new optim.Adam([p], options);
    for (let k = 0; k < 3; k++) {
      p.grad = tensor(gradients);
      optimizer.step();
    }
    return p.tolist() as number[][];
  };
  const transposed = (rows: number[][]): Tensor => tensor(rows[0].map((_, k) => rows.map((row) => row[k]))).T;

  it("a transposed gradient", () => {
    const p = tensor(values, { requiresGrad: true });
    const optimizer = new optim.Adam([p], options);
    for (let k = 0; k < 3; k++) {
      p.grad = transposed(gradients);
      expect(p.grad.isContiguous()).toBe(false);
      optimizer.step();
    }
    expect(p.tolist()).toEqual(usual());
    expect(p.grad?.tolist()).toEqual(transposed(gradients).tolist());
  });

  it("a transposed parameter", () => {
    const p = transposed(values).requiresGrad_();
    const optimizer = new optim.Adam([p], options);
    for (let k = 0; k < 3; k++) {
      p.grad = tensor(gradients);
      optimizer.step();
    }
    expect(p.isContiguous()).toBe(false);
    expect(p.tolist()).toEqual(usual());
  });

  it("a parameter in the middle of other memory, with an expanded gradient", () => {
    const whole = tensor([7, 1, 2, 8]);
    const p = noGrad(() => whole.narrow(0, 1, 2)).requiresGrad_();
    p.grad = tensor([2]).expand([2]);
    new optim.SGD([p], { lr: 0.25 }).step();
    expect(whole.tolist()).toEqual([7, 0.5, 1.5, 8]);
  });

  it("no elements, one element", () => {
    const parameters = [tensor([], { requiresGrad: true }), tensor(2, { requiresGrad: true })];
    parameters[0].grad = tensor([]);
    parameters[1].grad = tensor(1);
    new optim.SGD(parameters, { lr: 0.5 }).step();
    expect(parameters.map((p) => p.tolist())).toEqual([[], 1.5]);
  });
});
