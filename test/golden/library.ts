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

/** `tensor[items]`: a slice of Python is a range such as "1:3" here, and its Ellipsis is "...". */
function index(tensor: torch.Tensor, items: IndexItem[]): torch.Tensor {
  return lookUp<(...items: unknown[]) => torch.Tensor>(tensor, "at", "Tensor.at").apply(
    tensor,
    items.map((item) => (isEllipsis(item) ? "..." : isSlice(item) ? range(item) : item)),
  );
}

function range({ from, to, step }: PythonSlice): string {
  return `${from ?? ""}:${to ?? ""}${step === null ? "" : `:${step}`}`;
}

function isEllipsis(item: IndexItem): item is { ellipsis: true } {
  return typeof item === "object" && item !== null && "ellipsis" in item;
}

function isSlice(item: IndexItem): item is PythonSlice {
  return typeof item === "object" && item !== null && "step" in item && "from" in item;
}
