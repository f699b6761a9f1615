import type { DType } from "../dtype.js";

/** How the elements of one of the format's types become those of a tensor. */
export interface ElementType {
  /** Bytes per element in the file. */
  readonly size: number;
  /** The dtype into which it is read. */
  readonly dtype: DType;
  /** One element, little-endian; absent where the file has the very bytes that the tensor has in memory. */
  readonly read?: (view: DataView, at: number) => number;
}

const elementTypes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["F64", { size: 8, dtype: "float64" }],
  ["F32", { size: 4, dtype: "float32" }],
  ["F16", { size: 2, dtype: "float32", read: (view, at) => float16(view.getUint16(at, true)) }],
  ["BF16", { size: 2, dtype: "float32", read: (view, at) => bfloat16(view.getUint16(at, true)) }],
  ["I64", { size: 8, dtype: "int64", read: (view, at) => exactly(view.getBigInt64(at, true)) }],
  ["U64", { size: 8, dtype: "int64", read: (view, at) => exactly(view.getBigUint64(at, true)) }],
  ["U32", { size: 4, dtype: "int64", read: (view, at) => view.getUint32(at, true) }],
  ["I32", { size: 4, dtype: "int32" }],
  ["U16", { size: 2, dtype: "int32", read: (view, at) => view.getUint16(at, true) }],
  ["I16", { size: 2, dtype: "int32", read: (view, at) => view.getInt16(at, true) }],
  ["I8", { size: 1, dtype: "int32", read: (view, at) => view.getInt8(at) }],
  ["U8", { size: 1, dtype: "uint8" }],
  ["BOOL", { size: 1, dtype: "bool", read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) }],
]);

/** The format's names of the types that can be read. */
export const READABLE_TYPES: readonly string[] = [...elementTypes.keys()];

export function elementTypeOf(name: string): ElementType | undefined {
  return elementTypes.get(name);
}

/** Each dtype under the name that the format has for it. */
export const TYPE_NAMES: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  int64: "I64",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};

/** The largest magnitude up to which an int64 tensor, which lies in a Float64Array, tells all integers apart. */
const LARGEST_INT64 = 2n ** 53n;

/** @throws RangeError for an integer that a number does not hold exactly */
function exactly(value: bigint): number {
  if (value > LARGEST_INT64 || value < -LARGEST_INT64)
    throw new RangeError(`${value} is not between -2^53 and 2^53, where int64 is exact here`);
  return Number(value);
}

/** An element of an int64 tensor as it is written. */
export function toInt64(value: number): bigint {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not an integer`);
  const integer = BigInt(value);
  exactly(integer);
  return integer;
}

const word = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function bfloat16(bits: number): number {
  word.setUint32(0, bits * 2 ** 16);
  return word.getFloat32(0);
}

/** IEEE 754 binary16: 1 sign bit, 5 of the exponent (bias 15), 10 of the fraction. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
