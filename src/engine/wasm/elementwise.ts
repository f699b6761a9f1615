/** Elementwise expressions as WebAssembly: vectors of elements, in chunks that stay in the first-level cache. */
import type { TypedArray } from "../storage.js";
import type { Strided } from "../strided.js";
import {
  type Code,
  type Floats,
  f32x4,
  f64x2,
  ModuleBuilder,
  sequence,
  type ValueType,
  v128,
  whileLoop,
} from "./assembler.js";
import { instantiate } from "./compile.js";
import {
  type Arithmetic,
  type Comparison,
  type Condition,
  type NumberExpression,
  parseExpression,
  partsOf,
  Unsupported,
} from "./expression.js";
import { features } from "./features.js";
import { VectorCode } from "./functions.js";
import { engineFloat32, engineFloat64, scratch } from "./memory.js";

/**
 * Writes an expression of the operands into n elements of `out`.
 * @returns false, with nothing done, where memory is short
 */
export type VectorLoop = (n: number, out: Strided, operands: readonly Strided[]) => boolean;

/** Elements worked on at once. */
const CHUNK = 4_096;

/** So many elements of cheap and of costly expressions take longer in plain JavaScript than a call with its copies. */
const FEWEST = 1_024;
const FEWEST_COSTLY = 128;

const FUNCTIONS = ["exp", "expm1", "log", "log1p", "tanh", "erf"] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/** An elementwise expression as far as it can be compiled. */
export class VectorExpression {
  readonly #tree: NumberExpression | null;
  /** From how many float32 elements on it should be compiled. */
  readonly fewest: number;

