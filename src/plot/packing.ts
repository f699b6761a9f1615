import type { Figure, Json, Trace } from "./figure.js";

/** Where traces hold many numbers. */
const ARRAYS: ReadonlySet<string> = new Set(["x", "y", "z", "surfacecolor"]);
/** Shorter arrays stay readable. */
const SHORTEST = 24;
/** Rounding to float32 may move a value by this part of what the array spans, which no screen shows. */
const VISIBLE = 1e-5;

/** What plotly makes a typed array of: https://plotly.com/javascript/reference/ under "typed arrays". */
type Packed = { readonly dtype: string; readonly bdata: string; readonly shape?: string };

/**
 * A figure as it is saved: long arrays of numbers are the base64 of their bytes, a third of their size in a notebook,
 * where each number would get a line of its own; positions that are counted are their first and their step.
 */
export function packed({ data, layout, frames, config }: Figure): Json {
  // A frame changes single attributes of a trace, which therefore are the same in all states.
  const canCount = frames === undefined;
  const traces = data.map((trace) => packedTrace(trace, canCount));
  const states = frames?.map((frame) => ({
    ...frame,
    data: frame.data.map((trace) => packedTrace(trace, canCount)),
  }));
  return { data: traces, layout, ...(states ? { frames: states } : {}), config };
}

function packedTrace(trace: Trace, canCount: boolean): Trace {
  const entries = Object.entries(trace).flatMap(([name, value]): [string, Json][] => {
    if (!ARRAYS.has(name)) return [[name, value]];
    if (canCount && name === "x" && trace.type === "scatter") {
      const counted = asCounted(value);
      if (counted) return counted;
    }
    return [[name, packedArray(value) ?? value]];
  });
  return Object.fromEntries(entries);
}

/** `x0` and `dx` instead of `x`, for whole numbers that follow each other. */
function asCounted(value: Json): [string, Json][] | undefined {
  if (!isLong(value)) return undefined;
  const [first, second] = value as readonly number[];
  const step = second - first;
  const isCounted = Number.isInteger(first) && Number.isInteger(step) && step !== 0;
  if (!isCounted || !value.every((x, k) => x === first + k * step)) return undefined;
  return [
    ["x0", first],
    ["dx", step],
  ];
}

function packedArray(value: Json): Packed | undefined {
  if (!isLong(value)) return undefined;
  const rows = value.every(Array.isArray) ? (value as readonly (readonly Json[])[]) : undefined;
  if (rows?.some((row) => row.length !== rows[0].length)) return undefined;
  const numbers = (rows ? rows.flat() : value) as readonly Json[];
  // A typed array has no null: what has a gap stays as it is.
  if (!numbers.every((number): number is number => typeof number === "number")) return undefined;
  const [dtype, bytes] = narrowest(numbers);
  const shape = rows ? { shape: `${rows.length}, ${rows[0].length}` } : {};
  return { dtype, bdata: base64(bytes), ...shape };
}

function isLong(value: Json): value is readonly Json[] {
  return Array.isArray(value) && value.flat().length >= SHORTEST;
}

/** The bytes in little-endian of the smallest type that shows the numbers. */
function narrowest(numbers: readonly number[]): [dtype: string, bytes: Uint8Array] {
  const low = numbers.reduce((a, b) => Math.min(a, b));
  const high = numbers.reduce((a, b) => Math.max(a, b));
  if (numbers.every(Number.isInteger)) {
    if (low >= 0 && high < 2 ** 8) return ["u1", Uint8Array.from(numbers)];
    if (low >= -(2 ** 15) && high < 2 ** 15) return ["i2", bytesOf(numbers, 2, "setInt16")];
  }
  const allowed = VISIBLE * (high - low);
  if (numbers.every((number) => Math.abs(Math.fround(number) - number) <= allowed)) {
    return ["f4", bytesOf(numbers, 4, "setFloat32")];
  }
  return ["f8", bytesOf(numbers, 8, "setFloat64")];
}

function bytesOf(
  numbers: readonly number[],
  size: number,
  set: "setInt16" | "setFloat32" | "setFloat64",
): Uint8Array {
  const view = new DataView(new ArrayBuffer(numbers.length * size));
  for (const [k, number] of numbers.entries()) view[set](k * size, number, true);
  return new Uint8Array(view.buffer);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
