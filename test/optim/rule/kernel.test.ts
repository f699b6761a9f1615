import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelArray, KernelDtype, Step } from "../../../src/optim/rule/kernel.js";
import { print } from "../../../src/optim/rule/notation.js";
import { reference } from "../../../src/optim/rule/reference.js";
import { Rule } from "../../../src/optim/rule/rule.js";
import { adamRule, rules, sgdRule } from "../options.js";
import { close, numberExpressions, steadyValue } from "./support.js";

const make = { float32: Float32Array, float64: Float64Array };

/** A step of one element, with no states to begin with. */
const stepAt = (t: number, options: object): Step => ({
  t,
  options,
  fresh: 0,
  numbers: new Float64Array(4),
  round: (value) => value,
  count: 1,
});

/** Steps with the kernel over whole arrays, and with the reference for each element; both must agree. */
function compare(
  rule: Rule,
  options: object,
  dtype: KernelDtype,
  n: number,
  steps: number,
  seed: number,
): void {
  let random = seed;
  const next = (): number => {
    random = (random * 48271) % 2147483647;
    return (random / 2147483647) * 4 - 2;
  };
  const kernel = rule.kernel(options);
  const arrays: KernelArray[] = kernel.arrays.map(
    (_, k) => new make[dtype](Array.from({ length: n }, () => (k === 0 ? next() : 0))),
  );
  const scalars = new Float64Array(kernel.slots);
  // Numbers that are states are kept in float32 or, where that is the default dtype, float64.
  const round = dtype === "float32" ? Math.fround : (value: number): number => value;
  const numbers = new Float64Array(kernel.states.length);
  for (let t = 1; t <= steps; t++) {
    for (let i = 0; i < n; i++) arrays[1][i] = next();
    const gradient = arrays[1].slice();
    const fresh = t === 1 ? 2 ** kernel.states.length - 1 : 0;
    const places = kernel.states.map((name, k) => ({ name, own: kernel.scalarStates[k] }));
    const values = ({ name, own }: { name: string; own: number }): number[] =>
      own < 0 ? [...arrays[kernel.arrays.indexOf(name)]] : [numbers[own]];
    const state = t === 1 ? {} : Object.fromEntries(places.map((place) => [place.name, values(place)]));
    const input = { θ: [...arrays[0]], g: [...gradient], t, state, options, round };
    const wanted = reference(rule.active(options), rule.meanings, input);
    // How far the step's result moves when what goes into it moves by a unit in the last place of float32.
    const moved = reference(rule.active(options), rule.meanings, {
      ...input,
      g: input.g.map((value) => value * (1 + 2 ** -23)),
      state: Object.fromEntries(
        Object.entries(state).map(([name, list]) => [name, list.map((value) => value * (1 - 2 ** -23))]),
      ),
    });
    const step = { t, options, fresh, numbers, round, count: n };
    for (const [stage, { prepare }] of kernel.stages.entries())
      kernel.pass(prepare(scalars, step), dtype, stage)(n, scalars, arrays);
    // float32 rounds after every operation: some units in the last place.
    const tolerance = dtype === "float64" ? 1e-12 : 2 ** -20;
    const check = (
      what: string,
      actual: readonly number[],
      expected: readonly number[],
      other: readonly number[],
    ): void => {
      for (const [i, value] of expected.entries()) {
        const amplified = dtype === "float32" ? 8 * Math.abs(other[i] - value) : 0;
        if (!close(actual[i], value, tolerance) && !(Math.abs(actual[i] - value) <= amplified))
          throw new Error(`${what}[${i}] in step ${t} is ${actual[i]}, by the reference ${value}`);
      }
    };
    check("θ", [...arrays[0]], wanted.θ, moved.θ);
    for (const place of places) {
      const zeros = values(place).fill(0);
      const [own, other] = [wanted, moved].map((result) => result.state[place.name] ?? zeros);
      check(place.name, values(place), own, other);
    }
    expect(arrays[1]).toEqual(gradient);
  }
}

