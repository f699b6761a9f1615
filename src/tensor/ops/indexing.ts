import { offsetsOf } from "../../engine/runs.js";
import { rowMajorStrides } from "../../engine/strided.js";
import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { tensor } from "../creation.js";
import { asElement } from "../dtype.js";
import { addMethods } from "../methods.js";
import { broadcastShapes, checkArray, describe, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { coordinatesOf, flatNonzero, positionsOf } from "./nonzero.js";
import { checkTensor } from "./promotion.js";
import {
  adding,
  addSelected,
  Positions,
  reading,
  readSelected,
  writeSelected,
  writing,
} from "./selection.js";
import { selectOf, sliceOf } from "./slicing.js";
import { reshape, unsqueeze } from "./view.js";

type Bound = number | "";

/** Python's slices as text: `"1:3"`, `"::2"`, `"-2:"`, `":"`. */
export type Range = `${Bound}:${Bound}` | `${Bound}:${Bound}:${Bound}`;

/** Positions along a dimension, or a mask, nested to any depth. */
export type IndexList = readonly (number | boolean | IndexList)[];

/**
 * What an index may consist of, as in Python's brackets:
 * - a number: one position, negative ones from the end; the dimension goes
 * - a range such as `"1:3"`: those positions
 * - `"..."`: all dimensions that the other items leave
 * - `null`: a new dimension of size 1
 * - an int64 or int32 tensor, or an array of numbers: these positions; several such are broadcast together
 * - a bool tensor, or an array of booleans: the elements where it is true
 */
export type Index = number | boolean | null | "..." | Range | Tensor | IndexList;

export interface IndexPutOptions {
  indices: readonly Index[];
  values: Tensor | number | boolean;
  /** Whether the values are added to the present ones; of several for one element all count. Default false. */
  accumulate?: boolean;
}

export type IndexPutArguments = Arguments<
  [indices: readonly Index[], values: Tensor | number | boolean, accumulate?: boolean],
  IndexPutOptions
>;

const Alias: Operation = {
  name: "AliasBackward0",
  backward(node, gradient) {
    node.give(0, gradient);
  },
};

const ReadIndex = reading("IndexBackward0");
const WriteIndex = writing("IndexPutBackward0");
const AddToIndex = adding("IndexPutBackward0");

/** The view that numbers, ranges and new dimensions give, and what index tensors and masks then choose of it. */
interface Indexed {
  readonly view: Tensor;
  readonly selection: Positions | null;
}

/** A dimension of the view, and the positions in it, row by row of their own shape. */
interface IndexedDimension {
  readonly dim: number;
  readonly shape: readonly number[];
  readonly positions: Uint32Array;
}

function resolve(operation: string, input: Tensor, given: readonly Index[]): Indexed {
  const items = given.map((item) => (Array.isArray(item) ? listAsTensor(operation, item) : (item as Item)));
  const taken = items.reduce<number>((n, item) => n + dimensionsOf(item), 0);
  const rank = input.shape.length;
  if (taken > rank)
    throw new RangeError(`${operation}: too many indices for tensor of dimension ${rank}: ${taken}`);
  if (items.filter((item) => item === "...").length > 1)
    throw new RangeError(`${operation}: an index can only have a single ellipsis ("...")`);

  let view = input;
  let dim = 0;
  let origin = 0;
  const indexed: IndexedDimension[] = [];
  for (const item of items) {
    if (item === "...") dim += rank - taken;
    else if (item === null) view = unsqueeze(view, dim++);
    else if (typeof item === "number") view = selected(operation, view, dim, origin, item);
    else if (typeof item === "string") view = ranged(operation, view, dim++, item);
    else if (typeof item === "boolean") {
      view = unsqueeze(view, dim);
      indexed.push(presence(dim++, item));
    } else if (!(item instanceof Tensor)) {
      throw new TypeError(
        `${operation}: ${String(item)} is not an index: it is made of numbers, ranges such as "1:3", "...", null, ` +
          "and tensors or arrays of whole numbers or booleans",
      );
    } else if (item.dtype === "bool") {
      if (item.shape.length === 0) {
        view = unsqueeze(view, dim);
        indexed.push(presence(dim++, item.item() !== 0));
      } else {
        const found = maskedPositions(operation, view, dim, item);
        indexed.push(...found);
        dim += found.length;
      }
    } else if (item.dtype === "uint8") {
      throw new TypeError(
        `${operation}: an index of dtype uint8 could be a mask or positions: say which with bool() or long()`,
      );
    } else if (item.shape.length === 0 && item.dtype !== "float32" && item.dtype !== "float64") {
      view = selected(operation, view, dim, origin, item.item());
    } else {
      const positions = positionsOf(operation, item, origin, view.shape[dim], true);
      indexed.push({ dim: dim++, shape: item.shape, positions });
    }
    origin += item === "..." ? rank - taken : dimensionsOf(item);
  }
  return { view, selection: indexed.length === 0 ? null : selectionOf(operation, view, indexed) };
}

type Item = Exclude<Index, IndexList>;

function dimensionsOf(item: Item): number {
  if (item === null || item === "..." || typeof item === "boolean") return 0;
  return item instanceof Tensor && item.dtype === "bool" ? item.shape.length : 1;
}

function listAsTensor(operation: string, list: IndexList): Tensor {
  const first = (list as readonly unknown[]).flat(Infinity)[0];
  try {
    return tensor(list, { dtype: typeof first === "boolean" ? "bool" : "int64" });
  } catch (error) {
    throw new TypeError(
      `${operation}: an array in an index holds numbers or booleans: ${(error as Error).message}`,
    );
  }
}

function selected(operation: string, view: Tensor, dim: number, origin: number, index: number): Tensor {
  const size = view.shape[dim];
  if (!Number.isInteger(index))
    throw new TypeError(`${operation}: ${index} is not an index: it is not whole`);
  if (index < -size || index >= size) {
    throw new RangeError(
      `${operation}: index ${index} is out of bounds for dimension ${origin} with size ${size}`,
    );
  }
  return selectOf(view, dim, index < 0 ? index + size : index);
}

const RANGE = /^\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*(?::\s*([+-]?\d+)?\s*)?$/;

function ranged(operation: string, view: Tensor, dim: number, range: string): Tensor {
  const parts = RANGE.exec(range);
  if (parts === null) {
    throw new SyntaxError(
      `${operation}: "${range}" is not a range: write "start:end" or "start:end:step", where each may be left out, or "..."`,
    );
  }
  const size = view.shape[dim];
  const [start, end, step] = [parts[1] ?? 0, parts[2] ?? size, parts[3] ?? 1].map(Number);
  if (step < 1)
    throw new RangeError(`${operation}: slice step must be positive, not ${step} as in "${range}"`);
  const within = (bound: number) => Math.min(size, Math.max(0, bound < 0 ? bound + size : bound));
  const from = within(start);
  const length = Math.max(0, Math.ceil((within(end) - from) / step));
  return from === 0 && length === size ? view : sliceOf(view, dim, from, length, step);
}

/** A single truth value: the one element of a new dimension, or none of it. */
function presence(dim: number, isThere: boolean): IndexedDimension {
  const count = isThere ? 1 : 0;
  return { dim, shape: [count], positions: new Uint32Array(count) };
}

/** A mask as one index for each of its dimensions, as `nonzero` gives them. */
function maskedPositions(operation: string, view: Tensor, dim: number, mask: Tensor): IndexedDimension[] {
  mask.shape.forEach((size, d) => {
    if (size !== view.shape[dim + d]) {
      throw new RangeError(
        `${operation}: The shape of the mask ${describe(mask.shape)} at index ${d} does not match the shape of the ` +
          `indexed tensor ${describe(view.shape)} at index ${dim + d}`,
      );
    }
  });
  return coordinatesOf(flatNonzero(mask), mask.shape).map((positions, d) => ({
    dim: dim + d,
    shape: [positions.length],
    positions,
  }));
}

function selectionOf(operation: string, view: Tensor, indexed: readonly IndexedDimension[]): Positions {
  const block = jointShape(
    operation,
    indexed.map(({ shape }) => shape),
  );
  const dims = indexed.map(({ dim }) => dim);
  // Indices side by side are replaced by what they choose; otherwise nobody could say where it belongs.
  const adjacent = dims.every((dim, k) => dim === dims[0] + k);
  return new Positions(
    view.shape,
    dims,
    indexed.map((index) => repeated(index, block)),
    block,
    adjacent ? dims[0] : 0,
  );
}

/** The positions for every element of the block to which their shape is broadcast. */
function repeated({ shape, positions }: IndexedDimension, block: readonly number[]): Uint32Array {
  if (sameShape(shape, block)) return positions;
  const missing = block.length - shape.length;
  const own = rowMajorStrides(shape);
  const strides = block.map((_, d) => (d < missing || shape[d - missing] === 1 ? 0 : own[d - missing]));
  return offsetsOf(block, strides).map((at) => positions[at]);
}

function jointShape(operation: string, shapes: readonly (readonly number[])[]): readonly number[] {
  try {
    return shapes.reduce((a, b) => broadcastShapes(operation, a, b));
  } catch {
    throw new RangeError(
      `${operation}: shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes.map(describe).join(", ")}`,
    );
  }
}

/** The value of an assignment in the dtype of the target, in a shape that can be expanded to `shape`. */
function assigned(target: Tensor, value: Tensor | number | boolean, shape: readonly number[]): Tensor {
  if (typeof value === "number" || typeof value === "boolean")
    return Tensor.full([], asElement("indexPut_", Number(value), target.dtype), target.dtype);
  checkTensor("indexPut_", value);
  const extra = value.shape.length - shape.length;
  const droppable = extra > 0 && value.shape.slice(0, extra).every((size) => size === 1);
  const fitting = droppable ? reshape(value, value.shape.slice(extra)) : value;
  let joint: readonly number[] | null = null;
  try {
    joint = broadcastShapes("indexPut_", fitting.shape, shape);
  } catch {}
  if (joint === null || !sameShape(joint, shape)) {
    throw new RangeError(
      `indexPut_: shape mismatch: value tensor of shape ${describe(value.shape)} cannot be broadcast to indexing result ` +
        `of shape ${describe(shape)}`,
    );
  }
  return fitting.to(target.dtype);
}

function indexPut_<T extends Tensor>(input: T, ...given: IndexPutArguments): T {
  const { indices, values, accumulate = false } = bind("indexPut_", given);
  const { view, selection } = resolve("indexPut_", input, indices);
  const value = assigned(view, values, selection?.shape ?? view.shape);
  if (selection === null) accumulate ? view.add_(value) : view.copy_(value);
  else if (accumulate) addSelected("indexPut_", AddToIndex, view, selection, value);
  else writeSelected("indexPut_", WriteIndex, view, selection, value);
  return input;
}

function bind(operation: string, given: IndexPutArguments): IndexPutOptions {
  const options = namedArguments<IndexPutOptions>(operation, ["indices", "values", "accumulate"], given);
  checkArray(operation, options.indices);
  if (options.values === undefined) throw new TypeError(`${operation}: values are missing`);
  return options;
}

/** A copy of `input` with other values where `indices` point: see `Tensor.indexPut_`. */
export function indexPut(input: Tensor, ...given: IndexPutArguments): Tensor {
  checkTensor("indexPut", input);
  return indexPut_(input.clone(), ...given);
}

declare module "../tensor.js" {
  interface Tensor {
    /**
     * `x[…]` of Python: `x.at(0)`, `x.at("1:3", "::2")`, `x.at("...", -1)`, `x.at(null, ":")`, `x.at(mask)`,
     * `x.at([0, 2])`, `x.at(rows, columns)`; see `Index`. `indexPut_` assigns through the same indices.
     *
     * Numbers, ranges and new dimensions give a view; index tensors and masks give a copy. Where several index tensors
     * stand side by side, their joint shape takes the place of their dimensions; otherwise it comes first.
     */
    at(...indices: readonly Index[]): Tensor;
    /**
     * `x[…] = values` of Python, in place: `x.indexPut_([0, "1:3"], 7)`. The indices are those of `at`, in one array;
     * the values are broadcast to the shape of what they choose, and converted to this dtype.
     */
    indexPut_(...given: IndexPutArguments): this;
    /** A copy with other values where `indices` point: see `indexPut_`. */
    indexPut(...given: IndexPutArguments): Tensor;
  }
}

Tensor.prototype.at = function (...indices) {
  const { view, selection } = resolve("at", this, indices);
  if (selection !== null) return readSelected(ReadIndex, view, selection);
  if (view !== this) return view;
  const out = this.memoryView(this.shape, this.strides);
  if (isRecorded(this)) out.gradFn = new Node(Alias, [this]);
  return out;
};
addMethods({ indexPut, indexPut_ });
