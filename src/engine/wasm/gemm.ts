/**
 * The matrix product as WebAssembly: tiles of four rows and two vectors of columns whose eight sums stay in registers.
 */
import {
  type Code,
  type Floats,
  f32x4,
  f64x2,
  i32,
  type Local,
  ModuleBuilder,
  pickLanes,
  relaxedMadd,
  sequence,
  type ValueType,
  v128,
  when,
  whileLoop,
} from "./assembler.js";
import { type Functions, instantiate } from "./compile.js";
import { features } from "./features.js";

/** Rows of a tile. */
export const TILE_ROWS = 4;
/** Vectors in a row of a tile. */
const TILE_VECTORS = 2;

/** The kernels for one element type. Addresses and strides are bytes. */
export interface GemmKernels {
  /** Columns of a tile. */
  readonly columns: number;
  /** Bytes of an element. */
  readonly bytes: number;
  /** The module, to be called in chunks. */
  readonly functions: Functions;
  /**
   * c[m×n] += a[m×k] · b[k×n], where n is a whole number of tiles, and the columns of each tile of b lie side by side
   * (`bTileStride` is how far its tiles lie apart). Each sum goes on from what c holds, one product after the other, so
   * that it does not matter into how many calls k is divided.
   */
  multiply(
    m: number,
    n: number,
    k: number,
    a: number,
    aRowStride: number,
    aColumnStride: number,
    b: number,
    bRowStride: number,
    bTileStride: number,
    c: number,
    cRowStride: number,
  ): void;
  /** Packs k rows of one tile's columns, which lie side by side; `width` of them exist, the others become 0. */
  packRows(k: number, b: number, rowStride: number, width: number, packed: number): void;
  /** Packs one tile's columns, in each of which the k elements lie side by side. */
  packColumns(k: number, b: number, columnStride: number, width: number, packed: number): void;
  /** Moves the rows of c together from `cRowStride` to n elements, and adds the bias if its address is not 0. */
  finish(m: number, n: number, c: number, cRowStride: number, bias: number): void;
}

let float32: GemmKernels | undefined;
let float64: GemmKernels | undefined;

export function gemmFloat32(): GemmKernels {
  float32 ??= build(f32x4, relaxedMadd.f32x4);
  return float32;
}

export function gemmFloat64(): GemmKernels {
  float64 ??= build(f64x2, relaxedMadd.f64x2);
  return float64;
}

function build(floats: Floats, madd: (a: Code, b: Code, c: Code) => Code): GemmKernels {
  const module = new ModuleBuilder();
  const fused = features.fma ? madd : (a: Code, b: Code, c: Code) => floats.add(c, floats.mul(a, b));
  addMultiply(module, floats, fused);
  addPacking(module, floats);
  addFinish(module, floats);
  const functions: Functions = instantiate(module);
  return {
    columns: TILE_VECTORS * floats.lanes,
    bytes: floats.bytes,
    functions,
    ...(functions as unknown as Pick<GemmKernels, "multiply" | "packRows" | "packColumns" | "finish">),
  };
}

