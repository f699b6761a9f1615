import { isOptions } from "../tensor/arguments.js";
import { tensor } from "../tensor/creation.js";
import { promoteTypes } from "../tensor/dtype.js";
import { describe, sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";

/** What `defaultCollate` makes of samples of type `T`. */
export type Collated<T> = T extends
  | Tensor
  | number
  | boolean
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  ? Tensor
  : T extends string
    ? string[]
    : { -readonly [K in keyof T]: Collated<T[K]> };

/**
 * Joins samples to a batch, whose tensors have one more dimension, in front: tensors are stacked, numbers become
 * a tensor, arrays are joined position by position and objects key by key, strings stay an array.
 *
 * Numbers become int64 where all of them are whole, which labels are, else float64, as PyTorch makes of Python's int
 * and float. JavaScript cannot tell 1.0 from 1: measurements belong into a tensor.
 *
 * @throws TypeError for samples that cannot be joined
 */
export function defaultCollate<T>(batch: readonly T[]): Collated<T> {
  if (batch.length === 0) throw new RangeError("default_collate: the batch is empty");
  return collate(batch) as Collated<T>;
}

function collate(batch: readonly unknown[]): unknown {
  const [first] = batch;
  if (first instanceof Tensor) return stack(all(batch, (item) => item instanceof Tensor, "a Tensor"));
  if (typeof first === "number" || typeof first === "boolean") {
    return numbers(all(batch, (item) => typeof item === "number" || typeof item === "boolean", "a number"));
  }
  if (typeof first === "string") return all(batch, (item) => typeof item === "string", "a string").slice();
  if (ArrayBuffer.isView(first)) return stack(batch.map((item) => tensor(item as Float32Array)));
  if (Array.isArray(first)) {
    const rows = all(batch, (item) => Array.isArray(item), "an array") as unknown[][];
    if (!rows.every((row) => row.length === first.length))
      throw new RangeError(
        `default_collate: each element in list of batch should be of equal size, but got ${rows.map((row) => row.length).join(", ")}`,
      );
    return first.map((_, k) => collate(rows.map((row) => row[k])));
  }
  if (isOptions(first)) {
    const objects = all(batch, isOptions, "an object") as Record<string, unknown>[];
    return Object.fromEntries(
      Object.keys(first).map((key) => {
        const without = objects.findIndex((item) => !Object.hasOwn(item, key));
        if (without >= 0)
          throw new TypeError(`default_collate: element ${without} of the batch has no key ${key}`);
        return [key, collate(objects.map((item) => item[key]))];
      }),
    );
  }
  throw new TypeError(
    `default_collate: batch must contain tensors, typed arrays, numbers, strings, objects or arrays; found ${nameOf(first)}`,
  );
}

function all<T>(batch: readonly unknown[], is: (item: unknown) => item is T, kind: string): readonly T[] {
  for (const [k, item] of batch.entries()) {
    if (!is(item))
      throw new TypeError(
        `default_collate: element ${k} of the batch is ${nameOf(item)}, where element 0 is ${kind}`,
      );
  }
  return batch as readonly T[];
}

function numbers(values: readonly (number | boolean)[]): Tensor {
  if (values.every((value) => typeof value === "boolean")) return tensor(values);
  return tensor(values, {
    dtype: values.every((value) => Number.isInteger(Number(value))) ? "int64" : "float64",
  });
}

function stack(tensors: readonly Tensor[]): Tensor {
  const [{ shape, count }] = tensors;
  const dtype = tensors.map((item) => item.dtype).reduce(promoteTypes);
  const out = Tensor.zeros([tensors.length, ...shape], dtype);
  const { data } = out.storage;
  for (const [k, item] of tensors.entries()) {
    if (!sameShape(item.shape, shape)) {
      throw new RangeError(
        `stack expects each tensor to be equal size, but got ${describe(shape)} at entry 0 and ${describe(item.shape)} at entry ${k}`,
      );
    }
    if (item.requiresGrad)
      throw new TypeError(
        "default_collate: a tensor of the batch requires grad; use detach() on the dataset's tensors",
      );
    const rows = item.to(dtype).contiguous();
    data.set(rows.storage.data.subarray(rows.offset, rows.offset + count), k * count);
  }
  return out;
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value === null ? null : typeof value);
  return value.constructor?.name ?? "an object";
}
