import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { gradcheck, gradgradcheck } = torch.autograd;
const F = torch.nn.functional;

/** Values of either sign without a pattern, from a seed that fast-check prints with the counterexample. */
function values(shape: number[], seed: number): torch.Tensor {
  return torch.randn(shape, { dtype: "float64", generator: new torch.Generator(seed) }).requiresGrad_();
}

const small = (least: number, most: number): fc.Arbitrary<number> => fc.integer({ min: least, max: most });

/** A convolution over planes that fits. */
const convolutions = fc
  .record({
    seed: small(0, 1e6),
    batch: small(0, 2),
    groups: small(1, 2),
    inputs: small(1, 2),
    outputs: small(1, 2),
    kernel: fc.tuple(small(1, 3), small(1, 3)),
    stride: fc.tuple(small(1, 3), small(1, 2)),
    padding: fc.tuple(small(0, 2), small(0, 1)),
    dilation: fc.tuple(small(1, 2), small(1, 2)),
    extra: fc.tuple(small(0, 2), small(0, 2)),
    bias: fc.boolean(),
  })
  .map(({ kernel, dilation, padding, extra, ...rest }) => ({
    ...rest,
    kernel,
    dilation,
    padding,
    size: [0, 1].map((d) => Math.max(1, dilation[d]! * (kernel[d]! - 1) + 1 - 2 * padding[d]!) + extra[d]!),
  }));

type Convolution = typeof convolutions extends fc.Arbitrary<infer T> ? T : never;

function operands(c: Convolution): torch.Tensor[] {
  const input = values([c.batch, c.groups * c.inputs, ...c.size], c.seed);
  const weight = values([c.groups * c.outputs, c.inputs, ...c.kernel], c.seed + 1);
  return c.bias ? [input, weight, values([c.groups * c.outputs], c.seed + 2)] : [input, weight];
}

function convolve({ stride, padding, dilation, groups }: Convolution) {
  return (x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | null = null): torch.Tensor =>
    F.conv2d(x, w, b, { stride, padding, dilation, groups });
}

/** The definition, element by element. */
function naive(c: Convolution, [x, w, b]: torch.Tensor[]): number[] {
  const [n, , height, width] = x!.shape as [number, number, number, number];
  const size = [0, 1].map(
    (d) =>
      Math.floor((c.size[d]! + 2 * c.padding[d]! - c.dilation[d]! * (c.kernel[d]! - 1) - 1) / c.stride[d]!) +
      1,
  ) as [number, number];
  const input = x!.toArray();
  const weight = w!.toArray();
  const out: number[] = [];
  for (let image = 0; image < n; image++)
    for (let o = 0; o < c.groups * c.outputs; o++)
      for (let i = 0; i < size[0]; i++)
        for (let j = 0; j < size[1]; j++) {
          let sum = b?.toArray()[o] ?? 0;
          for (let k = 0; k < c.inputs; k++)
            for (let u = 0; u < c.kernel[0]; u++)
              for (let v = 0; v < c.kernel[1]; v++) {
                const y = i * c.stride[0] + u * c.dilation[0] - c.padding[0];
                const z = j * c.stride[1] + v * c.dilation[1] - c.padding[1];
                if (y < 0 || y >= height || z < 0 || z >= width) continue;
                const channel = Math.floor(o / c.outputs) * c.inputs + k;
                sum +=
                  weight[((o * c.inputs + k) * c.kernel[0] + u) * c.kernel[1] + v]! *
                  input[((image * c.groups * c.inputs + channel) * height + y) * width + z]!;
              }
          out.push(sum);
        }
  return out;
}

test("convolution is its definition", () => {
  fc.assert(
    fc.property(convolutions, (c) => {
      const inputs = operands(c);
      const result = convolve(c)(inputs[0]!, inputs[1]!, inputs[2]).toArray();
      const expected = naive(c, inputs);
      expect(result.length).toBe(expected.length);
      expected.forEach((value, k) => {
        expect(result[k]).toBeCloseTo(value, 10);
      });
    }),
    { numRuns: 60 },
  );
});

