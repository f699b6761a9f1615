/** Gradients through steps beside PyTorch's own, for the optimizers that have `differentiable` in PyTorch 1.13. */
import { describe, expect, test } from "vitest";
import { autograd, optim, type Tensor, tensor } from "../../../src/index.js";
import { missing } from "../../requirements.js";
import { askTorch } from "./python.js";

type Numbers = number[];

/** What a Python program leaves in `result`: lists of numbers. */
function runTorch(programs: readonly string[]): Numbers[][] {
  const answers = askTorch(
    programs.map(
      (program) =>
        `(lambda names: (exec(${JSON.stringify(program)}, names), names["result"])[1])({"torch": torch})`,
    ),
  );
  return answers.map((answer) => {
    if (answer.kind !== "list") throw new Error(JSON.stringify(answer));
    return answer.items.map((item) => {
      if (item.kind !== "tensor") throw new Error(JSON.stringify(item));
      return item.values.map(Number);
    });
  });
}

const float64 = { dtype: "float64", requiresGrad: true } as const;
const tensors = (...lists: (Numbers | number)[]): Tensor[] => lists.map((list) => tensor(list, float64));
const numbersOf = (tensor: Tensor): Numbers => Array.from(tensor.toArray());
const weights = tensor([1, 2, 3], { dtype: "float64" });

/** One step with states that are there, as PyTorch's TestDifferentiableOptimizer does it. */
const single = [
  {
    name: "SGD",
    python: "lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.05",
    options: { lr: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.05 },
    states: ["momentum_buffer"],
    make: (θ: Tensor, options: object) => new optim.SGD([θ], options),
  },
  {
    name: "Adam",
    python: "lr=0.1, betas=(0.8, 0.9), eps=0.01, weight_decay=0.05, amsgrad=True",
    options: { lr: 0.1, betas: [0.8, 0.9], eps: 0.01, weightDecay: 0.05, amsgrad: true },
    states: ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
    make: (θ: Tensor, options: object) => new optim.Adam([θ], options),
  },
  {
    name: "RMSprop",
    python: "lr=0.1, alpha=0.8, eps=0.01, momentum=0.5, centered=True, maximize=True",
    options: { lr: 0.1, alpha: 0.8, eps: 0.01, momentum: 0.5, centered: true, maximize: true },
    states: ["square_avg", "momentum_buffer", "grad_avg"],
    make: (θ: Tensor, options: object) => new optim.RMSprop([θ], options),
  },
];
const start = [0.3, -0.7, 1.1];
const gradient = [0.5, 0.2, -0.4];
const stateValues: Numbers[] = [
  [0.7, 0.9, 0.8],
  [1.2, 1.1, 0.95],
  [0.3, 0.2, 0.4],
];

const singleProgram = ({ name, python, states }: (typeof single)[number]): string => `
leaf = lambda *x: torch.tensor(x, dtype=torch.float64, requires_grad=True)
p, g = leaf(${start}), leaf(${gradient})
states = [${stateValues.map((list) => `leaf(${list})`).join(", ")}][:${states.length}]
q = p.clone()
q.grad = g
o = torch.optim.${name}([q], differentiable=True, ${python})
o.state[q].update({"step": ${name === "Adam" ? "torch.tensor(4., dtype=torch.float64)" : "4"}})
o.state[q].update({k: v.clone() for k, v in zip(${JSON.stringify(states)}, states)})
o.step()
out = sum((x * torch.tensor([1., 2., 3.], dtype=torch.float64)).sum() for x in [q, *(o.state[q][k] for k in ${JSON.stringify(states)})])
result = [q.detach(), *torch.autograd.grad(out, [p, g, *states])]
`;