describe("the kernel does what the reference does", () => {
  const dtype = fc.constantFrom<KernelDtype>("float32", "float64");
  const size = fc.oneof(fc.constantFrom(0, 1, 2, 7), fc.integer({ min: 0, max: 100 }));
  const seed = fc.integer({ min: 1, max: 2147483646 });

  it.each(rules)("for %s with any options", (_, rule, options) => {
    fc.assert(
      fc.property(options, dtype, size, seed, (own, type, n, start) => compare(rule, own, type, n, 4, start)),
      { numRuns: 40 },
    );
  });

  it("for 10,000 elements", () => {
    compare(
      adamRule,
      {
        lr: 0.1,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weightDecay: 0.1,
        amsgrad: true,
        maximize: false,
        decoupledWeightDecay: false,
      },
      "float64",
      10_000,
      2,
      7,
    );
  });

  it("for any expression, over the elements and before the pass", () => {
    const values = { θ: 1.37, g: -0.61, α: 0.83, β1: 2.19, t: 3 };
    const options = { α: values.α, β1: values.β1 };
    fc.assert(
      fc.property(
        numberExpressions(["α", "β1", "t"]),
        numberExpressions([...Object.keys(values), "s"]),
        (scalar, element) => {
          const s = steadyValue(scalar, values);
          const wanted = steadyValue(element, { ...values, s });
          fc.pre(Number.isFinite(s) && Number.isFinite(wanted));
          const rule = new Rule(
            print([
              { kind: "assign", target: "s", value: scalar, at: 0 },
              { kind: "assign", target: "θ", value: element, at: 0 },
            ]),
            options,
          );
          const kernel = rule.kernel(options);
          const scalars = new Float64Array(kernel.slots);
          const arrays = [Float64Array.of(values.θ), Float64Array.of(values.g)];
          kernel.pass(kernel.stages[0].prepare(scalars, stepAt(values.t, options)), "float64")(
            1,
            scalars,
            arrays,
          );
          expect(close(arrays[0][0], wanted, 1e-8)).toBe(true);
          expect(close(rule.byHand({ θ: values.θ, g: values.g, t: values.t, options }).θ, wanted, 1e-8)).toBe(
            true,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("conditions that t decides", () => {
  const rule = new Rule(
    `
    ρ ← 1 − b^t
    when ρ > 0.5 and warm:
      s ← 2·ρ
      u ← u + s·g
    otherwise when t = 1:
      s ← 10
      u ← g
    u ← 0                 otherwise
    θ ← θ − lr·u
    `,
    { lr: 1, b: 0.6, warm: true },
  );

  it("choose the path anew in every step", () => {
    const kernel = rule.kernel({ lr: 1, b: 0.6, warm: true });
    const paths = [1, 2, 3].map((t) =>
      kernel.stages[0].prepare(new Float64Array(kernel.slots), stepAt(t, { lr: 1, b: 0.6, warm: true })),
    );
    expect(new Set(paths).size).toBe(2);
    for (const warm of [true, false]) compare(rule, { lr: 0.5, b: 0.6, warm }, "float64", 5, 5, 3);
  });

  it("count steps and keep states only where active lines use them", () => {
    expect(sgdRule.kernel({ lr: 1, momentum: 0, weightDecay: 0, maximize: false })).toMatchObject({
      arrays: ["θ", "g"],
      countsSteps: false,
    });
    expect(
      adamRule.kernel({ lr: 1, betas: [0.9, 0.9], eps: 0, weightDecay: 0, amsgrad: false, maximize: false }),
    ).toMatchObject({
      arrays: ["θ", "g", "m", "v"],
      stateKeys: ["expAvg", "expAvgSq"],
      countsSteps: true,
    });
  });
});

it("kernels are compiled once for each set of active lines", () => {
  const options = { lr: 0.1, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false };
  const kernel = sgdRule.kernel(options);
  expect(sgdRule.kernel({ ...options, lr: 0.2 })).toBe(kernel);
  expect(sgdRule.kernel({ ...options, maximize: true })).not.toBe(kernel);
  expect(kernel.pass(0, "float32")).toBe(kernel.pass(0, "float32"));
  expect(kernel.pass(0, "float32")).not.toBe(kernel.pass(0, "float64"));
});

it("what depends on no tensor is one number per factor", () => {
  const { slots } = new Rule("θ ← θ − lr/(1 − b^t)·g·2/(1 + b)", { lr: 1, b: 0.5 }).kernel({ lr: 1, b: 0.5 });
  expect(slots).toBe(1);
});
