import { Storage } from "../engine/storage.js";
import { rowMajorStrides } from "../engine/strided.js";
import { type Arguments, checkOptionNames, isOptions, namedArguments } from "./arguments.js";
import { allocate, asElement, category, checkDType, type DType, getDefaultDtype } from "./dtype.js";
import { checkTensor } from "./ops/promotion.js";
import { checkSizes, describe } from "./shape.js";
import { Tensor } from "./tensor.js";

/** What every function that makes a tensor takes. */
export interface TensorOptions {
  /** Type of the elements; float32 (or what `setDefaultDtype` chose) when left out. */
  dtype?: DType;
  /** Whether gradients are to be computed for the new tensor. Default false. */
  requiresGrad?: boolean;
}

/** Numbers, integers of 64 bits or booleans, nested to any depth, or a typed array. */
export type TensorData =
  | number
  | bigint
  | boolean
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | readonly TensorData[];

const OPTION_NAMES = ["dtype", "requiresGrad"];

/** Checks the options of a creation function and gives the dtype. */
export function chosenDType(
  operation: string,
  options: TensorOptions | undefined,
  otherwise: DType = getDefaultDtype(),
): DType {
  if (options === undefined) return otherwise;
  if (!isOptions(options))
    throw new TypeError(`${operation}: options are an object such as { dtype: "float64" }`);
  checkOptionNames(operation, OPTION_NAMES, options);
  if (options.dtype === undefined) return otherwise;
  checkDType(operation, options.dtype);
  return options.dtype;
}

export function withGrad(tensor: Tensor, options: TensorOptions | undefined): Tensor {
  return options?.requiresGrad === undefined ? tensor : tensor.requiresGrad_(options.requiresGrad);
}

function filled(
  operation: string,
  size: readonly number[],
  value: number,
  options: TensorOptions | undefined,
): Tensor {
  checkSizes(operation, size);
  const dtype = chosenDType(operation, options);
  return withGrad(Tensor.full([...size], asElement(operation, value, dtype), dtype, operation), options);
}

/** A tensor of zeros of the given size. */
export function zeros(size: readonly number[], options?: TensorOptions): Tensor {
  return filled("zeros", size, 0, options);
}

/** A tensor of ones of the given size. */
export function ones(size: readonly number[], options?: TensorOptions): Tensor {
  return filled("ones", size, 1, options);
}

/** A tensor of the given size for values that are written later. (JavaScript memory is zeroed.) */
export function empty(size: readonly number[], options?: TensorOptions): Tensor {
  return filled("empty", size, 0, options);
}

/** A tensor of the given size with every element equal to `fillValue`. */
export function full(size: readonly number[], fillValue: number, options?: TensorOptions): Tensor {
  checkFillValue("full", fillValue);
  return filled("full", size, fillValue, options);
}

function checkFillValue(operation: string, fillValue: unknown): void {
  if (typeof fillValue !== "number")
    throw new TypeError(`${operation}: the fill value is a number, not ${nameOf(fillValue)}`);
}

function filledLike(
  operation: string,
  input: Tensor,
  value: number,
  options: TensorOptions | undefined,
): Tensor {
  checkTensor(operation, input);
  const dtype = chosenDType(operation, options, input.dtype);
  return withGrad(Tensor.full(input.shape, asElement(operation, value, dtype), dtype, operation), options);
}

/** Zeros in the shape and dtype of `input`. */
export function zerosLike(input: Tensor, options?: TensorOptions): Tensor {
  return filledLike("zerosLike", input, 0, options);
}

/** Ones in the shape and dtype of `input`. */
export function onesLike(input: Tensor, options?: TensorOptions): Tensor {
  return filledLike("onesLike", input, 1, options);
}

/** `fillValue` in the shape and dtype of `input`. */
export function fullLike(input: Tensor, fillValue: number, options?: TensorOptions): Tensor {
  checkFillValue("fullLike", fillValue);
  return filledLike("fullLike", input, fillValue, options);
}

/**
 * start, start + step, … below `end`: `arange(5)`, `arange(2, 5)`, `arange(0, 1, 0.1)`. int64 where all numbers are
 * whole, which `arange(5.0)` is too: JavaScript cannot tell it from `arange(5)`.
 */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, step: number, options?: TensorOptions): Tensor;
export function arange(...given: (number | TensorOptions | undefined)[]): Tensor {
  const numbers = given.filter((value) => typeof value === "number");
  const options = given.find((value) => typeof value === "object");
  const bounds = numbers.length === 1 ? [0, numbers[0], 1] : [numbers[0], numbers[1], numbers[2] ?? 1];
  const dtype = chosenDType("arange", options, numbers.every(Number.isInteger) ? "int64" : getDefaultDtype());
  if (!bounds.every(Number.isFinite))
    throw new RangeError(`arange: unsupported range: ${bounds[0]} -> ${bounds[1]} in steps of ${bounds[2]}`);
  if (dtype === "bool") throw new TypeError("arange: not implemented for bool");
  const [start, end, step] = bounds.map((value) => asElement("arange", value, dtype));
  if (step === 0) throw new RangeError("arange: step must be nonzero");
  if ((end - start) / step < 0) {
    throw new RangeError(
      `arange: upper bound and lower bound inconsistent with step sign: ${start} -> ${end} in steps of ${step}`,
    );
  }
  const out = Tensor.zeros([Math.ceil((end - start) / step)], dtype, "arange");
  const { data } = out.storage;
  for (let k = 0; k < data.length; k++) data[k] = start + k * step;
  return withGrad(out, options);
}

