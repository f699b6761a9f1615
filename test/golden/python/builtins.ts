/** Python's built-in functions, as far as expressions about tensors use them. */
export const builtins: Readonly<Record<string, unknown>> = {
  abs: Math.abs,
  bool: (value: unknown): boolean => isTrue(value),
  float: Number,
  int: Math.trunc,
  len: (value: ArrayLike<unknown>): number => value.length,
  list: (values: Iterable<unknown> = []): unknown[] => [...values],
  max: (...values: (number | number[])[]): number => Math.max(...values.flat()),
  min: (...values: (number | number[])[]): number => Math.min(...values.flat()),
  range,
  round: roundHalfToEven,
  sum: (values: number[]): number => values.reduce((sum, value) => sum + value, 0),
  tuple: (values: Iterable<unknown> = []): unknown[] => [...values],
  zip: (first: unknown[], ...others: unknown[][]): unknown[][] =>
    first.map((value, i) => [value, ...others.map((other) => other[i])]),
  enumerate: (values: Iterable<unknown>): unknown[][] => [...values].map((value, i) => [i, value]),
};

/** Python's module `math`. */
export const math: Readonly<Record<string, unknown>> = {
  pi: Math.PI,
  e: Math.E,
  inf: Infinity,
  nan: Number.NaN,
  ceil: Math.ceil,
  cos: Math.cos,
  exp: Math.exp,
  floor: Math.floor,
  log: (x: number, base = Math.E): number => (base === Math.E ? Math.log(x) : Math.log(x) / Math.log(base)),
  log2: Math.log2,
  log10: Math.log10,
  pow: Math.pow,
  prod: (values: number[]): number => values.reduce((product, value) => product * value, 1),
  sin: Math.sin,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

/** Python's truth: zero, empty and None are false. */
export function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function range(...bounds: number[]): number[] {
  const [start, stop, step = 1] =
    bounds.length === 1 ? [0, bounds[0]!] : (bounds as [number, number, number?]);
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, k) => start + k * step);
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