/** Several steps, and what the learning rate and the betas have to do with it, in PyTorch's autograd. */
const unrolled = [
  {
    name: "SGD",
    program: (inner: string) => `
for t in range(1, 6):
    g = ${inner} + wd * p
    b = g if t == 1 else m * b + g
    p = p - lr * b
`,
    values: { lr: 0.05, m: 0.6, wd: 0.1 },
    make: (θ: Tensor, [lr, momentum, weightDecay]: Tensor[]) =>
      new optim.SGD([θ], { lr, momentum, weightDecay, differentiable: true }),
  },
  {
    name: "Adam",
    program: (inner: string) => `
m = v = 0
for t in range(1, 6):
    g = ${inner} + wd * p
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    p = p - lr * (m / (1 - b1 ** t)) / ((v / (1 - b2 ** t)).sqrt() + eps)
`,
    values: { lr: 0.05, b1: 0.7, b2: 0.9, wd: 0.1, eps: 0.01 },
    make: (θ: Tensor, [lr, β1, β2, weightDecay, eps]: Tensor[]) =>
      new optim.Adam([θ], { lr, betas: [β1, β2], weightDecay, eps, differentiable: true }),
  },
];
const unrolledProgram = ({ program, values }: (typeof unrolled)[number]): string => `
number = lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)
options = ${Object.keys(values).join(", ")} = [number(x) for x in ${JSON.stringify(Object.values(values))}]
start = p = number(${JSON.stringify(start)})
${program("torch.autograd.grad((p.sin() + p ** 2).sum() + p.prod(), p, create_graph=True)[0]")}
out = (p * torch.tensor([1., 2., 3.], dtype=torch.float64)).sum()
result = [p.detach(), *torch.autograd.grad(out, [start, *options])]
`;

const expectClose = (own: readonly Tensor[], theirs: readonly Numbers[]): void => {
  expect(own.length).toBe(theirs.length);
  for (const [k, tensor] of own.entries())
    for (const [i, value] of numbersOf(tensor).entries())
      expect(Math.abs(value - theirs[k][i]), `${k}[${i}]: ${value}, PyTorch ${theirs[k][i]}`).toBeLessThan(
        1e-12 * Math.max(1, Math.abs(theirs[k][i])),
      );
};

const lacking: boolean = missing("python3-torch");
describe.skipIf(lacking)("gradients beside PyTorch", () => {
  const answers = lacking ? [] : runTorch([...single.map(singleProgram), ...unrolled.map(unrolledProgram)]);

  test.each(single.map((one, k) => [one.name, one, k] as const))("through one step of %s", (_, one, k) => {
    const [p, g, ...states] = tensors(start, gradient, ...stateValues.slice(0, one.states.length));
    const θ = p.clone();
    θ.grad = g;
    const optimizer = one.make(θ, { ...one.options, differentiable: true });
    const keys = one.states.map((key) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
    const given = Object.fromEntries(keys.map((key, k) => [key, states[k]]));
    optimizer.state.set(θ, { ...(one.name !== "SGD" && { step: tensor(4) }), ...given });
    optimizer.step();
    const after = optimizer.state.get(θ)!;
    const out = [θ, ...keys.map((key) => after[key])]
      .map((value) => value.mul(weights).sum())
      .reduce((sum, value) => sum.add(value));
    expectClose([θ, ...autograd.grad(out, [p, g, ...states])], answers[k]);
  });

  test.each(unrolled.map((one, k) => [one.name, one, single.length + k] as const))(
    "through five steps of %s, to all options",
    (_, one, k) => {
      const [first, ...options] = tensors(start, ...Object.values(one.values));
      const θ = first.clone();
      const optimizer = one.make(θ, options);
      for (let t = 0; t < 5; t++) {
        optimizer.zeroGrad();
        const there = θ.clone();
        const loss = there.sin().add(there.square()).sum().add(there.prod());
        loss.backward({ createGraph: true, inputs: [θ] });
        optimizer.step();
      }
      expectClose([θ, ...autograd.grad(θ.mul(weights).sum(), [first, ...options])], answers[k]);
    },
  );
});