function addMultiply(
  module: ModuleBuilder,
  floats: Floats,
  fused: (a: Code, b: Code, c: Code) => Code,
): void {
  const tileBytes = TILE_VECTORS * 16;
  /** One tile of `rows` rows. */
  const tileOf = (rows: number) => {
    const f = module.function(`tile${rows}`, Array<ValueType>(8).fill("i32"));
    const [k, a, aRowStride, aColumnStride, b, bRowStride, c, cRowStride] = f.parameters;
    const sums = Array.from({ length: rows }, () => f.locals(TILE_VECTORS, "v128"));
    const aRows = f.locals(rows, "i32");
    const cRows = f.locals(rows, "i32");
    const y = f.locals(TILE_VECTORS, "v128");
    const x = f.local("v128");
    const each = (code: (row: number, vector: number) => Code): Code =>
      sums.flatMap((vectors, row) => vectors.flatMap((_, vector) => code(row, vector)));
    const rowAddresses = (addresses: readonly Local[], start: Local, stride: Local): Code =>
      addresses.flatMap((address, row) =>
        address.set(row === 0 ? start.get : i32.add(addresses[row - 1].get, stride.get)),
      );
    f.body(
      rowAddresses(aRows, a, aRowStride),
      rowAddresses(cRows, c, cRowStride),
      each((row, vector) => sums[row][vector].set(v128.load(cRows[row].get, 16 * vector))),
      whileLoop(
        k.get,
        sequence(...y.map((local, vector) => local.set(v128.load(b.get, 16 * vector)))),
        ...sums.map((vectors, row) =>
          sequence(
            x.set(floats.loadSplat(aRows[row].get)),
            ...vectors.map((sum, vector) => sum.set(fused(x.get, y[vector].get, sum.get))),
            aRows[row].increase(aColumnStride.get),
          ),
        ),
        b.increase(bRowStride.get),
        k.increase(-1),
      ),
      each((row, vector) => v128.store(cRows[row].get, sums[row][vector].get, 16 * vector)),
    );
    return f;
  };
  const tiles = [1, 2, 3, 4].map(tileOf);
  const full = tiles[TILE_ROWS - 1];

  const f = module.function("multiply", Array<ValueType>(11).fill("i32"));
  const [m, n, k, a, aRowStride, aColumnStride, b, bRowStride, bTileStride, c, cRowStride] = f.parameters;
  const [left, aTile, cTile] = f.locals(3, "i32");
  const operands = [k, aTile, aRowStride, aColumnStride, b, bRowStride, cTile, cRowStride].map(
    ({ get }) => get,
  );
  const fourRows = (stride: Local): Code => i32.shl(stride.get, i32.const(2));
  f.body(
    whileLoop(
      n.get,
      left.set(m.get),
      aTile.set(a.get),
      cTile.set(c.get),
      whileLoop(
        i32.geU(left.get, i32.const(TILE_ROWS)),
        full.call(...operands),
        aTile.increase(fourRows(aRowStride)),
        cTile.increase(fourRows(cRowStride)),
        left.increase(-TILE_ROWS),
      ),
      ...tiles
        .slice(0, TILE_ROWS - 1)
        .map((tile, row) => when(i32.eq(left.get, i32.const(row + 1)), tile.call(...operands))),
      b.increase(bTileStride.get),
      c.increase(tileBytes),
      n.increase(-TILE_VECTORS * floats.lanes),
    ),
  );
}

function addPacking(module: ModuleBuilder, floats: Floats): void {
  const { lanes, bytes } = floats;
  const columns = TILE_VECTORS * lanes;
  const put = (to: Code, value: Code): Code => floats.storeLane(to, value, 0);
  const copy = (to: Code, from: Code): Code => put(to, floats.loadSplat(from));
  const zero = floats.const(0);
  {
    const f = module.function("packRows", ["i32", "i32", "i32", "i32", "i32"]);
    const [k, b, rowStride, width, packed] = f.parameters;
    const [left, from, to] = f.locals(3, "i32");
    f.body(
      when(
        i32.eq(width.get, i32.const(columns)),
        whileLoop(
          k.get,
          ...range(TILE_VECTORS).map((v) => v128.store(packed.get, v128.load(b.get, 16 * v), 16 * v)),
          b.increase(rowStride.get),
          packed.increase(TILE_VECTORS * 16),
          k.increase(-1),
        ),
        whileLoop(
          k.get,
          ...range(TILE_VECTORS).map((v) => v128.store(packed.get, zero, 16 * v)),
          left.set(width.get),
          from.set(b.get),
          to.set(packed.get),
          whileLoop(
            left.get,
            copy(to.get, from.get),
            from.increase(bytes),
            to.increase(bytes),
            left.increase(-1),
          ),
          b.increase(rowStride.get),
          packed.increase(TILE_VECTORS * 16),
          k.increase(-1),
        ),
      ),
    );
  }
  {
    const f = module.function("packColumns", ["i32", "i32", "i32", "i32", "i32"]);
    const [k, b, columnStride, width, packed] = f.parameters;
    const [left, from, to, column] = f.locals(4, "i32");
    const rows = f.locals(lanes, "i32");
    const vectors = f.locals(lanes, "v128");
    const group = f.local("i32");
    // As many rows at once as a vector has lanes: a square that is transposed in registers.
    const squares = sequence(
      left.set(k.get),
      from.set(b.get),
      to.set(packed.get),
      whileLoop(
        i32.geU(left.get, i32.const(lanes)),
        ...range(TILE_VECTORS).map((v) =>
          sequence(
            ...rows.map((row, l) =>
              row.set(
                l === 0
                  ? v === 0
                    ? from.get
                    : i32.add(from.get, i32.mul(columnStride.get, i32.const(v * lanes)))
                  : i32.add(rows[l - 1].get, columnStride.get),
              ),
            ),
            ...vectors.map((vector, l) => vector.set(v128.load(rows[l].get))),
            ...transposed(floats, vectors).map((value, l) =>
              v128.store(to.get, value, l * TILE_VECTORS * 16 + 16 * v),
            ),
          ),
        ),
        from.increase(16),
        to.increase(lanes * TILE_VECTORS * 16),
        left.increase(-lanes),
      ),
    );
    // What is left over, element by element: the last rows, or all of a tile with columns missing.
    const elements = sequence(
      column.set(i32.const(0)),
      whileLoop(
        i32.ltU(column.get, i32.const(columns)),
        rows[0].set(i32.add(from.get, i32.mul(column.get, columnStride.get))),
        rows[1].set(i32.add(to.get, i32.mul(column.get, i32.const(bytes)))),
        group.set(left.get),
        whileLoop(
          group.get,
          when(i32.ltU(column.get, width.get), copy(rows[1].get, rows[0].get), put(rows[1].get, zero)),
          rows[0].increase(bytes),
          rows[1].increase(TILE_VECTORS * 16),
          group.increase(-1),
        ),
        column.increase(1),
      ),
    );
    f.body(
      when(
        i32.eq(width.get, i32.const(columns)),
        squares,
        sequence(left.set(k.get), from.set(b.get), to.set(packed.get)),
      ),
      elements,
    );
  }
}

