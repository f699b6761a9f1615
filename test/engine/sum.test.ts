import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Storage } from "../../src/engine/storage.js";
import { isRowMajor, rowMajorStrides, type Strided } from "../../src/engine/strided.js";
import { sumFloats } from "../../src/engine/sum.js";

function strided(
  data: Float32Array | Float64Array,
  shape: number[],
  strides = rowMajorStrides(shape),
  offset = 0,
): Strided {
  const count = shape.reduce((n, size) => n * size, 1);
  return { storage: new Storage(data), offset, shape, strides, count, rowMajor: isRowMajor(shape, strides) };
}

function sums(input: Strided, reduce: boolean[]): number[] {
  const kept = input.shape.filter((_, d) => !reduce[d]);
  const Kind = input.storage.data.constructor as Float64ArrayConstructor;
  const out = strided(new Kind(kept.reduce((n, size) => n * size, 1)), kept);
  sumFloats(out, input, reduce);
  return [...out.storage.data];
}

describe("sumFloats", () => {
  // What PyTorch 1.13 gives for the same numbers; test/peers/torch/sums.test.ts asks it for many more.
  test.each<[size: number, float32: number]>([
    [7, 8.5],
    [12, 15.199999809265137],
    [100, 148.00001525878906],
    [1000, 1498.2999267578125],
  ])("%i elements as PyTorch adds them", (size, expected) => {
    const x = Float32Array.from({ length: size }, (_, k) => ((k * 7) % 31) / 10);
    expect(sums(strided(x, [size]), [true])).toEqual([expected]);
  });

  test("nothing to sum leaves zeros", () => {
    expect(sums(strided(new Float32Array(0), [2, 0]), [false, true])).toEqual([0, 0]);
    expect(sums(strided(Float64Array.of(5), []), [])).toEqual([5]);
  });

  test.each([NaN, Infinity, -Infinity])("%d stays what it is", (value) => {
    const x = new Float32Array(40).fill(1);
    x[17] = value;
    expect(sums(strided(x, [40]), [true])).toEqual([value]);
  });

  test("an infinity of each sign is not a number", () => {
    expect(sums(strided(Float64Array.of(Infinity, -Infinity), [2]), [true])).toEqual([NaN]);
  });

  test("of a million elements in float32, seven digits are right", () => {
    const x = new Float32Array(1_000_000).fill(0.1);
    expect(sums(strided(x, [1_000_000]), [true])[0]).toBeCloseTo(100_000.0015, 1);
  });

  // Whole numbers are exact in any order, so each way of walking must give the plain sum.
  test("whatever the shape, the strides and the dimensions", () => {
    const sizes = fc.array(fc.constantFrom(1, 2, 3, 4, 8, 9, 17, 33), { minLength: 0, maxLength: 4 });
    const cases = sizes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        order: fc.shuffledSubarray(
          shape.map((_, d) => d),
          { minLength: shape.length },
        ),
        gap: fc.constantFrom(1, 2),
        offset: fc.nat(3),
        reduce: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
        single: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, order, gap, offset, reduce, single }) => {
        const strides = new Array<number>(shape.length);
        let step = gap;
        for (const d of order) {
          strides[d] = step;
          step *= shape[d];
        }
        const data = new (single ? Float32Array : Float64Array)(offset + step);
        for (let k = 0; k < data.length; k++) data[k] = ((k * 37) % 101) - 50;
        const input = strided(data, shape, strides, offset);
        const expected = new Map<string, number>();
        const visit = (d: number, at: number, key: string): void => {
          if (d === shape.length) expected.set(key, (expected.get(key) ?? 0) + data[at]);
          else
            for (let k = 0; k < shape[d]; k++)
              visit(d + 1, at + k * strides[d], reduce[d] ? key : `${key},${k}`);
        };
        visit(0, offset, "");
        expect(sums(input, reduce)).toEqual([...expected.values()]);
      }),
    );
  });
});
