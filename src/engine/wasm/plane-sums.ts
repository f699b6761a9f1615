/** The sum of each of many planes, as WebAssembly. */
import type { TypedArray } from "../storage.js";
import { type Code, type Floats, f32x4, f64x2, ModuleBuilder, v128, whileLoop } from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { layOutOnWorkbench, workbench } from "./workbench.js";

/** Elements worked on at once; at least one plane. */
const CHUNK = 8_192;
/** So many vectors are summed side by side. */
const SUMS = 4;

/** Planes one after the other, of `blocks` times four vectors and some more elements. Leaves one vector of sums for each. */
type SumPlanes = (planes: number, blocks: number, rest: number, input: number, sums: number) => void;

let float32: SumPlanes | undefined;
let float64: SumPlanes | undefined;

/**
 * Calls `visit` with the sum of each plane of so many elements, of which `count` lie one after the other.
 * @returns false, with nothing done, where it cannot be compiled
 */
export function sumPlanesCompiled(
  input: TypedArray,
  offset: number,
  count: number,
  plane: number,
  visit: (k: number, sum: number) => void,
): boolean {
  const isSingle = input instanceof Float32Array;
  if (!features.simd || !(isSingle || input instanceof Float64Array)) return false;
  if (isSingle) float32 ??= build(f32x4);
  else float64 ??= build(f64x2);
  const sumPlanes = (isSingle ? float32 : float64)!;
  const { bytes, lanes } = isSingle ? f32x4 : f64x2;
  const perChunk = Math.min(count, Math.max(1, Math.floor(CHUNK / plane)));
  const places = layOutOnWorkbench([perChunk * plane * bytes, perChunk * 16]);
  if (places === null) return false;
  const [inputAt, sumsAt] = places;
  const memory = isSingle ? workbench.float32 : workbench.float64;
  const blocks = Math.floor(plane / (SUMS * lanes));
  for (let from = 0; from < count; from += perChunk) {
    const here = Math.min(perChunk, count - from);
    const start = offset + from * plane;
    memory.set(input.subarray(start, start + here * plane), inputAt / bytes);
    sumPlanes(here, blocks, plane - blocks * SUMS * lanes, inputAt, sumsAt);
    for (let k = 0, at = sumsAt / bytes; k < here; k++) {
      let sum = 0;
      for (let lane = 0; lane < lanes; lane++, at++) sum += memory[at];
      visit(from + k, sum);
    }
  }
  return true;
}

function build({ bytes, const: constant, add, loadLane }: Floats): SumPlanes {
  const module = new ModuleBuilder();
  const f = module.function("sumPlanes", ["i32", "i32", "i32", "i32", "i32"]);
  const [planes, blocks, rest, input, sums] = f.parameters;
  const left = f.local("i32");
  const partial = f.locals(SUMS, "v128");
  const zero = constant(0);
  const all = partial.map(({ get }) => get).reduce((a: Code, b: Code) => add(a, b));
  f.body(
    whileLoop(
      planes.get,
      ...partial.map((sum) => sum.set(zero)),
      left.set(blocks.get),
      whileLoop(
        left.get,
        ...partial.map((sum, k) => sum.set(add(sum.get, v128.load(input.get, 16 * k)))),
        input.increase(16 * SUMS),
        left.increase(-1),
      ),
      left.set(rest.get),
      whileLoop(
        left.get,
        partial[0].set(add(partial[0].get, loadLane(input.get, zero, 0))),
        input.increase(bytes),
        left.increase(-1),
      ),
      v128.store(sums.get, all),
      sums.increase(16),
      planes.increase(-1),
    ),
  );
  return instantiate(module, workbench).sumPlanes as SumPlanes;
}
