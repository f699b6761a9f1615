import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { checkSizes, describe, normalizeDim } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto } from "./copy.js";
import { indexSelect } from "./index-along.js";
import { checkIndex, indexTensor } from "./nonzero.js";
import { checkTensor } from "./promotion.js";
import { expand, reshape } from "./view.js";

export interface RepeatInterleaveOptions {
  /** How often each element is repeated: a number, or an int64 tensor with one for each position along `dim`. */
  repeats: number | Tensor;
  /** Null (the default): the tensor as if it had one dimension. */
  dim?: number | null;
  /** The length of the result, if it is known. */
  outputSize?: number;
}
export type RepeatInterleaveArguments = Arguments<
  [repeats: number | Tensor, dim?: number | null],
  RepeatInterleaveOptions
>;

const Repeat: Operation = {
  name: "RepeatBackward0",
  backward(node, gradient) {
    const repeats = node.attributes as readonly number[];
    const shape = node.shapes[0];
    const added = repeats.length - shape.length;
    const pairs = repeats.flatMap((n, d) => [n, d < added ? 1 : shape[d - added]]);
    const summed = reshape(gradient, pairs).sum(repeats.map((_, d) => 2 * d));
    node.give(0, reshape(summed, shape));
  },
};

/** The tensor `repeats[d]` times along each dimension, as a copy; more numbers than dimensions add some in front. */
export function repeat(input: Tensor, repeats: readonly number[]): Tensor {
  checkTensor("repeat", input);
  checkSizes("repeat", repeats);
  const added = repeats.length - input.shape.length;
  if (added < 0) {
    throw new RangeError(
      `repeat: Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: ` +
        `${describe(repeats)}, and the tensor has shape ${describe(input.shape)}`,
    );
  }
  const padded = [...new Array<number>(added).fill(1), ...input.shape];
  // Every dimension twice: which repetition, and where in it.
  const pairs = repeats.flatMap((n, d) => [n, padded[d]]);
  const strides = repeats.flatMap((_, d) => [0, d < added ? 0 : input.strides[d - added]]);
  const out = Tensor.zeros(
    repeats.map((n, d) => n * padded[d]),
    input.dtype,
    "repeat",
  );
  copyInto(reshape(out, pairs), input.memoryView(pairs, strides));
  if (isRecorded(input) && repeats.length > 0)
    out.gradFn = new Node(Repeat, [input], undefined, [...repeats]);
  return repeats.length === 0 ? input.clone() : out;
}

/** As `repeat`, but fewer numbers than dimensions stand for the last ones: NumPy's `tile`. */
export function tile(input: Tensor, dims: readonly number[]): Tensor {
  checkTensor("tile", input);
  checkSizes("tile", dims);
  const missing = Math.max(0, input.shape.length - dims.length);
  return repeat(input, [...new Array<number>(missing).fill(1), ...dims]);
}

/** Each element, or each slice along `dim`, several times in a row, as a copy. */
export function repeatInterleave(input: Tensor, ...given: RepeatInterleaveArguments): Tensor {
  checkTensor("repeatInterleave", input);
  const options = namedArguments<RepeatInterleaveOptions>(
    "repeatInterleave",
    ["repeats", "dim", "outputSize"],
    given,
  );
  const { repeats, dim, outputSize } = options;
  const flat = dim === undefined || dim === null;
  const source = flat ? reshape(input, [-1]) : input;
  const d = flat ? 0 : normalizeDim("repeatInterleave", dim, source.shape.length);
  const counts = countsOf(repeats, source.shape[d] ?? 1);
  const positions = counts.flatMap((count, k) => new Array<number>(count).fill(k));
  if (outputSize !== undefined && outputSize !== positions.length)
    throw new RangeError(
      `repeatInterleave: outputSize is ${outputSize}, but the result has ${positions.length}`,
    );
  return indexSelect(source, d, indexTensor(positions, [positions.length]));
}

function countsOf(repeats: number | Tensor, length: number): number[] {
  let counts: number[];
  if (repeats instanceof Tensor) {
    checkIndex("repeatInterleave", repeats);
    if (repeats.shape.length > 1 || (repeats.count !== 1 && repeats.count !== length)) {
      throw new RangeError(
        `repeatInterleave: repeats must have the same size as input along dim (${length}), and its shape is ${describe(repeats.shape)}`,
      );
    }
    counts = Array.from(expand(repeats, [length]).toArray());
  } else counts = new Array<number>(length).fill(repeats);
  const wrong = counts.find((count) => !Number.isInteger(count) || count < 0);
  if (wrong !== undefined)
    throw new RangeError(`repeatInterleave: repeats cannot be negative or no whole number: ${wrong}`);
  return counts;
}

declare module "../tensor.js" {
  interface Tensor {
    /** The tensor `repeats[d]` times along each dimension, as a copy. */
    repeat(repeats: readonly number[]): Tensor;
    /** As `repeat`, but fewer numbers than dimensions stand for the last ones. */
    tile(dims: readonly number[]): Tensor;
    /** Each element, or each slice along `dim`, several times in a row, as a copy. */
    repeatInterleave(...given: RepeatInterleaveArguments): Tensor;
  }
}

addMethods({ repeat, tile, repeatInterleave });
