/** What Python asks of every value, and tensors answer in their own way. */
export interface Protocol {
  /** `left operator right`. */
  binary(operator: string, left: unknown, right: unknown): unknown;
  /** The members, one by one: of a tensor its parts along the first dimension. */
  items(value: unknown): unknown[];
  /** The magnitude, of each element. */
  abs(value: unknown): unknown;
  /** The number that a value is: of a tensor its one element. */
  number(value: unknown): number;
  isTrue(value: unknown): boolean;
}

/** Python's built-in functions, as far as expressions about tensors use them. */
export function builtins(python: Protocol): Readonly<Record<string, unknown>> {
  const { binary, items, number } = python;
  const best = (operator: string) => {
    return (...values: unknown[]): unknown =>
      (values.length === 1 ? items(values[0]) : values).reduce((left, right) =>
        python.isTrue(binary(operator, right, left)) ? right : left,
      );
  };
  return {
    abs: python.abs,
    bool: python.isTrue,
    float: number,
    int: (value: unknown): number => Math.trunc(number(value)),
    len: (value: unknown): number => items(value).length,
    list: (values: unknown = []): unknown[] => items(values),
    max: best(">"),
    min: best("<"),
    pow: (base: unknown, exponent: unknown): unknown => binary("**", base, exponent),
    range,
    reversed: (values: unknown): unknown[] => items(values).reverse(),
    round: roundHalfToEven,
    sum: (values: unknown, start: unknown = 0): unknown =>
      items(values).reduce((sum, value) => binary("+", sum, value), start),
    tuple: (values: unknown = []): unknown[] => items(values),
    zip: (first: unknown, ...others: unknown[]): unknown[][] => {
      const columns = [first, ...others].map(items);
      const length = Math.min(...columns.map((column) => column.length));
      return Array.from({ length }, (_, i) => columns.map((column) => column[i]));
    },
    enumerate: (values: unknown): unknown[][] => items(values).map((value, i) => [i, value]),
  };
}

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

function range(...bounds: number[]): number[] {
  const [start, stop, step = 1] =
    bounds.length === 1 ? [0, bounds[0]!] : (bounds as [number, number, number?]);
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, k) => start + k * step);
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
