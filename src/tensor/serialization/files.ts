import { checkOptionNames, isOptions } from "../arguments.js";
import type { Tensor } from "../tensor.js";
import { decode, encode, type Metadata, readHeader } from "./safetensors.js";
import { flatten, unflatten } from "./structure.js";

export interface SaveOptions {
  /** Texts that are kept in the file: where the weights come from, how they were trained. See `loadMetadata`. */
  metadata?: Readonly<Record<string, string>>;
}

/** Under this key of the metadata stands how the tensors of a nested value belong together. */
const STRUCTURE = "optimlab.structure";

/**
 * The bytes of a safetensors file with `value`: a tensor, a state dict, an optimizer's state dict, or any nesting of
 * plain objects and arrays of tensors, numbers, strings, booleans and null.
 *
 *     writeFileSync("model.safetensors", torch.save(model.stateDict()));
 *
 * An object of tensors becomes a file as Python's safetensors writes it. In other values the tensors are named by
 * their path (`state.0.exp_avg`), and the rest goes into the metadata as JSON. Tensors are saved as values: without
 * gradient and history, and twice if they are in there twice.
 *
 * @throws TypeError for a value that cannot be saved, with its place; RangeError for int64 elements beyond 2^53
 */
export function save(value: unknown, options: SaveOptions = {}): Uint8Array {
  if (!isOptions(options))
    throw new TypeError("save: options are an object such as { metadata: { author: … } }");
  checkOptionNames("save", ["metadata"], options);
  const metadata = { ...checkMetadata(options.metadata ?? {}) };
  const { tensors, structure } = flatten(value);
  if (structure !== null) metadata[STRUCTURE] = structure;
  return encode(tensors, metadata);
}

function checkMetadata(metadata: unknown): Metadata {
  if (!isOptions(metadata)) throw new TypeError("save: metadata is an object of strings");
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string")
      throw new TypeError(`save: metadata ${key} is ${typeof value}, expected a string`);
    if (key === STRUCTURE || key === "__proto__")
      throw new RangeError(`save: metadata cannot have the key ${key}`);
  }
  return metadata as Metadata;
}

/**
 * What `save` was given, from its bytes; from a file that Python's safetensors wrote, an object of its tensors.
 *
 *     model.loadStateDict(torch.load(readFileSync("model.safetensors")));
 *
 * float16 and bfloat16 become float32, small integers int32 and unsigned 32- and 64-bit integers int64: all keep
 * their values. `T` is the caller's word for what the file holds; it is not checked.
 *
 * @throws SafetensorsError when the bytes are damaged or hold what cannot be read here
 */
export function load<T = Record<string, Tensor>>(bytes: Uint8Array | ArrayBuffer): T {
  const { tensors, metadata } = decode(asBytes("load", bytes));
  return unflatten({ tensors, structure: metadata[STRUCTURE] ?? null }) as T;
}

/** The metadata of a safetensors file: what `save` was given, or what Python's safetensors wrote. */
export function loadMetadata(bytes: Uint8Array | ArrayBuffer): Record<string, string> {
  const { [STRUCTURE]: _, ...metadata } = readHeader(asBytes("loadMetadata", bytes)).metadata;
  return metadata;
}

function asBytes(operation: string, bytes: unknown): Uint8Array {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  // A new view, because the methods of subclasses such as Node's Buffer differ.
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw new TypeError(
    `${operation}: takes the bytes of a file (a Uint8Array or ArrayBuffer), not ${bytes === null ? "null" : `a value of type ${typeof bytes}`}`,
  );
}
