import { inspect, types } from "node:util";

/** A value as one row of a list of variables. */
export interface Description {
  /** What the value holds, in one line. */
  readonly text: string;
  /**
   * Its kind with its size, such as `Map(2)`; absent for a primitive, whose text says it. JupyterLab's tree shows
   * the type alone when there is one, and the text when there is none.
   */
  readonly type: string | undefined;
}

/** The parts of a tensor that a list of variables shows; recognised by its shape, not by its class. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly requiresGrad: boolean;
  tolist(): unknown;
}

const LONGEST_TEXT = 160;
const INSPECT_OPTIONS = {
  depth: 1,
  maxArrayLength: 12,
  maxStringLength: 120,
  breakLength: Number.POSITIVE_INFINITY,
  compact: true,
} as const;

// Taken before user code can replace them.
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { isArray } = Array;
const { apply } = Reflect;
const functionText = Function.prototype.toString;

/** Describes any value; getters and the traps of proxies are not called. Never throws. */
export function describe(value: unknown): Description {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return { text: textOf(value), type: undefined };
  }
  return { text: textOf(value), type: typeOf(value) };
}

export function isTensorLike(value: unknown): value is TensorLike {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  try {
    const { shape, dtype, tolist } = value as Partial<TensorLike>;
    return isArray(shape) && typeof dtype === "string" && typeof tolist === "function";
  } catch {
    return false;
  }
}

function textOf(value: unknown): string {
  try {
    if (typeof value === "function") return oneLine(apply(functionText, value, []));
    if (isError(value))
      return oneLine(`${ownText(value, "name") ?? nameOf(value)}: ${ownText(value, "message")}`);
    return oneLine(inspect(value, INSPECT_OPTIONS));
  } catch {
    return `[${typeof value} that cannot be shown]`;
  }
}

function typeOf(value: object): string {
  if (types.isProxy(value)) return "Proxy";
  if (typeof value === "function") return "Function";
  if (isTensorLike(value)) return `${nameOf(value)} [${value.shape.join(", ")}] ${value.dtype}`;
  if (isArray(value)) return `Array(${value.length})`;
  const name = nameOf(value);
  if (types.isTypedArray(value)) return `${name}(${value.length})`;
  if (types.isMap(value) || types.isSet(value)) return `${name}(${value.size})`;
  return name;
}

/** Name of a value's class. */
function nameOf(value: object): string {
  for (let object: object | null = value; object !== null; object = getPrototypeOf(object)) {
    if (types.isProxy(object)) return "Proxy";
    const maker: unknown = getOwnPropertyDescriptor(object, "constructor")?.value;
    if (typeof maker === "function") {
      const name: unknown = getOwnPropertyDescriptor(maker, "name")?.value;
      if (typeof name === "string" && name !== "") return name;
    }
  }
  return "Object";
}

function isError(value: unknown): value is object {
  return types.isNativeError(value);
}

function ownText(value: object, key: string): string | undefined {
  const text: unknown = getOwnPropertyDescriptor(value, key)?.value;
  return typeof text === "string" ? text : undefined;
}

function oneLine(text: string): string {
  const line = text.slice(0, 4 * LONGEST_TEXT).replace(/\s+/g, " ");
  return line.length <= LONGEST_TEXT ? line : `${line.slice(0, LONGEST_TEXT)}…`;
}