  constructor(text: string) {
    this.#tree = features.simd ? parsed(text) : null;
    const isCostly =
      this.#tree !== null &&
      [...partsOf(this.#tree)].some((part) => part.kind === "call" && functionOf(part.name) !== null);
    this.fewest = this.#tree === null ? Infinity : isCostly ? FEWEST_COSTLY : FEWEST;
  }

  /**
   * The loop for operands of which some are repeated, or null where it has no vectors.
   * @param names of the operands, in their order
   */
  compile(
    names: readonly string[],
    repeated: readonly boolean[],
    dtype: "float32" | "float64",
  ): VectorLoop | null {
    if (this.#tree === null) return null;
    try {
      return dtype === "float32"
        ? drive(build(this.#tree, names, repeated, f32x4), repeated, f32x4, engineFloat32)
        : drive(build(this.#tree, names, repeated, f64x2), repeated, f64x2, engineFloat64);
    } catch (error) {
      if (error instanceof Unsupported) return null;
      throw error;
    }
  }
}

function parsed(text: string): NumberExpression | null {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

/** `Math.exp` and the like; the helpers are called by their names alone. */
function functionOf(name: string): FunctionName | null {
  return FUNCTIONS.find((known) => name === (known === "erf" ? known : `Math.${known}`)) ?? null;
}

/** How many vectors, where the results go, and where the operands lie. */
type Kernel = (vectors: number, out: number, ...operands: number[]) => void;

/** Brings what is not in the kernels' memory there and back, chunk by chunk. */
function drive(
  kernel: Kernel,
  repeated: readonly boolean[],
  { lanes, bytes }: Floats,
  memoryOf: () => Float32Array | Float64Array,
): VectorLoop {
  const slot = CHUNK * bytes;
  const pointers = new Array<number>(repeated.length);
  return (n, out, operands) => {
    const at = scratch((repeated.length + 1) * slot);
    if (at === 0) return false;
    const memory = memoryOf();
    const results = at + repeated.length * slot;
    // A last vector that is not full reaches too far, and has to be a copy.
    const isWhole = n % lanes === 0;
    const writesInPlace = isWhole && out.storage.address !== 0;
    for (let from = 0; from < n; from += CHUNK) {
      const count = Math.min(CHUNK, n - from);
      for (let k = 0; k < repeated.length; k++) {
        const { storage, offset } = operands[k];
        const copy = at + k * slot;
        pointers[k] = copy;
        if (repeated[k]) memory[copy / bytes] = storage.data[offset];
        else if (isWhole && storage.address !== 0) pointers[k] = storage.address + (offset + from) * bytes;
        else copyIn(memory, copy / bytes, storage.data, offset + from, count);
      }
      const vectors = Math.ceil(count / lanes);
      if (writesInPlace) {
        kernel(vectors, out.storage.address + (out.offset + from) * bytes, ...pointers);
      } else {
        kernel(vectors, results, ...pointers);
        copyIn(out.storage.data, out.offset + from, memory, results / bytes, count);
      }
    }
    return true;
  };
}

function copyIn(to: TypedArray, at: number, from: TypedArray, start: number, count: number): void {
  to.set(from.subarray(start, start + count), at);
}

function build(
  tree: NumberExpression,
  names: readonly string[],
  repeated: readonly boolean[],
  floats: Floats,
): Kernel {
  const module = new ModuleBuilder();
  const f = module.function("run", new Array<ValueType>(2 + names.length).fill("i32"));
  const [vectors, out, ...pointers] = f.parameters;
  const outside = new VectorCode(f);
  const inside = new VectorCode(f);
  const operands = new Map(
    names.map((name, k) => [
      name,
      repeated[k] ? outside.keep(floats.loadSplat(pointers[k].get)) : inside.keep(v128.load(pointers[k].get)),
    ]),
  );
  const value = new Translator(floats, inside, operands).number(tree);
  f.body(
    outside.statements,
    whileLoop(
      vectors.get,
      inside.statements,
      v128.store(out.get, value),
      sequence(...pointers.filter((_, k) => !repeated[k]).map((pointer) => pointer.increase(16))),
      out.increase(16),
      vectors.increase(-1),
    ),
  );
  return instantiate(module).run as Kernel;
}

/** A number as text: JSON knows no ∞, NaN or −0. */
function exactly(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Translates a tree; what occurs in it twice is computed once. */
class Translator {
  readonly #floats: Floats;
  readonly #code: VectorCode;
  readonly #operands: ReadonlyMap<string, Code>;
  readonly #known = new Map<string, Code>();

  constructor(floats: Floats, code: VectorCode, operands: ReadonlyMap<string, Code>) {
    this.#floats = floats;
    this.#code = code;
    this.#operands = operands;
  }

  number(tree: NumberExpression): Code {
    if (tree.kind === "number") return this.#floats.const(tree.value);
    const key = JSON.stringify(tree, (_, part: unknown) => (typeof part === "number" ? exactly(part) : part));
    let code = this.#known.get(key);
    if (code === undefined) {
      code = this.#code.keep(this.#computed(tree));
      this.#known.set(key, code);
    }
    return code;
  }

  #computed(tree: Exclude<NumberExpression, { kind: "number" }>): Code {
    const floats = this.#floats;
    switch (tree.kind) {
      case "operand": {
        const operand = this.#operands.get(tree.name);
        if (operand === undefined) throw new Unsupported(tree.name);
        return operand;
      }
      case "negative":
        return floats.neg(this.number(tree.of));
      case "arithmetic":
        return arithmetic[tree.operator](floats, this.number(tree.left), this.number(tree.right));
      case "power": {
        if (tree.exponent !== 2) throw new Unsupported("**");
        const base = this.number(tree.base);
        return floats.mul(base, base);
      }
      case "choice": {
        const [chosen, otherwise] = [this.number(tree.chosen), this.number(tree.otherwise)];
        return v128.bitselect(chosen, otherwise, this.#condition(tree.condition));
      }
      case "call":
        return this.#call(
          tree.name,
          tree.arguments.map((argument) => this.number(argument)),
        );
    }
  }

  #condition(tree: Condition): Code {
    if (tree.kind === "comparison")
      return comparisons[tree.operator](this.#floats, this.number(tree.left), this.number(tree.right));
    const both = tree.operator === "&&" ? v128.and : v128.or;
    return both(this.#condition(tree.left), this.#condition(tree.right));
  }

  #call(name: string, values: readonly Code[]): Code {
    const floats = this.#floats;
    const [x] = values;
    const known = functionOf(name);
    // In float64 they stay what JavaScript has.
    if (known !== null && floats.lanes === 4) return this.#code[known](x);
    switch (name) {
      case "Math.abs":
        return floats.abs(x);
      case "Math.sqrt":
        return floats.sqrt(x);
      case "Math.floor":
        return floats.floor(x);
      case "Math.ceil":
        return floats.ceil(x);
      case "Math.trunc":
        return floats.trunc(x);
      case "Math.min":
        return values.reduce(floats.min);
      case "Math.max":
        return values.reduce(floats.max);
      case "Math.sign": {
        const zero = floats.const(0);
        const negative = v128.bitselect(floats.const(-1), x, floats.lt(x, zero));
        return v128.bitselect(floats.const(1), negative, floats.gt(x, zero));
      }
      default:
        throw new Unsupported(name);
    }
  }
}

const arithmetic: Readonly<Record<Arithmetic, (floats: Floats, a: Code, b: Code) => Code>> = {
  "+": ({ add }, a, b) => add(a, b),
  "-": ({ sub }, a, b) => sub(a, b),
  "*": ({ mul }, a, b) => mul(a, b),
  "/": ({ div }, a, b) => div(a, b),
};

const comparisons: Readonly<Record<Comparison, (floats: Floats, a: Code, b: Code) => Code>> = {
  "===": ({ eq }, a, b) => eq(a, b),
  "!==": ({ ne }, a, b) => ne(a, b),
  "<": ({ lt }, a, b) => lt(a, b),
  ">": ({ gt }, a, b) => gt(a, b),
  "<=": ({ le }, a, b) => le(a, b),
  ">=": ({ ge }, a, b) => ge(a, b),
};
