import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { tensor } = torch;
const leaf = (data: torch.TensorData): torch.Tensor => tensor(data, { requiresGrad: true });
const gradientOf = (x: torch.Tensor): unknown => x.grad?.tolist() ?? null;

describe("accumulation into grad", () => {
  test("gradients of several passes add up in the tensor that the user holds", () => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    const held = x.grad as torch.Tensor;
    x.square().sum().backward();
    expect(x.grad).toBe(held);
    expect(held.tolist()).toEqual([5, 7]);
    expect(held.requiresGrad).toBe(false);
  });
  test("all paths to a leaf are summed", () => {
    const x = leaf(3);
    const y = x.mul(x).add(x);
    y.add(y.mul(x)).backward();
    // d/dx (y + xy) for y = x² + x
    expect(x.grad?.item()).toBe(2 * 3 + 1 + (3 * 9 + 2 * 3));
  });
  test("a leaf can be its own result", () => {
    const x = leaf(2);
    x.backward();
    expect(x.grad?.item()).toBe(1);
  });
  test("inputs that need no gradient get none", () => {
    const x = leaf([1, 2]);
    const constant = tensor([3, 4]);
    x.mul(constant).sum().backward();
    expect([gradientOf(x), constant.grad]).toEqual([[3, 4], null]);
  });
  test("gradients of broadcast leaves are summed to their shapes", () => {
    const column = leaf([[1], [2]]);
    const number = leaf(5);
    torch.ones([4, 2, 3]).mul(column).add(number).sum().backward();
    expect([gradientOf(column), gradientOf(number)]).toEqual([[[12], [12]], 24]);
  });
  test("a gradient has the dtype of its leaf", () => {
    const x = leaf([1, 2]);
    const y = tensor([1, 2], { dtype: "float64", requiresGrad: true });
    x.mul(y).sum().backward();
    expect([x.grad?.dtype, y.grad?.dtype]).toEqual(["float32", "float64"]);
    const z = leaf([1, 2]);
    z.mul(1).backward(tensor([1, 1], { dtype: "int64" }));
    expect([z.grad?.dtype, gradientOf(z)]).toEqual(["float32", [1, 1]]);
  });
});

describe("nobody shares the memory of a gradient", () => {
  const twoLeaves: [name: string, run: (a: torch.Tensor, b: torch.Tensor) => void][] = [
    ["sum of both", (a, b) => a.add(b).sum().backward()],
    ["given gradient", (a, b) => a.add(b).backward(torch.ones([2]))],
    ["createGraph", (a, b) => a.add(b).sum().backward({ createGraph: true })],
    ["given gradient with createGraph", (a, b) => a.add(b).backward(torch.ones([2]), { createGraph: true })],
    ["views of one gradient", (a, b) => a.unsqueeze(0).add(b.clone()).sum().backward()],
    [
      "clones",
      (a, b) =>
        a
          .clone()
          .add(b.clone().reshape([2]))
          .backward(torch.ones([2])),
    ],
  ];
  test.each(twoLeaves)("two leaves: %s", (_, run) => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])];
    run(a, b);
    const [first, second] = [a.grad as torch.Tensor, b.grad as torch.Tensor];
    expect(first.storage).not.toBe(second.storage);
    torch.noGrad(() => first.fill_(9));
    expect(second.tolist()).toEqual([1, 1]);
  });
  test.each([{}, { createGraph: true }, { retainGraph: true }])(
    "the caller's gradient stays the caller's: %j",
    (options) => {
      for (const make of [
        (x: torch.Tensor) => x,
        (x: torch.Tensor) => x.add(0),
        (x: torch.Tensor) => x.clone(),
      ]) {
        const x = leaf([1, 2]);
        const given = tensor([5, 6]);
        make(x).backward(given, options);
        expect(x.grad?.storage).not.toBe(given.storage);
        make(x).backward(given, options);
        expect([given.tolist(), gradientOf(x)]).toEqual([
          [5, 6],
          [10, 12],
        ]);
      }
    },
  );
  test("a retained gradient is not that of the leaf", () => {
    const x = leaf([1, 2]);
    const y = x.add(1);
    y.retainGrad();
    y.sum().backward();
    expect(y.grad?.storage).not.toBe(x.grad?.storage);
  });
  test("gradients lie row by row and keep no larger memory alive", () => {
    const x = leaf([[1, 2, 3]]);
    const y = leaf([1, 2, 3]);
    x.t().matmul(y.unsqueeze(0)).sum().backward();
    for (const { grad } of [x, y]) {
      expect(grad?.isContiguous()).toBe(true);
      expect(grad?.storage.data.length).toBe(3);
    }
  });
});

