/** Sums by compiled kernels, in the order of `sumFloats`. */
import type { TypedArray } from "../storage.js";
import {
  type Code,
  type Floats,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  ModuleBuilder,
  type ValueType,
  v128,
  when,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { engineFloat32, engineFloat64, layOut } from "./memory.js";

/** Sums are made in groups of four columns, each of two vectors, and each vector in four levels. */
const COLUMNS = 4;
const VECTORS = 2 * COLUMNS;
const LEVELS = 4;
/** Bytes of a column, of a level and of a group. */
const COLUMN = 32;
const LEVEL = COLUMNS * COLUMN;
const GROUP = LEVELS * LEVEL;

/** Elements worked on at once, in the first-level cache. */
const CHUNK = 4_096;

/** The kernels for one element type. Addresses and steps are bytes. */
interface SumKernels {
  /** Sets a group to 0. */
  clear(group: number): void;
  /**
   * Adds rows to the lowest level of a group, and levels to those above them when it is their turn.
   * @param before how many rows the group has seen
   * @param power the logarithm of how many sums of one level make one of the next
   */
  cascade(
    rows: number,
    at: number,
    rowStep: number,
    columnStep: number,
    group: number,
    before: number,
    power: number,
  ): void;
  /** Adds all levels to the lowest. */
  fold(group: number): void;
  /** The sum of the lowest level, some more columns and some more elements, which lie behind them. */
  total(columns: number, elements: number, at: number, group: number): number;
}

interface Setting {
  readonly kernels: SumKernels;
  /** Elements of a column. */
  readonly lanes: number;
  readonly bytes: number;
}

let float32: Setting | undefined;
let float64: Setting | undefined;

/**
 * Adds sums to `out`, as `AddSums` in `sum.ts` does.
 * @returns how many of them, from the first on; the others are left to plain JavaScript
 */
export function addSumsCompiled(
  out: TypedArray,
  outAt: number,
  outStep: number,
  size: number,
  data: TypedArray,
  at: number,
  step: number,
  rows: number,
  rowStep: number,
): number {
  if (!features.simd) return 0;
  const single = out instanceof Float32Array;
  if (single) float32 ??= build(f32x4, f32, "f32");
  else float64 ??= build(f64x2, f64, "f64");
  const setting = (single ? float32 : float64)!;
  const memory = single ? engineFloat32 : engineFloat64;
  const together = COLUMNS * setting.lanes;
  if (rowStep === 1 && rows >= together) {
    const places = layOut([GROUP / setting.bytes, CHUNK], setting.bytes);
    if (places === null) return 0;
    const [group, chunk] = places;
    for (let j = 0; j < size; j++)
      out[outAt + j * outStep] += sumOfRow(setting, memory(), group, chunk, data, at + j * step, rows);
    return size;
  }
  const groups = Math.floor(size / together);
  if (step !== 1 || groups === 0 || rowStep < size || rowStep > 2 * size) return 0;
  const perChunk = Math.max(1, Math.floor(CHUNK / rowStep));
  const places = layOut([(groups * GROUP) / setting.bytes, perChunk * rowStep], setting.bytes);
  if (places === null) return 0;
  const [first, chunk] = places;
  addColumns(setting, memory(), first, chunk, groups, data, at, rows, rowStep, perChunk);
  for (let g = 0, k = 0; g < groups; g++)
    for (let l = 0, p = (first + g * GROUP) / setting.bytes; l < together; l++, k++, p++)
      out[outAt + k * outStep] += memory()[p];
  return groups * together;
}

/** The logarithm of how many sums of one level make one of the next. */
function powerOf(rows: number): number {
  return Math.max(4, Math.ceil(Math.log2(rows)) >> 2);
}

/** The sum of elements that lie side by side. */
function sumOfRow(
  { kernels, lanes, bytes }: Setting,
  memory: Float32Array | Float64Array,
  group: number,
  chunk: number,
  data: TypedArray,
  at: number,
  count: number,
): number {
  const together = COLUMNS * lanes;
  const rows = Math.floor(count / together);
  const power = powerOf(rows);
  let rest = chunk;
  kernels.clear(group);
  for (let from = 0; from < count; from += CHUNK) {
    const here = Math.min(CHUNK, count - from);
    memory.set(data.subarray(at + from, at + from + here), chunk / bytes);
    const whole = Math.floor(here / together);
    kernels.cascade(whole, chunk, LEVEL, COLUMN, group, from / together, power);
    rest = chunk + whole * LEVEL;
  }
  if (rows >= 1 << power) kernels.fold(group);
  const left = count - rows * together;
  const columns = Math.floor(left / lanes);
  return kernels.total(columns, left - columns * lanes, rest, group);
}

/** Sums over rows, for columns that lie side by side: in the lowest level of the groups. */
function addColumns(
  { kernels, bytes }: Setting,
  memory: Float32Array | Float64Array,
  first: number,
  chunk: number,
  groups: number,
  data: TypedArray,
  at: number,
  rows: number,
  rowStep: number,
  perChunk: number,
): void {
  const power = powerOf(rows);
  for (let g = 0; g < groups; g++) kernels.clear(first + g * GROUP);
  for (let from = 0; from < rows; from += perChunk) {
    const here = Math.min(perChunk, rows - from);
    const start = at + from * rowStep;
    memory.set(data.subarray(start, start + here * rowStep), chunk / bytes);
    for (let g = 0; g < groups; g++)
      kernels.cascade(here, chunk + g * LEVEL, rowStep * bytes, COLUMN, first + g * GROUP, from, power);
  }
  if (rows >= 1 << power) for (let g = 0; g < groups; g++) kernels.fold(first + g * GROUP);
}

function build(floats: Floats, scalar: typeof f32 | typeof f64, type: ValueType): Setting {
  const { bytes } = floats;
  const lanes = COLUMN / bytes;
  const module = new ModuleBuilder();
  const vectors = Array.from({ length: VECTORS }, (_, v) => v);
  const zero = floats.const(0);
  {
    const f = module.function("clear", ["i32"]);
    const [group] = f.parameters;
    f.body(...Array.from({ length: GROUP / 16 }, (_, v) => v128.store(group.get, zero, 16 * v)));
  }
  {
    const f = module.function("cascade", ["i32", "i32", "i32", "i32", "i32", "i32", "i32"]);
    const [rows, at, rowStep, columnStep, group, count, power] = f.parameters;
    const sums = f.locals(VECTORS, "v128");
    const columns = f.locals(COLUMNS, "i32");
    const mask = f.local("i32");
    const level = (j: number, v: number): Code => v128.load(group.get, j * LEVEL + 16 * v);
    /** Level j, with `value` added to it. */
    const raise = (j: number, value: (v: number) => Code): Code =>
      vectors.flatMap((v) => v128.store(group.get, floats.add(level(j, v), value(v)), j * LEVEL + 16 * v));
    const reset = (j: number): Code =>
      vectors.flatMap((v) => v128.store(group.get, zero, j * LEVEL + 16 * v));
    const isTurn = (bits: Code): Code => i32.eqz(i32.and(count.get, bits));
    const shifted = (by: Code): Code => i32.shl(mask.get, by);
    f.body(
      mask.set(i32.add(i32.shl(i32.const(1), power.get), i32.const(-1))),
      ...columns.map((column, c) =>
        column.set(c === 0 ? at.get : i32.add(columns[c - 1].get, columnStep.get)),
      ),
      ...sums.map((sum, v) => sum.set(level(0, v))),
      whileLoop(
        rows.get,
        ...sums.map((sum, v) => sum.set(floats.add(sum.get, v128.load(columns[v >> 1].get, 16 * (v & 1))))),
        ...columns.map((column) => column.increase(rowStep.get)),
        count.increase(1),
        rows.increase(-1),
        when(isTurn(mask.get), [
          ...raise(1, (v) => sums[v].get),
          ...sums.flatMap((sum) => sum.set(zero)),
          ...when(isTurn(shifted(power.get)), [
            ...raise(2, (v) => level(1, v)),
            ...reset(1),
            ...when(isTurn(shifted(i32.shl(power.get, i32.const(1)))), [
              ...raise(3, (v) => level(2, v)),
              ...reset(2),
            ]),
          ]),
        ]),
      ),
      ...sums.map((sum, v) => v128.store(group.get, sum.get, 16 * v)),
    );
  }
  {
    const f = module.function("fold", ["i32"]);
    const [group] = f.parameters;
    const level = (j: number, v: number): Code => v128.load(group.get, j * LEVEL + 16 * v);
    f.body(
      ...vectors.map((v) =>
        v128.store(group.get, [1, 2, 3].map((j) => level(j, v)).reduce(floats.add, level(0, v)), 16 * v),
      ),
    );
  }
  {
    const f = module.function("total", ["i32", "i32", "i32", "i32"], [type]);
    const [columns, elements, at, group] = f.parameters;
    const sums = f.locals(2, "v128");
    const rest = f.local(type);
    f.body(
      ...sums.map((sum, h) => sum.set(v128.load(group.get, 16 * h))),
      whileLoop(
        columns.get,
        ...sums.map((sum, h) => sum.set(floats.add(sum.get, v128.load(at.get, 16 * h)))),
        at.increase(COLUMN),
        columns.increase(-1),
      ),
      ...[1, 2, 3].flatMap((c) =>
        sums.map((sum, h) => sum.set(floats.add(sum.get, v128.load(group.get, c * COLUMN + 16 * h)))),
      ),
      rest.set(scalar.const(0)),
      whileLoop(
        elements.get,
        rest.set(scalar.add(rest.get, scalar.load(at.get))),
        at.increase(bytes),
        elements.increase(-1),
      ),
      ...Array.from({ length: lanes }, (_, l) =>
        rest.set(
          scalar.add(rest.get, floats.extract(sums[Math.floor(l / floats.lanes)].get, l % floats.lanes)),
        ),
      ),
      rest.get,
    );
  }
  return { kernels: instantiate(module) as unknown as SumKernels, lanes, bytes };
}
