import { allocateFloat32, allocateFloat64 } from "../engine/memory.js";
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
  readonly allocate: (count: number) => TypedArray;
}

const descriptions: Readonly<Record<DType, Description>> = {
  bool: { category: 0, order: 0, allocate: (n) => new Uint8Array(n) },
  uint8: { category: 1, order: 0, allocate: (n) => new Uint8Array(n) },
  int32: { category: 1, order: 1, allocate: (n) => new Int32Array(n) },
  int64: { category: 1, order: 2, allocate: allocateFloat64 },
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

/** A zeroed array for `count` elements. */
export function allocate(dtype: DType, count: number): TypedArray {
  // The two usual types first: this is called for every result of every operation.
  if (dtype === "float32") return allocateFloat32(count);
  if (dtype === "float64") return allocateFloat64(count);
  return descriptions[dtype].allocate(count);
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
