import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe("integers of 64 bits", () => {
  test("are kept whole by tensors, their copies and their views", () => {
    fc.assert(
      fc.property(fc.array(integer, { minLength: 1, maxLength: 12 }), (values) => {
        const x = torch.tensor(BigInt64Array.from(values));
        expect(x.dtype).toBe("int64");
        expect([...x.toBigInt64Array()]).toEqual(values);
        expect([...x.clone().toBigInt64Array()]).toEqual(values);
        expect([...x.narrow(0, 0, 1).toBigInt64Array()]).toEqual([values[0]]);
        const pairs = torch.tensor([values, values]);
        expect([...pairs.t().toBigInt64Array()]).toEqual(values.flatMap((value) => [value, value]));
        expect([...torch.zeros([values.length], { dtype: "int64" }).copy_(x).toBigInt64Array()]).toEqual(
          values,
        );
        expect(x.tolist()).toEqual(values.map(Number));
      }),
    );
  });

  test("become float64 in arithmetic, which is exact to 2^53", () => {
    const x = torch.tensor([2n ** 53n - 1n, -(2n ** 53n)]);
    expect([...x.add(0).toBigInt64Array()]).toEqual([2n ** 53n - 1n, -(2n ** 53n)]);
    expect(
      torch
        .tensor([2n ** 60n + 1n])
        .to("float64")
        .tolist(),
    ).toEqual([2 ** 60]);
  });

  test("lose what float64 lacks when they are changed in place", () => {
    const x = torch.tensor([2n ** 60n + 1n]);
    x.add_(0);
    expect([...x.toBigInt64Array()]).toEqual([2n ** 60n]);
  });

  test("are refused beyond 64 bits, and toBigInt64Array for floating point", () => {
    expect(() => torch.tensor([2n ** 63n])).toThrow(
      "cannot be converted to type int64 without overflow: 9223372036854775808",
    );
    expect(() => torch.ones([1]).toBigInt64Array()).toThrow("only for integers, and this tensor is float32");
    expect(() => torch.tensor([300n], { dtype: "uint8" })).toThrow("uint8");
  });

  test("random_() draws all 63 bits, in a view too", () => {
    torch.manualSeed(0);
    const direct = torch.empty([6], { dtype: "int64" }).random_().toBigInt64Array();
    torch.manualSeed(0);
    const transposed = torch.empty([3, 2], { dtype: "int64" }).t();
    expect([...transposed.random_().t().toBigInt64Array()]).toEqual([...direct]);
    expect(direct.some((value) => value > 2n ** 53n)).toBe(true);
  });
});
