import fc from "fast-check";
import { afterEach, describe, expect, it, test } from "vitest";
import { Storage } from "../../../src/engine/storage.js";
import { features } from "../../../src/engine/wasm/features.js";
import { getNumThreads, setNumThreads } from "../../../src/engine/wasm/threads.js";
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
      compiled.begin(scalars[1]);
      compiled.add(
        n,
        arrays,
        storages.map(({ address }) => address),
      );
      compiled.end();
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

describe.skipIf(!features.simd)("several parameters between begin and end", () => {
  const rule = new Rule("m ← beta·m + g\nθ ← θ − lr·m", { lr: 0.1, beta: 0.9 });
  const kernel = rule.kernel({ lr: 0.1, beta: 0.9 });
  const before = getNumThreads();
  afterEach(() => setNumThreads(before));

  test.each([
    [1, [5, 300, 0, 4097]],
    [1, new Array(600).fill(7)],
    [3, [5, 16_384, 16_385, 99_999, 1]],
    [3, new Array(600).fill(301)],
    [3, [5_000_003]],
  ])("are each done once, on %d threads", (threads, sizes) => {
    setNumThreads(threads);
    const options = { lr: 0.1, beta: 0.9 };
    const scalars = new Float64Array(kernel.slots);
    const step = { t: 1, options, fresh: 0, numbers: new Float64Array(0), round: Math.fround, count: 0 };
    const path = kernel.stages[0].prepare(scalars, step);
    const compiled = kernel.compiledPass(path, "float32")!;
    const parameters = sizes.map((n, j) =>
      kernel.arrays.map((_, k) => new Storage(new Float32Array(n).map((_, i) => ((i + j) % 7) - k))),
    );
    const plain = parameters.map((storages) => storages.map(({ data }) => data.slice() as KernelArray));
    // Every third gradient stays where the kernel does not see it.
    for (const [j, storages] of parameters.entries())
      for (const [k, storage] of storages.entries()) if (k !== 1 || j % 3 > 0) storage.settle();
    compiled.begin(scalars);
    for (const [j, storages] of parameters.entries()) {
      const arrays = storages.map(({ data }) => data as KernelArray);
      const addresses = storages.map(({ address }) => address);
      compiled.add(sizes[j], arrays, addresses);
    }
    compiled.end();
    for (const [j, arrays] of plain.entries()) {
      kernel.pass(path, "float32")(sizes[j], scalars, arrays);
      for (const [k, array] of arrays.entries()) {
        const { data } = parameters[j][k];
        const wrong = array.findIndex((value, i) => Math.abs(value - data[i]) > 2e-6);
        expect([j, kernel.arrays[k], wrong]).toEqual([j, kernel.arrays[k], -1]);
      }
    }
  });
});

test("a function that has no instruction is left to plain JavaScript", () => {
  const rule = new Rule("θ ← θ − lr·tanh(g)", { lr: 0.1 });
  expect(rule.kernel({ lr: 0.1 }).compiledPass(0, "float32")).toBeNull();
});
