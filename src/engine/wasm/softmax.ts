/** Softmax and its logarithm over rows of float32 by compiled kernels. */
import type { TypedArray } from "../storage.js";
import { f32x4, f64, f64x2, ModuleBuilder, promoteLow, v128, whileLoop } from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { VectorCode } from "./functions.js";
import { engineFloat32, layOut } from "./memory.js";

/** Elements of a vector. */
const LANES = 4;

/** The kernels. A row is a number of vectors. */
interface RowKernels {
  /** Writes the largest element of each lane to an address. */
  largest(vectors: number, row: number, to: number): void;
  /** Writes e^(x − shift) to an address, and gives their sum, which is float64. */
  powers(vectors: number, row: number, shift: number, to: number): number;
  /** Divides a row. */
  divide(vectors: number, row: number, by: number): void;
  /** Subtracts two numbers from a row, one after the other. */
  subtract(vectors: number, row: number, first: number, second: number): void;
}

let kernels: RowKernels | undefined;

/**
 * e^x divided by their sum, or the logarithm of that, for rows that lie one behind the other. Sums are float64.
 * @param into as long as the rows
 * @returns false, with nothing done, where it cannot be compiled
 */
export function normalizeRowsCompiled(
  length: number,
  from: TypedArray,
  offset: number,
  into: TypedArray,
  logarithm: boolean,
): boolean {
  if (!features.simd || !(from instanceof Float32Array && into instanceof Float32Array)) return false;
  kernels ??= build();
  const vectors = Math.ceil(length / LANES);
  const places = layOut([vectors * LANES, vectors * LANES, LANES], 4);
  if (places === null) return false;
  const [rowAt, powersAt, largestAt] = places;
  const memory = engineFloat32();
  for (let start = 0; start < into.length; start += length) {
    memory.set(from.subarray(offset + start, offset + start + length), rowAt / 4);
    // What fills the last vector up is not the largest, and its power is 0.
    memory.fill(-Infinity, rowAt / 4 + length, rowAt / 4 + vectors * LANES);
    kernels.largest(vectors, rowAt, largestAt);
    const largest = Math.max(...memory.subarray(largestAt / 4, largestAt / 4 + LANES));
    const sum = kernels.powers(vectors, rowAt, largest, powersAt);
    if (logarithm) kernels.subtract(vectors, rowAt, largest, Math.log(sum));
    else kernels.divide(vectors, powersAt, sum);
    const result = (logarithm ? rowAt : powersAt) / 4;
    into.set(memory.subarray(result, result + length), start);
  }
  return true;
}

function build(): RowKernels {
  const module = new ModuleBuilder();
  {
    const f = module.function("largest", ["i32", "i32", "i32"]);
    const [vectors, row, to] = f.parameters;
    const largest = f.local("v128");
    f.body(
      largest.set(f32x4.const(-Infinity)),
      whileLoop(
        vectors.get,
        largest.set(f32x4.pmax(largest.get, v128.load(row.get))),
        row.increase(16),
        vectors.increase(-1),
      ),
      v128.store(to.get, largest.get),
    );
  }
  {
    const f = module.function("powers", ["i32", "i32", "f32", "i32"], ["f64"]);
    const [vectors, row, shift, to] = f.parameters;
    const total = f.local("v128");
    const code = new VectorCode(f);
    const power = code.exp(code.keep(f32x4.sub(v128.load(row.get), f32x4.splat(shift.get))));
    const upper = v128.shuffle(power, power, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
    f.body(
      whileLoop(
        vectors.get,
        code.statements,
        v128.store(to.get, power),
        total.set(f64x2.add(total.get, f64x2.add(promoteLow(power), promoteLow(upper)))),
        row.increase(16),
        to.increase(16),
        vectors.increase(-1),
      ),
      f64.add(f64x2.extract(total.get, 0), f64x2.extract(total.get, 1)),
    );
  }
  {
    const f = module.function("divide", ["i32", "i32", "f32"]);
    const [vectors, row, by] = f.parameters;
    f.body(
      whileLoop(
        vectors.get,
        v128.store(row.get, f32x4.div(v128.load(row.get), f32x4.splat(by.get))),
        row.increase(16),
        vectors.increase(-1),
      ),
    );
  }
  {
    const f = module.function("subtract", ["i32", "i32", "f32", "f32"]);
    const [vectors, row, first, second] = f.parameters;
    const shifted = f32x4.sub(v128.load(row.get), f32x4.splat(first.get));
    f.body(
      whileLoop(
        vectors.get,
        v128.store(row.get, f32x4.sub(shifted, f32x4.splat(second.get))),
        row.increase(16),
        vectors.increase(-1),
      ),
    );
  }
  return instantiate(module) as unknown as RowKernels;
}
