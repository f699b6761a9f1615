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
  pickLanes,
  sequence,
  type ValueType,
  v128,
  when,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { layOutOnWorkbench, workbench } from "./workbench.js";

/** Elements worked on at once; at least one plane. */
const CHUNK = 8_192;
/** With neighbours so far apart or less, the elements of a vector are loaded together. */
const LARGEST_SPACING = 2;

/**
 * Windows of one plane after the other. Bands are the vertical extents of windows, two numbers each: where it begins
 * and ends. Groups are horizontal extents that are worked on together; see `groupsOf`.
 */
type Largest = (
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

/** Adds `count` values of each plane to the elements at their positions. */
type Scatter = (
  planes: number,
  count: number,
  values: number,
  positions: number,
  out: number,
  planeBytes: number,
) => void;

interface Setting {
  readonly largest: Largest;
  readonly scatter: Scatter;
  readonly lanes: number;
  readonly bytes: number;
}

let float32: Setting | undefined;
let float64: Setting | undefined;

/** Null where the machine or the types do not allow it. */
function settingFor(input: TypedArray, out: TypedArray, positions: TypedArray): Setting | null {
  const Kind = input.constructor;
  if (!features.simd || out.constructor !== Kind || !(positions instanceof Int32Array)) return null;
  if (Kind === Float32Array) {
    float32 ??= build(f32x4);
    return float32;
  }
  if (Kind !== Float64Array) return null;
  float64 ??= build(f64x2);
  return float64;
}

/** The workbench as numbers of the setting, and as whole ones; as large as it is now. */
function views({ bytes }: Setting): [Float32Array | Float64Array, Int32Array] {
  return [bytes === 4 ? workbench.float32 : workbench.float64, new Int32Array(workbench.memory.buffer)];
}

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
  const setting = settingFor(input, out, positions);
  if (setting === null) return false;
  const { largest, lanes, bytes } = setting;
  const bands = vertical.starts.flatMap((start, k) => [start, vertical.ends[k]]);
  const groups = groupsOf(horizontal, lanes);
  const plane = vertical.size * horizontal.size;
  const columns = horizontal.starts.length;
  const perPlane = vertical.starts.length * columns;
  const perChunk = Math.min(planes, Math.max(1, Math.floor(CHUNK / plane)));
  const places = layOutOnWorkbench([
    // What is loaded together may reach beyond the last element.
    perChunk * plane * bytes + 16 * LARGEST_SPACING,
    perChunk * perPlane * bytes,
    ...[perChunk * perPlane, bands.length, groups.length].map((count) => 4 * count),
  ]);
  if (places === null) return false;
  const [inputAt, outAt, positionsAt, bandsAt, groupsAt] = places;
  const [memory, integers] = views(setting);
  integers.set(bands, bandsAt / 4);
  integers.set(groups, groupsAt / 4);
  for (let from = 0; from < planes; from += perChunk) {
    const count = Math.min(perChunk, planes - from);
    const start = offset + from * plane;
    memory.set(input.subarray(start, start + count * plane), inputAt / bytes);
    largest(
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

/** As `addToPlanes`. @returns false, with nothing done, where it cannot be compiled */
export function addToPlanesCompiled(
  input: TypedArray,
  offset: number,
  planeSize: number,
  positions: TypedArray,
  perPlane: number,
  out: TypedArray,
): boolean {
  const setting = settingFor(input, out, positions);
  if (setting === null) return false;
  const { scatter, bytes } = setting;
  const planes = positions.length / perPlane;
  const perChunk = Math.min(planes, Math.max(1, Math.floor(CHUNK / planeSize)));
  const places = layOutOnWorkbench([
    ...[perChunk * perPlane * bytes, perChunk * perPlane * 4, perChunk * planeSize * bytes],
  ]);
  if (places === null) return false;
  const [valuesAt, positionsAt, outAt] = places;
  const [memory, integers] = views(setting);
  for (let from = 0; from < planes; from += perChunk) {
    const count = Math.min(perChunk, planes - from);
    const [first, end] = [from * perPlane, (from + count) * perPlane];
    memory.set(input.subarray(offset + first, offset + end), valuesAt / bytes);
    integers.set(positions.subarray(first, end), positionsAt / 4);
    const sums = memory.subarray(outAt / bytes, outAt / bytes + count * planeSize);
    sums.fill(0);
    scatter(count, perPlane, valuesAt, positionsAt, outAt, planeSize * bytes);
    out.set(sums, from * planeSize);
  }
  return true;
}

/** Numbers of a group: the size, the spacing, the starts in all four lanes of 32 bits, the places. */
function groupLength(lanes: number): number {
  return 2 + 4 + lanes;
}

/**
 * Windows with as many elements are put together: how many elements each has; how far apart the windows are, which are
 * neighbours, or 0 if they are not or if it is too far for a common load; where each begins, twice over in float64; and
 * where their results lie in a row. The last ones are in two groups where that makes a group full.
 */
function groupsOf({ starts, ends, step }: Windows, lanes: number): number[] {
  const bySize = new Map<number, number[]>();
  for (const [k, start] of starts.entries()) {
    const size = Math.max(0, Math.ceil((ends[k] - start) / step));
    const windows = bySize.get(size);
    if (windows === undefined) bySize.set(size, [k]);
    else windows.push(k);
  }
  const groups: number[] = [];
  for (const [size, windows] of bySize) {
    for (let from = 0; from < windows.length; from += lanes) {
      const first = Math.max(0, Math.min(from, windows.length - lanes));
      const members = Array.from(
        { length: lanes },
        (_, l) => windows[Math.min(first + l, windows.length - 1)],
      );
      const spacing = starts[members[1]] - starts[members[0]];
      const isEven =
        spacing >= 1 &&
        spacing <= LARGEST_SPACING &&
        members.every((k, l) => k === members[0] + l && starts[k] === starts[members[0]] + l * spacing);
      const firsts = members.flatMap((k) => new Array<number>(4 / lanes).fill(starts[k]));
      groups.push(size, isEven ? spacing : 0, ...firsts, ...members);
    }
  }
  return groups;
}

function build(floats: Floats): Setting {
  const module = new ModuleBuilder();
  addLargest(module, floats);
  addScatter(module, floats);
  const { largest, scatter } = instantiate(module, workbench);
  return {
    largest: largest as Largest,
    scatter: scatter as Scatter,
    lanes: floats.lanes,
    bytes: floats.bytes,
  };
}

function addLargest(module: ModuleBuilder, floats: Floats): void {
  const { bytes, lanes } = floats;
  const f = module.function("largest", new Array<ValueType>(13).fill("i32"));
  const [planes, input, height, width, bands, bandsAt, bandStep, groups, groupsAt, columnStep, columns] =
    f.parameters;
  const [out, positions] = f.parameters.slice(11);
  const [band, bandsLeft, group, groupsLeft, row, left, place] = f.locals(7, "i32");
  const pointers = f.locals(lanes, "i32");
  const [largest, position, value, index, isLarger, steps] = f.locals(6, "v128");
  const lane = Array.from({ length: lanes }, (_, l) => l);
  const inBytes = (count: Code): Code => i32.mul(count, i32.const(bytes));
  const rowStart = i32.mul(row.get, width.get);
  const [size, spacing] = [i32.load(group.get), i32.load(group.get, 4)];
  const start = (l: number): Code => i32.load(group.get, 8 + (16 / lanes) * l);
  const placeOf = (l: number): Code => i32.load(group.get, 24 + 4 * l);
  const place32 = (at: Code): Code => i32.add(positions.get, i32.shl(at, i32.const(2)));

  /** All elements of a row of windows, the next ones of which `load` gets, `moved` addresses at a time. */
  const visitRow = (load: Code, moved: number): Code =>
    whileLoop(
      left.get,
      load,
      // Once a NaN is the largest, only another one replaces it.
      isLarger.set(v128.or(floats.gt(value.get, largest.get), floats.ne(value.get, value.get))),
      largest.set(v128.bitselect(value.get, largest.get, isLarger.get)),
      position.set(v128.bitselect(index.get, position.get, isLarger.get)),
      index.set(i32x4.add(index.get, steps.get)),
      ...pointers.slice(0, moved).map((pointer) => pointer.increase(inBytes(columnStep.get))),
      left.increase(-1),
    );
  const [first] = pointers;
  const next = v128.load(first.get);
  const everySecond = pickLanes(
    floats,
    next,
    v128.load(first.get, 16),
    lane.map((l) => 2 * l),
  );
  const byLanes = lane.map((l) =>
    value.set(l === 0 ? floats.loadSplat(first.get) : floats.loadLane(pointers[l].get, value.get, l)),
  );
  const window = sequence(
    largest.set(floats.const(-Infinity)),
    row.set(i32.load(band.get)),
    position.set(i32x4.add(v128.load(group.get, 8), i32x4.splat(rowStart))),
    whileLoop(
      i32.ltU(row.get, i32.load(band.get, 4)),
      index.set(i32x4.add(v128.load(group.get, 8), i32x4.splat(rowStart))),
      ...pointers.map((pointer, l) => pointer.set(i32.add(input.get, inBytes(i32.add(rowStart, start(l)))))),
      left.set(size),
      when(
        i32.eq(spacing, i32.const(1)),
        visitRow(value.set(next), 1),
        when(
          i32.eq(spacing, i32.const(2)),
          visitRow(value.set(everySecond), 1),
          visitRow(sequence(...byLanes), lanes),
        ),
      ),
      row.increase(bandStep.get),
    ),
    when(
      lanes === 4 ? spacing : i32.const(0),
      sequence(
        place.set(placeOf(0)),
        v128.store(i32.add(out.get, inBytes(place.get)), largest.get),
        v128.store(place32(place.get), position.get),
      ),
      sequence(
        ...lane.map((l) =>
          sequence(
            place.set(placeOf(l)),
            floats.storeLane(i32.add(out.get, inBytes(place.get)), largest.get, l),
            f32x4.storeLane(place32(place.get), position.get, (4 / lanes) * l),
          ),
        ),
      ),
    ),
  );
  f.body(
    steps.set(i32x4.splat(columnStep.get)),
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
}

function addScatter(module: ModuleBuilder, { bytes, add, loadSplat, storeLane }: Floats): void {
  const f = module.function("scatter", new Array<ValueType>(6).fill("i32"));
  const [planes, count, values, positions, out, planeBytes] = f.parameters;
  const [left, at] = f.locals(2, "i32");
  f.body(
    whileLoop(
      planes.get,
      left.set(count.get),
      whileLoop(
        left.get,
        at.set(i32.add(out.get, i32.mul(i32.load(positions.get), i32.const(bytes)))),
        storeLane(at.get, add(loadSplat(at.get), loadSplat(values.get)), 0),
        values.increase(bytes),
        positions.increase(4),
        left.increase(-1),
      ),
      out.increase(planeBytes.get),
      planes.increase(-1),
    ),
  );
}
