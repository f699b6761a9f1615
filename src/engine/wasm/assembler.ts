/**
 * WebAssembly written as expressions: each function here returns the bytes of an instruction with its operands, so
 * that a kernel reads like the formula that it computes. A `ModuleBuilder` makes a module of such code.
 *
 *     const f = module.function("axpy", ["i32", "i32", "f32"]);
 *     const [x, y, a] = f.parameters;
 *     f.body(f32.store(y.get, f32.add(f32.mul(a.get, f32.load(x.get)), f32.load(y.get))));
 *
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format); relaxed SIMD proposal for `madd`.
 */
import type { MemoryLimits } from "./host.js";

/** Instructions that leave one value on the stack, or none. */
export type Code = readonly number[];

export type ValueType = "i32" | "f32" | "f64" | "v128";

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A whole number of variable length, as the format writes all of them. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
      bytes.push(byte);
      return bytes;
    }
    bytes.push(byte | 0x80);
  }
}

function bytesOf(array: Float32Array | Float64Array): number[] {
  return [...new Uint8Array(array.buffer)];
}

type Unary = (a: Code) => Code;
type Binary = (a: Code, b: Code) => Code;
type Ternary = (a: Code, b: Code, c: Code) => Code;
/** `offset` is added to the address. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

const unary =
  (...opcode: number[]): Unary =>
  (a) => [...a, ...opcode];
const binary =
  (...opcode: number[]): Binary =>
  (a, b) => [...a, ...b, ...opcode];
const ternary =
  (...opcode: number[]): Ternary =>
  (a, b, c) => [...a, ...b, ...c, ...opcode];
/** `align` is the logarithm of the size to which the address is a multiple. */
const load =
  (align: number, ...opcode: number[]): Load =>
  (address, offset = 0) => [...address, ...opcode, align, ...unsigned(offset)];
const store =
  (align: number, ...opcode: number[]): Store =>
  (address, value, offset = 0) => [...address, ...value, ...opcode, align, ...unsigned(offset)];

/** 32-bit integers and addresses. */
export const i32: Readonly<Record<"load", Load>> &
  Readonly<Record<"store", Store>> &
  Readonly<Record<"eqz", Unary>> &
  Readonly<
    Record<
      | "eq"
      | "ne"
      | "ltS"
      | "ltU"
      | "gtU"
      | "geU"
      | "add"
      | "sub"
      | "mul"
      | "divU"
      | "and"
      | "or"
      | "shl"
      | "shrU",
      Binary
    >
  > & { readonly const: (value: number) => Code } & {
    readonly atomicAdd: (address: Code, value: Code) => Code;
  } = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load: load(2, 0x28),
  store: store(2, 0x36),
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  ltS: binary(0x48),
  ltU: binary(0x49),
  gtU: binary(0x4b),
  geU: binary(0x4f),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  divU: binary(0x6e),
  and: binary(0x71),
  or: binary(0x72),
  shl: binary(0x74),
  shrU: binary(0x76),
  /** The value at the address, to which `value` is added: in one go, whatever other threads do. */
  atomicAdd: (address: Code, value: Code): Code => [...address, ...value, 0xfe, 0x1e, 2, 0],
};

export const f32: Readonly<Record<"load", Load>> &
  Readonly<Record<"store", Store>> &
  Readonly<Record<"abs" | "neg" | "sqrt" | "fromF64", Unary>> &
  Readonly<Record<"add" | "sub" | "mul" | "div", Binary>> & { readonly const: (value: number) => Code } = {
  const: (value: number): Code => [0x43, ...bytesOf(Float32Array.of(value))],
  load: load(2, 0x2a),
  store: store(2, 0x38),
  abs: unary(0x8b),
  neg: unary(0x8c),
  sqrt: unary(0x91),
  add: binary(0x92),
  sub: binary(0x93),
  mul: binary(0x94),
  div: binary(0x95),
  fromF64: unary(0xb6),
};

export const f64: Readonly<Record<"load", Load>> &
  Readonly<Record<"store", Store>> &
  Readonly<Record<"abs" | "neg" | "sqrt" | "fromF32", Unary>> &
  Readonly<Record<"add" | "sub" | "mul" | "div", Binary>> & { readonly const: (value: number) => Code } = {
  const: (value: number): Code => [0x44, ...bytesOf(Float64Array.of(value))],
  load: load(3, 0x2b),
  store: store(3, 0x39),
  abs: unary(0x99),
  neg: unary(0x9a),
  sqrt: unary(0x9f),
  add: binary(0xa0),
  sub: binary(0xa1),
  mul: binary(0xa2),
  div: binary(0xa3),
  fromF32: unary(0xbb),
};

