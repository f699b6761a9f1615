/** The largest elements of windows by compiled kernels: as many windows at once as a vector has lanes. */
import type { Windows } from "../pooling.js";
import type { TypedArray } from "../storage.js";
import {
  type Code,
  type Floats,
  f32x4,
  f64x2,
  i32,
  i32x4,
  ModuleBuilder,
  sequence,
  type ValueType,
  v128,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { engineFloat32, engineFloat64, engineMemory, layOut } from "./memory.js";

/** Elements worked on at once; at least one plane. */
const CHUNK = 8_192;

/**
 * Windows of one plane after the other. Bands are the vertical extents of windows, two numbers each: where it begins
 * and ends. Groups are horizontal extents that are worked on together: how many elements each has, where each begins,
 * twice over in float64, and where their results lie in a row.
 */
type Kernel = (
  planes: number,
  input: number,
  height: number,
  width: number,
  bands: number,
  bandsAt: number,
  bandStep: number,
  groups: number,
  groupsAt: number,
  columnStep: number,
  columns: number,
  out: number,
  positions: number,
) => void;

interface Setting {
  readonly kernel: Kernel;
  readonly lanes: number;
  readonly bytes: number;
}

let float32: Setting | undefined;
let float64: Setting | undefined;

/** As `maxOfWindows`. @returns false, with nothing done, where it cannot be compiled */
export function maxOfWindowsCompiled(
  vertical: Windows,
  horizontal: Windows,
  input: TypedArray,
  offset: number,
  planes: number,
  out: TypedArray,
  positions: TypedArray,
): boolean {
  const isSingle = input instanceof Float32Array;
  if (!features.simd || !(isSingle || input instanceof Float64Array)) return false;
  if (isSingle) float32 ??= build(f32x4);
  else float64 ??= build(f64x2);
  const { kernel, lanes, bytes } = (isSingle ? float32 : float64)!;
  const bands = vertical.starts.flatMap((start, k) => [start, vertical.ends[k]]);
  const groups = groupsOf(horizontal, lanes);
  const plane = vertical.size * horizontal.size;
  const columns = horizontal.starts.length;
  const perPlane = vertical.starts.length * columns;
  const perChunk = Math.min(planes, Math.max(1, Math.floor(CHUNK / plane)));
  const lengths = [plane, perPlane, perPlane].map((count) => perChunk * count);
  const places = layOut([...lengths, bands.length, groups.length], bytes);
  if (places === null) return false;
  const [inputAt, outAt, positionsAt, bandsAt, groupsAt] = places;
  const memory = isSingle ? engineFloat32() : engineFloat64();
  const integers = new Int32Array(engineMemory().buffer);
  integers.set(bands, bandsAt / 4);
  integers.set(groups, groupsAt / 4);
  for (let from = 0; from < planes; from += perChunk) {
    const count = Math.min(perChunk, planes - from);
    const start = offset + from * plane;
    memory.set(input.subarray(start, start + count * plane), inputAt / bytes);
    kernel(
      ...([count, inputAt, vertical.size, horizontal.size] as const),
      ...([vertical.starts.length, bandsAt, vertical.step] as const),
      ...([groups.length / groupLength(lanes), groupsAt, horizontal.step, columns] as const),
      ...([outAt, positionsAt] as const),
    );
    const results = count * perPlane;
    out.set(memory.subarray(outAt / bytes, outAt / bytes + results), from * perPlane);
    positions.set(integers.subarray(positionsAt / 4, positionsAt / 4 + results), from * perPlane);
  }
  return true;
}

/** Numbers of a group: the size, the starts in all four lanes of 32 bits, the places. */
function groupLength(lanes: number): number {
  return 1 + 4 + lanes;
}

/** Windows with as many elements are put together; a group that is not full has its last one again. */
function groupsOf({ starts, ends, step }: Windows, lanes: number): number[] {
  const bySize = new Map<number, number[]>();
  for (const [k, start] of starts.entries()) {
    const size = Math.max(0, Math.ceil((ends[k] - start) / step));
    bySize.set(size, [...(bySize.get(size) ?? []), k]);
  }
  const groups: number[] = [];
  for (const [size, windows] of bySize) {
    for (let from = 0; from < windows.length; from += lanes) {
      const members = Array.from(
        { length: lanes },
        (_, l) => windows[Math.min(from + l, windows.length - 1)],
      );
      const firsts = members.flatMap((k) => new Array<number>(4 / lanes).fill(starts[k]));
      groups.push(size, ...firsts, ...members);
    }
  }
  return groups;
}

function build(floats: Floats): Setting {
  const { bytes, lanes } = floats;
  const module = new ModuleBuilder();
  const f = module.function("run", new Array<ValueType>(13).fill("i32"));
  const [planes, input, height, width, bands, bandsAt, bandStep, groups, groupsAt, columnStep, columns] =
    f.parameters;
  const [out, positions] = f.parameters.slice(11);
  const [band, bandsLeft, group, groupsLeft, row, left, place] = f.locals(7, "i32");
  const pointers = f.locals(lanes, "i32");
  const [largest, position, value, index, isLarger] = f.locals(5, "v128");
  const lane = Array.from({ length: lanes }, (_, l) => l);
  const inBytes = (count: Code): Code => i32.mul(count, i32.const(bytes));
  const rowStart = i32.mul(row.get, width.get);
  const start = (l: number): Code => i32.load(group.get, 4 + (16 / lanes) * l);

  const visit = sequence(
    ...lane.map((l) =>
      value.set(l === 0 ? floats.loadSplat(pointers[0].get) : floats.loadLane(pointers[l].get, value.get, l)),
    ),
    // Once a NaN is the largest, only another one replaces it.
    isLarger.set(v128.or(floats.gt(value.get, largest.get), floats.ne(value.get, value.get))),
    largest.set(v128.bitselect(value.get, largest.get, isLarger.get)),
    position.set(v128.bitselect(index.get, position.get, isLarger.get)),
    index.set(i32x4.add(index.get, i32x4.splat(columnStep.get))),
    ...pointers.map((pointer) => pointer.increase(inBytes(columnStep.get))),
  );
  const window = sequence(
    largest.set(floats.const(-Infinity)),
    row.set(i32.load(band.get)),
    position.set(i32x4.add(v128.load(group.get, 4), i32x4.splat(rowStart))),
    whileLoop(
      i32.ltU(row.get, i32.load(band.get, 4)),
      index.set(i32x4.add(v128.load(group.get, 4), i32x4.splat(rowStart))),
      ...pointers.map((pointer, l) => pointer.set(i32.add(input.get, inBytes(i32.add(rowStart, start(l)))))),
      left.set(i32.load(group.get)),
      whileLoop(left.get, visit, left.increase(-1)),
      row.increase(bandStep.get),
    ),
    ...lane.map((l) =>
      sequence(
        place.set(i32.load(group.get, 20 + 4 * l)),
        floats.storeLane(i32.add(out.get, inBytes(place.get)), largest.get, l),
        f32x4.storeLane(
          i32.add(positions.get, i32.shl(place.get, i32.const(2))),
          position.get,
          (4 / lanes) * l,
        ),
      ),
    ),
  );
  f.body(
    whileLoop(
      planes.get,
      band.set(bandsAt.get),
      bandsLeft.set(bands.get),
      whileLoop(
        bandsLeft.get,
        group.set(groupsAt.get),
        groupsLeft.set(groups.get),
        whileLoop(groupsLeft.get, window, group.increase(4 * groupLength(lanes)), groupsLeft.increase(-1)),
        out.increase(inBytes(columns.get)),
        positions.increase(i32.shl(columns.get, i32.const(2))),
        band.increase(8),
        bandsLeft.increase(-1),
      ),
      input.increase(inBytes(i32.mul(height.get, width.get))),
      planes.increase(-1),
    ),
  );
  return { kernel: instantiate(module).run as Kernel, lanes, bytes };
}
