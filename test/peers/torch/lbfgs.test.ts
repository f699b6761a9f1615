/** LBFGS beside PyTorch's own, over several parameters of all kinds, with a state dict loaded on the way. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { cat, optim, stack, type Tensor, tensor } from "../../../src/index.js";
import { camelCase } from "../../../src/optim/state-dict.js";
import { missing, python } from "../../requirements.js";

const STEPS = 8;
// The line search may take 25 evaluations in PyTorch 1.13, and later what is left of max_eval: enough for both here.
const runs: [problem: "quartic" | "valley", options: Record<string, number | string>][] = [
  ["quartic", {}],
  ["quartic", { lr: 0.3, max_iter: 3, history_size: 2 }],
  ["quartic", { lr: 0.1, max_iter: 7, tolerance_change: 1e-4 }],
  ["quartic", { max_iter: 4, max_eval: 2 }],
  ["quartic", { lr: 0.5, tolerance_grad: 0.5 }],
  ["quartic", { line_search_fn: "strong_wolfe", max_iter: 4, max_eval: 1000 }],
  ["quartic", { line_search_fn: "strong_wolfe", max_iter: 5, max_eval: 1000, history_size: 1, lr: 0.2 }],
  ["valley", { line_search_fn: "strong_wolfe", max_iter: 4, max_eval: 1000 }],
  ["valley", { line_search_fn: "strong_wolfe", max_iter: 6, max_eval: 1000, lr: 3, history_size: 3 }],
  ["valley", { lr: 0.01, max_iter: 6 }],
];

const script = `
import copy, json, sys, torch
torch.set_num_threads(1)
def d(*values): return torch.tensor(values, dtype=torch.float64)
def course(problem, options):
    gaps = torch.stack([d(1., -2., .5), d(9., 9., 9.)], -1).select(-1, 0)
    # PyTorch fails for a gradient that does not lie row by row, and such it is for a parameter by columns.
    columns = d(.3, -1.2, 2., .7).reshape(2, 2).T.contiguous()
    ps = [t.detach().requires_grad_() for t in [gaps, torch.tensor(1.5, dtype=torch.float64), d(), columns, d(4.)]]
    def loss():
        x = torch.cat([p.reshape(-1) for p in ps[:4]])
        if problem == "quartic":
            i = torch.arange(8, dtype=torch.float64)
            return ((x - i / 4) ** 4 * (i + 1)).sum() + x.sum() ** 2
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    o = torch.optim.LBFGS(ps, **options)
    def closure():
        o.zero_grad()
        value = loss()
        value.backward()
        return value
    seen = []
    for t in range(${STEPS}):
        if t == 3:
            state = copy.deepcopy(o.state_dict())
            o = torch.optim.LBFGS(ps)
            o.load_state_dict(state)
        value = o.step(closure)
        state = o.state_dict()["state"][0]
        seen.append([value.item(), state["func_evals"], state["n_iter"], *(v for p in ps for v in p.reshape(-1).tolist())])
    return seen
json.dump([course(*run) for run in json.load(sys.stdin)], sys.stdout)
`;

function runHere(problem: string, options: Record<string, unknown>): number[][] {
  const float64 = (values: number | number[]): Tensor => tensor(values, { dtype: "float64" });
  const gaps = stack([float64([1, -2, 0.5]), float64([9, 9, 9])], -1).select(-1, 0);
  const columns = float64([0.3, -1.2, 2, 0.7]).reshape([2, 2]).T;
  const ps = [gaps, float64(1.5), float64([]), columns, float64([4])].map((t) => t.detach().requiresGrad_());
  const i = float64([0, 1, 2, 3, 4, 5, 6, 7]);
  const loss = (): Tensor => {
    const x = cat(ps.slice(0, 4).map((p) => p.reshape([-1])));
    if (problem === "quartic") return x.sub(i.div(4)).pow(4).mul(i.add(1)).sum().add(x.sum().pow(2));
    const [left, right] = [x.narrow(0, 0, 7), x.narrow(0, 1, 7)];
    return right.sub(left.pow(2)).pow(2).mul(100).add(left.neg().add(1).pow(2)).sum();
  };
  const own = Object.fromEntries(Object.entries(options).map(([name, value]) => [camelCase(name), value]));
  let o = new optim.LBFGS(ps, own);
  const closure = (): Tensor => {
    o.zeroGrad();
    const value = loss();
    value.backward();
    return value;
  };
  return Array.from({ length: STEPS }, (_, t) => {
    if (t === 3) {
      const dict = o.stateDict();
      o = new optim.LBFGS(ps);
      o.loadStateDict(dict);
    }
    const value = o.step(closure);
    const { funcEvals, nIter } = o.state.get(ps[0])!;
    return [value.item(), funcEvals, nIter, ...ps.flatMap((p) => [...p.toArray()].map(Number))];
  });
}

const lacking: boolean = missing("python3-torch");
describe.skipIf(lacking)("LBFGS beside PyTorch", () => {
  const answer = lacking
    ? null
    : spawnSync(python, ["-W", "ignore", "-c", script], { input: JSON.stringify(runs), encoding: "utf8" });
  if (answer && answer.status !== 0) throw new Error(`Python failed: ${answer.stderr}`);
  const courses = answer ? (JSON.parse(answer.stdout) as number[][][]) : [];

  test.each(runs.map(([problem, options], k) => [problem, options, k] as const))(
    "%s, %j",
    (problem, options, k) => {
      for (const [t, own] of runHere(problem, options).entries())
        for (const [i, value] of own.entries()) {
          const wanted = courses[k][t][i];
          const near = Math.abs(value - wanted) <= 1e-8 * Math.max(1, Math.abs(wanted));
          expect(near, `step ${t}, number ${i}: ${value}, PyTorch's ${wanted}`).toBe(true);
        }
    },
  );
});
