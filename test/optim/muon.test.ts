import { describe, expect, it } from "vitest";
import { optim, Tensor, tensor } from "../../src/index.js";

type Matrix = number[][];
const transpose = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((s, x, k) => s + x * b[k][j], 0)));
const combine = (x: number, a: Matrix, y: number, b: Matrix): Matrix =>
  a.map((row, i) => row.map((v, j) => x * v + y * b[i][j]));

/** The Newton–Schulz iteration in plain loops. */
function orthogonal(u: Matrix, steps: number): Matrix {
  const tall = u.length > u[0].length;
  let x = tall ? transpose(u) : u;
  const norm = Math.max(Math.sqrt(x.flat().reduce((s, v) => s + v * v, 0)), 1e-7);
  x = x.map((row) => row.map((v) => v / norm));
  for (let k = 0; k < steps; k++) {
    const A = product(x, transpose(x));
    x = combine(3.4445, x, 1, product(combine(-4.775, A, 2.0315, product(A, A)), x));
  }
  return tall ? transpose(x) : x;
}

const matrix = (values: Matrix, dtype: "float32" | "float64" = "float64"): Tensor =>
  tensor(values, { dtype }).requiresGrad_();
const wide: Matrix = [
  [1, -2, 3],
  [0.5, 4, -1],
];

describe("Muon", () => {
  it.each([
    ["wide", wide, null, 1],
    ["tall", transpose(wide), null, Math.sqrt(3 / 2)],
    ["tall, named", transpose(wide), "original", Math.sqrt(3 / 2)],
    ["as large as AdamW's", wide, "match_rms_adamw", 0.2 * Math.sqrt(3)],
    ["spectral", wide, "spectral_unclamped", Math.sqrt(2 / 3)],
  ] as const)("is its formula: %s", (_, start, adjustLrFn, factor) => {
    for (const nesterov of [true, false]) {
      const weight = matrix(start as Matrix);
      const options = {
        lr: 0.1,
        momentum: 0.9,
        weightDecay: 0.2,
        nesterov,
        adjustLrFn,
        nsDtype: "param",
      } as const;
      const optimizer = new optim.Muon([weight], options);
      let θ = start as Matrix;
      let B = θ.map((row) => row.map(() => 0));
      for (let k = 1; k <= 3; k++) {
        const g = (start as Matrix).map((row, i) => row.map((x, j) => x * k + i - j));
        weight.grad = tensor(g, { dtype: "float64" });
        optimizer.step();
        B = combine(0.9, B, 0.1, g);
        const u = nesterov ? combine(0.1, g, 0.9, B) : B;
        θ = combine(1 - 0.1 * 0.2, θ, -0.1 * factor, orthogonal(u, 5));
      }
      for (const [k, value] of weight.toArray().entries()) expect(Number(value)).toBeCloseTo(θ.flat()[k], 10);
    }
  });

  it("rounds to bfloat16 as PyTorch does, and so differs in the second digit only", () => {
    const step = (nsDtype: "bfloat16" | "param"): number[] => {
      const weight = matrix(wide, "float32");
      weight.grad = tensor(wide);
      new optim.Muon([weight], { lr: 1, weightDecay: 0, nsDtype }).step();
      return [...weight.toArray()].map((x, k) => wide.flat()[k] - Number(x));
    };
    const [rounded, exact] = [step("bfloat16"), step("param")];
    expect(rounded).not.toEqual(exact);
    for (const [k, value] of rounded.entries()) expect(Math.abs(value - exact[k])).toBeLessThan(0.03);
  });

  it("takes matrices only, from the start and later", () => {
    const message = "Muon only supports 2D parameters whereas we found a parameter with size: [3]";
    const bias = Tensor.full([3], 1, "float32");
    expect(() => new optim.Muon([matrix(wide), bias])).toThrow(message);
    const optimizer = new optim.Muon([matrix(wide)]);
    expect(() => optimizer.addParamGroup({ params: [bias] })).toThrow(message);
    expect(optimizer.paramGroups).toHaveLength(1);
  });

  it("goes on where a state dict was written", () => {
    const [a, b] = [matrix(wide), matrix(wide)];
    const steps = (optimizer: optim.Muon, p: Tensor, count: number): void => {
      for (let k = 0; k < count; k++) {
        p.grad = p.detach().clone();
        optimizer.step();
      }
    };
    steps(new optim.Muon([a], { lr: 0.1 }), a, 4);
    const first = new optim.Muon([b], { lr: 0.1 });
    steps(first, b, 2);
    const second = new optim.Muon([b]);
    second.loadStateDict(first.stateDict());
    steps(second, b, 2);
    expect(b.tolist()).toEqual(a.tolist());
    expect(Object.keys(second.stateDict().state[0])).toEqual(["momentum_buffer"]);
  });

  it("survives a gradient of zeros", () => {
    const weight = matrix(wide);
    weight.grad = Tensor.like(weight);
    new optim.Muon([weight], { weightDecay: 0 }).step();
    expect(weight.tolist()).toEqual(wide);
  });

  it.each<[Partial<optim.MuonOptions>, string]>([
    [{ lr: -1 }, "Learning rate should be >= 0 but is: -1"],
    [{ momentum: -1 }, "momentum should be >= 0 but is: -1"],
    [{ weightDecay: -1 }, "weight decay should be >= 0 but is: -1"],
    [{ adjustLrFn: "x" as never }, "Adjust learning rate function x is not supported"],
    [{ nsCoefficients: [1, 2] as never }, "Coefficients must be a tuple of exactly 3 values"],
    [{ nsSteps: 1.5 }, "nsSteps must be an integer ≥ 0, not 1.5"],
    [{ nsDtype: "float16" as never }, 'nsDtype must be "bfloat16" or "param", not float16'],
  ])("refuses %j", (options, message) => {
    expect(() => new optim.Muon([matrix(wide)], options)).toThrow(message);
  });

  it("refuses 100 iterations, in step() as PyTorch does", () => {
    const weight = matrix(wide);
    weight.grad = Tensor.like(weight);
    const optimizer = new optim.Muon([weight], { nsSteps: 100 });
    expect(() => optimizer.step()).toThrow(
      "Number of steps must be less than 100 for computational efficiency",
    );
    expect(weight.tolist()).toEqual(wide);
  });
});