/** 128 bits, whatever they mean. */
export const v128: Readonly<Record<"load" | "load32Splat" | "load64Splat", Load>> &
  Readonly<Record<"store", Store>> &
  Readonly<Record<"not" | "anyTrue", Unary>> &
  Readonly<Record<"and" | "andNot" | "or" | "xor", Binary>> & {
    readonly bitselect: (a: Code, b: Code, mask: Code) => Code;
  } & { readonly shuffle: (a: Code, b: Code, lanes: readonly number[]) => Code } = {
  load: load(0, ...simd(0x00)),
  store: store(0, ...simd(0x0b)),
  load32Splat: load(0, ...simd(0x09)),
  load64Splat: load(0, ...simd(0x0a)),
  not: unary(...simd(0x4d)),
  and: binary(...simd(0x4e)),
  andNot: binary(...simd(0x4f)),
  or: binary(...simd(0x50)),
  xor: binary(...simd(0x51)),
  /** The bits of `a` where those of `mask` are set, else those of `b`. */
  bitselect: (a: Code, b: Code, mask: Code): Code => ternary(...simd(0x52))(a, b, mask),
  anyTrue: unary(...simd(0x53)),
  /** Sixteen bytes picked from the 32 of `a` and `b`. */
  shuffle: (a: Code, b: Code, lanes: readonly number[]): Code => [...a, ...b, ...simd(0x0d), ...lanes],
};

/** Four 32-bit integers. */
export const i32x4: Readonly<Record<"splat" | "truncSatF32x4", Unary>> &
  Readonly<
    Record<
      "eq" | "ne" | "ltS" | "gtS" | "shl" | "shrS" | "shrU" | "add" | "sub" | "mul" | "minS" | "maxS",
      Binary
    >
  > = {
  splat: unary(...simd(0x11)),
  eq: binary(...simd(0x37)),
  ne: binary(...simd(0x38)),
  ltS: binary(...simd(0x39)),
  gtS: binary(...simd(0x3b)),
  shl: binary(...simd(0xab)),
  shrS: binary(...simd(0xac)),
  shrU: binary(...simd(0xad)),
  add: binary(...simd(0xae)),
  sub: binary(...simd(0xb1)),
  mul: binary(...simd(0xb5)),
  minS: binary(...simd(0xb6)),
  maxS: binary(...simd(0xb8)),
  truncSatF32x4: unary(...simd(0xf8)),
};

/** Two 64-bit integers. */
export const i64x2: Readonly<Record<"shl" | "shrU" | "add" | "sub", Binary>> & {
  readonly const: (first: number, second: number) => Code;
} = {
  const: (first, second) => [
    ...simd(0x0c),
    ...new Uint8Array(BigInt64Array.of(BigInt(first), BigInt(second)).buffer),
  ],
  shl: binary(...simd(0xcb)),
  shrU: binary(...simd(0xcd)),
  add: binary(...simd(0xce)),
  sub: binary(...simd(0xd1)),
};

/** The instructions that vectors of either width have. */
export interface Floats {
  readonly lanes: 4 | 2;
  /** Bytes of one lane. */
  readonly bytes: 4 | 8;
  splat(a: Code): Code;
  /** One number of memory in all lanes. */
  loadSplat(address: Code, offset?: number): Code;
  /** `value` with one lane replaced by a number of memory. */
  loadLane(address: Code, value: Code, lane: number, offset?: number): Code;
  extract(a: Code, lane: number): Code;
  storeLane(address: Code, value: Code, lane: number, offset?: number): Code;
  eq(a: Code, b: Code): Code;
  ne(a: Code, b: Code): Code;
  lt(a: Code, b: Code): Code;
  gt(a: Code, b: Code): Code;
  le(a: Code, b: Code): Code;
  ge(a: Code, b: Code): Code;
  abs(a: Code): Code;
  neg(a: Code): Code;
  sqrt(a: Code): Code;
  ceil(a: Code): Code;
  floor(a: Code): Code;
  trunc(a: Code): Code;
  nearest(a: Code): Code;
  add(a: Code, b: Code): Code;
  sub(a: Code, b: Code): Code;
  mul(a: Code, b: Code): Code;
  div(a: Code, b: Code): Code;
  min(a: Code, b: Code): Code;
  max(a: Code, b: Code): Code;
  /** `b < a ? b : a` for each lane. */
  pmin(a: Code, b: Code): Code;
  /** `a < b ? b : a` for each lane. */
  pmax(a: Code, b: Code): Code;
  /** The same number in all lanes. */
  const(value: number): Code;
}

