import { RunKernel } from "../../engine/runs.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { type DType, isFloatingPoint } from "../dtype.js";
import { Tensor } from "../tensor.js";
import {
  adding,
  addSelected,
  changeSelected,
  reading,
  readSelected,
  type Selection,
  writeSelected,
  writing,
} from "./selection.js";

export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

const overwrite = new RunKernel("data[at] = values[k]");
const add = new RunKernel("data[at] += values[k]");
const unite = new RunKernel("data[at] |= values[k]");
const multiply = new RunKernel("data[at] *= values[k]");
// int64 lies in float64, where 0 · −1 would be −0; the low bits of a product of int32 need more than 53.
const multiplyLong = new RunKernel("data[at] = data[at] * values[k] + 0");
const multiplyInt = new RunKernel("data[at] = Math.imul(data[at], values[k])");
// NaN wins.
const raise = new RunKernel("if (values[k] > data[at] || values[k] !== values[k]) data[at] = values[k]");
const lower = new RunKernel("if (values[k] < data[at] || values[k] !== values[k]) data[at] = values[k]");

function kernelOf(reduce: ScatterReduction, dtype: DType): RunKernel {
  if (reduce === "amax") return raise;
  if (reduce === "amin") return lower;
  if (reduce === "prod") return { int64: multiplyLong, int32: multiplyInt }[dtype as string] ?? multiply;
  return dtype === "bool" ? unite : add;
}

interface Attributes {
  readonly selection: Selection;
  readonly reduce: ScatterReduction;
  readonly includeSelf: boolean;
}

const Gather = reading("GatherBackward0");
const ScatterAdd = adding("ScatterAddBackward0");
const Scatter = writing("ScatterBackward0");

const ScatterReduce: Operation = {
  name: "ScatterReduceBackward0",
  backward(node, gradient) {
    const { selection, reduce, includeSelf } = node.attributes as Attributes;
    const [own, others] = slopes(node, gradient, selection, reduce, includeSelf);
    node.give(0, includeSelf ? own : cleared(own, selection));
    node.give(1, others);
  },
};

/** The gradients of both operands; that of the first also where it takes no part. */
function slopes(
  node: Node,
  gradient: Tensor,
  selection: Selection,
  reduce: ScatterReduction,
  includeSelf: boolean,
): [own: Tensor, others: Tensor] {
  const collect = (from: Tensor) => readSelected(Gather, from, selection);
  if (reduce === "sum") return [gradient, collect(gradient)];
  if (reduce === "mean") {
    const share = gradient.div(countsOf(node.shapes[0], gradient.dtype, selection, includeSelf));
    return [share, collect(share)];
  }
  const [input, src, result] = [node.saved(0), node.saved(1), node.saved(2)];
  if (reduce === "prod") {
    const own = scatterReduceSelected(ones(input), selection, src, "prod", true);
    const zeros = src.eq(0);
    const zeroCount = addSelected("backward", ScatterAdd, zerosOf(input), selection, zeros.to(input.dtype));
    const onlyZero = zeros.bitwiseAnd(collect(zeroCount).eq(1));
    // The product of the others is the result divided by the element, unless that is the one zero among them.
    const withoutZero = scatterReduceSelected(
      input,
      selection,
      src.maskedFill(onlyZero, 1),
      "prod",
      includeSelf,
    );
    const quotient = collect(gradient.mul(result)).div(src.maskedFill(zeros, 1));
    return [gradient.mul(own), collect(gradient.mul(withoutZero)).where(onlyZero, quotient)];
  }
  // Equal extrema share the gradient.
  const isExtremum = input.eq(result).to(input.dtype);
  const own = includeSelf ? isExtremum : cleared(isExtremum, selection);
  const others = src.eq(collect(result)).to(input.dtype);
  const share = gradient.div(addSelected("backward", ScatterAdd, own.clone(), selection, others));
  return [own.mul(share), others.mul(collect(share))];
}

function ones(like: Tensor): Tensor {
  return Tensor.full(like.shape, 1, like.dtype);
}

function zerosOf(like: Tensor): Tensor {
  return Tensor.zeros(like.shape, like.dtype);
}

function cleared(input: Tensor, selection: Selection): Tensor {
  return writeSelected("backward", Scatter, input.clone(), selection, Tensor.zeros([], input.dtype));
}

/** How many elements are averaged in each place: at least 1. */
function countsOf(
  shape: readonly number[],
  dtype: DType,
  selection: Selection,
  includeSelf: boolean,
): Tensor {
  const counts = Tensor.full(shape, includeSelf ? 1 : 0, dtype);
  changeSelected(add, counts, selection, Tensor.full([], 1, dtype));
  const { data } = counts.storage;
  for (let k = 0; k < data.length; k++) if (data[k] === 0) data[k] = 1;
  return counts;
}

/** A copy of `input` whose selected elements are reduced with those of `src`, which has the shape of the selection. */
export function scatterReduceSelected(
  input: Tensor,
  selection: Selection,
  src: Tensor,
  reduce: ScatterReduction,
  includeSelf: boolean,
): Tensor {
  if (!["sum", "prod", "mean", "amax", "amin"].includes(reduce)) {
    throw new TypeError(
      `scatterReduce: reduce argument must be either sum, prod, mean, amax or amin, got ${String(reduce)}`,
    );
  }
  const { dtype } = input;
  const out = input.detach().clone();
  if (!includeSelf) {
    const neutral = reduce === "prod" ? 1 : 0;
    const start = reduce.startsWith("am") ? src : Tensor.full([], neutral, dtype);
    changeSelected(overwrite, out, selection, start);
  }
  changeSelected(kernelOf(reduce, dtype), out, selection, src);
  if (reduce === "mean") {
    const counts = countsOf(input.shape, isFloatingPoint(dtype) ? dtype : "float64", selection, includeSelf);
    const { data } = out.storage;
    for (let k = 0; k < data.length; k++) {
      const quotient = data[k] / counts.storage.data[k];
      data[k] = isFloatingPoint(dtype) ? quotient : Math.floor(quotient);
    }
  }
  if (isRecorded(input, src)) {
    const saved = reduce === "sum" || reduce === "mean" ? undefined : [input, src, out];
    out.gradFn = new Node(ScatterReduce, [input, src], saved, {
      selection,
      reduce,
      includeSelf,
    } satisfies Attributes);
  }
  return out;
}
