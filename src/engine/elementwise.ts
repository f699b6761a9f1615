import { KINDS, type TypedArray } from "./storage.js";
import { broadcastStrides, collapse, type Strided } from "./strided.js";
import { VectorExpression, type VectorLoop } from "./wasm/elementwise.js";

const NAMES = ["out", "a", "b", "c"] as const;

/** Functions that an expression calls by name. */
export type Helpers = Readonly<Record<string, (...values: number[]) => number>>;

const NONE: Helpers = {};

type FlatLoop = (n: number, ...arraysAndOffsets: (TypedArray | number)[]) => void;
type NestedLoop = (sizes: number[], ...arraysOffsetsStrides: (TypedArray | number | number[])[]) => void;

/**
 * One expression over the elements of up to three operands, for example `a * b`: compiled on first use, once for
 * every combination of element types and loop shapes, into a loop that handles nothing else.
 *
 * Arithmetic is float64; results are rounded when they are stored. Where all operands are float32, and so many that it
 * is faster, each operation gives float32, as in PyTorch.
 */
export class Elementwise {
  readonly expression: string;
  readonly #arity: number;
  readonly #helpers: Helpers;
  readonly #flat: (FlatLoop | undefined)[] = [];
  readonly #nested: Map<number, NestedLoop> = new Map();
  /** As the flat loops; null where there are no vectors for them. */
  readonly #vectors: (VectorLoop | null)[] = [];
  #expressionOfVectors: VectorExpression | undefined;

  /** @param helpers what the expression calls besides `Math` */
  constructor(expression: string, arity: 0 | 1 | 2 | 3, helpers: Helpers = NONE) {
    this.expression = expression;
    this.#arity = arity;
    this.#helpers = helpers;
  }

  /**
   * Writes the expression into `out`; the operands are broadcast to its shape, which the caller has checked.
   * An operand may be `out` itself, but must not overlap it otherwise.
   */
  run(out: Strided, a: Strided = out, b: Strided = out, c: Strided = out): void {
    const n = out.count;
    if (n === 0) return;
    // One digit per operand: its element type, and whether it is walked through (0) or repeated (1).
    let key = 0;
    if (out.rowMajor) {
      const arity = this.#arity;
      const ka = arity < 1 ? 0 : flatDigit(a, n);
      const kb = arity < 2 ? 0 : flatDigit(b, n);
      const kc = arity < 3 ? 0 : flatDigit(c, n);
      if (ka >= 0 && kb >= 0 && kc >= 0) {
        key = ((kc * DIGITS + kb) * DIGITS + ka) * DIGITS + out.storage.kind;
        if (n >= FEWEST_FOR_VECTORS && this.#runVectors(key, n, [ka, kb, kc].slice(0, arity), out, [a, b, c]))
          return;
        let loop = this.#flat[key];
        if (loop === undefined) {
          loop = compileFlat(
            this.expression,
            arity,
            [0, ka, kb, kc].map((digit) => digit >= KINDS),
            this.#helpers,
          );
          this.#flat[key] = loop;
        }
        const { data } = out.storage;
        if (arity <= 1) loop(n, data, out.offset, a.storage.data, a.offset);
        else if (arity === 2) loop(n, data, out.offset, a.storage.data, a.offset, b.storage.data, b.offset);
        else
          loop(
            n,
            data,
            out.offset,
            a.storage.data,
            a.offset,
            b.storage.data,
            b.offset,
            c.storage.data,
            c.offset,
          );
        return;
      }
    }
    this.#runNested(out, [out, a, b, c].slice(0, this.#arity + 1));
  }

  /** @returns false, with nothing done, where plain JavaScript is faster, or has to do it */
  #runVectors(
    key: number,
    n: number,
    digits: readonly number[],
    out: Strided,
    operands: readonly Strided[],
  ): boolean {
    this.#expressionOfVectors ??= new VectorExpression(this.expression);
    if (n < this.#expressionOfVectors.fewest) return false;
    let loop = this.#vectors[key];
    if (loop === undefined) {
      const { kind } = out.storage;
      const isOfOneType = kind < FLOATS.length && digits.every((digit) => digit % KINDS === kind);
      loop = isOfOneType
        ? this.#expressionOfVectors.compile(
            NAMES.slice(1, digits.length + 1),
            digits.map((digit) => digit >= KINDS),
            FLOATS[kind],
          )
        : null;
      this.#vectors[key] = loop;
    }
    return loop?.(n, out, operands) ?? false;
  }

