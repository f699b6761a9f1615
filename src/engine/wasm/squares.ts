/** Sums of squares. */
import type { TypedArray } from "../storage.js";
import type { Strided } from "../strided.js";
import {
  type Code,
  f64,
  f64x2,
  i32,
  type Local,
  ModuleBuilder,
  promoteLow,
  sequence,
  v128,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";
import { features } from "./features.js";
import { layOutOnWorkbench, workbench } from "./workbench.js";

/** Bytes of one turn of the loop: eight float32 or four float64. */
const TURN = 32;
/** Elements worked on at once. */
const CHUNK = 8_192;
/** Below so many elements plain JavaScript is faster. */
const FEWEST = 256;

/** The sum of the squares in so many turns, from an address on. */
type Kernel = (turns: number, at: number) => number;

interface Kernels {
  readonly float32: Kernel;
  readonly float64: Kernel;
}

let inPlace: Kernels | undefined;
let onCopies: Kernels | undefined;

/** Σ x² over numbers that lie one behind the other, in float64. */
export function sumOfSquares({ storage, offset, count }: Strided): number {
  const { data, address } = storage;
  const isSingle = data instanceof Float32Array;
  const isCompiled = features.simd && count >= FEWEST && (isSingle || data instanceof Float64Array);
  if (!isCompiled) return inJavaScript(data, offset, count);
  const bytes = isSingle ? 4 : 8;
  const perTurn = TURN / bytes;
  const turns = Math.floor(count / perTurn);
  const rest = inJavaScript(data, offset + turns * perTurn, count - turns * perTurn);
  const kind = isSingle ? "float32" : "float64";
  if (address !== 0) {
    inPlace ??= instantiate(build()) as unknown as Kernels;
    return inPlace[kind](turns, address + offset * bytes) + rest;
  }
  const places = layOutOnWorkbench([CHUNK * bytes]);
  if (places === null) return inJavaScript(data, offset, count);
  const [at] = places;
  onCopies ??= instantiate(build(), workbench) as unknown as Kernels;
  let sum = rest;
  for (let from = 0; from < turns * perTurn; from += CHUNK) {
    const here = Math.min(CHUNK, turns * perTurn - from);
    workbench[kind].set(data.subarray(offset + from, offset + from + here), at / bytes);
    sum += onCopies[kind](here / perTurn, at);
  }
  return sum;
}

function inJavaScript(data: TypedArray, offset: number, count: number): number {
  let sum = 0;
  for (let k = offset; k < offset + count; k++) sum += data[k] * data[k];
  return sum;
}

function build(): ModuleBuilder {
  const module = new ModuleBuilder();
  /** Two vectors of float64 in four lanes' places: the first or the second half of a vector of float32. */
  const halves = (vector: Local): Code[] => {
    const upper = [8, 9, 10, 11, 12, 13, 14, 15];
    const moved = v128.shuffle(vector.get, vector.get, [...upper, ...upper]);
    return [promoteLow(vector.get), promoteLow(moved)];
  };
  for (const kind of ["float32", "float64"] as const) {
    const f = module.function(kind, ["i32", "i32"], ["f64"]);
    const [turns, at] = f.parameters;
    const vectors = f.locals(2, "v128");
    const sums = f.locals(4, "v128");
    const x = f.local("v128");
    const values = kind === "float32" ? vectors.flatMap(halves) : vectors.map(({ get }) => get);
    f.body(
      whileLoop(
        turns.get,
        ...vectors.map((vector, k) => vector.set(v128.load(at.get, 16 * k))),
        ...values.map((value, k) =>
          sequence(x.set(value), sums[k].set(f64x2.add(sums[k].get, f64x2.mul(x.get, x.get)))),
        ),
        at.increase(i32.const(TURN)),
        turns.increase(-1),
      ),
      sums.flatMap(({ get }) => [0, 1].map((lane) => f64x2.extract(get, lane))).reduce(f64.add),
    );
  }
  return module;
}
