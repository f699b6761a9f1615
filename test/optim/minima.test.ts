import { describe, expect, it } from "vitest";
import { nn, optim, type Tensor, tensor } from "../../src/index.js";

type Make = new (params: Tensor[], options: object) => optim.Optimizer<object>;

interface Way {
  options: object;
  /** Within how many steps each coordinate is nearer than 0.01 to the minimum. */
  steps: number;
}

const table: [name: string, parabola: Way, rosenbrock: Way][] = [
  [
    "SGD",
    { options: { lr: 0.1, momentum: 0.5 }, steps: 20 },
    { options: { lr: 0.001, momentum: 0.9 }, steps: 1300 },
  ],
  ["Adam", { options: { lr: 0.1 }, steps: 200 }, { options: { lr: 0.02 }, steps: 2500 }],
  [
    "AdamW",
    { options: { lr: 0.1, weightDecay: 0 }, steps: 200 },
    { options: { lr: 0.02, weightDecay: 0 }, steps: 2500 },
  ],
  ["Adamax", { options: { lr: 0.2 }, steps: 200 }, { options: { lr: 0.05 }, steps: 3500 }],
  ["NAdam", { options: { lr: 0.1 }, steps: 200 }, { options: { lr: 0.006 }, steps: 5000 }],
  ["RAdam", { options: { lr: 0.1 }, steps: 250 }, { options: { lr: 0.006 }, steps: 7000 }],
  ["Adadelta", { options: { lr: 10 }, steps: 250 }, { options: { lr: 0.03 }, steps: 12000 }],
  ["Adagrad", { options: { lr: 1 }, steps: 60 }, { options: { lr: 0.5 }, steps: 12000 }],
  ["ASGD", { options: { lr: 0.1 }, steps: 50 }, { options: { lr: 0.002 }, steps: 6000 }],
  ["RMSprop", { options: { lr: 0.01, momentum: 0.5 }, steps: 350 }, { options: { lr: 0.002 }, steps: 5500 }],
  ["Rprop", { options: {}, steps: 60 }, { options: {}, steps: 5000 }],
  ["Lion", { options: { lr: 0.001 }, steps: 4500 }, { options: { lr: 0.0005 }, steps: 8000 }],
  ["LAMB", { options: { lr: 0.01 }, steps: 700 }, { options: { lr: 0.003 }, steps: 9000 }],
  [
    "LARS",
    { options: { lr: 0.1, trustCoefficient: 0.1 }, steps: 120 },
    { options: { lr: 0.001, trustCoefficient: 1 }, steps: 2500 },
  ],
  ["Adan", { options: { lr: 0.1 }, steps: 600 }, { options: { lr: 0.02 }, steps: 1200 }],
  ["ADOPT", { options: { lr: 0.1 }, steps: 250 }, { options: { lr: 0.02, betas: [0.9, 0.99] }, steps: 2000 }],
  ["SophiaG", { options: { lr: 0.001 }, steps: 5000 }, { options: { lr: 0.001 }, steps: 6000 }],
  ["SGDScheduleFree", { options: { lr: 0.2 }, steps: 60 }, { options: { lr: 0.002 }, steps: 15000 }],
  [
    "AdamWScheduleFree",
    { options: { lr: 0.2 }, steps: 450 },
    { options: { lr: 0.05, betas: [0.95, 0.999] }, steps: 3000 },
  ],
  ["Prodigy", { options: {}, steps: 200 }, { options: {}, steps: 1000 }],
  [
    "SOAP",
    { options: { lr: 0.1, weightDecay: 0, precondition1d: true }, steps: 150 },
    { options: { lr: 0.1, weightDecay: 0, precondition1d: true }, steps: 250 },
  ],
  ["SparseAdam", { options: { lr: 0.1 }, steps: 200 }, { options: { lr: 0.02 }, steps: 2500 }],
  ["Adafactor", { options: { lr: 1 }, steps: 200 }, { options: { lr: 0.003 }, steps: 12000 }],
  [
    "Muon",
    { options: { lr: 0.01, weightDecay: 0 }, steps: 600 },
    { options: { lr: 0.01, weightDecay: 0 }, steps: 600 },
  ],
  // A step of LBFGS is up to 20 iterations.
  ["LBFGS", { options: {}, steps: 2 }, { options: { lineSearchFn: "strong_wolfe" }, steps: 4 }],
];

/** What is no vector: Muon and SparseAdam take matrices, the latter as an embedding whose rows are looked up. */
const shapes: Readonly<Record<string, number[]>> = { Muon: [2, 1], SparseAdam: [2, 1] };

function stepsTo(
  name: string,
  { options, steps }: Way,
  start: number[],
  goal: number[],
  f: (x: Tensor) => Tensor,
): number {
  const x = tensor(start, { dtype: "float64" })
    .reshape(shapes[name] ?? [2])
    .requiresGrad_();
  const rows = tensor([0, 1], { dtype: "int64" });
  const optimizer = new (optim as unknown as Record<string, Make>)[name]([x], options);
  const averaged = optimizer instanceof optim.ScheduleFree ? optimizer : null;
  for (let k = 1; k <= steps; k++) {
    const closure = (): Tensor => {
      optimizer.zeroGrad();
      const point = name === "SparseAdam" ? nn.functional.embedding(rows, x, { sparse: true }) : x;
      const value = f(point.reshape([2]));
      value.backward();
      return value;
    };
    if (optimizer instanceof optim.LBFGS) optimizer.step(closure);
    else {
      closure();
      if (optimizer instanceof optim.SophiaG && k % 10 === 1) optimizer.updateHessian(1);
      optimizer.step();
    }
    averaged?.eval();
    const values = Array.from(x.toArray());
    averaged?.train();
    if (values.every((value, i) => Math.abs(value - goal[i]) < 0.01)) return k;
  }
  return Number.POSITIVE_INFINITY;
}

function rosenbrock(x: Tensor): Tensor {
  const [a, b] = [x.select(0, 0), x.select(0, 1)];
  return a
    .neg()
    .add(1)
    .pow(2)
    .add(b.sub(a.pow(2)).pow(2).mul(100));
}

describe.each(table)("%s reaches the minimum", (name, parabola, valley) => {
  it("of a parabola", () => {
    const steps = stepsTo(name, parabola, [3, -4], [0, 0], (x) => x.mul(x).sum());
    expect(steps).toBeLessThanOrEqual(parabola.steps);
  });

  it("of Rosenbrock's function", () => {
    expect(stepsTo(name, valley, [-1.5, 2], [1, 1], rosenbrock)).toBeLessThanOrEqual(valley.steps);
  });
});
