import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
const { functional: F } = nn;

/** 10^12 elements, more than any array can have, are asked for from a hundred thousand. */
const wide = () => torch.ones([1, 1_000_000]);
const high = () => torch.ones([1_000_000, 1]);
const expanded = () => torch.ones([1]).expand([1_000_000, 1_000_000]);

describe("a result for which there is no memory is an error that says how much was asked for, and by what", () => {
  test.each<[operation: string, attempt: () => unknown]>([
    ["zeros", () => torch.zeros([1_000_000, 1_000_000])],
    ["full", () => torch.full([1_000_000, 1_000_000], 2.5)],
    ["onesLike", () => torch.onesLike(expanded())],
    ["eye", () => torch.eye(1_000_000, { dtype: "float32" })],
    ["arange", () => torch.arange(0, 1e12, 1, { dtype: "float32" })],
    ["add", () => high().add(wide())],
    ["mul", () => expanded().mul(2)],
    ["tanh", () => expanded().tanh()],
    ["gelu", () => F.gelu(expanded())],
    ["lerp", () => torch.lerp(high(), wide(), 0.5)],
    ["matmul", () => high().matmul(wide())],
    ["linear", () => F.linear(high(), high())],
    ["softmax", () => expanded().softmax(1)],
    ["logSoftmax", () => expanded().logSoftmax(1)],
    ["clone", () => expanded().contiguous()],
    ["repeat", () => wide().repeat([1_000_000, 1])],
    ["cat", () => torch.cat([expanded().narrow(0, 0, 1), expanded().narrow(0, 0, 999_999)])],
    ["pad", () => F.pad(wide(), [0, 0, 0, 999_999])],
    ["convolution", () => F.conv2d(torch.ones([1, 1, 1, 1]), torch.ones([1, 1, 1, 1]), { padding: 500_000 })],
    ["Linear", () => new nn.Linear(1_000_000, 1_000_000)],
    ["Embedding", () => new nn.Embedding(1_000_000, 1_000_000)],
  ])("%s", (operation, attempt) => {
    let message = "";
    try {
      attempt();
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      ({ message } = error as Error);
    }
    const elements = operation === "convolution" ? "1000002000001" : "1000000000000";
    expect(message).toBe(
      `${operation}: not enough memory: tried to allocate 3725 GiB for ${elements} elements of float32`,
    );
  });

  test("and the generator of random numbers, which would have filled it, has not moved", () => {
    torch.manualSeed(3);
    const expected = torch.randn([4]).toArray();
    torch.manualSeed(3);
    expect(() => torch.randn([1_000_000, 1_000_000])).toThrow(
      "randn: not enough memory: tried to allocate 3725 GiB",
    );
    expect(torch.randn([4]).toArray()).toEqual(expected);
  });

  test("and what was there before goes on as if nothing had been asked", () => {
    const x = high().requiresGrad_();
    const loss = x.mul(3).sum();
    expect(() => x.add(wide())).toThrow("add: not enough memory");
    expect(() => x.detach().add_(wide())).toThrow();
    loss.backward();
    expect(x.grad!.toArray().every((value) => value === 3)).toBe(true);
    expect(
      x
        .detach()
        .toArray()
        .every((value) => value === 1),
    ).toBe(true);
  });
});
