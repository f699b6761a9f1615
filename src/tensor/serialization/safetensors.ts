import { describe, elementCount } from "../shape.js";
import { Tensor } from "../tensor.js";
import { elementTypeOf, READABLE_TYPES, TYPE_NAMES, toInt64 } from "./element-types.js";
import { SafetensorsError } from "./error.js";
import { JsonReader, quote } from "./json.js";

/**
 * The container format safetensors (github.com/huggingface/safetensors): the length of the header as a
 * little-endian u64, the header as JSON
 *
 *     { "__metadata__": { key: text }, name: { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] } }
 *
 * and the data, which the tensors cover without gaps, row by row and little-endian (as is every machine that runs
 * JavaScript).
 */
const METADATA = "__metadata__";

/** Where the header starts: behind its length. */
const HEADER_START = 8;

/** The format's own limit, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** The format needs 3 (the object, the description of a tensor, its shape); the rest is for fields of later versions. */
const HEADER_DEPTH = 8;

/** More than PyTorch's operations take. */
const MOST_DIMENSIONS = 64;

const SHAPE_PROBLEM = `the shape is not an array of at most ${MOST_DIMENSIONS} integers ≥ 0`;
const OFFSETS_PROBLEM = "data_offsets are not two integers ≥ 0";

export type Metadata = Readonly<Record<string, string>>;

interface Entry {
  readonly name: string;
  /** The format's name of the element type. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Positions in the file. */
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly metadata: Metadata;
  readonly entries: readonly Entry[];
}

/**
 * The bytes of a file with these tensors.
 *
 * The header names them in the order in which they come. Their data lie the largest elements first, as Python's
 * safetensors does it: then each tensor is aligned for a reader that maps the file into memory.
 */
export function encode(tensors: ReadonlyMap<string, Tensor>, metadata: Metadata): Uint8Array {
  if (tensors.has(METADATA)) throw new RangeError(`save: no tensor can have the name ${METADATA}`);
  const parts = [...tensors].map(([name, tensor]) => ({ name, tensor, data: dataOf(name, tensor) }));
  const begins = new Map<string, number>();
  let size = 0;
  for (const { name, data } of [...parts].sort((a, b) => elementSize(b.tensor) - elementSize(a.tensor))) {
    begins.set(name, size);
    size += data.length;
  }

  // Written piece by piece: as properties of an object, names such as "0" would move to the front.
  const pieces = parts.map(({ name, tensor, data }) => {
    const begin = begins.get(name)!;
    const entry = {
      dtype: TYPE_NAMES[tensor.dtype],
      shape: tensor.shape,
      data_offsets: [begin, begin + data.length],
    };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  if (Object.keys(metadata).length > 0) pieces.unshift(`"${METADATA}":${JSON.stringify(metadata)}`);
  const header = new TextEncoder().encode(`{${pieces.join(",")}}`);
  const padded = Math.ceil(header.length / 8) * 8;
  if (padded > LONGEST_HEADER) {
    throw new RangeError(
      `save: names, shapes and metadata take ${padded} bytes, and the format allows ${LONGEST_HEADER}`,
    );
  }

  const file = new Uint8Array(HEADER_START + padded + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, HEADER_START, HEADER_START + padded);
  file.set(header, HEADER_START);
  for (const { name, data } of parts) file.set(data, HEADER_START + padded + begins.get(name)!);
  return file;
}

function elementSize(tensor: Tensor): number {
  return elementTypeOf(TYPE_NAMES[tensor.dtype])!.size;
}

/** The elements of a tensor as they are written. */
function dataOf(name: string, tensor: Tensor): Uint8Array {
  const values = tensor.toArray();
  if (tensor.dtype !== "int64") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let k = 0; k < values.length; k++) {
    try {
      view.setBigInt64(8 * k, toInt64(values[k]), true);
    } catch (error) {
      throw new RangeError(`save: tensor ${quote(name)}, element ${k}: ${(error as Error).message}`);
    }
  }
  return new Uint8Array(view.buffer);
}

/** The tensors of a file, in the order of its header, and its metadata. */
export function decode(file: Uint8Array): { tensors: Map<string, Tensor>; metadata: Metadata } {
  const { entries, metadata } = readHeader(file);
  return { tensors: new Map(entries.map((entry) => [entry.name, readTensor(file, entry)])), metadata };
}

function readTensor(file: Uint8Array, { name, type, shape, begin, end }: Entry): Tensor {
  const { dtype, size, read } = elementTypeOf(type)!;
  const tensor = Tensor.zeros(shape, dtype);
  const values = tensor.storage.data;
  if (read === undefined) {
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(file.subarray(begin, end));
    return tensor;
  }
  const view = new DataView(file.buffer, file.byteOffset + begin, end - begin);
  for (let k = 0; k < values.length; k++) {
    try {
      values[k] = read(view, k * size);
    } catch (error) {
      throw new SafetensorsError(
        `tensor ${quote(name)} (${type}), element ${k}: ${(error as Error).message}`,
      );
    }
  }
  return tensor;
}

/** Reads and checks everything but the data. */
export function readHeader(file: Uint8Array): Header {
  const dataStart = HEADER_START + headerLength(file);
  const header = file.slice(HEADER_START, dataStart);
  if (header[0] !== 0x7b)
    throw new SafetensorsError("the header does not begin with {: not a safetensors file");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(header);
  } catch {
    throw new SafetensorsError("the header is not valid UTF-8");
  }
  const reader = new JsonReader(text, "the header", HEADER_DEPTH);
  const entries: Entry[] = [];
  let metadata: Metadata = {};
  reader.object((name) => {
    if (name === METADATA) metadata = readMetadata(reader);
    else entries.push(readEntry(reader, name, dataStart, file.length));
  });
  reader.end();
  checkCoverage(entries, dataStart, file.length);
  return { metadata, entries };
}