  #runNested(out: Strided, operands: Strided[]): void {
    const nest = collapse(
      out.shape,
      operands.map((operand) => broadcastStrides(operand, out.shape)),
    );
    let key = nest.sizes.length;
    for (const operand of operands) key = key * KINDS + operand.storage.kind;
    let loop = this.#nested.get(key);
    if (loop === undefined) {
      loop = compileNested(this.expression, this.#arity, nest.sizes.length, this.#helpers);
      this.#nested.set(key, loop);
    }
    loop(
      nest.sizes,
      ...operands.flatMap((operand, k) => [operand.storage.data, operand.offset, nest.strides[k]]),
    );
  }
}

const DIGITS = 2 * KINDS;

/** The element types that have vectors, by kind. */
const FLOATS = ["float32", "float64"] as const;

/** Below so many elements plain JavaScript is always faster. */
const FEWEST_FOR_VECTORS = 128;

/** The digit of an operand in the key of a flat loop, or -1 where it needs nested loops. */
function flatDigit(operand: Strided, n: number): number {
  if (operand.count === 1) return operand.storage.kind + (n === 1 ? 0 : KINDS);
  return operand.rowMajor && operand.count === n ? operand.storage.kind : -1;
}

/** The loop with this body; the helpers lie in a scope around it. */
function compile(parameters: readonly string[], body: string, helpers: Helpers): unknown {
  const make = new Function(...Object.keys(helpers), `return function (${parameters.join(", ")}) {${body}};`);
  return make(...Object.values(helpers));
}

function compileFlat(expression: string, arity: number, repeated: boolean[], helpers: Helpers): FlatLoop {
  const names = NAMES.slice(1, arity + 1);
  const body = `
    ${names.map((x, k) => (repeated[k + 1] ? `const ${x} = ${x}Data[${x}Offset];` : "")).join(" ")}
    for (let i = 0; i < n; i++) {
      ${names.map((x, k) => (repeated[k + 1] ? "" : `const ${x} = ${x}Data[${x}Offset + i];`)).join(" ")}
      outData[outOffset + i] = ${expression};
    }`;
  const parameters = NAMES.slice(0, arity + 1).flatMap((x) => [`${x}Data`, `${x}Offset`]);
  return compile(["n", ...parameters], body, helpers) as FlatLoop;
}

function compileNested(expression: string, arity: number, rank: number, helpers: Helpers): NestedLoop {
  const names = NAMES.slice(0, arity + 1);
  const loops = Array.from({ length: rank }, (_, d) => d);
  const start = (x: string, d: number) => (d === 0 ? `${x}Offset` : `${x}${d - 1}`);
  const body = `
    ${loops.map((d) => `const n${d} = sizes[${d}]${names.map((x) => `, ${x}Step${d} = ${x}Strides[${d}]`).join("")};`).join("\n")}
    ${loops
      .map(
        (d) =>
          `for (let i${d} = 0${names.map((x) => `, ${x}${d} = ${start(x, d)}`).join("")}; i${d} < n${d}; ` +
          `i${d}++${names.map((x) => `, ${x}${d} += ${x}Step${d}`).join("")})`,
      )
      .join("\n")} {
      ${names
        .slice(1)
        .map((x) => `const ${x} = ${x}Data[${x}${rank - 1}];`)
        .join(" ")}
      outData[out${rank - 1}] = ${expression};
    }`;
  const parameters = names.flatMap((x) => [`${x}Data`, `${x}Offset`, `${x}Strides`]);
  return compile(["sizes", ...parameters], body, helpers) as NestedLoop;
}
