import * as torch from "../../src/index.js";
import type { GoldenTensor } from "./format.js";
import {
  evaluate,
  type IndexItem,
  type Library,
  MissingNameError,
  type PythonSlice,
} from "./python/evaluate.js";

/** This library under the names by which PyTorch's expressions know it. */
const library: Library = {
  torch,
  isTensor: (value) => value instanceof torch.Tensor,
  index: (tensor, items) => index(tensor as torch.Tensor, items),
  defaultDtype: () => torch.getDefaultDtype(),
};

const namespaces = { torch, nn: torch.nn, F: torch.nn.functional, init: torch.nn.init, optim: torch.optim };

/** The value of a PyTorch expression over this library; `names` are the variables of the case. */
export function evaluateTorch(expression: string, names: Readonly<Record<string, unknown>> = {}): unknown {
  return evaluate(expression, { ...namespaces, ...names }, library);
}

/** A member of the library that may not exist yet. */
export function lookUp<T>(namespace: object, name: string, written: string): T {
  const member = (namespace as Record<string, T | undefined>)[name];
  if (member === undefined) throw new MissingNameError(written);
  return member;
}

export function tensorOf(golden: GoldenTensor): torch.Tensor {
  const { shape, dtype, data } = golden;
  return torch.tensor(data.map(Number), { dtype: dtype as torch.DType }).reshape(shape);
}

/** `tensor[items]` for numbers and ranges, made of views. */
function index(tensor: torch.Tensor, items: IndexItem[]): torch.Tensor {
  let result = tensor;
  let dim = 0;
  const consuming = items.filter((item) => item !== null && !isEllipsis(item)).length;
  for (const item of items) {
    if (typeof item === "number") result = result.select(dim, item);
    else if (isEllipsis(item)) dim += tensor.dim() - consuming;
    else if (isSlice(item)) result = slice(result, dim++, item);
    else throw new MissingNameError("indexing by masks, tensors and new axes");
  }
  return result;
}

function slice(tensor: torch.Tensor, dim: number, { from, to, step }: PythonSlice): torch.Tensor {
  if (step !== null && step !== 1) throw new MissingNameError("indexing by ranges with a step");
  const size = tensor.size(dim);
  const bound = (position: number): number =>
    Math.min(size, Math.max(0, position < 0 ? position + size : position));
  const start = bound(from ?? 0);
  return tensor.narrow(dim, start, Math.max(0, bound(to ?? size) - start));
}

function isEllipsis(item: IndexItem): item is { ellipsis: true } {
  return typeof item === "object" && item !== null && "ellipsis" in item;
}

function isSlice(item: IndexItem): item is PythonSlice {
  return typeof item === "object" && item !== null && "step" in item && "from" in item;
}