function headerLength(file: Uint8Array): number {
  if (file.length < HEADER_START) {
    throw new SafetensorsError(
      `the file is truncated: it has ${file.length} bytes, and the length of the header alone takes ${HEADER_START}`,
    );
  }
  if (file[0] === 0x50 && file[1] === 0x4b && file[2] === 0x03 && file[3] === 0x04) {
    throw new SafetensorsError(
      "the file is a zip archive, as PyTorch's torch.save writes, not a safetensors file; in Python, safetensors.torch.save_file writes one",
    );
  }
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (length > LONGEST_HEADER) {
    throw new SafetensorsError(
      `the header claims ${length} bytes, and the format allows ${LONGEST_HEADER}: not a safetensors file`,
    );
  }
  const rest = file.length - HEADER_START;
  if (length > rest) {
    throw new SafetensorsError(
      `the file is truncated: the header claims ${length} bytes, and ${rest} bytes follow`,
    );
  }
  return Number(length);
}

function readEntry(reader: JsonReader, name: string, dataStart: number, fileEnd: number): Entry {
  const fail = (problem: string): never => {
    throw new SafetensorsError(`tensor ${quote(name)}: ${problem}`);
  };
  let type: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  if (reader.next() !== "{") fail("its description is not an object");
  reader.object((key) => {
    if (key === "dtype") type = reader.next() === '"' ? reader.string() : fail("the dtype is not a string");
    else if (key === "shape") shape = readSizes(reader, MOST_DIMENSIONS, () => fail(SHAPE_PROBLEM));
    else if (key === "data_offsets") offsets = readSizes(reader, 2, () => fail(OFFSETS_PROBLEM));
    else reader.skip();
  });
  if (type === undefined) return fail("it has no dtype");
  if (shape === undefined) return fail("it has no shape");
  if (offsets?.length !== 2) return fail(OFFSETS_PROBLEM);
  const elementType = elementTypeOf(type);
  if (elementType === undefined) {
    return fail(`the dtype ${quote(type)} cannot be read; those that can are ${READABLE_TYPES.join(", ")}`);
  }
  const [begin, end] = offsets;
  if (end < begin) return fail(`data_offsets ${describe(offsets)} end before they begin`);
  if (end > fileEnd - dataStart) {
    return fail(
      `data_offsets ${describe(offsets)} lie outside the data, which have ${fileEnd - dataStart} bytes: the file is truncated or damaged`,
    );
  }
  // Sizes of 0 aside, so that [2^40, 2^40, 0] is refused too: nothing could compute with its strides.
  const extent = elementCount(shape.filter((size) => size > 0));
  if (!Number.isSafeInteger(extent)) return fail(`the shape ${describeLong(shape)} is too large`);
  const bytes = elementCount(shape) * elementType.size;
  if (end - begin !== bytes) {
    return fail(
      `the shape ${describeLong(shape)} of ${type} takes ${bytes} bytes, and data_offsets ${describe(offsets)} hold ${end - begin}`,
    );
  }
  return { name, type, shape, begin: dataStart + begin, end: dataStart + end };
}

/** Refuses data that overlap, that belong to no tensor, or that lie behind the last tensor. */
function checkCoverage(entries: readonly Entry[], dataStart: number, fileEnd: number): void {
  const offsets = ({ begin, end }: Entry): string => describe([begin - dataStart, end - dataStart]);
  let previous: Entry | undefined;
  let covered = dataStart;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < covered) {
      throw new SafetensorsError(
        `tensor ${quote(entry.name)}: data_offsets ${offsets(entry)} overlap those of ${quote(previous!.name)}, ${offsets(previous!)}`,
      );
    }
    if (entry.begin > covered) {
      throw new SafetensorsError(
        `tensor ${quote(entry.name)}: data_offsets ${offsets(entry)} leave a hole: the data before them end at ${covered - dataStart}`,
      );
    }
    previous = entry;
    covered = entry.end;
  }
  if (covered < fileEnd) {
    throw new SafetensorsError(`${fileEnd - covered} bytes at the end of the file belong to no tensor`);
  }
}

function readSizes(reader: JsonReader, most: number, fail: () => never): number[] {
  if (reader.next() !== "[") fail();
  const sizes: number[] = [];
  reader.array(() => {
    if (sizes.length === most || /["[{]/.test(reader.next())) fail();
    const size = reader.literal() as number;
    if (!Number.isSafeInteger(size) || size < 0 || Object.is(size, -0)) fail();
    sizes.push(size);
  });
  return sizes;
}

function readMetadata(reader: JsonReader): Metadata {
  const first = reader.next();
  // Python's safetensors takes null for none.
  if (first === "n" && reader.literal() === null) return {};
  if (first !== "{") throw new SafetensorsError(`${METADATA} is not an object`);
  const texts: [string, string][] = [];
  reader.object((key) => {
    if (reader.next() !== '"') throw new SafetensorsError(`${METADATA}: ${quote(key)} is not a string`);
    texts.push([key, reader.string()]);
  });
  return Object.fromEntries(texts);
}

/** A shape from a file, of which a message shows no more than the first dimensions. */
function describeLong(shape: readonly number[]): string {
  return shape.length <= 16 ? describe(shape) : `[${shape.slice(0, 16).join(", ")}, …]`;
}
