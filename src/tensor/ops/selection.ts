import { everySum, offsetsOf, RunKernel, type Runs } from "../../engine/runs.js";
import { collapse, type Strided } from "../../engine/strided.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { Tensor } from "../tensor.js";
import { checkWritable, recordAssignment } from "./in-place.js";

/** Some elements of a tensor, possibly several times: what index tensors choose. */
export interface Selection {
  /** The shape of what is selected. */
  readonly shape: readonly number[];
  /** Where the selected elements of a tensor lie, row by row of `shape`. */
  runsOf(tensor: Strided): Runs;
}

/** One position in each of some dimensions, for every element of a block that takes the place of these dimensions. */
export class Positions implements Selection {
  readonly shape: readonly number[];
  readonly #dims: readonly number[];
  readonly #indices: readonly Uint32Array[];
  readonly #before: readonly number[];
  readonly #after: readonly number[];

  /**
   * @param shape that of the tensor
   * @param dims the dimensions that are indexed
   * @param indices for each of them the positions, row by row of the block, checked
   * @param block the shape of the block
   * @param place how many of the other dimensions come before the block
   */
  constructor(
    shape: readonly number[],
    dims: readonly number[],
    indices: readonly Uint32Array[],
    block: readonly number[],
    place: number,
  ) {
    const others = shape.map((_, d) => d).filter((d) => !dims.includes(d));
    this.#dims = dims;
    this.#indices = indices;
    this.#before = others.slice(0, place);
    this.#after = others.slice(place);
    const sizes = (these: readonly number[]) => these.map((d) => shape[d]);
    this.shape = [...sizes(this.#before), ...block, ...sizes(this.#after)];
  }

  runsOf({ shape, strides }: Strided): Runs {
    const pick = (dims: readonly number[], from: readonly number[]) => dims.map((d) => from[d]);
    const starts = new Uint32Array(this.#indices[0].length);
    this.#dims.forEach((d, k) => {
      const index = this.#indices[k];
      for (let b = 0; b < starts.length; b++) starts[b] += index[b] * strides[d];
    });
    const inner = collapse(pick(this.#after, shape), [pick(this.#after, strides)]);
    const last = inner.sizes.length - 1;
    const outer = offsetsOf(pick(this.#before, shape), pick(this.#before, strides));
    const rows = offsetsOf(inner.sizes.slice(0, last), inner.strides[0].slice(0, last));
    return {
      starts: everySum(everySum(outer, starts), rows),
      length: inner.sizes[last],
      step: inner.strides[0][last],
    };
  }
}

/** For every element of an index, the element at that position of one dimension and at the same place of the others. */
export class PositionsAlong implements Selection {
  readonly shape: readonly number[];
  readonly #dim: number;
  readonly #index: Uint32Array;

  /** @param index the positions, row by row of `shape`, checked */
  constructor(dim: number, index: Uint32Array, shape: readonly number[]) {
    this.#dim = dim;
    this.#index = index;
    this.shape = shape;
  }

  runsOf({ strides }: Strided): Runs {
    const stride = strides[this.#dim] ?? 0;
    const others = offsetsOf(
      this.shape,
      this.shape.map((_, d) => (d === this.#dim ? 0 : strides[d])),
    );
    const starts = new Uint32Array(this.#index.length);
    for (let k = 0; k < starts.length; k++) starts[k] = others[k] + this.#index[k] * stride;
    return { starts, length: 1, step: 0 };
  }
}

const read = new RunKernel("values[k] = data[at]");
const overwrite = new RunKernel("data[at] = values[k]");
const increase = new RunKernel("data[at] += values[k]");
const unite = new RunKernel("data[at] |= values[k]");

/** An operation that reads selected elements; `name` is what `gradFn` prints. */
export function reading(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      const zeros = Tensor.zeros(node.shapes[0], gradient.dtype);
      node.give(0, addSelected("backward", Spread, zeros, node.attributes as Selection, gradient));
    },
  };
}

/** An operation that overwrites selected elements. */
export function writing(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      const selection = node.attributes as Selection;
      if (node.needs(0)) {
        const zero = Tensor.zeros([], gradient.dtype);
        node.give(0, writeSelected("backward", Clear, gradient.clone(), selection, zero));
      }
      if (node.needs(1)) node.give(1, readSelected(Collect, gradient, selection));
    },
  };
}

/** An operation that adds to selected elements. */
export function adding(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      node.give(0, gradient);
      if (node.needs(1)) node.give(1, readSelected(Collect, gradient, node.attributes as Selection));
    },
  };
}

const Spread = adding("SpreadBackward");
const Clear = writing("ClearBackward");
const Collect = reading("CollectBackward");

/** A copy of the selected elements, in the shape of the selection. */
export function readSelected(operation: Operation, input: Tensor, selection: Selection): Tensor {
  const out = Tensor.zeros(selection.shape, input.dtype);
  read.run(input.storage, input.offset, selection.runsOf(input), out.storage, 0, 1);
  if (isRecorded(input)) out.gradFn = new Node(operation, [input], undefined, selection);
  return out;
}

/** Writes values into the selected elements, in place; of several for the same element the last one stays. */
export function writeSelected<T extends Tensor>(
  caller: string,
  operation: Operation,
  target: T,
  selection: Selection,
  values: Tensor,
): T {
  return change(caller, overwrite, operation, target, selection, values);
}

/** Adds values to the selected elements, in place. Bools are united. */
export function addSelected<T extends Tensor>(
  caller: string,
  operation: Operation,
  target: T,
  selection: Selection,
  values: Tensor,
): T {
  return change(caller, target.dtype === "bool" ? unite : increase, operation, target, selection, values);
}

/** @param values of the dtype of `target`; they can be expanded to the shape of the selection */
function change<T extends Tensor>(
  caller: string,
  kernel: RunKernel,
  operation: Operation,
  target: T,
  selection: Selection,
  values: Tensor,
): T {
  checkWritable(caller, target, values);
  const history = isRecorded(target, values)
    ? new Node(operation, [target, values], undefined, selection)
    : null;
  changeSelected(kernel, target, selection, values);
  target.storage.markChanged();
  if (history !== null) {
    const result = target.detach();
    result.gradFn = history;
    recordAssignment(target, result);
  }
  return target;
}

/** Runs a kernel over the selected elements and the values that belong to them, without recording anything. */
export function changeSelected(
  kernel: RunKernel,
  target: Tensor,
  selection: Selection,
  values: Tensor,
): void {
  const single = values.count === 1;
  let given = values.detach();
  if (!single) given = given.expand(selection.shape).contiguous();
  if (given.storage === target.storage) given = given.clone();
  kernel.run(
    target.storage,
    target.offset,
    selection.runsOf(target),
    given.storage,
    given.offset,
    single ? 0 : 1,
  );
}