function addFinish(module: ModuleBuilder, floats: Floats): void {
  const f = module.function("finish", ["i32", "i32", "i32", "i32", "i32"]);
  const [m, n, c, cRowStride, bias] = f.parameters;
  const [left, from, to, add, row] = f.locals(5, "i32");
  const step = (bytes: number, load: (address: Code) => Code, store: (to: Code, value: Code) => Code): Code =>
    sequence(
      when(
        bias.get,
        sequence(store(to.get, floats.add(load(from.get), load(add.get))), add.increase(bytes)),
        store(to.get, load(from.get)),
      ),
      from.increase(bytes),
      to.increase(bytes),
      left.increase(-bytes / floats.bytes),
    );
  // A row never moves to a higher address, so nothing is overwritten before it is read.
  f.body(
    to.set(c.get),
    row.set(c.get),
    whileLoop(
      m.get,
      from.set(row.get),
      add.set(bias.get),
      left.set(n.get),
      whileLoop(i32.geU(left.get, i32.const(floats.lanes)), step(16, v128.load, v128.store)),
      whileLoop(
        left.get,
        step(floats.bytes, floats.loadSplat, (at, value) => floats.storeLane(at, value, 0)),
      ),
      row.increase(cRowStride.get),
      m.increase(-1),
    ),
  );
}

/** The rows of the square whose columns are given. */
function transposed(floats: Floats, columns: readonly Local[]): Code[] {
  const pick = (a: Code, b: Code, ...picked: number[]): Code => pickLanes(floats, a, b, picked);
  const [a, b, c, d] = columns.map(({ get }) => get);
  if (floats.lanes === 2) return [pick(a, b, 0, 2), pick(a, b, 1, 3)];
  const pairs = (first: Code, second: Code): Code => pick(first, second, 0, 1, 4, 5);
  return [
    pairs(pick(a, b, 0, 4, 0, 4), pick(c, d, 0, 4, 0, 4)),
    pairs(pick(a, b, 1, 5, 1, 5), pick(c, d, 1, 5, 1, 5)),
    pairs(pick(a, b, 2, 6, 2, 6), pick(c, d, 2, 6, 2, 6)),
    pairs(pick(a, b, 3, 7, 3, 7), pick(c, d, 3, 7, 3, 7)),
  ];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}