const vectorOf = (bytes: readonly number[]): Code => [...simd(0x0c), ...bytes];

/** Lanes picked from two vectors, counted from 0 to 2·lanes − 1. */
export function pickLanes({ lanes, bytes }: Floats, a: Code, b: Code, picked: readonly number[]): Code {
  const places = picked.flatMap((lane) => Array.from({ length: bytes }, (_, byte) => lane * bytes + byte));
  if (picked.length !== lanes)
    throw new RangeError(`pickLanes: expected ${lanes} lanes, got ${picked.length}`);
  return v128.shuffle(a, b, places);
}

/** Between one lane and memory. */
const laneAccess =
  (opcode: number) =>
  (address: Code, value: Code, lane: number, offset = 0): Code => [
    ...address,
    ...value,
    ...simd(opcode),
    0,
    ...unsigned(offset),
    lane,
  ];

/** Four float32. */
export const f32x4: Floats & { fromI32x4(a: Code): Code } = {
  lanes: 4,
  bytes: 4,
  splat: unary(...simd(0x13)),
  loadSplat: v128.load32Splat,
  loadLane: laneAccess(0x56),
  extract: (a, lane) => [...a, ...simd(0x1f), lane],
  storeLane: laneAccess(0x5a),
  eq: binary(...simd(0x41)),
  ne: binary(...simd(0x42)),
  lt: binary(...simd(0x43)),
  gt: binary(...simd(0x44)),
  le: binary(...simd(0x45)),
  ge: binary(...simd(0x46)),
  abs: unary(...simd(0xe0)),
  neg: unary(...simd(0xe1)),
  sqrt: unary(...simd(0xe3)),
  ceil: unary(...simd(0x67)),
  floor: unary(...simd(0x68)),
  trunc: unary(...simd(0x69)),
  nearest: unary(...simd(0x6a)),
  add: binary(...simd(0xe4)),
  sub: binary(...simd(0xe5)),
  mul: binary(...simd(0xe6)),
  div: binary(...simd(0xe7)),
  min: binary(...simd(0xe8)),
  max: binary(...simd(0xe9)),
  pmin: binary(...simd(0xea)),
  pmax: binary(...simd(0xeb)),
  const: (value) => vectorOf(bytesOf(new Float32Array(4).fill(value))),
  fromI32x4: unary(...simd(0xfa)),
};

/** Two float64. */
export const f64x2: Floats = {
  lanes: 2,
  bytes: 8,
  splat: unary(...simd(0x14)),
  loadSplat: v128.load64Splat,
  loadLane: laneAccess(0x57),
  extract: (a, lane) => [...a, ...simd(0x21), lane],
  storeLane: laneAccess(0x5b),
  eq: binary(...simd(0x47)),
  ne: binary(...simd(0x48)),
  lt: binary(...simd(0x49)),
  gt: binary(...simd(0x4a)),
  le: binary(...simd(0x4b)),
  ge: binary(...simd(0x4c)),
  abs: unary(...simd(0xec)),
  neg: unary(...simd(0xed)),
  sqrt: unary(...simd(0xef)),
  ceil: unary(...simd(0x74)),
  floor: unary(...simd(0x75)),
  trunc: unary(...simd(0x7a)),
  nearest: unary(...simd(0x94)),
  add: binary(...simd(0xf0)),
  sub: binary(...simd(0xf1)),
  mul: binary(...simd(0xf2)),
  div: binary(...simd(0xf3)),
  min: binary(...simd(0xf4)),
  max: binary(...simd(0xf5)),
  pmin: binary(...simd(0xf6)),
  pmax: binary(...simd(0xf7)),
  const: (value) => vectorOf(bytesOf(new Float64Array(2).fill(value))),
};

/** The first two float32 of four as float64. */
export const promoteLow: Unary = unary(...simd(0x5f));

