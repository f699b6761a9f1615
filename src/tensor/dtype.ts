import {
  allocateFloat32,
  allocateFloat64,
  allocateUnsetFloat32,
  allocateUnsetFloat64,
} from "../engine/memory.js";
import type { TypedArray } from "../engine/storage.js";

/** The element types. `int64` is exact up to 2^53 in absolute value. */
export type DType = "float32" | "float64" | "int64" | "int32" | "uint8" | "bool";

export const float32: "float32" = "float32";
export const float64: "float64" = "float64";
export const int64: "int64" = "int64";
export const int32: "int32" = "int32";
export const uint8: "uint8" = "uint8";
export const bool: "bool" = "bool";
/** PyTorch's other names of the same types. */
export const float: "float32" = "float32";
export const double: "float64" = "float64";
export const long: "int64" = "int64";

interface Description {
  /** bool < integers < floats: only a higher category can make a scalar change the type of a tensor. */
  readonly category: 0 | 1 | 2;
  /** Order within the category, for promotion. */
  readonly order: number;
  /** The whole numbers that fit; floating point takes any number. */
  readonly range?: readonly [lowest: number, highest: number];
  readonly allocate: (count: number) => TypedArray;
}

const descriptions: Readonly<Record<DType, Description>> = {
  bool: { category: 0, order: 0, allocate: (n) => new Uint8Array(n) },
  uint8: { category: 1, order: 0, range: [0, 255], allocate: (n) => new Uint8Array(n) },
  int32: { category: 1, order: 1, range: [-(2 ** 31), 2 ** 31 - 1], allocate: (n) => new Int32Array(n) },
  int64: { category: 1, order: 2, range: [-(2 ** 63), 2 ** 63], allocate: allocateFloat64 },
  float32: { category: 2, order: 0, allocate: allocateFloat32 },
  float64: { category: 2, order: 1, allocate: allocateFloat64 },
};

/** Refuses what is not the name of an element type. */
export function checkDType(operation: string, dtype: unknown): asserts dtype is DType {
  if (typeof dtype !== "string" || !Object.hasOwn(descriptions, dtype)) {
    throw new TypeError(
      `${operation}: ${String(dtype)} is not a dtype; the dtypes are ${Object.keys(descriptions).join(", ")}`,
    );
  }
}

/**
 * A number as it is stored in an element of `dtype`: cut off towards zero for integers, 0 or 1 for bool.
 * @throws when it lies outside the range of an integer type, or is NaN
 */
export function asElement(operation: string, value: number, dtype: DType): number {
  if (isFloatingPoint(dtype)) return value;
  if (dtype === "bool") return value !== 0 ? 1 : 0;
  const [lowest, highest] = descriptions[dtype].range!;
  // An integer has no negative zero.
  const whole = Math.trunc(value) + 0;
  if (!(whole >= lowest && whole <= highest)) {
    throw new RangeError(
      `${operation}: value cannot be converted to type ${dtype} without overflow: ${value} does not lie between ${lowest} and ${highest}`,
    );
  }
  return whole;
}

/** What asks for memory without saying so, in error messages. */
const SOMEBODY = "a new tensor";

/**
 * A zeroed array for `count` elements.
 * @param operation the name in the error message
 * @throws {RangeError} where there is no memory for them
 */
export function allocate(dtype: DType, count: number, operation: string = SOMEBODY): TypedArray {
  try {
    // The two usual types first: this is called for every result of every operation.
    if (dtype === "float32") return allocateFloat32(count);
    if (dtype === "float64") return allocateFloat64(count);
    return descriptions[dtype].allocate(count);
  } catch (error) {
    throw outOfMemory(dtype, count, operation, error);
  }
}

/**
 * An array for `count` elements that the caller sets, every one of them: until then they are anything.
 * @param operation the name in the error message
 * @throws {RangeError} where there is no memory for them
 */
export function allocateUnset(dtype: DType, count: number, operation: string = SOMEBODY): TypedArray {
  try {
    if (dtype === "float32") return allocateUnsetFloat32(count);
    if (dtype === "float64") return allocateUnsetFloat64(count);
    return descriptions[dtype].allocate(count);
  } catch (error) {
    throw outOfMemory(dtype, count, operation, error);
  }
}

function outOfMemory(dtype: DType, count: number, operation: string, cause: unknown): Error {
  const bytes = count * descriptions[dtype].allocate(0).BYTES_PER_ELEMENT;
  return new RangeError(
    `${operation}: not enough memory: tried to allocate ${(bytes / 2 ** 30).toPrecision(4)} GiB for ${count} elements of ${dtype}`,
    { cause },
  );
}

export function isFloatingPoint(dtype: DType): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** 0 for bool, 1 for integers, 2 for floating point. */
export function category(dtype: DType): 0 | 1 | 2 {
  return descriptions[dtype].category;
}

/** The smallest type that holds the values of both. */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const x = descriptions[a];
  const y = descriptions[b];
  if (x.category !== y.category) return x.category > y.category ? a : b;
  return x.order > y.order ? a : b;
}

let defaultDType: "float32" | "float64" = "float32";

/** The type of tensors that are created from numbers without a dtype: float32 unless changed. */
export function getDefaultDtype(): "float32" | "float64" {
  return defaultDType;
}

/** Sets the type of tensors that are created from numbers without a dtype. Only floating point types are possible. */
export function setDefaultDtype(dtype: DType): void {
  checkDType("setDefaultDtype", dtype);
  if (dtype !== "float32" && dtype !== "float64") {
    throw new TypeError(
      `setDefaultDtype: only floating-point types are supported as the default type, not ${dtype}`,
    );
  }
  defaultDType = dtype;
}
