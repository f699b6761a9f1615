import { Tensor } from "../tensor.js";
import { SafetensorsError } from "./error.js";
import { JsonReader, quote } from "./json.js";

/**
 * A nested value, such as an optimizer's state dict, as named tensors and JSON that says how they belong together.
 *
 * JSON has neither tensors nor NaN: they are written as an object with one key that begins with "$",
 * `{ "$tensor": name }` and `{ "$value": "NaN" }`. Keys of the value itself that begin with "$" get a second one.
 */
export interface Flattened {
  readonly tensors: Map<string, Tensor>;
  /** null where the value is nothing but an object of tensors, under the very names of the tensors. */
  readonly structure: string | null;
}

const SPECIAL_VALUES: ReadonlyMap<string, number | undefined> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
  ["-0", -0],
  ["undefined", undefined],
]);

/** Far more than any state dict has; what contains itself goes deeper. */
const DEEPEST = 100;

/** @throws TypeError for what cannot be saved, with its place */
export function flatten(value: unknown): Flattened {
  const tensors = new Map<string, Tensor>();
  const structure = encodeValue(value, [], tensors);
  return { tensors, structure: isPlainDict(value, tensors) ? null : JSON.stringify(structure) };
}

function isPlainDict(value: unknown, tensors: Map<string, Tensor>): boolean {
  return isPlainObject(value) && Object.entries(value).every(([key, item]) => tensors.get(key) === item);
}

function encodeValue(value: unknown, path: readonly string[], tensors: Map<string, Tensor>): unknown {
  if (value instanceof Tensor) return { $tensor: addTensor(value, path, tensors) };
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" || value === undefined) {
    for (const [name, special] of SPECIAL_VALUES) if (Object.is(value, special)) return { $value: name };
    return value;
  }
  if (path.length === DEEPEST) {
    throw new TypeError(
      `save: ${place(path)}: more than ${DEEPEST} levels deep, or an object that contains itself`,
    );
  }
  if (Array.isArray(value)) {
    return Array.from(value, (item, k) => encodeValue(item, [...path, String(k)], tensors));
  }
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (key === "__proto__")
          throw new TypeError(`save: ${place(path)}: the key __proto__ is not allowed`);
        return [key.startsWith("$") ? `$${key}` : key, encodeValue(item, [...path, key], tensors)];
      }),
    );
  }
  throw new TypeError(
    `save: ${place(path)} is ${kindOf(value)}, which cannot be saved; tensors, numbers, strings, booleans, null, arrays and plain objects can`,
  );
}

/** Tensors are named by their path; where "a.b" stands for two of them, the second becomes "a.b#2". */
function addTensor(tensor: Tensor, path: readonly string[], tensors: Map<string, Tensor>): string {
  const wanted = path.length === 0 ? "tensor" : path.join(".");
  let name = wanted;
  for (let k = 2; tensors.has(name) || name === "__metadata__"; k++) name = `${wanted}#${k}`;
  tensors.set(name, tensor);
  return name;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function place(path: readonly string[]): string {
  return path.length === 0 ? "the value" : quote(path.join("."));
}

function kindOf(value: unknown): string {
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an object of class ${value?.constructor?.name ?? "unknown"}`;
}

/** The value that was flattened. */
export function unflatten({ tensors, structure }: Flattened): unknown {
  if (structure === null) return Object.fromEntries(tensors);
  const unused = new Set(tensors.keys());
  // One level more for the objects that stand for tensors.
  const reader = new JsonReader(structure, WHERE, DEEPEST + 1);
  const json = reader.value();
  reader.end();
  const value = decodeValue(json, (name) => {
    const tensor = typeof name === "string" ? tensors.get(name) : undefined;
    if (tensor === undefined) {
      throw new SafetensorsError(
        `${WHERE} names the tensor ${quote(String(name))}, which is not in the file`,
      );
    }
    unused.delete(name as string);
    return tensor;
  });
  for (const name of unused) {
    throw new SafetensorsError(`${WHERE} does not name the tensor ${quote(name)}, which is in the file`);
  }
  return value;
}

const WHERE = "the saved structure";

function decodeValue(json: unknown, tensorOf: (name: unknown) => Tensor): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map((item) => decodeValue(item, tensorOf));
  const entries = Object.entries(json);
  const special = entries.find(([key]) => key.startsWith("$") && !key.startsWith("$$"));
  if (special !== undefined) {
    const [key, name] = special;
    if (key === "$tensor" && entries.length === 1) return tensorOf(name);
    if (key === "$value" && entries.length === 1 && SPECIAL_VALUES.has(name)) return SPECIAL_VALUES.get(name);
    throw new SafetensorsError(`${WHERE} has the key ${quote(key)} with an unknown meaning`);
  }
  return Object.fromEntries(
    entries.map(([key, item]) => [key.startsWith("$$") ? key.slice(1) : key, decodeValue(item, tensorOf)]),
  );
}