test("gradients of convolutions, of transposed ones, and their gradients", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(convolutions, (c) => {
      const inputs = operands({ ...c, batch: Math.min(c.batch, 1) });
      const apply = convolve(c) as (...tensors: torch.Tensor[]) => torch.Tensor;
      expect(gradcheck(apply, inputs)).toBe(true);
      expect(gradgradcheck(apply, inputs)).toBe(true);
      const size = apply(...inputs).shape;
      const transposed = (g: torch.Tensor, w: torch.Tensor): torch.Tensor =>
        F.convTranspose2d(g, w, { stride: c.stride, dilation: c.dilation, groups: c.groups });
      const pair = [values([...size], c.seed), inputs[1]!];
      expect(gradcheck(transposed, pair)).toBe(true);
      expect(gradgradcheck(transposed, pair)).toBe(true);
    }),
    { numRuns: 12 },
  );
});

test("float32 and float64 agree", () => {
  const [x, w] = [values([3, 2, 9], 1), values([4, 2, 3], 2)];
  const wide = F.conv1d(x, w, { padding: 1 }).toArray();
  const narrow = F.conv1d(x.float(), w.float(), { padding: 1 });
  expect(narrow.dtype).toBe("float32");
  narrow.toArray().forEach((value, k) => {
    expect(value).toBeCloseTo(wide[k]!, 5);
  });
});

test("gradFn is named as PyTorch's", () => {
  expect(F.conv2d(values([1, 1, 3, 3], 1), values([1, 1, 2, 2], 2)).gradFn?.operation.name).toBe(
    "ConvolutionBackward0",
  );
});

describe("bad input is refused", () => {
  const x = torch.zeros([1, 4, 5, 5]);
  const w = torch.zeros([2, 4, 3, 3]);
  test.each<[call: () => unknown, message: string]>([
    [
      () => F.conv2d(x, torch.zeros([2, 3, 3, 3])),
      "conv2d: given groups=1, weight of size [2, 3, 3, 3], expected input[1, 4, 5, 5] to have 3 channels, but got 4 channels instead",
    ],
    [
      () => F.conv2d(torch.zeros([5, 5]), w),
      "conv2d: expected input of shape [batch, channels, height, width]",
    ],
    [() => F.conv2d(x, torch.zeros([2, 4, 3])), "conv2d: the weight must have 4 dimensions"],
    [
      () => F.conv2d(x, torch.zeros([2, 4, 6, 6])),
      "conv2d: calculated padded input size per channel: (5 x 5). Kernel size: (6 x 6). Kernel size can't be greater than actual input size",
    ],
    [() => F.conv2d(x, w, { stride: 0 }), "conv2d: stride must be an integer ≥ 1 or two of them, not 0"],
    [
      () => F.conv2d(x, w, { padding: [1, 1, 1] }),
      "conv2d: padding must be an integer ≥ 0 or two of them, not [1, 1, 1]",
    ],
    [
      () => F.conv2d(x, w, { padding: "same", stride: 2 }),
      'conv2d: padding="same" is not supported for strided',
    ],
    [
      () => F.conv2d(x, w, { padding: "full" as never }),
      'conv2d: padding must be "same", "valid" or numbers',
    ],
    [() => F.conv2d(x, w, { groups: 3 }), "conv2d: given groups=3, expected weight to be divisible by 3"],
    [() => F.conv2d(x, w, torch.zeros([3])), "expected bias to be 1-dimensional with 2 elements"],
    [() => F.conv2d(x, w.double()), "conv2d: input and weight must have the same dtype"],
    [() => F.conv2d(x.long(), w.long()), "conv2d: is not supported on int64 tensors"],
    [() => F.conv2d(x, { stride: 1 }), "conv2d: missing required arguments: weight"],
    [
      () => F.convTranspose2d(x, torch.zeros([4, 1, 2, 2]), { outputPadding: 1 }),
      "output padding must be smaller than either stride or dilation",
    ],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