/** a·b + c with one rounding. Only where `features.ts` says that the machine has it. */
export const relaxedMadd: Readonly<Record<"f32x4" | "f64x2", Ternary>> = {
  f32x4: ternary(...simd(0x105)),
  f64x2: ternary(...simd(0x107)),
};
/** c − a·b with one rounding. */
export const relaxedNegativeMadd: Readonly<Record<"f32x4" | "f64x2", Ternary>> = {
  f32x4: ternary(...simd(0x106)),
  f64x2: ternary(...simd(0x108)),
};

/** A parameter or local variable of a function: its value is read by naming it. */
export class Local {
  readonly index: number;
  readonly get: Code;

  constructor(index: number) {
    this.index = index;
    this.get = [0x20, ...unsigned(index)];
  }

  set(value: Code): Code {
    return [...value, 0x21, ...unsigned(this.index)];
  }

  /** Sets it, and the value stays on the stack. */
  tee(value: Code): Code {
    return [...value, 0x22, ...unsigned(this.index)];
  }

  /** Moves an address or a counter on. */
  increase(by: number | Code): Code {
    return this.set(i32.add(this.get, typeof by === "number" ? i32.const(by) : by));
  }
}

/** Sets so many bytes from an address on to 0. */
export function clearBytes(address: Code, count: Code): Code {
  return [...address, ...i32.const(0), ...count, 0xfc, 0x0b, 0];
}

/** One after the other. */
export function sequence(...parts: readonly Code[]): Code {
  return parts.flat();
}

/** `body` while `condition`, which is asked before each time. */
export function whileLoop(condition: Code, ...body: readonly Code[]): Code {
  // block { loop { if not: leave; body; again } }
  return [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 1, ...body.flat(), 0x0c, 0, 0x0b, 0x0b];
}

/** `body`, and again as long as `condition` holds after it. */
export function doWhile(condition: Code, ...body: readonly Code[]): Code {
  return [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];
}

export function when(condition: Code, then: Code, otherwise?: Code): Code {
  return [...condition, 0x04, 0x40, ...then, ...(otherwise ? [0x05, ...otherwise] : []), 0x0b];
}

/** `a` where the condition is not 0, else `b`; both are computed. */
export function select(a: Code, b: Code, condition: Code): Code {
  return [...a, ...b, ...condition, 0x1b];
}

/** A function being written. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameterTypes: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly parameters: readonly Local[];
  readonly #index: number;
  readonly #locals: ValueType[] = [];
  #code: Code = [];

  constructor(name: string, index: number, parameters: readonly ValueType[], results: readonly ValueType[]) {
    this.name = name;
    this.#index = index;
    this.parameterTypes = parameters;
    this.results = results;
    this.parameters = parameters.map((_, k) => new Local(k));
  }

  local(type: ValueType): Local {
    this.#locals.push(type);
    return new Local(this.parameterTypes.length + this.#locals.length - 1);
  }

  locals(count: number, type: ValueType): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  body(...code: readonly Code[]): void {
    this.#code = code.flat();
  }

  /** A call of this function from another one of the module. */
  call(...values: readonly Code[]): Code {
    return [...values.flat(), 0x10, ...unsigned(this.#index)];
  }

  /** Its entry in the code section. */
  get encoded(): number[] {
    const locals = this.#locals.flatMap((type) => [1, TYPES[type]]);
    return sized([...unsigned(this.#locals.length), ...locals, ...this.#code, 0x0b]);
  }
}

/** A module whose functions share one imported memory, and are exported under their names. */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];

  function(
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): FunctionBuilder {
    const builder = new FunctionBuilder(name, this.#functions.length, parameters, results);
    this.#functions.push(builder);
    return builder;
  }

  /** @param memory how the memory is declared that the module is given: its limits must allow for the real one */
  encode(memory: MemoryLimits): Uint8Array {
    const all = this.#functions;
    const types = all.map(({ parameterTypes, results }) => [
      0x60,
      ...vector(parameterTypes.map((type) => [TYPES[type]])),
      ...vector(results.map((type) => [TYPES[type]])),
    ]);
    const limits = [memory.shared ? 3 : 1, ...unsigned(memory.initial), ...unsigned(memory.maximum)];
    const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, vector(types)),
      ...section(2, vector([[...name("engine"), ...name("memory"), 2, ...limits]])),
      ...section(3, vector(all.map((_, k) => unsigned(k)))),
      ...section(7, vector(all.map((f, k) => [...name(f.name), 0, ...unsigned(k)]))),
      ...section(10, vector(all.map((f) => f.encoded))),
    ]);
  }
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...unsigned(entries.length), ...entries.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}
