import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { nn, optim, SparseTensor, Tensor, tensor } from "../../src/index.js";

const { embedding } = nn.functional;
const table = (): Tensor =>
  tensor(
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { dtype: "float64" },
  ).requiresGrad_();
const rows = (indices: number[], values: number[]): SparseTensor =>
  new SparseTensor(Uint32Array.from(indices), Float64Array.from(values), [3, 2], "float64");

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a sparse gradient", () => {
  it("comes from an embedding, and is the dense one's equal", () => {
    const [sparse, dense] = [table(), table()];
    const index = tensor(
      [
        [0, 2],
        [0, 0],
      ],
      { dtype: "int64" },
    );
    const weights = tensor(
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ],
      { dtype: "float64" },
    );
    embedding(index, sparse, { sparse: true }).mul(weights).sum().backward();
    embedding(index, dense).mul(weights).sum().backward();
    expect(sparse.grad).toBeInstanceOf(SparseTensor);
    const { rows: given, values } = (sparse.grad as SparseTensor).coalesce().entries();
    expect([[...given], [...values]]).toEqual([
      [0, 2],
      [13, 16, 3, 4],
    ]);
    expect((sparse.grad as Tensor).tolist()).toEqual(dense.grad?.tolist());
    expect((sparse.grad as SparseTensor).isSparse).toBe(true);
  });

  it("stays sparse when several are added, within a pass and over passes", () => {
    const weight = table();
    const look = (...indices: number[]): Tensor =>
      embedding(tensor(indices, { dtype: "int64" }), weight, { sparse: true });
    look(0).add(look(2)).sum().backward();
    look(2).sum().backward();
    const gradient = weight.grad as SparseTensor;
    expect(gradient.isSparse).toBe(true);
    expect([...gradient.coalesce().entries().rows]).toEqual([0, 2]);
    expect(gradient.tolist()).toEqual([
      [1, 1],
      [0, 0],
      [2, 2],
    ]);
  });

  it("becomes dense with a change in place, or when a dense one is added", () => {
    const gradient = rows([1], [1, 1]);
    gradient.mul_(2);
    expect([gradient.isSparse, gradient.tolist()]).toEqual([
      false,
      [
        [0, 0],
        [2, 2],
        [0, 0],
      ],
    ]);
    expect(() => gradient.entries()).toThrow("is dense since");
    const weight = table();
    embedding(tensor([1], { dtype: "int64" }), weight, { sparse: true })
      .sum()
      .backward();
    weight.sum().backward();
    expect(weight.grad?.tolist()).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
    ]);
    expect((weight.grad as SparseTensor).isSparse).toBe(false);
  });

  it("is dense where it is to be differentiated again", () => {
    const weight = table();
    embedding(tensor([1], { dtype: "int64" }), weight, { sparse: true })
      .pow(3)
      .sum()
      .backward({ createGraph: true });
    expect(weight.grad?.requiresGrad).toBe(true);
  });

  it("must have as many values as its rows, and rows that exist", () => {
    expect(() => rows([0], [1])).toThrow("SparseTensor: 1 rows of shape [3, 2] have 2 elements, got 1");
    expect(() => rows([3], [1, 1])).toThrow("SparseTensor: there is no row 3 in the shape [3, 2]");
  });

  it("trains with SGD and Adagrad as the dense one does", () => {
    const makes: ((p: Tensor) => { step(): undefined })[] = [
      (p) => new optim.SGD([p], { lr: 0.1, momentum: 0.9 }),
      (p) => new optim.Adagrad([p], { lr: 0.1 }),
    ];
    for (const make of makes) {
      const [sparse, dense] = [table(), table()];
      const optimizers = [make(sparse), make(dense)];
      for (const indices of [
        [0, 1, 0],
        [2, 2, 1],
        [1, 0, 1],
      ]) {
        for (const [k, weight] of [sparse, dense].entries()) {
          weight.grad = null;
          embedding(tensor(indices, { dtype: "int64" }), weight, { sparse: k === 0 })
            .square()
            .sum()
            .backward();
          optimizers[k].step();
        }
      }
      expect(sparse.tolist()).toEqual(dense.tolist());
    }
  });
});

