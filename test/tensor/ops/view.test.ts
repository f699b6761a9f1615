import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";
import { values, views } from "../grid.js";

test("any chain of views shows the right elements", () => {
  fc.assert(
    fc.property(views, ({ tensor, grid }) => {
      expect(tensor.shape).toEqual(grid.shape);
      expect([...tensor.toArray()]).toEqual(values(grid));
      expect([...[tensor.tolist()].flat(9)]).toEqual(values(grid));
      expect(tensor.contiguous().isContiguous()).toBe(true);
      expect([...tensor.contiguous().toArray()]).toEqual(values(grid));
      expect([...tensor.clone().toArray()]).toEqual(values(grid));
    }),
    { numRuns: 500 },
  );
});

test("reshape and flatten keep the elements in order, sharing memory where view is allowed", () => {
  fc.assert(
    fc.property(views, fc.nat(), ({ tensor, grid }, pick) => {
      const sizes = [[-1], [1, -1], [-1, 1], [...grid.shape].reverse(), [...grid.shape, 1]][pick % 5];
      if (tensor.numel() === 0 && sizes.includes(0) && sizes.includes(-1)) return;
      const reshaped = tensor.reshape(sizes);
      expect([...reshaped.toArray()]).toEqual(values(grid));
      expect([...tensor.flatten().toArray()]).toEqual(values(grid));
      let shares = true;
      try {
        expect([...tensor.view(sizes).toArray()]).toEqual(values(grid));
      } catch (error) {
        if (!/at least one dimension spans/.test(String(error))) throw error;
        shares = false;
      }
      expect(reshaped.storage === tensor.storage).toBe(shares);
    }),
    { numRuns: 500 },
  );
});

describe("views share memory", () => {
  const chains: [name: string, view: (x: torch.Tensor) => torch.Tensor][] = [
    ["reshape", (x) => x.reshape([6])],
    ["view", (x) => x.view([3, 2])],
    ["T", (x) => x.T],
    ["t", (x) => x.t()],
    ["transpose", (x) => x.transpose(0, 1)],
    ["permute", (x) => x.permute([1, 0])],
    ["expand", (x) => x.expand([4, 2, 3])],
    ["narrow", (x) => x.narrow(1, 0, 2)],
    ["select", (x) => x.select(0, 0)],
    ["squeeze", (x) => x.squeeze()],
    ["unsqueeze", (x) => x.unsqueeze(0)],
    ["flatten", (x) => x.flatten()],
    ["detach", (x) => x.detach()],
  ];
  test.each(chains)("%s", (_, view) => {
    const x = torch.zeros([2, 3]);
    const seen = view(x);
    x.fill_(5);
    expect(new Set(seen.toArray())).toEqual(new Set([5]));
    expect(seen.storage).toBe(x.storage);
  });
  test("clone and contiguous of a transpose do not", () => {
    const x = torch.zeros([2, 3]);
    expect(x.clone().storage).not.toBe(x.storage);
    expect(x.t().contiguous().storage).not.toBe(x.storage);
    expect(x.contiguous()).toBe(x);
  });
});

test("sizes that the caller changes afterwards change no tensor", () => {
  const sizes = [2, 3];
  const made = [
    torch.zeros(sizes),
    torch.zeros([6]).reshape(sizes),
    torch.zeros([6]).view(sizes),
    torch.zeros([3]).expand(sizes),
  ];
  sizes[0] = 100;
  for (const x of made) expect(x.shape).toEqual([2, 3]);
});

test("parameters by name", () => {
  const x = torch.zeros([2, 3, 1]);
  const cases: [torch.Tensor, number[]][] = [
    [x.transpose({ dim0: 0, dim1: -1 }), [1, 3, 2]],
    [torch.narrow(x, { dim: 1, start: 1, length: 2 }), [2, 2, 1]],
    [x.select({ dim: 1, index: -1 }), [2, 1]],
    [x.squeeze({ dim: 2 }), [2, 3]],
    [x.unsqueeze({ dim: 0 }), [1, 2, 3, 1]],
    [x.flatten({ startDim: 1 }), [2, 3]],
    [x.flatten(0, { endDim: 1 }), [6, 1]],
    [torch.flatten(x, { endDim: 1 }), [6, 1]],
  ];
  for (const [view, shape] of cases) expect(view.shape).toEqual(shape);
});