export interface LinspaceOptions extends TensorOptions {
  start: number;
  end: number;
  /** How many values. */
  steps: number;
}
export interface LogspaceOptions extends LinspaceOptions {
  /** Default 10. */
  base?: number;
}
export type LinspaceArguments = Arguments<[start: number, end: number, steps: number], LinspaceOptions>;
export type LogspaceArguments = Arguments<
  [start: number, end: number, steps: number, base?: number],
  LogspaceOptions
>;

/** Binds and checks the arguments of `linspace` and `logspace`. */
function spaceArguments(operation: string, given: readonly unknown[]): LogspaceOptions & { dtype: DType } {
  const names = ["start", "end", "steps", "base", "dtype", "requiresGrad"] as const;
  const options = namedArguments<LogspaceOptions>(operation, names, given);
  const { start, end, steps, base = 10, requiresGrad } = options;
  for (const bound of [start, end, base]) {
    if (!Number.isFinite(bound))
      throw new TypeError(`${operation}: start, end and base are numbers, not ${nameOf(bound)}`);
  }
  if (!Number.isInteger(steps) || steps < 0) {
    throw new RangeError(
      `${operation}: number of steps must be a non-negative whole number, not ${String(steps)}`,
    );
  }
  const dtype = chosenDType(operation, options.dtype === undefined ? undefined : { dtype: options.dtype });
  if (dtype === "bool") throw new TypeError(`${operation}: not implemented for bool`);
  return { start, end, steps, base, dtype, requiresGrad };
}

/** Evenly spaced values from both ends, so that both are exact; in the arithmetic of the dtype. */
function spaced(
  start: number,
  end: number,
  steps: number,
  dtype: DType,
  value: (x: number) => number,
): Tensor {
  const out = Tensor.zeros([steps], dtype);
  const { data } = out.storage;
  const rounded = dtype === "float32" ? Math.fround : (x: number) => x;
  const [first, last] = [rounded(start), rounded(end)];
  const step = steps > 1 ? rounded((last - first) / (steps - 1)) : 0;
  const whole = category(dtype) < 2;
  for (let k = 0; k < steps; k++) {
    const x = k < steps / 2 ? first + step * k : last - step * (steps - 1 - k);
    data[k] = whole ? asElement("linspace", value(x), dtype) : value(rounded(x));
  }
  return out;
}

/** `steps` evenly spaced values from `start` to `end`, both included. */
export function linspace(...given: LinspaceArguments): Tensor {
  const { start, end, steps, dtype, requiresGrad } = spaceArguments("linspace", given);
  return withGrad(
    spaced(start, end, steps, dtype, (x) => x),
    { requiresGrad },
  );
}

/** `steps` values from base^start to base^end whose logarithms are evenly spaced. */
export function logspace(...given: LogspaceArguments): Tensor {
  const { start, end, steps, base, dtype, requiresGrad } = spaceArguments("logspace", given);
  return withGrad(
    spaced(start, end, steps, dtype, (x) => (base as number) ** x),
    { requiresGrad },
  );
}

export interface EyeOptions extends TensorOptions {
  /** Rows. */
  n: number;
  /** Columns; as many as rows when left out. */
  m?: number;
}
export type EyeArguments = Arguments<[n: number, m?: number], EyeOptions>;

/** Ones on the diagonal of an n × m matrix (m = n when left out), zeros elsewhere. */
export function eye(...given: EyeArguments): Tensor {
  const names = ["n", "m", "dtype", "requiresGrad"] as const;
  const { n, m = n, ...options } = namedArguments<EyeOptions>("eye", names, given);
  checkSizes("eye", [n, m]);
  const out = Tensor.zeros([n, m], chosenDType("eye", options), "eye");
  for (let k = 0; k < Math.min(n, m); k++) out.storage.data[k * (m + 1)] = 1;
  return withGrad(out, options);
}

/** For values that are written later, in the shape and dtype of `input`. */
export function emptyLike(input: Tensor, options?: TensorOptions): Tensor {
  return filledLike("emptyLike", input, 0, options);
}

/**
 * A tensor with the given values: a number, nested arrays of numbers or booleans, or a typed array, which is copied
 * and keeps its element type. Numbers become float32 (or the default dtype), also where all of them are whole:
 * JavaScript cannot tell 1.0 from 1. A bigint becomes int64.
 *
 * @throws when nested arrays have different lengths, or something is not a number
 */
