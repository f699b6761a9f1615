import { describe, expect, it } from "vitest";
import { optim, Tensor, tensor } from "../../src/index.js";

type Matrix = number[][];
const rms = (a: Matrix): number => Math.sqrt(a.flat().reduce((s, x) => s + x * x, 0) / a.flat().length);

/** Adafactor on matrices in plain loops, after the paper's algorithm 4 with PyTorch's ε. */
function plain(
  θ: Matrix,
  gradients: Matrix[],
  o: {
    lr: number;
    beta2Decay: number;
    eps: [number | null, number];
    d: number;
    weightDecay: number;
    maximize: boolean;
  },
): Matrix {
  const [n, m] = [θ.length, θ[0].length];
  const R = new Array<number>(n).fill(0);
  const C = new Array<number>(m).fill(0);
  const eps1 = o.eps[0] ?? Number.EPSILON;
  let p = θ;
  for (const [k, raw] of gradients.entries()) {
    const t = k + 1;
    const g = raw.map((row) => row.map((x) => (o.maximize ? -x : x)));
    const w = t ** o.beta2Decay;
    const α = Math.max(o.eps[1], rms(p)) * Math.min(o.lr, 1 / Math.sqrt(t));
    for (let i = 0; i < n; i++) R[i] += w * (g[i].reduce((s, x) => s + x * x, 0) / m - R[i]);
    for (let j = 0; j < m; j++) C[j] += w * (g.reduce((s, row) => s + row[j] ** 2, 0) / n - C[j]);
    const mean = Math.max(R.reduce((s, x) => s + x, 0) / n, eps1);
    const u = g.map((row, i) => row.map((x, j) => x / Math.sqrt(Math.max((R[i] * C[j]) / mean, eps1 ** 2))));
    const scale = α / Math.max(1, rms(u) / o.d);
    p = p.map((row, i) => row.map((x, j) => x * (1 - o.lr * o.weightDecay) - scale * u[i][j]));
  }
  return p;
}

describe("Adafactor", () => {
  const start: Matrix = [
    [1, -2, 3],
    [0.5, 4, -1],
  ];
  const gradients: Matrix[] = [
    [
      [1, 2, -1],
      [0.1, -3, 2],
    ],
    [
      [0.5, 2, 1],
      [0, 0, 0],
    ],
    [
      [-1, 1, 3],
      [2, 2, -2],
    ],
  ];

  it.each([
    { lr: 0.1, beta2Decay: -0.8, eps: [null, 1e-3], d: 1, weightDecay: 0, maximize: false },
    { lr: 0.5, beta2Decay: -1, eps: [0.1, 5], d: 1.5, weightDecay: 0.1, maximize: true },
  ] as const)("is the paper's algorithm: %j", (options) => {
    const o = { ...options, eps: [...options.eps] as [number | null, number] };
    const weight = tensor(start, { dtype: "float64" }).requiresGrad_();
    const optimizer = new optim.Adafactor([weight], o);
    for (const g of gradients) {
      weight.grad = tensor(g, { dtype: "float64" });
      optimizer.step();
    }
    for (const [k, value] of weight.toArray().entries())
      expect(Number(value)).toBeCloseTo(plain(start, gradients, o).flat()[k], 12);
  });

  it("remembers rows and columns of matrices and stacks of them, and every element of vectors", () => {
    for (const [shape, rows, columns] of [
      [
        [2, 3],
        [2, 1],
        [1, 3],
      ],
      [
        [4, 2, 3],
        [4, 2, 1],
        [4, 1, 3],
      ],
    ]) {
      const weight = Tensor.full(shape, 1, "float32").requiresGrad_();
      weight.grad = Tensor.full(shape, 0.5, "float32");
      const optimizer = new optim.Adafactor([weight]);
      optimizer.step();
      const { row_var, col_var } = optimizer.stateDict().state[0] as Record<string, Tensor>;
      expect([row_var.shape, col_var.shape]).toEqual([rows, columns]);
      expect(weight.toArray().every((x) => Number(x) < 1)).toBe(true);
    }
    const [bias, number] = [[3], []].map((shape) => Tensor.full(shape, 1, "float32").requiresGrad_());
    for (const p of [bias, number]) p.grad = Tensor.full(p.shape, 2, "float32");
    const optimizer = new optim.Adafactor([bias, number]);
    optimizer.step();
    expect(Object.keys(optimizer.stateDict().state[1])).toEqual(["step", "variance"]);
    expect(number.item()).toBeLessThan(1);
  });

  it("goes on where a state dict was written, and refuses one that does not fit", () => {
    const make = (): Tensor => tensor(start, { dtype: "float64" }).requiresGrad_();
    const [a, b] = [make(), make()];
    const step = (optimizer: optim.Adafactor, p: Tensor, k: number): void => {
      p.grad = tensor(gradients[k], { dtype: "float64" });
      optimizer.step();
    };
    const whole = new optim.Adafactor([a], { lr: 0.2 });
    for (let k = 0; k < 3; k++) step(whole, a, k);
    const first = new optim.Adafactor([b], { lr: 0.2 });
    step(first, b, 0);
    const second = new optim.Adafactor([b]);
    second.loadStateDict(first.stateDict());
    for (const k of [1, 2]) step(second, b, k);
    expect(b.tolist()).toEqual(a.tolist());
    const { col_var: _, ...half } = second.stateDict().state[0];
    expect(() => second.loadStateDict({ ...second.stateDict(), state: { 0: half } })).toThrow(
      "has no col_var",
    );
  });

  it("leaves a parameter without gradient alone", () => {
    const p = Tensor.full([2], 1, "float32").requiresGrad_();
    const optimizer = new optim.Adafactor([p], { weightDecay: 0.5 });
    optimizer.step();
    expect([p.tolist(), optimizer.state.size]).toEqual([[1, 1], 0]);
  });

  it.each<[Partial<optim.AdafactorOptions>, string]>([
    [{ lr: -1 }, "Learning rate should be >= 0 but is: -1"],
    [{ lr: Number.NaN }, "Learning rate should be >= 0 but is: NaN"],
    [{ beta2Decay: 0.1 }, "beta2_decay should be <= 0 but is: 0.1"],
    [{ eps: [-1, 0] }, "epsilon1 should be >= 0 but is: -1"],
    [{ eps: [null, -1] }, "epsilon2 should be >= 0 but is: -1"],
    [{ eps: 3 as never }, "eps should be two numbers"],
    [{ d: 0.5 }, "Clipping threshold d should be >= 1 but is: 0.5"],
    [{ weightDecay: -1 }, "weight_decay should be >= 0 but is: -1"],
  ])("refuses %j", (options, message) => {
    expect(() => new optim.Adafactor([Tensor.full([2], 1, "float32")], options)).toThrow(message);
  });
});
