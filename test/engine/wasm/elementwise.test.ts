import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Elementwise } from "../../../src/engine/elementwise.js";
import { Storage } from "../../../src/engine/storage.js";
import type { Strided } from "../../../src/engine/strided.js";
import { VectorExpression } from "../../../src/engine/wasm/elementwise.js";
import { features } from "../../../src/engine/wasm/features.js";
import { setNumThreads } from "../../../src/engine/wasm/threads.js";
import { vector } from "./support.js";

let isShort = false;
vi.mock("../../../src/engine/wasm/memory.js", async (original) => {
  const memory = await original<typeof import("../../../src/engine/wasm/memory.js")>();
  return { ...memory, scratch: (size: number) => (isShort ? 0 : memory.scratch(size)) };
});
vi.mock("../../../src/engine/wasm/workbench.js", async (original) => {
  const workbench = await original<typeof import("../../../src/engine/wasm/workbench.js")>();
  const layOutOnWorkbench = (sizes: readonly number[]): number[] | null =>
    isShort ? null : workbench.layOutOnWorkbench(sizes);
  return { ...workbench, layOutOnWorkbench };
});

const ARRAYS = { float32: Float32Array, float64: Float64Array };
type DType = keyof typeof ARRAYS;

/** What the expressions consist of, in float32 and in plain JavaScript. */
interface Sample {
  readonly text: string;
  /** The same with every operation rounded by `r`. */
  readonly rounded: string;
}

const leaf = fc
  .constantFrom("a", "b", "c", "0", "1", "-1", "0.5", "2", "NaN", "Infinity", "-Infinity")
  .map((text): Sample => ({ text: text.startsWith("-") ? `(${text})` : text, rounded: `(${text})` }));

const { number } = fc.letrec<{ number: Sample; condition: Sample }>((tie) => {
  const inner = tie("number");
  const condition = tie("condition");
  return {
    number: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.tuple(fc.constantFrom("+", "-", "*", "/"), inner, inner).map(([operator, x, y]) => ({
        text: `(${x.text} ${operator} ${y.text})`,
        rounded: `r(${x.rounded} ${operator} ${y.rounded})`,
      })),
      inner.map((x) => ({ text: `-(${x.text})`, rounded: `-(${x.rounded})` })),
      inner.map((x) => ({ text: `(${x.text}) ** 2`, rounded: `r((${x.rounded}) ** 2)` })),
      fc
        .tuple(fc.constantFrom("abs", "sqrt", "floor", "ceil", "trunc", "sign"), inner)
        .map(([name, x]) => ({ text: `Math.${name}(${x.text})`, rounded: `r(Math.${name}(${x.rounded}))` })),
      fc.tuple(fc.constantFrom("min", "max"), inner, inner).map(([name, x, y]) => ({
        text: `Math.${name}(${x.text}, ${y.text})`,
        rounded: `Math.${name}(${x.rounded}, ${y.rounded})`,
      })),
      fc.tuple(condition, inner, inner).map(([when, x, y]) => ({
        text: `(${when.text} ? ${x.text} : ${y.text})`,
        rounded: `(${when.rounded} ? ${x.rounded} : ${y.rounded})`,
      })),
    ),
    condition: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(fc.constantFrom("===", "!==", "<", "<=", ">", ">="), inner, inner).map(([operator, x, y]) => ({
        text: `${x.text} ${operator} ${y.text}`,
        rounded: `${x.rounded} ${operator} ${y.rounded}`,
      })),
      fc.tuple(fc.constantFrom("&&", "||"), condition, condition).map(([operator, x, y]) => ({
        text: `(${x.text} ${operator} ${y.text})`,
        rounded: `(${x.rounded} ${operator} ${y.rounded})`,
      })),
    ),
  };
});

const SPECIAL = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2 ** -149, 3e38, -3e38, 1e-30];

function numbers(length: number, dtype: DType, seed: number): Float32Array | Float64Array {
  let state = seed + 1;
  return new ARRAYS[dtype](length).map(() => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 4 === 0 ? SPECIAL[(state >> 4) % SPECIAL.length] : (state / 2_147_483_647) * 8 - 4;
  });
}

type Place = "elsewhere" | "settled" | "repeated";

function operand(place: Place, n: number, offset: number, dtype: DType, seed: number): Strided {
  const count = place === "repeated" ? 1 : n;
  const storage = new Storage(numbers(offset + count + 1, dtype, seed));
  if (place === "settled") storage.settle();
  return { storage, offset, shape: [count], strides: [1], count, rowMajor: true };
}

const place = fc.constantFrom<Place>("elsewhere", "settled", "repeated");
const size = fc.oneof(
  fc.constantFrom(1_024, 4_095, 4_096, 4_097, 8_193),
  fc.integer({ min: 1_024, max: 5_000 }),
);
const offset = fc.nat(3);

