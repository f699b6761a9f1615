import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  type ConvolutionSizes,
  convolve,
  convolveTransposed,
  convolveWeight,
  type Dense,
} from "../../../src/engine/convolution.js";
import { Storage } from "../../../src/engine/storage.js";
import {
  convolveCompiled,
  convolveTransposedCompiled,
  convolveWeightCompiled,
} from "../../../src/engine/wasm/convolution.js";
import { features } from "../../../src/engine/wasm/features.js";
import { getNumThreads, setNumThreads } from "../../../src/engine/wasm/threads.js";

let isShort = false;
vi.mock("../../../src/engine/wasm/memory.js", async (original) => {
  const memory = await original<typeof import("../../../src/engine/wasm/memory.js")>();
  const layOut = (lengths: readonly number[], bytes: number) =>
    isShort ? null : memory.layOut(lengths, bytes);
  return { ...memory, layOut };
});
vi.mock("../../../src/engine/wasm/workbench.js", async (original) => {
  const bench = await original<typeof import("../../../src/engine/wasm/workbench.js")>();
  const layOutOnWorkbench = (sizes: readonly number[]) => (isShort ? null : bench.layOutOnWorkbench(sizes));
  return { ...bench, layOutOnWorkbench };
});

type Floats = Float32Array | Float64Array;
type FloatsConstructor = Float32ArrayConstructor | Float64ArrayConstructor;

function dense(Kind: FloatsConstructor, length: number, offset: number, seed: number): Dense {
  let state = seed + 1;
  const data = new Kind(offset + length).map(() => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2 ** 30 - 1;
  });
  return { storage: new Storage(data), offset };
}

/** How many elements input, weight and output have. */
function lengths({ batch, groups, inputs, outputs, inputSize, outputSize, kernelSize }: ConvolutionSizes) {
  const area = ([height, width]: readonly [number, number]): number => height * width;
  return {
    input: batch * groups * inputs * area(inputSize),
    weight: groups * outputs * inputs * area(kernelSize),
    output: batch * groups * outputs * area(outputSize),
  };
}

/** Calls `visit` for every product x[…] · w[…] that is part of y[…]. */
function eachProduct(sizes: ConvolutionSizes, visit: (x: number, w: number, y: number) => void): void {
  const { batch, groups, inputs, outputs, inputSize, outputSize, kernelSize } = sizes;
  const { stride, padding, dilation } = sizes;
  const indices = [batch, groups, outputs, inputs, ...kernelSize, ...outputSize];
  const walk = (d: number, at: number[]): void => {
    if (d < indices.length) {
      for (let k = 0; k < indices[d]; k++) walk(d + 1, [...at, k]);
      return;
    }
    const [n, g, o, c, i, j, y, x] = at;
    const [row, column] = [y, x].map((p, a) => p * stride[a] + [i, j][a] * dilation[a] - padding[a]);
    if (row < 0 || column < 0 || row >= inputSize[0] || column >= inputSize[1]) return;
    visit(
      (((n * groups + g) * inputs + c) * inputSize[0] + row) * inputSize[1] + column,
      (((g * outputs + o) * inputs + c) * kernelSize[0] + i) * kernelSize[1] + j,
      (((n * groups + g) * outputs + o) * outputSize[0] + y) * outputSize[1] + x,
    );
  };
  walk(0, []);
}

/** A sum of products beside what it may be off: n roundings of at most the sum of all sizes (Higham 2002, section 3.1). */
class Sums {
  readonly values: Float64Array;
  readonly #sizes: Float64Array;
  readonly #counts: Float64Array;

  constructor(length: number) {
    [this.values, this.#sizes, this.#counts] = [1, 2, 3].map(() => new Float64Array(length));
  }

  add(at: number, value: number): void {
    this.values[at] += value;
    this.#sizes[at] += Math.abs(value);
    this.#counts[at]++;
  }

  expectIn(values: Floats): void {
    const unit = values instanceof Float32Array ? 2 ** -24 : 2 ** -51;
    for (const [k, expected] of this.values.entries())
      if (!(Math.abs(values[k] - expected) <= (this.#counts[k] + 1) * unit * this.#sizes[k]))
        throw new Error(`[${k}] is ${values[k]}, not ${expected}`);
  }
}

const small = fc.integer({ min: 1, max: 3 });
const pair = fc.tuple(small, small);
const sizesOf = fc
  .record({
    batch: small,
    groups: fc.constantFrom(1, 1, 2),
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 10 }),
    inputSize: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 11 })),
    kernelSize: pair,
    stride: pair,
    padding: fc.tuple(fc.nat(2), fc.nat(2)),
    dilation: fc.tuple(fc.constantFrom(1, 1, 2), fc.constantFrom(1, 1, 2)),
    behind: fc.tuple(fc.nat(2), fc.nat(2)),
  })
  .map(({ behind, ...sizes }): ConvolutionSizes => {
    const size = (d: 0 | 1): number => {
      const reach =
        sizes.inputSize[d] + sizes.padding[d] + behind[d] - sizes.dilation[d] * (sizes.kernelSize[d] - 1);
      return Math.floor((reach - 1) / sizes.stride[d]) + 1;
    };
    return { ...sizes, outputSize: [size(0), size(1)] };
  })
  .filter(({ outputSize }) => outputSize.every((size) => size >= 1));

