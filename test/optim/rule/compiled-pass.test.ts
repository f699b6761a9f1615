import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { Storage } from "../../../src/engine/storage.js";
import { features } from "../../../src/engine/wasm/features.js";
import type { KernelArray, KernelDtype } from "../../../src/optim/rule/kernel.js";
import { Rule } from "../../../src/optim/rule/rule.js";
import { rules } from "../options.js";

const make = { float32: Float32Array, float64: Float64Array };

/** Three steps of a rule with both passes over the same numbers; the compiled one may find some arrays in its memory. */
function compare(
  rule: Rule,
  options: object,
  dtype: KernelDtype,
  n: number,
  settled: number,
  seed: number,
): void {
  const kernel = rule.kernel(options);
  let random = seed;
  const next = (): number => {
    random = (random * 48271) % 2147483647;
    return (random / 2147483647) * 4 - 2;
  };
  const plain: KernelArray[] = kernel.arrays.map(() => new make[dtype](n).map(next));
  const storages = plain.map((array) => new Storage(array.slice()));
  for (const [k, storage] of storages.entries()) if (settled & (1 << k)) storage.settle();
  const numbers = [new Float64Array(8), new Float64Array(8)];
  const round = dtype === "float32" ? Math.fround : (value: number): number => value;
  const scalars = [new Float64Array(kernel.slots), new Float64Array(kernel.slots)];
  for (let t = 1; t <= 3; t++) {
    const fresh = t === 1 ? 2 ** kernel.states.length - 1 : 0;
    const steps = numbers.map((own) => ({ t, options, fresh, numbers: own, round, count: n }));
    for (const [stage, { prepare }] of kernel.stages.entries()) {
      const [path, other] = steps.map((step, k) => prepare(scalars[k], step));
      expect(other).toBe(path);
      kernel.pass(path, dtype, stage)(n, scalars[0], plain);
      const compiled = kernel.compiledPass(path, dtype, stage);
      if (compiled === null) throw new Error(`a stage of this rule is not compiled: ${rule}`);
      const arrays = storages.map(({ data }) => data as KernelArray);
      compiled(
        n,
        scalars[1],
        arrays,
        storages.map(({ address }) => address),
      );
    }
    // float64 is the same to the last bit. A fused float32 product is rounded once, where plain JavaScript rounds to
    // float64 first. Sums are added up in another order, which moves what follows from them.
    const unit = dtype === "float32" ? 2 ** -21 : 0;
    const moved = kernel.stages.length === 1 ? 0 : dtype === "float32" ? 2 ** -18 : 2 ** -44;
    for (const [k, array] of plain.entries())
      for (let i = 0; i < n; i++) {
        const value = storages[k].data[i];
        const allowed = Math.max(unit * Math.max(1, Math.abs(array[i])), moved);
        if (!(Math.abs(value - array[i]) <= allowed) && !Object.is(value, array[i]))
          throw new Error(
            `${kernel.arrays[k]}[${i}] in step ${t} is ${value}, in plain JavaScript ${array[i]}`,
          );
      }
  }
}

const sizes = fc.oneof(fc.nat(9), fc.constantFrom(63, 4095, 4096, 4097, 10_000));

describe.skipIf(!features.simd)("compiled, a pass does what it does in plain JavaScript", () => {
  for (const [name, rule, options] of rules)
    it.each(["float32", "float64"] as const)(`${name}, %s`, (dtype) => {
      fc.assert(
        fc.property(
          options,
          sizes,
          fc.nat(255),
          fc.integer({ min: 1, max: 1e6 }),
          (given, n, settled, seed) => {
            compare(rule, given, dtype, n, settled, seed);
          },
        ),
        { numRuns: 25 },
      );
    });

  test("conditions of elements, signs, maxima, cubes, and, or, not", () => {
    const rule = new Rule(
      `
      when g > 0 and p < 1:
        a ← g³ + 1
        when not (g < 0.5 or p ≠ p):
          a ← a − max(g, p, 0.25)/2
      when g ≤ −1:
        a ← sign(g)·|p|²·p
      a ← min(a, √|g|)              otherwise
      p ← p·a − g/(a² + 1)
      θ ← θ − lr·a
      `,
      { lr: 0.1 },
    );
    for (const dtype of ["float32", "float64"] as const) compare(rule, { lr: 0.1 }, dtype, 1001, 5, 7);
  });
});

test("a function that has no instruction is left to plain JavaScript", () => {
  const rule = new Rule("θ ← θ − lr·tanh(g)", { lr: 0.1 });
  expect(rule.kernel({ lr: 0.1 }).compiledPass(0, "float32")).toBeNull();
});