describe.skipIf(!features.simd)("compiled expressions", () => {
  test("are those of plain JavaScript, with each operation rounded to the type, wherever the operands lie", () => {
    fc.assert(
      fc.property(
        ...([number, fc.constantFrom<DType>("float32", "float64"), size, place, place, place] as const),
        ...([
          fc.array(offset, { minLength: 4, maxLength: 4 }),
          fc.boolean(),
          fc.boolean(),
          fc.nat(1000),
        ] as const),
        (sample, dtype, n, placeA, placeB, placeC, offsets, isSettled, isInPlace, seed) => {
          const operands = [placeA, placeB, placeC].map((where, k) =>
            operand(where, n, offsets[k], dtype, seed + k),
          );
          const inPlace = isInPlace && placeA !== "repeated";
          const out = inPlace
            ? operands[0]
            : operand(isSettled ? "settled" : "elsewhere", n, offsets[3], dtype, seed + 3);
          const before = out.storage.data.slice();
          const round = dtype === "float32" ? Math.fround : (x: number): number => x;
          const evaluate = new Function("r", `return (a, b, c) => ${sample.rounded};`)(round) as (
            ...values: number[]
          ) => number;
          const expected = before.slice();
          for (let i = 0; i < n; i++) {
            const values = operands.map(
              ({ storage, offset, count }) => storage.data[offset + (count === 1 ? 0 : i)],
            );
            expected[out.offset + i] = evaluate(...values);
          }
          new Elementwise(sample.text, 3).run(out, ...operands);
          for (let i = 0; i < before.length; i++)
            if (!Object.is(out.storage.data[i], expected[i]))
              throw new Error(`[${i}] of ${sample.text} is ${out.storage.data[i]}, not ${expected[i]}`);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each<[text: string, dtype: DType, isCompiled: boolean]>([
    ["a * b + c", "float32", true],
    ["a * b + c", "float64", true],
    ["1 / (1 + Math.exp(-a))", "float32", true],
    ["1 / (1 + Math.exp(-a))", "float64", false],
    ["erf(a)", "float32", true],
    ["a ** 3", "float32", false],
    ["Math.sin(a)", "float32", false],
    ["d", "float32", false],
  ])("%s in %s", (text, dtype, isCompiled) => {
    const loop = new VectorExpression(text).compile(["a", "b", "c"], [false, false, false], dtype);
    expect(loop !== null).toBe(isCompiled);
  });

  test("numbers that JSON confuses are told apart", () => {
    const out = new Float32Array(2_048);
    new Elementwise("a > 1 ? a + NaN : a > 0 ? a + Infinity : 1 / (a * -0) + 1 / (a * 0)", 1).run(
      vector(out),
      vector(out.slice().map((_, i) => (i % 3) - 0.5)),
    );
    expect([...out.subarray(0, 3)]).toEqual([NaN, Infinity, NaN]);
  });

  test("operands of two types are left to plain JavaScript", () => {
    const out = new Float32Array(2_048);
    new Elementwise("a * b", 2).run(
      vector(out),
      vector(new Float64Array(2_048).fill(3)),
      vector(new Int32Array(2_048).fill(2)),
    );
    expect(out.every((value) => value === 6)).toBe(true);
  });

  test.each([
    ["elsewhere", "elsewhere"],
    ["settled", "settled"],
  ] as const)("without memory for them, plain JavaScript does it: %s to %s", (from, to) => {
    const [a, out] = [operand(from, 2_048, 0, "float32", 1), operand(to, 2_048, 0, "float32", 2)];
    // In float32 the square of such a number is not what it is in float64 before it is rounded.
    a.storage.data.fill(1 + 2 ** -12);
    isShort = true;
    new Elementwise("a * a - 1", 1).run(out, a);
    isShort = false;
    const exact = Math.fround((1 + 2 ** -12) ** 2 - 1);
    expect(exact).not.toBe(Math.fround(Math.fround((1 + 2 ** -12) ** 2) - 1));
    expect(out.storage.data.subarray(0, 2_048).every((value) => value === exact)).toBe(true);
  });

  test.each([131_072, 200_000, 200_003])("%i settled elements are done by all threads", (n) => {
    setNumThreads(3);
    const [a, out] = [operand("settled", n, 1, "float32", 5), operand("settled", n, 2, "float32", 6)];
    const factor = operand("repeated", n, 3, "float32", 7);
    factor.storage.data.fill(3);
    const before = out.storage.data.slice();
    new Elementwise("a * b - 1", 2).run(out, a, factor);
    const found = out.storage.data;
    for (let i = 0; i < before.length; i++) {
      const isIn = i >= 2 && i < 2 + n;
      const expected = isIn ? Math.fround(Math.fround(a.storage.data[i - 1] * 3) - 1) : before[i];
      if (!Object.is(found[i], expected)) throw new Error(`[${i}] is ${found[i]}, not ${expected}`);
    }
  });
});
