import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { missing } from "../../requirements.js";
import { askTorch, fromPython } from "./python.js";

interface Sum {
  seed: number;
  shape: number[];
  /** The order of the dimensions in memory: sums depend on where elements lie. */
  order: number[];
  dim: number[];
  dtype: "float32" | "float64";
  verb: "sum" | "mean";
}

const dimensions = fc.array(fc.constantFrom(1, 2, 3, 5, 7, 8, 9, 16, 31, 40), { minLength: 1, maxLength: 4 });
const sums: fc.Arbitrary<Sum> = dimensions.chain((shape) => {
  const all = shape.map((_, d) => d);
  return fc.record({
    seed: fc.nat(1000),
    shape: fc.constant(shape),
    order: fc.shuffledSubarray(all, { minLength: all.length }),
    dim: fc.subarray(all, { minLength: 1 }),
    dtype: fc.constantFrom("float32", "float64"),
    verb: fc.constantFrom("sum", "mean"),
  });
});

/** One long row, and many: where the cascade has all its levels. */
const long: Sum[] = [100, 1000, 32_767].flatMap((size) =>
  [
    { shape: [size], dim: [0] },
    { shape: [3, size], dim: [1] },
    { shape: [size, 3], dim: [0] },
    { shape: [size, 40], dim: [0] },
  ].map((entry) => ({
    ...entry,
    seed: size,
    order: entry.shape.map((_, d) => d),
    dtype: "float32",
    verb: "sum",
  })),
);

const inPython = ({ seed, shape, order, dim, dtype, verb }: Sum): string =>
  `(torch.manual_seed(${seed}), torch.rand([${shape}], dtype=torch.${dtype}).permute([${order}]).${verb}([${dim}]))[1]`;

function here({ seed, shape, order, dim, dtype, verb }: Sum): torch.Tensor {
  torch.manualSeed(seed);
  return torch.rand(shape, { dtype }).permute(order)[verb](dim);
}

const noTorch = missing("python3-torch");

describe.skipIf(noTorch)("sums of floats are PyTorch's to the last bit", () => {
  const cases = [...long, ...fc.sample(sums, { numRuns: 300, seed: 1 })];
  const answers = noTorch ? [] : askTorch(cases.map(inPython));
  test.each(cases.map((entry, k) => ({ entry, code: inPython(entry), answer: answers[k] })))(
    "$code",
    ({ entry, answer }) => {
      if (answer.kind !== "tensor") throw new Error(JSON.stringify(answer));
      expect([...here(entry).toArray()]).toEqual(answer.values.map(fromPython));
    },
  );
});
