/** A pass over memory as WebAssembly: vectors of elements, with the roundings of the pass in plain JavaScript. */
import {
  type Code,
  type Floats,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i64x2,
  type Local,
  ModuleBuilder,
  promoteLow,
  relaxedMadd,
  relaxedNegativeMadd,
  sequence,
  type ValueType,
  v128,
  whileLoop,
} from "../../engine/wasm/assembler.js";
import { type Functions, instantiate } from "../../engine/wasm/compile.js";
import { features } from "../../engine/wasm/features.js";
import { engineFloat32, engineFloat64, scratch } from "../../engine/wasm/memory.js";
import { getNumThreads, together } from "../../engine/wasm/threads.js";
import type { Comparison, Expression, Statement } from "./ast.js";
import type { KernelArray, KernelDtype, Pass } from "./kernel.js";
import type { PassPlan } from "./pass-plan.js";

/** As `Pass`; `addresses` says where arrays lie in the memory of the compiled kernels, 0 for those that do not. */
export type CompiledPass = (
  n: number,
  scalars: Float64Array,
  arrays: readonly KernelArray[],
  addresses: readonly number[],
) => void;

/** Elements worked on at once where arrays have to be copied: all of them fit in the first-level cache. */
const CHUNK = 4_096;

/** So many elements are worth the other threads' while, which take so many at a time. */
const FEWEST_TO_SHARE = 100_000;
const SHARE = 16_384;

/**
 * The pass compiled, or null where it cannot be.
 * @param plain the same in plain JavaScript, for when memory is short
 */