export function tensor(data: TensorData, options?: TensorOptions): Tensor {
  if (data instanceof Tensor)
    throw new TypeError("tensor: the data is a Tensor already; use clone().detach() for a copy");
  const shape: number[] = [];
  let inferred: DType = getDefaultDtype();
  let level: unknown = data;
  for (; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (isTypedArray(level)) {
    shape.push(level.length);
    inferred = typedArrayDType(level);
  } else if (typeof level === "bigint") inferred = "int64";
  else if (typeof level === "boolean" && onlyBooleans(data)) inferred = "bool";

  const dtype = chosenDType("tensor", options, inferred);
  const count = shape.reduce((n, size) => n * size, 1);
  const values = allocate(dtype, count, "tensor");
  const storage = new Storage(values);
  let at = 0;
  const write = (item: unknown, depth: number): void => {
    if (depth < shape.length) {
      if (!Array.isArray(item) && !isTypedArray(item)) {
        throw new TypeError(
          `tensor: expected an array of ${shape[depth]} values at dimension ${depth}, got ${nameOf(item)}`,
        );
      }
      if (item.length !== shape[depth]) {
        throw new RangeError(
          `tensor: expected sequence of length ${shape[depth]} at dim ${depth} (got ${item.length}): all parts of ${describe(shape)} must have equal lengths`,
        );
      }
      for (let k = 0; k < item.length; k++) write(item[k], depth + 1);
    } else if (typeof item === "number") {
      values[at++] = asElement("tensor", item, dtype);
    } else if (typeof item === "boolean") {
      values[at++] = item ? 1 : 0;
    } else if (typeof item === "bigint") {
      writeInteger(storage, at++, item, dtype);
    } else {
      throw new TypeError(`tensor: values are numbers or booleans, got ${nameOf(item)} at position ${at}`);
    }
  };
  write(data, 0);
  return withGrad(new Tensor(storage, 0, shape, rowMajorStrides(shape), dtype, count, true), options);
}

/** Writes an integer of 64 bits; an int64 tensor keeps all of them. */
function writeInteger(storage: Storage, at: number, value: bigint, dtype: DType): void {
  if (BigInt.asIntN(64, value) !== value) {
    throw new RangeError(`tensor: value cannot be converted to type int64 without overflow: ${value}`);
  }
  const rounded = Number(value);
  storage.data[at] = dtype === "int64" ? rounded : asElement("tensor", rounded, dtype);
  const lacking = Number(value - BigInt(rounded));
  if (dtype !== "int64" || lacking === 0) return;
  storage.remainder ??= new Float64Array(storage.data.length);
  storage.remainder[at] = lacking;
}

function onlyBooleans(data: TensorData): boolean {
  return Array.isArray(data) ? data.every(onlyBooleans) : typeof data === "boolean";
}

type DataArray = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

function isTypedArray(value: unknown): value is DataArray {
  return (
    value instanceof BigInt64Array ||
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}

function typedArrayDType(array: DataArray): DType {
  if (array instanceof BigInt64Array) return "int64";
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  return array instanceof Int32Array ? "int32" : "uint8";
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value)
    ? "an array"
    : typeof value === "object"
      ? "an object"
      : `${typeof value} ${String(value)}`;
}

declare module "./tensor.js" {
  interface Tensor {
    /** A tensor of zeros, of this dtype unless another is given. */
    newZeros(size: readonly number[], options?: TensorOptions): Tensor;
    /** A tensor of ones, of this dtype unless another is given. */
    newOnes(size: readonly number[], options?: TensorOptions): Tensor;
    /** A tensor for values that are written later, of this dtype unless another is given. */
    newEmpty(size: readonly number[], options?: TensorOptions): Tensor;
    /** A tensor filled with one value, of this dtype unless another is given. */
    newFull(size: readonly number[], fillValue: number, options?: TensorOptions): Tensor;
    /** A tensor with the given values, of this dtype unless another is given. */
    newTensor(data: TensorData, options?: TensorOptions): Tensor;
  }
}

/** The options, with the dtype of `like` where they name none. */
function inheriting(like: Tensor, options: TensorOptions | undefined): TensorOptions {
  return { dtype: like.dtype, ...options };
}

Tensor.prototype.newZeros = function (size, options) {
  return filled("newZeros", size, 0, inheriting(this, options));
};
Tensor.prototype.newOnes = function (size, options) {
  return filled("newOnes", size, 1, inheriting(this, options));
};
Tensor.prototype.newEmpty = function (size, options) {
  return filled("newEmpty", size, 0, inheriting(this, options));
};
Tensor.prototype.newFull = function (size, fillValue, options) {
  checkFillValue("newFull", fillValue);
  return filled("newFull", size, fillValue, inheriting(this, options));
};
Tensor.prototype.newTensor = function (data, options) {
  return tensor(data, inheriting(this, options));
};