describe("running through a graph again", () => {
  const message = "backward: Trying to backward through the graph a second time";
  test("is refused, and no gradient changes", () => {
    const x = leaf([1, 2]);
    const y = x.square().sum();
    y.backward();
    expect(() => y.backward()).toThrow(message);
    expect(gradientOf(x)).toEqual([2, 4]);
  });
  test("is refused where two graphs share a part", () => {
    const [x, w] = [leaf([1, 2]), leaf([1, 1])];
    const shared = x.exp();
    shared.sum().backward();
    const before = gradientOf(x);
    expect(() => w.mul(2).add(shared).sum().backward()).toThrow(message);
    expect([gradientOf(x), gradientOf(w)]).toEqual([before, null]);
  });
  test.each([{ retainGraph: true }, { createGraph: true }])("is possible with %j", (options) => {
    const x = leaf([1, 2]);
    const y = x.square().sum();
    y.backward(options);
    y.backward();
    expect(gradientOf(x)).toEqual([4, 8]);
    expect(() => y.backward()).toThrow(message);
  });
  test("is possible where nothing was saved, as in PyTorch", () => {
    const x = leaf([1, 2]);
    const y = x.add(1).sum();
    y.backward();
    y.backward();
    expect(gradientOf(x)).toEqual([2, 2]);
  });
  test("parameters keep their positions", () => {
    const x = leaf([1, 2]);
    const y = x.square();
    y.backward(torch.ones([2]), true);
    y.backward({ gradient: torch.ones([2]), retainGraph: true });
    y.backward(torch.ones([2]), { retainGraph: false });
    expect(gradientOf(x)).toEqual([6, 12]);
  });
});

describe("a tensor that was saved and changed afterwards", () => {
  const changes: [name: string, change: (x: torch.Tensor) => void][] = [
    ["add_", (x) => x.add_(1)],
    ["zero_", (x) => x.zero_()],
    ["a view of it", (x) => x.narrow(0, 0, 1).mul_(2)],
    ["its detached self", (x) => x.detach().copy_(torch.zeros([2]))],
    ["uniform_", (x) => x.uniform_()],
  ];
  test.each(changes)("%s", (_, change) => {
    const x = leaf([1, 2]);
    const y = x.square().sum();
    torch.noGrad(() => change(x));
    expect(() => y.backward()).toThrow(
      /one of the variables needed for gradient computation has been modified by an inplace operation: a tensor of shape \[2\] that PowBackward0 saved is at version 1; expected version 0 instead/,
    );
    expect(x.grad).toBeNull();
  });
  test("a saved result", () => {
    const x = leaf([1, 2]);
    const y = x.exp();
    torch.noGrad(() => y.add_(1));
    expect(() => y.sum().backward()).toThrow("that ExpBackward0 saved");
  });
  test("what was not saved may change", () => {
    const x = leaf([1, 2]);
    const y = x.add(3);
    torch.noGrad(() => x.add_(1));
    y.sum().backward();
    expect(gradientOf(x)).toEqual([1, 1]);
  });
});

describe("retainGrad", () => {
  test("fills grad of what is no leaf", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    expect([y.isLeaf, y.retainsGrad]).toEqual([false, false]);
    y.retainGrad();
    expect(y.retainsGrad).toBe(true);
    y.square().sum().backward();
    expect([gradientOf(y), gradientOf(x)]).toEqual([
      [4, 8],
      [8, 16],
    ]);
  });
  test("without it, grad stays null", () => {
    const y = leaf([1, 2]).mul(2);
    y.sum().backward();
    expect(y.grad).toBeNull();
  });
  test("of a leaf changes nothing; of a tensor without gradient is refused", () => {
    const x = leaf(1);
    x.retainGrad();
    expect(x.retainsGrad).toBe(false);
    expect(() => tensor(1).retainGrad()).toThrow(
      "retainGrad: can't retain_grad on Tensor that has requires_grad=False",
    );
  });
});

describe("bad input leaves every gradient as it was", () => {
  const x = leaf([1, 2]);
  test.each<[call: () => void, message: string]>([
    [
      () => x.mul(2).backward(),
      "backward: grad can be implicitly created only for scalar outputs, and this tensor has shape [2]",
    ],
    [() => tensor(1).backward(), "backward: the tensor does not require grad and does not have a gradFn"],
    [
      () => x.mul(2).backward(torch.ones([3])),
      "backward: the gradient has shape [3], but the tensor has shape [2]",
    ],
    [() => x.mul(2).backward(1 as never), "backward: expected a Tensor, got number"],
    [
      () => x.sum().backward({ retain_graph: true } as never),
      "backward: unknown option retain_graph; the options are gradient, retainGraph, createGraph",
    ],
    [
      () => x.mul(2).backward(torch.ones([2]), { gradient: torch.ones([2]) } as never),
      "backward: gradient is given twice",
    ],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
    expect(x.grad).toBeNull();
  });
});

describe("createGraph", () => {
  test("third derivatives", () => {
    const x = tensor(2, { dtype: "float64", requiresGrad: true });
    let y = x.pow(4);
    const found: number[] = [];
    for (let order = 0; order < 4; order++) {
      x.grad = null;
      y.backward({ createGraph: true });
      y = x.grad as unknown as torch.Tensor;
      found.push(y.item());
    }
    expect(found).toEqual([32, 48, 48, 24]);
  });
  test("a gradient that is accumulated becomes a new tensor, so that graphs stay right", () => {
    const x = leaf(3);
    x.square().backward({ createGraph: true });
    const first = x.grad as torch.Tensor;
    x.square().backward({ createGraph: true });
    expect([first.item(), x.grad?.item()]).toEqual([6, 12]);
    expect(x.grad?.requiresGrad).toBe(true);
  });
});

test("a graph of 100,000 operations needs no deep stack", () => {
  const x = leaf(1);
  let y = x.mul(1);
  for (let k = 0; k < 100_000; k++) y = y.add(0);
  y.backward();
  expect(x.grad?.item()).toBe(1);
});