export function compilePass(plan: PassPlan, dtype: KernelDtype, plain: Pass): CompiledPass | null {
  if (!features.simd || (plan.names.size === 0 && plan.sums.length === 0)) return null;
  try {
    const arrays = [...new Set([...plan.loaded.values(), ...plan.stored.values()])];
    return drive(plan, arrays, dtype, plain, new PassCompiler(plan, arrays, dtype).compile());
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

/** All bits of the first of two float64, none of the second. */
const FIRST_LANE: Code = i64x2.const(-1, 0);

/** Thrown for what has no instruction. */
class Unsupported extends Error {}

/** Hands the kernel what is in its memory where it is, and everything else in chunks. */
function drive(
  plan: PassPlan,
  arraysUsed: readonly number[],
  dtype: KernelDtype,
  plain: Pass,
  functions: Functions,
): CompiledPass {
  const kernel = functions.pass;
  const read = new Set(plan.loaded.values());
  const written = new Set(plan.stored.values());
  const bytes = dtype === "float32" ? 4 : 8;
  const memoryOf = dtype === "float32" ? engineFloat32 : engineFloat64;
  const scalarBytes = 8 * (plan.slots.length + plan.sums.length);
  const chunksAt = Math.ceil(scalarBytes / 64) * 64;
  const pointers = new Array<number>(arraysUsed.length);
  return (n, scalars, arrays, addresses) => {
    const isShared = n >= FEWEST_TO_SHARE && plan.sums.length === 0 && getNumThreads() > 1;
    // For other threads everything has to be in the memory, not a chunk of it only.
    const room = isShared ? Math.ceil(n / 16) * 16 : CHUNK;
    const elsewhere = arraysUsed.filter((array) => addresses[array] === 0);
    const at = scratch(chunksAt + elsewhere.length * room * bytes);
    if (at === 0) {
      plain(n, scalars, arrays);
      return;
    }
    const memory = memoryOf();
    const numbers = engineFloat64();
    for (const [k, name] of plan.slots.entries()) numbers[at / 8 + k] = scalars[Number(name.slice(1))];
    const sumsAt = at / 8 + plan.slots.length;
    for (const k of plan.sums.keys()) numbers[sumsAt + k] = 0;
    const step = isShared || elsewhere.length === 0 ? n : CHUNK;
    for (let from = 0; from < n; from += step) {
      const count = Math.min(step, n - from);
      for (const [k, array] of arraysUsed.entries()) {
        if (addresses[array] !== 0) {
          pointers[k] = addresses[array] + from * bytes;
          continue;
        }
        pointers[k] = at + chunksAt + elsewhere.indexOf(array) * room * bytes;
        if (read.has(array)) memory.set(arrays[array].subarray(from, from + count), pointers[k] / bytes);
      }
      if (isShared) shareOut(functions, n, at, pointers, bytes);
      else kernel(count, at, ...pointers);
      for (const [k, array] of arraysUsed.entries())
        if (addresses[array] === 0 && written.has(array))
          arrays[array].set(memory.subarray(pointers[k] / bytes, pointers[k] / bytes + count), from);
    }
    for (const [k, { slot }] of plan.sums.entries()) scalars[slot] = numbers[sumsAt + k];
  };
}

/** A pass over n elements on all threads. */
function shareOut(
  functions: Functions,
  n: number,
  at: number,
  pointers: readonly number[],
  bytes: number,
): void {
  const chunks = Math.ceil(n / SHARE);
  together({
    functions,
    name: "pass",
    values: [SHARE, at, ...pointers],
    steps: [0, 0, ...pointers.map(() => SHARE * bytes)],
    chunks,
    last: n - (chunks - 1) * SHARE,
  });
}

class PassCompiler {
  readonly #plan: PassPlan;
  readonly #arrays: readonly number[];
  readonly #floats: Floats;
  readonly #isSingle: boolean;
  readonly #values = new Map<string, Local>();
  readonly #module = new ModuleBuilder();
  readonly #function: FunctionBuilder;

  constructor(plan: PassPlan, arrays: readonly number[], dtype: KernelDtype) {
    this.#plan = plan;
    this.#arrays = arrays;
    this.#function = this.#module.function("pass", new Array<ValueType>(2 + arrays.length).fill("i32"));
    this.#isSingle = dtype === "float32";
    this.#floats = this.#isSingle ? f32x4 : f64x2;
  }

  /** The kernel: how many elements, where the numbers and the sums lie, and where the arrays. */
  compile(): Functions {
    const { statements, sums, names, loaded, stored, slots } = this.#plan;
    const { lanes, bytes, loadSplat, storeLane, splat } = this.#floats;
    const f = this.#function;
    const [n, numbers, ...pointers] = f.parameters;
    const pointer = new Map(this.#arrays.map((array, k) => [array, pointers[k]]));
    for (const name of [...names, ...slots]) this.#values.set(name, f.local("v128"));
    const totals = f.locals(sums.length, "v128");

    const constants = slots.map((name, k) => {
      const single = (): Code => splat(f32.fromF64(f64.load(numbers.get, 8 * k)));
      const value = this.#isSingle ? single() : loadSplat(numbers.get, 8 * k);
      return this.#values.get(name)!.set(value);
    });
    const elements = (load: (address: Code) => Code, store: (to: Code, value: Code) => Code): Code =>
      sequence(
        ...[...names].map((name) =>
          this.#values
            .get(name)!
            .set(loaded.has(name) ? load(pointer.get(loaded.get(name)!)!.get) : this.#floats.const(0)),
        ),
        this.#statements(statements, null),
        ...[...stored].map(([name, k]) => store(pointer.get(k)!.get, this.#values.get(name)!.get)),
      );
    const forward = (count: number): Code =>
      sequence(...pointers.map((each) => each.increase(count * bytes)), n.increase(-count));
    f.body(
      ...constants,
      ...totals.map((total) => total.set(f64x2.const(0))),
      whileLoop(
        i32.geU(n.get, i32.const(lanes)),
        elements(v128.load, v128.store),
        ...totals.map((total, k) => total.set(f64x2.add(total.get, this.#inPairs(sums[k].value)))),
        forward(lanes),
      ),
      // What is left is done one by one, in all lanes at once.
      whileLoop(
        n.get,
        elements(loadSplat, (to, value) => storeLane(to, value, 0)),
        ...totals.map((total, k) =>
          total.set(
            f64x2.add(total.get, v128.and(this.#asFloat64(this.#expression(sums[k].value)), FIRST_LANE)),
          ),
        ),
        forward(1),
      ),
      // Added to what the chunks before have left.
      ...totals.map((total, k) => {
        const offset = 8 * (slots.length + k);
        const both = f64.add(f64x2.extract(total.get, 0), f64x2.extract(total.get, 1));
        return f64.store(numbers.get, f64.add(f64.load(numbers.get, offset), both), offset);
      }),
    );
    return instantiate(this.#module);
  }

  /** A value's lanes as float64, added up to two numbers. */
  #inPairs(value: Expression): Code {
    const code = this.#expression(value);
    if (!this.#isSingle) return code;
    const upper = v128.shuffle(code, code, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
    return f64x2.add(promoteLow(code), promoteLow(upper));
  }

  #asFloat64(code: Code): Code {
    return this.#isSingle ? promoteLow(code) : code;
  }

  /** @param mask the lanes for which the statements hold; null for all */
  #statements(statements: readonly Statement[], mask: Code | null): Code {
    return sequence(
      ...statements.map((statement) => {
        if (statement.kind === "assign") {
          const target = this.#values.get(statement.target)!;
          const value = this.#expression(statement.value);
          return target.set(mask === null ? value : v128.bitselect(value, target.get, mask));
        }
        // Each branch is for the lanes where its condition holds and none before it did.
        let left = mask;
        return sequence(
          ...statement.branches.map(({ when, body }) => {
            if (when === null) return this.#statements(body, left);
            const holds = this.#function.local("v128");
            const rest = this.#function.local("v128");
            const condition = this.#expression(when);
            const before = left;
            left = rest.get;
            return sequence(
              holds.set(before === null ? condition : v128.and(condition, before)),
              rest.set(before === null ? v128.not(holds.get) : v128.andNot(before, holds.get)),
              this.#statements(body, holds.get),
            );
          }),
        );
      }),
    );
  }

  #expression(expression: Expression): Code {
    const floats = this.#floats;
    const inner = (part: Expression): Code => this.#expression(part);
    switch (expression.kind) {
      case "number":
        return floats.const(expression.value);
      case "name":
        return this.#values.get(expression.name)!.get;
      case "sum": {
        const [first, ...rest] = expression.terms;
        const start = first.negative ? floats.neg(inner(first.value)) : inner(first.value);
        return rest.reduce((sum, { negative, value }) => this.#added(sum, value, negative), start);
      }
      case "product":
        return this.#product(this.#factors(expression));
      case "power": {
        const factors = this.#factors(expression);
        if (factors.length > 1) return this.#product(factors);
        throw new Unsupported("powers");
      }
      case "call":
        return this.#call(expression.function, expression.arguments.map(inner));
      case "compare":
        return comparisons[expression.operator](floats, inner(expression.left), inner(expression.right));
      case "and":
        return expression.operands.map(inner).reduce(v128.and);
      case "or":
        return expression.operands.map(inner).reduce(v128.or);
      case "not":
        return v128.not(inner(expression.operand));
      default:
        throw new Unsupported(expression.kind);
    }
  }

  /** In float32 a·b + c is rounded once, as in `singlePrecision`; in float64 it is not. */
  #added(sum: Code, value: Expression, negative: boolean): Code {
    const floats = this.#floats;
    const factors = this.#factors(value);
    const last = factors.at(-1)!;
    if (!this.#isSingle || !features.fma || factors.length < 2 || last.divides) {
      const code = this.#product(factors);
      return negative ? floats.sub(sum, code) : floats.add(sum, code);
    }
    const madd = negative ? relaxedNegativeMadd.f32x4 : relaxedMadd.f32x4;
    return madd(this.#product(factors.slice(0, -1)), last.code, sum);
  }

  #product(factors: readonly Factor[]): Code {
    const { mul, div } = this.#floats;
    return factors
      .map(({ code }) => code)
      .reduce((product, code, k) => (factors[k].divides ? div : mul)(product, code));
  }

  /** The factors of a product; squares and cubes are products. In float32 a square factor counts as two. */
  #factors(expression: Expression): Factor[] {
    const power = (value: Expression): number =>
      value.kind === "power" && value.exponent.kind === "number" && [2, 3].includes(value.exponent.value)
        ? value.exponent.value
        : 1;
    const factor = (value: Expression, divides: boolean, spread: boolean): Factor[] => {
      const times = power(value);
      if (times === 1 || value.kind !== "power") return [{ divides, code: this.#expression(value) }];
      const code = this.#expression(value.base);
      const all = new Array<Factor>(times).fill({ divides: false, code });
      return spread ? all : [{ divides, code: this.#product(all) }];
    };
    if (expression.kind !== "product") return factor(expression, false, true);
    return expression.factors.flatMap(({ divides, value }) =>
      factor(value, divides, this.#isSingle && !divides && power(value) === 2),
    );
  }

  #call(name: string, values: readonly Code[]): Code {
    const floats = this.#floats;
    const [x] = values;
    switch (name) {
      case "sqrt":
        return floats.sqrt(x);
      case "abs":
        return floats.abs(x);
      case "max":
        return values.reduce(floats.max);
      case "min":
        return values.reduce(floats.min);
      case "sign": {
        const zero = floats.const(0);
        const negative = v128.bitselect(floats.const(-1), x, floats.lt(x, zero));
        return v128.bitselect(floats.const(1), negative, floats.gt(x, zero));
      }
      default:
        throw new Unsupported(name);
    }
  }
}

interface Factor {
  readonly divides: boolean;
  readonly code: Code;
}

const comparisons: Readonly<Record<Comparison, (floats: Floats, a: Code, b: Code) => Code>> = {
  "=": ({ eq }, a, b) => eq(a, b),
  "≠": ({ ne }, a, b) => ne(a, b),
  "<": ({ lt }, a, b) => lt(a, b),
  ">": ({ gt }, a, b) => gt(a, b),
  "≤": ({ le }, a, b) => le(a, b),
  "≥": ({ ge }, a, b) => ge(a, b),
};