describe("bad input", () => {
  const x = torch.zeros([2, 3]);
  const scalar = torch.tensor(1);
  test.each<[call: () => unknown, message: string]>([
    [() => x.reshape([4]), "reshape: shape [4] is invalid for input of size 6"],
    [() => x.reshape([-1, 4]), "reshape: shape [-1, 4] is invalid for input of size 6"],
    [() => x.reshape([-1, -1]), "reshape: only one dimension can be inferred, not several as in [-1, -1]"],
    [() => x.reshape([-2, 3]), "reshape: [-2, 3] is not a shape: -2 is not a size (an integer ≥ 0)"],
    [() => x.reshape([1.5, 4]), "reshape: [1.5, 4] is not a shape: 1.5 is not a size (an integer ≥ 0)"],
    [() => x.reshape(6 as never), "reshape: takes an array such as [2, 3], not 6"],
    [() => x.view(undefined as never), "view: takes an array such as [2, 3], not undefined"],
    [
      () => torch.zeros([0]).reshape([-1, 0]),
      "reshape: shape [-1, 0] is invalid for input of size 0: the size of −1 can be any",
    ],
    [
      () => x.t().view([6]),
      "view: shape [6] is not compatible with a tensor of shape [3, 2] and strides [1, 3]: at least one dimension spans across two subspaces; use reshape",
    ],
    [() => x.permute([0]), "permute: [0] does not name each of the 2 dimensions of [2, 3] once"],
    [() => x.permute([0, 0]), "permute: [0, 0] does not name each of the 2 dimensions of [2, 3] once"],
    [() => x.permute(0 as never), "permute: takes an array such as [2, 3], not 0"],
    [() => x.transpose(0, 2), "transpose: dimension 2 is out of range: it must lie between -2 and 1"],
    [() => x.transpose(0 as never), "transpose: a dimension is an integer, not undefined"],
    [() => x.expand([4, 3]), "expand: [2, 3] cannot be expanded to [4, 3]: only sizes of 1 can be repeated"],
    [() => x.expand([3]), "expand: [2, 3] cannot be expanded to [3]: only sizes of 1 can be repeated"],
    [() => x.expand([-1, 2, 3]), "expand: [-1, 2, 3] is not a shape: -1 is not a size"],
    [() => x.narrow(1, 2, 2), "narrow: start 2 and length 2 do not lie within dimension 1 of [2, 3]"],
    [() => x.narrow(1, -4, 1), "narrow: start -4 and length 1 do not lie within dimension 1 of [2, 3]"],
    [() => scalar.narrow(0, 0, 0), "narrow: cannot be applied to a 0-dim tensor"],
    [() => x.select(0, 2), "select: index 2 is out of range for dimension 0 with size 2"],
    [() => scalar.select(0, 0), "select: cannot be applied to a 0-dim tensor"],
    [() => x.squeeze(5), "squeeze: dimension 5 is out of range"],
    [() => x.unsqueeze(3), "unsqueeze: dimension 3 is out of range: it must lie between -3 and 2"],
    [() => x.flatten(1, 0), "flatten: startDim 1 comes after endDim 0"],
    [
      () => x.flatten({ start: 1 } as never),
      "flatten: unknown option start; the options are startDim, endDim",
    ],
    [
      () => torch.zeros([1, 2, 3]).t(),
      "t: expects a tensor with at most 2 dimensions, but this one has shape [1, 2, 3]",
    ],
    [() => torch.squeeze([[1]] as never), "squeeze: expected a Tensor, got an array"],
    [() => x.size(2), "size: dimension 2 is out of range"],
    [() => scalar.stride(0), "stride: a 0-dim tensor has no dimension 0"],
    [() => x.item(), "item: a Tensor with 6 elements cannot be converted to Scalar: its shape is [2, 3]"],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
  });
});
