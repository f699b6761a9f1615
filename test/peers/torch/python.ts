import { spawnSync } from "node:child_process";
import { python } from "../../requirements.js";

/** What real PyTorch says of an expression. Numbers come as text, because JSON knows neither inf nor nan. */
export type Answer =
  | { kind: "tensor"; text: string; dtype: string; shape: number[]; strides: number[]; values: string[] }
  | { kind: "text"; text: string }
  | { kind: "list"; items: Answer[] }
  | { kind: "error"; message: string };

const script = `
import json, sys, torch
torch.set_num_threads(1)
def number(v):
    return str(int(v)) if isinstance(v, bool) else repr(v)
def answer(v):
    if isinstance(v, (list, tuple)): return {"kind": "list", "items": [answer(i) for i in v]}
    if not isinstance(v, torch.Tensor): return {"kind": "text", "text": str(v)}
    return {"kind": "tensor", "text": str(v), "dtype": str(v.dtype)[6:], "shape": list(v.shape),
            "strides": list(v.stride()), "values": [number(x) for x in v.detach().reshape(-1).tolist()]}
def gradients(f, *xs):
    y = f(*xs)
    weights = torch.arange(1, y.numel() + 1, dtype=y.dtype).reshape(y.shape)
    (y * weights).sum().backward()
    return [y.detach(), *(x.grad for x in xs)]
def second(f, x):
    y = f(x)
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    (g * g).sum().backward()
    return x.grad
def leaf(*data, **options):
    return torch.tensor(*data, **options).requires_grad_()
answers = []
for expression in json.load(sys.stdin):
    try: answers.append(answer(eval(expression)))
    except Exception as e: answers.append({"kind": "error", "message": str(e)})
json.dump(answers, sys.stdout)
`;

/** Evaluates expressions in one Python process that has torch, in order. */
export function askTorch(expressions: readonly string[]): Answer[] {
  const { status, stdout, stderr } = spawnSync(python, ["-W", "ignore", "-c", script], {
    input: JSON.stringify(expressions),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`Python failed: ${stderr}`);
  return JSON.parse(stdout) as Answer[];
}

/** A number as Python's `repr` writes it. */
export function fromPython(text: string): number {
  if (text.endsWith("inf")) return text.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}
