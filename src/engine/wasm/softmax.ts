/** Softmax, its logarithm and their gradients over rows of float32 by compiled kernels. */
import type { TypedArray } from "../storage.js";
import {
  type Code,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  i64x2,
  type Local,
  ModuleBuilder,
  promoteLow,
  sequence,
  v128,
  when,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { VectorCode } from "./functions.js";
import { layOutOnWorkbench, workbench } from "./workbench.js";

/** Elements worked on at once, or those of one row: so many, with what is made of them, stay in the second-level cache. */
const BLOCK = 16_384;
/** Kernels read and write whole vectors, so up to three elements beyond the last row. */
const BEYOND = 12;

/** The kernels. Rows lie one behind the other; all sums are float64. */
interface RowKernels {
  /** Of each row e^x, divided by their sum. */
  softmax(rows: number, length: number, from: number, to: number): void;
  /** Of each row the largest element, which is float32, and the sum of e^(x − largest). */
  sums(rows: number, length: number, from: number, largest: number, sums: number): void;
  /** From each row two numbers are subtracted: float32, then float64. */
  subtract(rows: number, length: number, from: number, to: number, first: number, second: number): void;
  /** y·(g − Σ g·y) for gradients g of a softmax y. */
  softmaxGradient(rows: number, length: number, gradient: number, output: number, to: number): void;
  /** g − e^y·Σ g for gradients g of the logarithm y of a softmax. */
  logSoftmaxGradient(rows: number, length: number, gradient: number, output: number, to: number): void;
}

let kernels: RowKernels | undefined;

/** Numbers that lie one behind the other from `offset` on. */
export interface Numbers {
  readonly data: TypedArray;
  readonly offset: number;
}

/**
 * e^x divided by their sum, or the logarithm of that, of rows that lie one behind the other.
 * @param into as long as the rows
 * @returns false, with nothing done, where it cannot be compiled
 */
export function normalizeRowsCompiled(
  length: number,
  input: Numbers,
  into: TypedArray,
  logarithm: boolean,
): boolean {
  return inBlocks(length, [input], into, ({ softmax, sums, subtract }, rows, [from], to, table) => {
    if (!logarithm) {
      softmax(rows, length, from, to);
      return;
    }
    const largest = table + 8 * rows;
    sums(rows, length, from, largest, table);
    const { float64 } = workbench;
    for (let k = table / 8; k < table / 8 + rows; k++) float64[k] = Math.log(float64[k]);
    subtract(rows, length, from, to, largest, table);
  });
}

/**
 * The gradient of the rows of which `output` is the softmax, or the logarithm of it, from the gradient of that.
 * @returns false, with nothing done, where it cannot be compiled
 */
export function normalizedGradientCompiled(
  length: number,
  gradient: Numbers,
  output: Numbers,
  into: TypedArray,
  logarithm: boolean,
): boolean {
  return inBlocks(length, [gradient, output], into, (functions, rows, [from, outputAt], to) => {
    const kernel = logarithm ? functions.logSoftmaxGradient : functions.softmaxGradient;
    kernel(rows, length, from, outputAt, to);
  });
}

/** Brings some rows at a time to the workbench, and what becomes of them back. A table has 12 bytes for each row. */
function inBlocks(
  length: number,
  operands: readonly Numbers[],
  into: TypedArray,
  run: (kernels: RowKernels, rows: number, operands: number[], to: number, table: number) => void,
): boolean {
  if (!features.simd || !(into instanceof Float32Array)) return false;
  if (!operands.every(({ data }) => data instanceof Float32Array)) return false;
  kernels ??= build();
  const size = length * Math.max(1, Math.floor(Math.min(BLOCK, into.length) / length));
  const bytes = 4 * size + BEYOND;
  const places = layOutOnWorkbench([12 * (size / length), bytes, ...operands.map(() => bytes)]);
  if (places === null) return false;
  const [table, to, ...from] = places;
  const memory = workbench.float32;
  for (let start = 0; start < into.length; start += size) {
    const count = Math.min(size, into.length - start);
    for (const [k, { data, offset }] of operands.entries())
      memory.set(data.subarray(offset + start, offset + start + count), from[k] / 4);
    run(kernels, count / length, from, to, table);
    into.set(memory.subarray(to / 4, to / 4 + count), start);
  }
  return true;
}

/** Which lanes of a vector belong to the row; undefined where all do. */
type Mask = Code | undefined;

function build(): RowKernels {
  const module = new ModuleBuilder();
  {
    const f = module.function("softmax", ["i32", "i32", "i32", "i32"]);
    const [rows, length, from, to] = f.parameters;
    const row = new Row(f, length);
    const sum = f.local("f32");
    const total = new Total(f);
    const power = f.local("v128");
    f.body(
      row.ofEach(rows, [from, to], () => [
        ...row.largest(from),
        ...total.clear(),
        ...row.pass((mask) => [
          ...power.set(row.power(from, mask)),
          ...v128.store(row.at(to), power.get),
          ...total.add(power.get, mask),
        ]),
        ...sum.set(f32.fromF64(total.get)),
        ...row.pass(() => v128.store(row.at(to), f32x4.div(v128.load(row.at(to)), f32x4.splat(sum.get)))),
      ]),
    );
  }
  {
    const f = module.function("sums", ["i32", "i32", "i32", "i32", "i32"]);
    const [rows, length, from, largest, sums] = f.parameters;
    const row = new Row(f, length);
    const total = new Total(f);
    f.body(
      row.ofEach(rows, [from], () => [
        ...row.largest(from),
        ...total.clear(),
        ...row.pass((mask) => total.add(row.power(from, mask), mask)),
        ...f32.store(largest.get, f32x4.extract(row.largestOf.get, 0)),
        ...f64.store(sums.get, total.get),
        ...largest.increase(4),
        ...sums.increase(8),
      ]),
    );
  }
  {
    const f = module.function("subtract", ["i32", "i32", "i32", "i32", "i32", "i32"]);
    const [rows, length, from, to, first, second] = f.parameters;
    const row = new Row(f, length);
    const shift = f.local("v128");
    f.body(
      row.ofEach(rows, [from, to], () => [
        ...shift.set(f32x4.splat(f32.fromF64(f64.load(second.get)))),
        ...row.pass(() => {
          const shifted = f32x4.sub(v128.load(row.at(from)), f32x4.loadSplat(first.get));
          return v128.store(row.at(to), f32x4.sub(shifted, shift.get));
        }),
        ...first.increase(4),
        ...second.increase(8),
      ]),
    );
  }
  {
    const f = module.function("softmaxGradient", ["i32", "i32", "i32", "i32", "i32"]);
    const [rows, length, gradient, output, to] = f.parameters;
    const row = new Row(f, length);
    const total = new Total(f);
    const sum = f.local("v128");
    const y = v128.load(row.at(output));
    const g = v128.load(row.at(gradient));
    f.body(
      row.ofEach(rows, [gradient, output, to], () => [
        ...total.clear(),
        ...row.pass((mask) => total.add(f32x4.mul(g, y), mask)),
        ...sum.set(f32x4.splat(f32.fromF64(total.get))),
        ...row.pass(() => v128.store(row.at(to), f32x4.mul(f32x4.sub(g, sum.get), y))),
      ]),
    );
  }
  {
    const f = module.function("logSoftmaxGradient", ["i32", "i32", "i32", "i32", "i32"]);
    const [rows, length, gradient, output, to] = f.parameters;
    const row = new Row(f, length);
    const total = new Total(f);
    const sum = f.local("v128");
    const g = v128.load(row.at(gradient));
    f.body(
      row.ofEach(rows, [gradient, output, to], () => [
        ...total.clear(),
        ...row.pass((mask) => total.add(g, mask)),
        ...sum.set(f32x4.splat(f32.fromF64(total.get))),
        ...row.pass(() => {
          const code = new VectorCode(f);
          const power = code.exp(code.keep(v128.load(row.at(output))));
          const value = f32x4.sub(g, f32x4.mul(power, sum.get));
          return [...code.statements, ...v128.store(row.at(to), value)];
        }),
      ]),
    );
  }
  return instantiate(module, workbench) as unknown as RowKernels;
}

/** Walks through rows, a vector at a time. */
class Row {
  /** The largest element of the row, in all lanes. */
  readonly largestOf: Local;
  readonly #f: FunctionBuilder;
  readonly #length: Local;
  readonly #left: Local;
  readonly #step: Local;

  constructor(f: FunctionBuilder, length: Local) {
    this.#f = f;
    this.#length = length;
    this.#left = f.local("i32");
    this.#step = f.local("i32");
    this.largestOf = f.local("v128");
  }

  /** `body` for each row; the addresses are those of the row. */
  ofEach(rows: Local, addresses: readonly Local[], body: () => Code): Code {
    return whileLoop(
      rows.get,
      body(),
      ...addresses.map((address) => address.increase(i32.shl(this.#length.get, i32.const(2)))),
      rows.increase(-1),
    );
  }

  /** The address of the vector in its turn. */
  at(row: Local): Code {
    return i32.add(row.get, this.#step.get);
  }

  /** `body` for each vector of the row. Where the last one is not full, the others of its lanes are the next row's. */
  pass(body: (mask: Mask) => Code): Code {
    const mask = this.#f.local("v128");
    const lanes = i64x2.const(2 ** 32, 3 * 2 ** 32 + 2);
    return sequence(
      this.#step.set(i32.const(0)),
      this.#left.set(this.#length.get),
      whileLoop(
        i32.geU(this.#left.get, i32.const(4)),
        body(undefined),
        this.#step.increase(16),
        this.#left.increase(-4),
      ),
      when(this.#left.get, [...mask.set(i32x4.gtS(i32x4.splat(this.#left.get), lanes)), ...body(mask.get)]),
    );
  }

  /** Finds the largest element. NaN is none. */
  largest(row: Local): Code {
    const { largestOf } = this;
    const lowest = f32x4.const(-Infinity);
    const swapped = (by: number): Code => {
      const lanes = Array.from({ length: 16 }, (_, byte) => byte ^ by);
      return f32x4.pmax(largestOf.get, v128.shuffle(largestOf.get, largestOf.get, lanes));
    };
    return sequence(
      largestOf.set(lowest),
      this.pass((mask) => {
        const x = v128.load(this.at(row));
        return largestOf.set(
          f32x4.pmax(largestOf.get, mask === undefined ? x : v128.bitselect(x, lowest, mask)),
        );
      }),
      largestOf.set(swapped(8)),
      largestOf.set(swapped(4)),
    );
  }

  /** e^(x − largest). */
  power(row: Local, mask: Mask): Code {
    const code = new VectorCode(this.#f);
    const shifted = code.keep(f32x4.sub(v128.load(this.at(row)), this.largestOf.get));
    const power = code.exp(shifted);
    return [...code.statements, ...(mask === undefined ? power : v128.and(power, mask))];
  }
}

/** A float64 sum of float32. */
class Total {
  readonly #sums: Local;
  readonly #value: Local;

  constructor(f: FunctionBuilder) {
    this.#sums = f.local("v128");
    this.#value = f.local("v128");
  }

  clear(): Code {
    return this.#sums.set(f64x2.const(0));
  }

  /** Adds the lanes of a vector. */
  add(vector: Code, mask: Mask): Code {
    const upper = [8, 9, 10, 11, 12, 13, 14, 15];
    const value = this.#value.get;
    const halves = f64x2.add(promoteLow(value), promoteLow(v128.shuffle(value, value, [...upper, ...upper])));
    return sequence(
      this.#value.set(mask === undefined ? vector : v128.and(vector, mask)),
      this.#sums.set(f64x2.add(this.#sums.get, halves)),
    );
  }

  get get(): Code {
    return f64.add(f64x2.extract(this.#sums.get, 0), f64x2.extract(this.#sums.get, 1));
  }
}
