import { counted } from "./text.js";

/** What is read of a tensor, whatever library it is of. */
export interface TensorLike {
  readonly shape: readonly number[];
  /** The elements row by row. */
  toArray(): ArrayLike<number>;
}

/** A row of numbers: an array, a typed array, or a tensor with one dimension. */
export type Values = ArrayLike<number> | TensorLike;

/** Points of the plane: an array of pairs (arrays or tensors of two numbers), or one tensor of shape [n, 2]. */
export type Points = readonly Values[] | TensorLike;

/** Rows of numbers of the same length: nested arrays, or a tensor with two dimensions. */
export type Matrix = readonly Values[] | TensorLike;

/**
 * The numbers of `values`, in an array of their own.
 * @param where what they are, for the error: "lines: Adam"
 * @throws TypeError when something else than numbers is there, RangeError when nothing is, or not in one dimension
 */
export function numbers(values: Values, where: string): number[] {
  const row = isTensor(values) ? rowOf(values, where) : values;
  if (typeof row !== "object" || row === null || typeof row.length !== "number") {
    throw new TypeError(`${where} is ${describe(row)}; expected an array of numbers or a tensor`);
  }
  if (row.length === 0) throw new RangeError(`${where} is empty: there is nothing to draw`);
  return Array.from(row, (value: unknown, k) => {
    if (typeof value === "number") return value;
    const hint = isTensor(value) ? ", not a number: use item()" : ", not a number";
    throw new TypeError(`${where}[${k}] is ${describe(value)}${hint}`);
  });
}

/** Points as their horizontal and their vertical coordinates. */
export function coordinates(points: Points, where: string): { readonly x: number[]; readonly y: number[] } {
  const rows = matrix(points, where);
  const wrong = rows.findIndex((row) => row.length !== 2);
  if (wrong >= 0) {
    throw new RangeError(
      `${where}[${wrong}] has ${rows[wrong].length} numbers; a point of the plane has two`,
    );
  }
  return { x: rows.map(([x]) => x), y: rows.map(([, y]) => y) };
}

/** Rows of equal length. */
export function matrix(values: Matrix, where: string): number[][] {
  const rows = isTensor(values) ? rowsOf(values, where) : rowsOfArray(values, where);
  if (rows.length === 0 || rows[0].length === 0)
    throw new RangeError(`${where} is empty: there is nothing to draw`);
  const odd = rows.findIndex((row) => row.length !== rows[0].length);
  if (odd >= 0) {
    throw new RangeError(
      `${where}[${odd}] has ${counted(rows[odd].length, "number")}, but ${where}[0] has ${rows[0].length}`,
    );
  }
  return rows;
}

export function isTensor(value: unknown): value is TensorLike {
  const candidate = value as Partial<TensorLike> | null;
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    Array.isArray(candidate.shape) &&
    typeof candidate.toArray === "function"
  );
}

function rowOf(tensor: TensorLike, where: string): ArrayLike<number> {
  if (tensor.shape.length > 1) {
    throw new RangeError(
      `${where} is a tensor of shape [${tensor.shape.join(", ")}]; expected one dimension: use flatten()`,
    );
  }
  return tensor.toArray();
}

function rowsOf(tensor: TensorLike, where: string): number[][] {
  if (tensor.shape.length !== 2) {
    throw new RangeError(
      `${where} is a tensor of shape [${tensor.shape.join(", ")}]; expected two dimensions`,
    );
  }
  const [height, width] = tensor.shape;
  const flat = Array.from(tensor.toArray());
  return Array.from({ length: height }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

function rowsOfArray(values: readonly Values[], where: string): number[][] {
  if (!Array.isArray(values)) {
    throw new TypeError(`${where} is ${describe(values)}; expected an array of arrays, or a tensor`);
  }
  return values.map((row: Values, k) => numbers(row, `${where}[${k}]`));
}

export function describe(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 40))}`;
  if (isTensor(value)) return `a tensor of shape [${value.shape.join(", ")}]`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
