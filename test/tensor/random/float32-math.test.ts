import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logFloat32, sinCosFloat32 } from "../../../src/tensor/random/float32-math.js";

/** The 2^24 values that a float32 uniform can take. */
const unit = fc.nat(2 ** 24 - 1).map((k) => k * 2 ** -24);
const out = new Float32Array(2);

describe("the polynomials stay close to the functions", () => {
  test("logFloat32 on (0, 1]", () => {
    fc.assert(
      fc.property(unit, (u) => {
        const truth = Math.log(1 - u);
        expect(Math.abs(logFloat32(Math.fround(1 - u)) - truth)).toBeLessThanOrEqual(
          1e-7 * Math.max(1, -truth),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test("sinCosFloat32 over a whole turn", () => {
    fc.assert(
      fc.property(unit, (u) => {
        const angle = Math.fround(2 * Math.PI * u);
        sinCosFloat32(angle, out);
        expect(Math.abs(out[0]! - Math.sin(angle))).toBeLessThanOrEqual(1.2e-7);
        expect(Math.abs(out[1]! - Math.cos(angle))).toBeLessThanOrEqual(1.2e-7);
      }),
      { numRuns: 2000 },
    );
  });

  test("exactly where the functions are exact", () => {
    expect(logFloat32(1)).toBe(0);
    sinCosFloat32(0, out);
    expect([...out]).toEqual([0, 1]);
  });
});
