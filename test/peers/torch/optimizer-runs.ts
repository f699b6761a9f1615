import { spawnSync } from "node:child_process";
import { python } from "../../requirements.js";

/** How a tensor lies in memory: row by row, by columns, with gaps, or as one number seen everywhere. */
export type Layout = "rows" | "columns" | "gaps" | "expanded";

export interface Values {
  shape: number[];
  values: number[];
  layout: Layout;
  /** Only these rows are given, with their values: a sparse gradient. */
  rows?: number[];
}

export type Dtype = "float32" | "float64";
type Options = Record<string, number | boolean | number[] | string | null>;

export interface Step {
  /** One for each parameter, null where it has none in this step. */
  gradients: (Values | null)[];
  /** Options of groups that change before the step. */
  set?: { group: number; option: string; value: number }[];
  /** Go on with a new optimizer that loads this one's state dict. */
  reload?: boolean;
  /** Parameters that come in a group of their own before the step. */
  add?: { parameters: number[]; options: Options };
}

/** A run of an optimizer, said so that it can be done here and in Python. Options are in PyTorch's spelling. */
export interface Run {
  optimizer: string;
  dtype: Dtype;
  parameters: Values[];
  groups: { parameters: number[]; options: Options }[];
  defaults: Options;
  steps: Step[];
}

/** The parameters after each step, and at the end the state by its names. */
export interface Course {
  parameters: number[][][];
  state: Record<string, Record<string, number[]>>;
}

const script = `
import copy, inspect, json, sys, torch
torch.set_num_threads(1)
# PyTorch 1.13 counts mu twice in NAdam's product of the next step, and rounds it; later versions do neither.
from torch.optim import nadam
source = inspect.getsource(nadam._single_tensor_nadam)
newer = source.replace("mu_product * mu * mu_next", "mu_product.item() * mu_next")
exec(newer.replace("mu_product_next.item()", "mu_product_next"), nadam.__dict__)

def tensor(given, dtype):
    if "rows" in given:
        width = given["shape"][1:]
        values = torch.tensor(given["values"], dtype=dtype).reshape([len(given["rows"])] + width)
        indices = torch.tensor([given["rows"]], dtype=torch.int64)
        return torch.sparse_coo_tensor(indices, values, given["shape"])
    shape, layout = given["shape"], given["layout"]
    if layout == "expanded": return torch.tensor(given["values"][0], dtype=dtype).expand(shape)
    t = torch.tensor(given["values"], dtype=dtype).reshape(shape)
    if layout == "columns": return t.transpose(0, -1).contiguous().transpose(0, -1)
    if layout == "gaps": return torch.stack([t, t], -1).select(-1, 1)
    return t

def course(run):
    dtype = getattr(torch, run["dtype"])
    kind = getattr(torch.optim, run["optimizer"])
    known = inspect.signature(kind.__init__).parameters
    # Options that PyTorch 1.13 does not have yet, by what they do.
    def options(given):
        return {k: v for k, v in given.items() if k in known}
    turned = "maximize" not in known and run["defaults"].get("maximize")
    ps = [tensor(p, dtype).detach().requires_grad_() for p in run["parameters"]]
    groups = [dict(options(g["options"]), params=[ps[i] for i in g["parameters"]]) for g in run["groups"]]
    o = kind(groups, **options(run["defaults"]))
    seen = []
    for step in run["steps"]:
        if "add" in step:
            o.add_param_group(dict(options(step["add"]["options"]), params=[ps[i] for i in step["add"]["parameters"]]))
        for change in step.get("set", []): o.param_groups[change["group"]][change["option"]] = change["value"]
        if step.get("reload"):
            state = copy.deepcopy(o.state_dict())
            needed = {"lr": 1.0} if run["optimizer"] == "SGD" else {}
            o = kind([{"params": g["params"]} for g in o.param_groups], **needed)
            o.load_state_dict(state)
            # PyTorch makes a float64 of mu_product, and so goes on otherwise than without the interruption.
            for s in o.state.values():
                if "mu_product" in s: s["mu_product"] = s["mu_product"].float()
        for p, g in zip(ps, step["gradients"]):
            p.grad = None if g is None else tensor(g, dtype)
            if turned and p.grad is not None: p.grad = -p.grad
        o.step()
        seen.append([p.detach().reshape(-1).tolist() for p in ps])
    state = {}
    for i, p in enumerate(ps):
        entries = {k: v for k, v in o.state.get(p, {}).items() if v is not None}
        state[i] = {k: torch.as_tensor(v).reshape(-1).tolist() for k, v in entries.items()}
    return {"parameters": seen, "state": state}

json.dump([course(run) for run in json.load(sys.stdin)], sys.stdout)
`;

/** What PyTorch makes of the runs, in one Python process. */
export function runInTorch(runs: readonly Run[]): Course[] {
  const { status, stdout, stderr } = spawnSync(python, ["-W", "ignore", "-c", script], {
    input: JSON.stringify(runs),
    encoding: "utf8",
    maxBuffer: 1 << 29,
  });
  if (status !== 0) throw new Error(`Python failed: ${stderr}`);
  return JSON.parse(stdout) as Course[];
}
