import { type Arguments, namedArguments } from "../arguments.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { asElement } from "../dtype.js";
import { checkArray, describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { copyInto } from "./copy.js";
import { checkTensor } from "./promotion.js";
import { Positions, reading, readSelected } from "./selection.js";

export type PadMode = "constant" | "reflect" | "replicate" | "circular";

export interface PadOptions {
  /** How much is added before and after, for the last dimension first; negative numbers take away. */
  pad: readonly number[];
  /** What is added: one value (the default), or what mirroring, the edge or starting again gives. */
  mode?: PadMode;
  /** The value of "constant". Default 0. */
  value?: number | null;
}
export type PadArguments = Arguments<
  [pad: readonly number[], mode?: PadMode, value?: number | null],
  PadOptions
>;

type Margin = readonly [before: number, after: number];

const ConstantPad: Operation = {
  name: "ConstantPadNdBackward0",
  backward(node, gradient) {
    const margins = node.attributes as readonly Margin[];
    node.give(
      0,
      framed(
        gradient,
        margins.map(([before, after]) => [-before, -after] as const),
        0,
      ),
    );
  },
};

const NAMES = { reflect: "Reflection", replicate: "Replication", circular: "Circular" } as const;
const modes = new Map(
  Object.entries(NAMES).map(([mode, name]) => [
    mode,
    [1, 2, 3].map((n) => reading(`${name}Pad${n}DBackward0`)),
  ]),
);

/** The input in a frame of one value, cut off where a margin is negative. */
function framed(input: Tensor, margins: readonly Margin[], value: number): Tensor {
  const shape = input.shape.map((size, d) => size + margins[d][0] + margins[d][1]);
  const out = Tensor.full(shape, value, input.dtype, "pad");
  const kept = input.shape.map((size, d) => size + Math.min(0, margins[d][0]) + Math.min(0, margins[d][1]));
  if (kept.every((size) => size > 0)) {
    const at = (tensor: Tensor, sign: 1 | -1) =>
      tensor.strides.reduce(
        (sum, stride, d) => sum + stride * Math.max(0, sign * margins[d][0]),
        tensor.offset,
      );
    copyInto(
      out.memoryView(kept, out.strides, at(out, 1)),
      input.memoryView(kept, input.strides, at(input, -1)),
    );
  }
  if (isRecorded(input)) out.gradFn = new Node(ConstantPad, [input], undefined, margins);
  return out;
}

/** Which element of `size` stands at a position outside of it. */
const SOURCES: Readonly<Record<keyof typeof NAMES, (position: number, size: number) => number>> = {
  reflect: (p, size) => (p < 0 ? -p : p >= size ? 2 * (size - 1) - p : p),
  replicate: (p, size) => Math.min(size - 1, Math.max(0, p)),
  circular: (p, size) => (p + size) % size,
};

/** The elements that each mode puts into the last dimensions, all of them in one block. */
function continued(
  input: Tensor,
  margins: readonly Margin[],
  count: number,
  mode: keyof typeof NAMES,
): Tensor {
  const first = input.shape.length - count;
  const dims = Array.from({ length: count }, (_, k) => first + k);
  const block = dims.map((d) => input.shape[d] + margins[d][0] + margins[d][1]);
  const total = block.reduce((n, size) => n * size, 1);
  const indices = dims.map((d, k) => {
    const step = block.slice(k + 1).reduce((n, size) => n * size, 1);
    return Uint32Array.from({ length: total }, (_, b) =>
      SOURCES[mode]((Math.floor(b / step) % block[k]) - margins[d][0], input.shape[d]),
    );
  });
  const operation = modes.get(mode)![count - 1];
  return readSelected(operation, input, new Positions(input.shape, dims, indices, block, first));
}

function checkMargins(input: Tensor, margins: readonly Margin[], count: number, mode: PadMode): void {
  const rank = input.shape.length;
  if (mode !== "constant" && (count < 1 || count > 3 || (rank !== count + 1 && rank !== count + 2))) {
    throw new RangeError(
      `pad: "${mode}" pads the last 1, 2 or 3 dimensions of a tensor that has one or two more; got ${2 * count} margins ` +
        `and shape ${describe(input.shape)}`,
    );
  }
  const most = { constant: Infinity, replicate: Infinity, reflect: -1, circular: 0 }[mode];
  margins.forEach(([before, after], d) => {
    const size = input.shape[d];
    if (before > size + most || after > size + most) {
      throw new RangeError(
        `pad: Padding size should be ${mode === "reflect" ? "less than" : "at most"} the corresponding input dimension, ` +
          `but got: padding (${before}, ${after}) at dimension ${d} of input ${describe(input.shape)}`,
      );
    }
    if (size + before + after < 0 || (mode !== "constant" && (size === 0 || size + before + after < 1))) {
      throw new RangeError(
        `pad: The input size ${size}, plus negative padding ${before} and ${after}, resulted in a size that is too ` +
          `small: dimension ${d} of input ${describe(input.shape)}`,
      );
    }
  });
}

/**
 * The tensor with margins: `pad(x, [left, right])` for the last dimension, `pad(x, [left, right, top, bottom])` for the
 * last two, and so on; negative numbers take away.
 *
 * "constant" puts `value` there, "reflect" mirrors at the edge (without repeating it), "replicate" repeats the edge,
 * "circular" starts again from the other side. All but "constant" are for the last 1, 2 or 3 dimensions of a tensor
 * that has one or two more.
 */
export function pad(input: Tensor, ...given: PadArguments): Tensor {
  checkTensor("pad", input);
  const options = namedArguments<PadOptions>("pad", ["pad", "mode", "value"], given);
  const { pad: sizes, mode = "constant", value } = options;
  checkArray("pad", sizes);
  const count = sizes.length / 2;
  if (!sizes.every(Number.isInteger) || !Number.isInteger(count) || count > input.shape.length) {
    throw new RangeError(
      `pad: Padding length must be divisible by 2 and at most twice the number of dimensions of the input, all of it ` +
        `whole numbers: got ${describe(sizes as number[])} for shape ${describe(input.shape)}`,
    );
  }
  const margins = input.shape.map((_, d): Margin => {
    const k = 2 * (input.shape.length - 1 - d);
    return k < sizes.length ? [sizes[k], sizes[k + 1]] : [0, 0];
  });
  if (mode !== "constant" && !Object.hasOwn(SOURCES, mode))
    throw new TypeError(
      `pad: Unrecognised padding mode ${String(mode)}: constant, reflect, replicate or circular`,
    );
  checkMargins(input, margins, count, mode);
  if (mode === "constant") return framed(input, margins, asElement("pad", value ?? 0, input.dtype));
  if (value !== undefined && value !== null && value !== 0)
    throw new RangeError(`pad: Padding mode "${mode}" doesn't take in value argument`);
  return continued(input, margins, count, mode);
}
