/**
 * The geometry of a convolution as its compiled kernels see it. With a stride s, the elements of an image that lie s
 * apart are put side by side: each of these s·s phases is an image over which the kernel moves in steps of 1. Rows have
 * room for what lies over the padding, so an output position and what an element of the kernel sees from there are a
 * fixed distance apart, whatever the stride, the padding and the dilation.
 */
import type { ConvolutionSizes, Pair } from "../convolution.js";

/** Part of a plane, and where it lies when it is laid out for the kernels: all numbers count elements. */
export interface Block {
  readonly height: number;
  readonly width: number;
  /** Of the plane: the first element, and the steps from row to row and from column to column. */
  readonly from: number;
  readonly fromRow: number;
  readonly fromColumn: number;
  readonly to: number;
}

/** The planes of an image that are seen. */
export interface Source {
  /** Per group. */
  readonly channels: number;
  /** Elements of a plane as it is given, and of one with all its phases as it is laid out. */
  readonly plane: number;
  readonly laidOut: number;
  readonly blocks: readonly Block[];
}

/** What is computed for some of the elements of each plane of the result. */
export interface Part {
  /** The elements: where they belong, and that they lie from the first position on. */
  readonly block: Block;
  /** From the first position to the last, those included that are only the room between two rows. */
  readonly positions: number;
  /** Elements of a channel's kernel that matter here, and how far from its position each of them looks. */
  readonly elements: readonly number[];
  readonly distances: readonly number[];
}

/** result[row, p] = Σ weight[row, channel, element] · source[channel, p + distance], summed over channels and elements. */
export interface Correlation {
  readonly source: Source;
  /** Elements of a laid-out row, of the source and of the result. */
  readonly row: number;
  readonly parts: readonly Part[];
  /** Planes of the result per group, and elements of one. */
  readonly rows: number;
  readonly plane: number;
  /** Steps in the weights from group to group, row to row and channel to channel. */
  readonly weightGroup: number;
  readonly weightRow: number;
  readonly weightChannel: number;
}

/** Element k of the kernel sees from output y the element y + shift of a phase. */
interface Tap {
  readonly phase: number;
  readonly shift: number;
}

function tapsOf({ kernelSize, stride, padding, dilation }: ConvolutionSizes, d: 0 | 1): Tap[] {
  return Array.from({ length: kernelSize[d] }, (_, k) => {
    const first = k * dilation[d] - padding[d];
    const shift = Math.floor(first / stride[d]);
    return { phase: first - shift * stride[d], shift };
  });
}

const lowest = (taps: readonly Tap[]): number => Math.min(...taps.map(({ shift }) => shift));
const highest = (taps: readonly Tap[]): number => Math.max(...taps.map(({ shift }) => shift));

/** The convolution: outputs see the phases of the input. */
export function outputsFromInputs(sizes: ConvolutionSizes): Correlation {
  const { inputs, outputs, inputSize, outputSize, kernelSize, stride } = sizes;
  const taps = [tapsOf(sizes, 0), tapsOf(sizes, 1)];
  const least = taps.map(lowest);
  const extent = taps.map((all, d) => outputSize[d] + highest(all) - least[d]);
  const row = extent[1];
  const places = new Map<number, number>();
  const blocks: Block[] = [];
  const distances: number[] = [];
  for (const vertical of taps[0]) {
    for (const horizontal of taps[1]) {
      const phases = [vertical.phase, horizontal.phase];
      const key = phases[0] * stride[1] + phases[1];
      const place = places.get(key) ?? places.size * extent[0] * row;
      if (!places.has(key)) {
        places.set(key, place);
        // Elements before the first one that an output sees, and after the last one, are left out.
        const first = least.map((shift) => Math.max(0, shift));
        const counts = first.map((start, d) => {
          const size = Math.ceil((inputSize[d] - phases[d]) / stride[d]);
          return Math.max(0, Math.min(size, least[d] + extent[d]) - start);
        });
        const [y, x] = first.map((start, d) => start * stride[d] + phases[d]);
        blocks.push({
          ...{ height: counts[0], width: counts[1], from: y * inputSize[1] + x },
          ...{ fromRow: stride[0] * inputSize[1], fromColumn: stride[1] },
          to: place + (first[0] - least[0]) * row + first[1] - least[1],
        });
      }
      distances.push(place + (vertical.shift - least[0]) * row + horizontal.shift - least[1]);
    }
  }
  const [height, width] = outputSize;
  const elements = distances.map((_, k) => k);
  const area = areaOf(kernelSize);
  return {
    source: { channels: inputs, plane: areaOf(inputSize), laidOut: places.size * extent[0] * row, blocks },
    row,
    parts: [{ block: all(outputSize, 0), positions: (height - 1) * row + width, elements, distances }],
    ...{ rows: outputs, plane: areaOf(outputSize) },
    ...{ weightGroup: outputs * inputs * area, weightRow: inputs * area, weightChannel: area },
  };
}

/** Its transpose: each phase of the inputs sees the outputs, around which there is room. */
export function inputsFromOutputs(sizes: ConvolutionSizes): Correlation {
  const { inputs, outputs, inputSize, outputSize, kernelSize, stride } = sizes;
  const taps = [tapsOf(sizes, 0), tapsOf(sizes, 1)];
  const front = taps.map((all) => Math.max(0, highest(all)));
  const extent = taps.map(
    (all, d) => front[d] + Math.max(outputSize[d], Math.ceil(inputSize[d] / stride[d]) - lowest(all)),
  );
  const row = extent[1];
  const parts: Part[] = [];
  for (let y = 0; y < Math.min(stride[0], inputSize[0]); y++) {
    for (let x = 0; x < Math.min(stride[1], inputSize[1]); x++) {
      const elements: number[] = [];
      const distances: number[] = [];
      for (const [i, vertical] of taps[0].entries()) {
        for (const [j, horizontal] of taps[1].entries()) {
          if (vertical.phase !== y || horizontal.phase !== x) continue;
          elements.push(i * kernelSize[1] + j);
          distances.push((front[0] - vertical.shift) * row + front[1] - horizontal.shift);
        }
      }
      const height = Math.ceil((inputSize[0] - y) / stride[0]);
      const width = Math.ceil((inputSize[1] - x) / stride[1]);
      const steps = { fromRow: stride[0] * inputSize[1], fromColumn: stride[1] };
      parts.push({
        block: { height, width, from: y * inputSize[1] + x, ...steps, to: 0 },
        ...{ positions: (height - 1) * row + width, elements, distances },
      });
    }
  }
  const area = areaOf(kernelSize);
  const blocks = [all(outputSize, front[0] * row + front[1])];
  return {
    source: { channels: outputs, plane: areaOf(outputSize), laidOut: extent[0] * row, blocks },
    ...{ row, parts, rows: inputs, plane: areaOf(inputSize) },
    ...{ weightGroup: outputs * inputs * area, weightRow: area, weightChannel: inputs * area },
  };
}

/** All of a plane. */
function all([height, width]: Pair, to: number): Block {
  return { height, width, from: 0, fromRow: width, fromColumn: 1, to };
}

function areaOf([height, width]: Pair): number {
  return height * width;
}