/** More products in a sum, and more positions, than are worked on at once. */
const deep: ConvolutionSizes = {
  ...{ batch: 1, groups: 1, inputs: 40, outputs: 3 },
  ...{ inputSize: [18, 17], outputSize: [18, 17], kernelSize: [3, 3] },
  ...{ stride: [1, 1], padding: [1, 1], dilation: [1, 1] },
};

describe.skipIf(!features.simd)("compiled convolutions", () => {
  test("are sums of products, whatever the sizes, as their two transposes are", () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 60, arbitrary: sizesOf }, { weight: 1, arbitrary: fc.constant(deep) }),
        ...([fc.constantFrom<FloatsConstructor>(Float32Array, Float64Array), fc.boolean()] as const),
        ...([fc.nat(3), fc.nat(1000)] as const),
        (sizes, Kind, hasBias, offset, seed) => {
          const length = lengths(sizes);
          const input = dense(Kind, length.input, offset, seed);
          const weight = dense(Kind, length.weight, offset, seed + 1);
          const gradient = dense(Kind, length.output, offset, seed + 2);
          const bias = hasBias ? dense(Kind, sizes.groups * sizes.outputs, offset, seed + 3) : null;
          const [x, w, g] = [input, weight, gradient].map(({ storage }) => storage.data.subarray(offset));
          const plane = sizes.outputSize[0] * sizes.outputSize[1];
          const channels = sizes.groups * sizes.outputs;
          const expected = {
            output: new Sums(length.output),
            input: new Sums(length.input),
            weight: new Sums(length.weight),
          };
          if (bias !== null)
            for (let k = 0; k < length.output; k++)
              expected.output.add(k, bias.storage.data[offset + (Math.floor(k / plane) % channels)]);
          eachProduct(sizes, (i, k, o) => {
            expected.output.add(o, x[i] * w[k]);
            expected.input.add(i, g[o] * w[k]);
            expected.weight.add(k, g[o] * x[i]);
          });
          const out = {
            output: new Kind(length.output).fill(NaN),
            input: new Kind(length.input).fill(NaN),
            weight: new Kind(length.weight).fill(NaN),
          };
          expect(convolveCompiled(sizes, input, weight, bias, out.output)).toBe(true);
          expect(convolveTransposedCompiled(sizes, gradient, weight, null, out.input)).toBe(true);
          expect(convolveWeightCompiled(sizes, input, gradient, out.weight)).toBe(true);
          for (const name of ["output", "input", "weight"] as const) expected[name].expectIn(out[name]);
        },
      ),
      { numRuns: 120, examples: [[deep, Float32Array, true, 1, 1]] },
    );
  });

  test("without memory, plain JavaScript gives the same", () => {
    const length = lengths(deep);
    const [input, weight, gradient] = [length.input, length.weight, length.output].map((count, k) =>
      dense(Float64Array, count, 0, k),
    );
    const results = [false, true].map((short) => {
      const [output, byInput, byWeight] = [length.output, length.input, length.weight].map((count) =>
        new Float64Array(count).fill(NaN),
      );
      isShort = short;
      convolve(deep, input, weight, null, output);
      convolveTransposed(deep, gradient, weight, null, byInput);
      convolveWeight(deep, input, gradient, byWeight);
      isShort = false;
      return [output, byInput, byWeight];
    });
    for (const [k, compiled] of results[0].entries())
      for (const [i, value] of compiled.entries()) expect(results[1][k][i]).toBeCloseTo(value, 11);
  });

  test("threads give the numbers of one", () => {
    const many: ConvolutionSizes = { ...deep, batch: 13, groups: 2, outputs: 5, stride: [2, 1] };
    const sizes = { ...many, outputSize: [9, 17] as const };
    const length = lengths(sizes);
    const operands = [length.input, length.weight, length.output].map((count, k) =>
      dense(Float32Array, count, k, k),
    );
    const before = getNumThreads();
    const results = [1, 3].map((threads) => {
      setNumThreads(threads);
      const [input, weight, gradient] = operands;
      const out = [length.output, length.input, length.weight].map((count) => new Float32Array(count));
      expect(convolveCompiled(sizes, input, weight, null, out[0])).toBe(true);
      expect(convolveTransposedCompiled(sizes, gradient, weight, null, out[1])).toBe(true);
      expect(convolveWeightCompiled(sizes, input, gradient, out[2])).toBe(true);
      return out;
    });
    setNumThreads(before);
    expect(results[1]).toEqual(results[0]);
  });

  test("operands of two types are refused", () => {
    const { input, weight, output } = lengths(deep);
    const x = dense(Float32Array, input, 0, 1);
    const w = dense(Float64Array, weight, 0, 1);
    expect(convolveCompiled(deep, x, w, null, new Float32Array(output))).toBe(false);
  });
});