describe("what does not take sparse gradients", () => {
  it.each([
    ["Adafactor does not support sparse gradients", (p: Tensor) => new optim.Adafactor([p])],
    ["Muon does not support sparse gradients", (p: Tensor) => new optim.Muon([p])],
    [
      "weight_decay option is not compatible with sparse gradients",
      (p: Tensor) => new optim.Adagrad([p], { weightDecay: 0.1 }),
    ],
  ])("says so: %s", (message, make) => {
    const weight = table();
    weight.grad = rows([0], [1, 1]);
    const optimizer = make(weight);
    expect(() => optimizer.step()).toThrow(message);
    expect(weight.tolist()).toEqual(table().tolist());
  });
});

describe("SparseAdam", () => {
  it("is the formula in the rows that are there, and touches no other", () => {
    const entry = fc.record({
      row: fc.nat(2),
      x: fc.double({ min: -9, max: 9, noNaN: true }),
      y: fc.double({ min: -9, max: 9, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(entry, { maxLength: 4 }), { maxLength: 6 }),
        fc.boolean(),
        (steps, maximize) => {
          const weight = table();
          const [lr, beta1, beta2, eps] = [0.1, 0.8, 0.9, 1e-3];
          const optimizer = new optim.SparseAdam([weight], { lr, betas: [beta1, beta2], eps, maximize });
          const θ = [...weight.toArray()].map(Number);
          const [m, v] = [new Array<number>(6).fill(0), new Array<number>(6).fill(0)];
          for (const [k, entries] of steps.entries()) {
            weight.grad = rows(
              entries.map(({ row }) => row),
              entries.flatMap(({ x, y }) => [x, y]),
            );
            optimizer.step();
            const sums = new Map<number, number>();
            for (const { row, x, y } of entries)
              for (const [c, g] of [x, y].entries()) sums.set(2 * row + c, (sums.get(2 * row + c) ?? 0) + g);
            for (const [at, sum] of sums) {
              const g = maximize ? -sum : sum;
              m[at] = beta1 * m[at] + (1 - beta1) * g;
              v[at] = beta2 * v[at] + (1 - beta2) * g * g;
              const rate = (lr * Math.sqrt(1 - beta2 ** (k + 1))) / (1 - beta1 ** (k + 1));
              θ[at] -= (rate * m[at]) / (Math.sqrt(v[at]) + eps);
            }
          }
          for (const [at, value] of weight.toArray().entries()) expect(Number(value)).toBeCloseTo(θ[at], 10);
          expect(optimizer.state.get(weight)?.step ?? 0).toBe(steps.length);
        },
      ),
    );
  });

  it("goes on where a state dict was written", () => {
    const [a, b] = [table(), table()];
    const step = (optimizer: optim.SparseAdam, weight: Tensor): void => {
      weight.grad = rows([0, 2], [1, -2, 3, 4]);
      optimizer.step();
    };
    const whole = new optim.SparseAdam([a], { lr: 0.1 });
    for (let k = 0; k < 4; k++) step(whole, a);
    const first = new optim.SparseAdam([b], { lr: 0.1 });
    for (let k = 0; k < 2; k++) step(first, b);
    const second = new optim.SparseAdam([b]);
    second.loadStateDict(first.stateDict());
    for (let k = 0; k < 2; k++) step(second, b);
    expect(b.tolist()).toEqual(a.tolist());
    expect(Object.keys(second.stateDict().state[0])).toEqual(["step", "exp_avg", "exp_avg_sq"]);
  });

  it("takes a raw tensor, with a warning", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(new optim.SparseAdam(table()).paramGroups).toHaveLength(1);
    expect(warn.mock.calls[0][0]).toContain("Passing in a raw Tensor as ``params`` to SparseAdam");
  });

  it("refuses dense gradients before anything changes", () => {
    const [a, b] = [table(), table()];
    const optimizer = new optim.SparseAdam([a, b]);
    a.grad = rows([0], [1, 1]);
    b.grad = Tensor.like(b);
    expect(() => optimizer.step()).toThrow(
      "SparseAdam does not support dense gradients, please consider Adam instead",
    );
    expect([a.tolist(), optimizer.state.size]).toEqual([table().tolist(), 0]);
  });

  it.each([
    [{ lr: 0 }, "Invalid learning rate: 0"],
    [{ eps: 0 }, "Invalid epsilon value: 0"],
    [{ betas: [1, 0.9] as [number, number] }, "Invalid beta parameter at index 0: 1"],
  ])("refuses %j", (options, message) => {
    expect(() => new optim.SparseAdam([table()], options)).toThrow(message);
  });
});
