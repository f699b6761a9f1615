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
import type { Comparison, Expression, Statement } from "./ast.js";
import type { KernelDtype } from "./kernel.js";
import type { PassPlan } from "./pass-plan.js";

/** Vectors of each array that a turn of the loop works on: each turn costs a look at whether to stop. */
const VECTORS = 4;

/** A pass ready to be called. */
export interface PassFunctions {
  /** The numbers of the arrays that it takes, in the order of its pointers. */
  readonly arrays: readonly number[];
  /**
   * `pass(n, numbers, …pointers)`: how many elements, where the numbers and the sums lie, and where the arrays.
   * `passes(rows, table, numbers)`: the same for each row `n, …pointers` of a table.
   */
  readonly functions: Functions;
}

/** The pass compiled, or null where it cannot be. */
export function compilePass(plan: PassPlan, dtype: KernelDtype): PassFunctions | null {
  if (!features.simd || (plan.names.size === 0 && plan.sums.length === 0)) return null;
  try {
    const arrays = [...new Set([...plan.loaded.values(), ...plan.stored.values()])];
    return { arrays, functions: new PassCompiler(plan, arrays, dtype).compile() };
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

/** All bits of the first of two float64, none of the second. */
const FIRST_LANE: Code = i64x2.const(-1, 0);

/** Thrown for what has no instruction. */
class Unsupported extends Error {}

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
    const elements = (load: Floats["loadSplat"], store: typeof v128.store, offset = 0): Code =>
      sequence(
        ...[...names].map((name) =>
          this.#values
            .get(name)!
            .set(
              loaded.has(name) ? load(pointer.get(loaded.get(name)!)!.get, offset) : this.#floats.const(0),
            ),
        ),
        this.#statements(statements, null),
        ...[...stored].map(([name, k]) => store(pointer.get(k)!.get, this.#values.get(name)!.get, offset)),
      );
    const vectorAt = (offset: number): Code =>
      sequence(
        elements(v128.load, v128.store, offset),
        ...totals.map((total, k) => total.set(f64x2.add(total.get, this.#inPairs(sums[k].value)))),
      );
    const forward = (count: number): Code =>
      sequence(...pointers.map((each) => each.increase(count * bytes)), n.increase(-count));
    f.body(
      ...constants,
      ...totals.map((total) => total.set(f64x2.const(0))),
      whileLoop(
        i32.geU(n.get, i32.const(VECTORS * lanes)),
        ...Array.from({ length: VECTORS }, (_, k) => vectorAt(k * lanes * bytes)),
        forward(VECTORS * lanes),
      ),
      whileLoop(i32.geU(n.get, i32.const(lanes)), vectorAt(0), forward(lanes)),
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
    this.#compileRows();
    return instantiate(this.#module);
  }

  #compileRows(): void {
    const f = this.#module.function("passes", ["i32", "i32", "i32"]);
    const [rows, table, numbers] = f.parameters;
    const pointers = this.#arrays.map((_, k) => i32.load(table.get, 4 * (k + 1)));
    f.body(
      whileLoop(
        rows.get,
        this.#function.call(i32.load(table.get), numbers.get, ...pointers),
        table.increase(4 * (this.#arrays.length + 1)),
        rows.increase(-1),
      ),
    );
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
