/**
 * Convolutions as WebAssembly. What a kernel element sees of an image lies a fixed distance away from the output
 * position, so the patches are never made: a table of distances takes the place of their matrix.
 */
import {
  type Code,
  clearBytes,
  type Floats,
  type FunctionBuilder,
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
import type { KernelMemory } from "./kernel-memory.js";
import { engine } from "./memory.js";
import { workbench } from "./workbench.js";

/** Rows and vectors of a tile: as in `gemm.ts`, its eight sums stay in registers. */
export const TILE_ROWS = 4;
export const TILE_VECTORS = 2;

/** The kernels for one element type. */
export interface ConvolutionKernels {
  readonly memory: KernelMemory;
  readonly bytes: number;
  /** Positions of a tile. */
  readonly positions: number;
  /**
   * `clear` (an address and a number of bytes), `copyBlocks`, `convolve` and `weigh`, whose parameters are listed below:
   * addresses, steps and distances are bytes.
   */
  readonly functions: Functions;
}

/** Copies blocks of rows, one for each plane of each image. */
export const COPY_BLOCKS = [
  "images",
  "planes",
  "height",
  "width",
  "from",
  "fromImage",
  "fromPlane",
  "fromRow",
  "fromColumn",
  "to",
  "toImage",
  "toPlane",
  "toRow",
  "toColumn",
] as const;

/**
 * out[row, p] = starts[row] + Σ_k weights[row, k] · image[p + table[k]] for tiles of positions p and tiles of rows; k goes
 * up to `depth`. Weights lie tile by tile of rows, those of a table entry side by side. Without `starts` (0) the sums go on
 * from what `out` holds.
 */
export const CONVOLVE = [
  "tiles",
  "images",
  "rowTiles",
  "depth",
  "table",
  "weights",
  "weightsTile",
  "starts",
  "image",
  "imageStep",
  "out",
  "outImage",
  "outRow",
] as const;

/**
 * sums[row, k] += Σ_p rows[row, p] · image[p + table[k]] for tiles of positions p, tiles of rows, and pairs of table
 * entries. The sums of a pair and a tile lie together, row by row.
 */
export const WEIGH = [
  "pairs",
  "images",
  "rowTiles",
  "tiles",
  "table",
  "rows",
  "rowsImage",
  "rowsRow",
  "image",
  "imageStep",
  "sums",
  "sumsTile",
] as const;

/** A value for each parameter of a kernel. */
export type Values<Names extends readonly string[]> = Readonly<Record<Names[number], number>>;

const built: Map<string, ConvolutionKernels> = new Map();

/**
 * The kernels for numbers of so many bytes: those of the engine's memory, in whose calls other threads can take part, or
 * those of the calling thread's own.
 */
export function convolutionKernels(bytes: 4 | 8, isShared: boolean): ConvolutionKernels {
  const key = `${bytes} ${isShared}`;
  let kernels = built.get(key);
  if (kernels === undefined) {
    const memory = isShared ? engine : workbench;
    kernels = bytes === 4 ? build(f32x4, relaxedMadd.f32x4, memory) : build(f64x2, relaxedMadd.f64x2, memory);
    built.set(key, kernels);
  }
  return kernels;
}

type Fused = (a: Code, b: Code, c: Code) => Code;

function build(floats: Floats, madd: Fused, memory: KernelMemory): ConvolutionKernels {
  const module = new ModuleBuilder();
  const fused: Fused = features.fma ? madd : (a, b, c) => floats.add(c, floats.mul(a, b));
  addConvolve(module, floats, fused);
  addWeigh(module, floats, fused);
  addCopyBlocks(module, floats);
  addClear(module);
  const functions = instantiate(module, memory);
  return { memory, bytes: floats.bytes, positions: TILE_VECTORS * floats.lanes, functions };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

/** A function of whole numbers with these names. */
function functionOf<const Names extends readonly string[]>(
  module: ModuleBuilder,
  name: string,
  names: Names,
): [FunctionBuilder, Readonly<Record<Names[number], Local>>] {
  const f = module.function(name, new Array<ValueType>(names.length).fill("i32"));
  const parameters = Object.fromEntries(names.map((key, k) => [key, f.parameters[k]]));
  return [f, parameters as Record<Names[number], Local>];
}

/** `body` so many times; `left` counts them. */
function times(left: Local, count: Code, ...body: readonly Code[]): Code {
  return sequence(left.set(count), whileLoop(left.get, ...body, left.increase(-1)));
}

function addConvolve(module: ModuleBuilder, floats: Floats, fused: Fused): void {
  const [f, parameters] = functionOf(module, "convolve", CONVOLVE);
  const { tiles, images, rowTiles, depth, table, weights, weightsTile, starts } = parameters;
  const { image, imageStep, out, outImage, outRow } = parameters;
  const [tilesLeft, rowTilesLeft, left, seen, target, entry, at, weight, start] = f.locals(9, "i32");
  const targets = f.locals(TILE_ROWS, "i32");
  const sums = range(TILE_ROWS).map(() => f.locals(TILE_VECTORS, "v128"));
  const y = f.locals(TILE_VECTORS, "v128");
  const x = f.local("v128");
  const eachSum = (code: (sum: Local, row: number, vector: number) => Code): Code =>
    sums.flatMap((vectors, row) => vectors.flatMap((sum, vector) => code(sum, row, vector)));
  const tile = sequence(
    ...targets.map((row, r) => row.set(r === 0 ? target.get : i32.add(targets[r - 1].get, outRow.get))),
    when(
      start.get,
      sequence(
        ...sums.map(([first, ...others], row) =>
          sequence(
            first.set(floats.loadSplat(start.get, row * floats.bytes)),
            ...others.map((sum) => sum.set(first.get)),
          ),
        ),
        start.increase(TILE_ROWS * floats.bytes),
      ),
      eachSum((sum, row, vector) => sum.set(v128.load(targets[row].get, 16 * vector))),
    ),
    entry.set(table.get),
    times(
      left,
      depth.get,
      at.set(i32.add(seen.get, i32.load(entry.get))),
      ...y.map((local, vector) => local.set(v128.load(at.get, 16 * vector))),
      ...sums.map((vectors, row) =>
        sequence(
          x.set(floats.loadSplat(weight.get, row * floats.bytes)),
          ...vectors.map((sum, vector) => sum.set(fused(x.get, y[vector].get, sum.get))),
        ),
      ),
      weight.increase(TILE_ROWS * floats.bytes),
      entry.increase(4),
    ),
    eachSum((sum, row, vector) => v128.store(targets[row].get, sum.get, 16 * vector)),
  );
  const rows = i32.mul(depth.get, i32.const(TILE_ROWS * floats.bytes));
  f.body(
    whileLoop(
      images.get,
      seen.set(image.get),
      times(
        tilesLeft,
        tiles.get,
        target.set(i32.add(out.get, i32.sub(seen.get, image.get))),
        weight.set(weights.get),
        start.set(starts.get),
        times(
          rowTilesLeft,
          rowTiles.get,
          tile,
          target.increase(i32.shl(outRow.get, i32.const(Math.log2(TILE_ROWS)))),
          weight.increase(i32.sub(weightsTile.get, rows)),
        ),
        seen.increase(16 * TILE_VECTORS),
      ),
      image.increase(imageStep.get),
      out.increase(outImage.get),
      images.increase(-1),
    ),
  );
}

function addWeigh(module: ModuleBuilder, floats: Floats, fused: Fused): void {
  const [f, parameters] = functionOf(module, "weigh", WEIGH);
  const { pairs, images, rowTiles, tiles, table, rows, rowsImage, rowsRow } = parameters;
  const { image, imageStep, sums, sumsTile } = parameters;
  const [rowTilesLeft, pairsLeft, left, entry, tileRows, sum, sumTile] = f.locals(7, "i32");
  const ys = f.locals(TILE_ROWS, "i32");
  const xs = f.locals(2, "i32");
  const totals = range(TILE_ROWS).map(() => f.locals(2, "v128"));
  const x = f.locals(2, "v128");
  const y = f.local("v128");
  const added = lanesAdded(
    floats,
    totals.flat().map(({ get }) => get),
  );
  const pair = sequence(
    ...ys.map((local, r) => local.set(r === 0 ? tileRows.get : i32.add(ys[r - 1].get, rowsRow.get))),
    ...xs.map((local, k) => local.set(i32.add(image.get, i32.load(entry.get, 4 * k)))),
    ...totals.flat().map((total) => total.set(floats.const(0))),
    times(
      left,
      // One vector a turn: with two of them the sums no longer stay in registers, and it takes half as long again.
      i32.mul(tiles.get, i32.const(TILE_VECTORS)),
      ...x.map((local, k) => local.set(v128.load(xs[k].get))),
      ...totals.map((pairOfRow, row) =>
        sequence(
          y.set(v128.load(ys[row].get)),
          ...pairOfRow.map((total, k) => total.set(fused(y.get, x[k].get, total.get))),
        ),
      ),
      ...[...xs, ...ys].map((local) => local.increase(16)),
    ),
    ...added.map((value, k) => v128.store(sum.get, floats.add(v128.load(sum.get, 16 * k), value), 16 * k)),
    sum.increase(2 * TILE_ROWS * floats.bytes),
    entry.increase(8),
  );
  f.body(
    whileLoop(
      images.get,
      tileRows.set(rows.get),
      sumTile.set(sums.get),
      times(
        rowTilesLeft,
        rowTiles.get,
        entry.set(table.get),
        sum.set(sumTile.get),
        times(pairsLeft, pairs.get, pair),
        tileRows.increase(i32.shl(rowsRow.get, i32.const(Math.log2(TILE_ROWS)))),
        sumTile.increase(sumsTile.get),
      ),
      rows.increase(rowsImage.get),
      image.increase(imageStep.get),
      images.increase(-1),
    ),
  );
}

/** The sums of each vector's lanes, as vectors. */
function lanesAdded(floats: Floats, vectors: readonly Code[], summands: number = floats.lanes): Code[] {
  if (summands === 1) return [...vectors];
  const even = range(floats.lanes).map((lane) => 2 * lane);
  const odd = even.map((lane) => lane + 1);
  const halved = range(vectors.length / 2).map((k) => {
    const [a, b] = vectors.slice(2 * k, 2 * k + 2);
    return floats.add(pickLanes(floats, a, b, even), pickLanes(floats, a, b, odd));
  });
  return lanesAdded(floats, halved, summands / 2);
}

function addClear(module: ModuleBuilder): void {
  const f = module.function("clear", ["i32", "i32"]);
  f.body(clearBytes(f.parameters[0].get, f.parameters[1].get));
}

function addCopyBlocks(module: ModuleBuilder, { bytes, lanes, loadSplat, storeLane }: Floats): void {
  const [f, parameters] = functionOf(module, "copyBlocks", COPY_BLOCKS);
  const { images, planes, height, width, from, fromColumn, to, toColumn } = parameters;
  const [planesLeft, rowsLeft, left, source, target] = f.locals(5, "i32");
  const [sourcePlane, targetPlane, sourceRow, targetRow] = f.locals(4, "i32");
  const areSideBySide = i32.and(
    i32.eq(fromColumn.get, i32.const(bytes)),
    i32.eq(toColumn.get, i32.const(bytes)),
  );
  const copyVector = v128.store(target.get, v128.load(source.get));
  const shift = (by: number | Code): Code => sequence(source.increase(by), target.increase(by));
  const missing = i32.mul(i32.sub(left.get, i32.const(lanes)), i32.const(bytes));
  f.body(
    whileLoop(
      images.get,
      sourcePlane.set(from.get),
      targetPlane.set(to.get),
      times(
        planesLeft,
        planes.get,
        sourceRow.set(sourcePlane.get),
        targetRow.set(targetPlane.get),
        times(
          rowsLeft,
          height.get,
          source.set(sourceRow.get),
          target.set(targetRow.get),
          left.set(width.get),
          when(
            i32.and(areSideBySide, i32.geU(width.get, i32.const(lanes))),
            sequence(
              whileLoop(i32.geU(left.get, i32.const(lanes)), copyVector, shift(16), left.increase(-lanes)),
              // The last vector begins so far before the end that it is full.
              when(left.get, sequence(shift(missing), copyVector)),
            ),
            whileLoop(
              left.get,
              storeLane(target.get, loadSplat(source.get), 0),
              source.increase(fromColumn.get),
              target.increase(toColumn.get),
              left.increase(-1),
            ),
          ),
          sourceRow.increase(parameters.fromRow.get),
          targetRow.increase(parameters.toRow.get),
        ),
        sourcePlane.increase(parameters.fromPlane.get),
        targetPlane.increase(parameters.toPlane.get),
      ),
      from.increase(parameters.fromImage.get),
      to.increase(parameters.toImage.get),
      images.increase(-1),
    ),
  );
}
