import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Code,
  type Floats,
  f32x4,
  f64x2,
  i32,
  ModuleBuilder,
  select,
  unsigned,
  v128,
  when,
  whileLoop,
} from "../../../src/engine/wasm/assembler.js";
import { instantiate } from "../../../src/engine/wasm/compile.js";
import { features } from "../../../src/engine/wasm/features.js";
import { engineFloat32, engineFloat64, scratch } from "../../../src/engine/wasm/memory.js";

/** Calls a function of i32 that has the given body. */
function run(parameters: number, body: (...values: Code[]) => Code, ...values: number[]): number {
  const module = new ModuleBuilder();
  const f = module.function("f", new Array(parameters).fill("i32"), ["i32"]);
  f.body(body(...f.parameters.map(({ get }) => get)));
  return instantiate(module).f(...values);
}

test("whole numbers of variable length", () => {
  expect(unsigned(0)).toEqual([0]);
  expect(unsigned(127)).toEqual([0x7f]);
  expect(unsigned(128)).toEqual([0x80, 1]);
  expect(unsigned(624_485)).toEqual([0xe5, 0x8e, 0x26]);
});

describe.skipIf(!features.simd)("compiled", () => {
  test("constants of any size keep their value", () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(run(0, () => i32.const(value))).toBe(value);
      }),
    );
  });

  test("loops and branches", () => {
    const module = new ModuleBuilder();
    const f = module.function("sumOfOdd", ["i32"], ["i32"]);
    const [n] = f.parameters;
    const sum = f.local("i32");
    f.body(
      whileLoop(
        n.get,
        when(i32.and(n.get, i32.const(1)), sum.increase(n.get), sum.increase(0)),
        n.increase(-1),
      ),
      sum.get,
    );
    expect(instantiate(module).sumOfOdd(10)).toBe(1 + 3 + 5 + 7 + 9);
  });

  test("a choice without a branch", () => {
    const larger = (a: Code, b: Code) => select(a, b, i32.gtU(a, b));
    expect(run(2, larger, 3, 5)).toBe(5);
    expect(run(2, larger, 8, 5)).toBe(8);
  });

  const numbers = [1.5, -2.25, 0, -0, 3.75, 1e30, Infinity, NaN];
  const binary: [name: keyof Floats, f: (a: number, b: number) => number][] = [
    ["add", (a, b) => a + b],
    ["sub", (a, b) => a - b],
    ["mul", (a, b) => a * b],
    ["div", (a, b) => a / b],
    ["min", Math.min],
    ["max", Math.max],
    ["pmin", (a, b) => (b < a ? b : a)],
    ["pmax", (a, b) => (a < b ? b : a)],
  ];
  const unary: [name: keyof Floats, f: (a: number) => number][] = [
    ["abs", Math.abs],
    ["neg", (a) => -a],
    ["sqrt", Math.sqrt],
    ["ceil", Math.ceil],
    ["floor", Math.floor],
    ["trunc", Math.trunc],
  ];
  test.each([
    ["f32x4", f32x4, Float32Array],
    ["f64x2", f64x2, Float64Array],
  ] as const)("the arithmetic of %s is that of JavaScript", (_, floats, Kind) => {
    const { bytes } = floats;
    const memory = Kind === Float32Array ? engineFloat32 : engineFloat64;
    const at = scratch(64);
    const vector = (code: (a: Code, b: Code) => Code): ((a: number, b: number) => number) => {
      const module = new ModuleBuilder();
      const f = module.function("f", ["i32"]);
      const [x] = f.parameters;
      f.body(v128.store(x.get, code(v128.load(x.get), v128.load(x.get, 16)), 32));
      const call = instantiate(module).f;
      return (a, b) => {
        memory().fill(a, at / bytes, (at + 16) / bytes);
        memory().fill(b, (at + 16) / bytes, (at + 32) / bytes);
        call(at);
        return memory()[(at + 32) / bytes + floats.lanes - 1];
      };
    };
    for (const [name, expected] of binary) {
      const operation = floats[name] as (a: Code, b: Code) => Code;
      const compiled = vector(operation);
      for (const a of numbers)
        for (const b of numbers) {
          const [value] = Kind.of(expected(Kind.of(a)[0], Kind.of(b)[0]));
          expect(compiled(a, b), `${name}(${a}, ${b})`).toBe(value);
        }
    }
    for (const [name, expected] of unary) {
      const operation = floats[name] as (a: Code) => Code;
      const compiled = vector((a) => operation(a));
      for (const a of numbers)
        expect(compiled(a, 0), `${name}(${a})`).toBe(Kind.of(expected(Kind.of(a)[0]))[0]);
    }
  });
});
