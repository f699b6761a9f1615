/** Elementwise expressions as WebAssembly: vectors of elements, in chunks that stay in the first-level cache. */
import type { TypedArray } from "../storage.js";
import type { Strided } from "../strided.js";
import {
  type Code,
  type Floats,
  f32x4,
  f64x2,
  i32,
  ModuleBuilder,
  sequence,
  type ValueType,
  v128,
  whileLoop,
} from "./assembler.js";
import { type Functions, instantiate } from "./compile.js";
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
import type { KernelMemory } from "./kernel-memory.js";
import { engine, scratch } from "./memory.js";
import { getNumThreads, together } from "./threads.js";
import { layOutOnWorkbench, workbench } from "./workbench.js";

/**
 * Writes an expression of the operands into n elements of `out`.
 * @returns false, with nothing done, where memory is short
 */
export type VectorLoop = (n: number, out: Strided, operands: readonly Strided[]) => boolean;

/** Elements worked on at once. */
const CHUNK = 8_192;
/** Elements that a thread takes at once, and from how many on it is worth waking others. */
const SHARE = 32_768;
const FEWEST_TO_SHARE = 4 * SHARE;
/** Vectors of one turn of the loop. */
const TOGETHER = 4;

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
      const floats = dtype === "float32" ? f32x4 : f64x2;
      return drive(build(this.#tree, names, repeated, floats), repeated, floats);
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

/** A loop that works where tensors lie if all of them are settled, and else on copies. */
function drive(module: ModuleBuilder, repeated: readonly boolean[], { lanes, bytes }: Floats): VectorLoop {
  let inPlace: Functions | undefined;
  let onCopies: Kernel | undefined;
  const walked = repeated.map((isRepeated) => (isRepeated ? 0 : bytes));
  const numbers = (memory: KernelMemory): Float32Array | Float64Array =>
    bytes === 4 ? memory.float32 : memory.float64;

  /** @returns how many elements are done: a last vector that is not full would reach too far */
  const runInPlace = (n: number, out: Strided, operands: readonly Strided[]): number => {
    const isSettled = (operand: Strided, k: number): boolean => repeated[k] || operand.storage.address !== 0;
    if (out.storage.address === 0 || !operands.every(isSettled)) return 0;
    const at = scratch(repeated.length * 16);
    if (at === 0) return 0;
    inPlace ??= instantiate(module);
    const memory = numbers(engine);
    const addresses = operands.map(({ storage, offset }, k) => {
      if (!repeated[k]) return storage.address + offset * bytes;
      memory[at / bytes + k * lanes] = storage.data[offset];
      return at + k * 16;
    });
    const vectors = Math.floor(n / lanes);
    const values = [vectors, out.storage.address + out.offset * bytes, ...addresses];
    if (n < FEWEST_TO_SHARE || getNumThreads() === 1) {
      inPlace.run(...values);
    } else {
      const steps = [0, bytes, ...walked].map((step) => step * SHARE);
      const chunks = Math.ceil(n / SHARE);
      const last = vectors - ((chunks - 1) * SHARE) / lanes;
      together({
        functions: inPlace,
        name: "run",
        values: values.with(0, SHARE / lanes),
        steps,
        chunks,
        last,
      });
    }
    return vectors * lanes;
  };

  return (n, out, given) => {
    const operands = given.slice(0, repeated.length);
    const done = runInPlace(n, out, operands);
    if (done === n) return true;
    const slot = Math.min(CHUNK, Math.ceil((n - done) / lanes) * lanes) * bytes;
    const places = layOutOnWorkbench([slot, ...repeated.map((isRepeated) => (isRepeated ? 16 : slot))]);
    if (places === null) return false;
    onCopies ??= instantiate(module, workbench).run as Kernel;
    const memory = numbers(workbench);
    for (const [k, { storage, offset }] of operands.entries())
      if (repeated[k]) memory[places[k + 1] / bytes] = storage.data[offset];
    for (let from = done; from < n; from += CHUNK) {
      const count = Math.min(CHUNK, n - from);
      for (let k = 0; k < repeated.length; k++)
        if (!repeated[k])
          copyIn(memory, places[k + 1] / bytes, operands[k].storage.data, operands[k].offset + from, count);
      onCopies(Math.ceil(count / lanes), ...(places as [number]));
      copyIn(out.storage.data, out.offset + from, memory, places[0] / bytes, count);
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
): ModuleBuilder {
  const module = new ModuleBuilder();
  const f = module.function("run", new Array<ValueType>(2 + names.length).fill("i32"));
  const [vectors, out, ...pointers] = f.parameters;
  const outside = new VectorCode(f);
  const splats = pointers.map((pointer, k) =>
    repeated[k] ? outside.keep(floats.loadSplat(pointer.get)) : null,
  );
  const walked = pointers.filter((_, k) => !repeated[k]);
  /** A turn of the loop over some vectors. */
  const turn = (count: number): Code => {
    const steps = Array.from({ length: count }, (_, j) => {
      const inside = new VectorCode(f);
      const operands = new Map(
        names.map((name, k) => [name, splats[k] ?? inside.keep(v128.load(pointers[k].get, 16 * j))]),
      );
      const value = new Translator(floats, inside, operands).number(tree);
      return sequence(inside.statements, v128.store(out.get, value, 16 * j));
    });
    return sequence(
      ...steps,
      ...walked.map((pointer) => pointer.increase(16 * count)),
      out.increase(16 * count),
      vectors.increase(-count),
    );
  };
  f.body(
    outside.statements,
    whileLoop(i32.geU(vectors.get, i32.const(TOGETHER)), turn(TOGETHER)),
    whileLoop(vectors.get, turn(1)),
  );
  return module;
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
