import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { autograd, tensor } = torch;
const leaf = (data: torch.TensorData): torch.Tensor => tensor(data, { dtype: "float64", requiresGrad: true });

/** Functions that change tensors on the tape, some through views; differences see nothing of the tape. */
const programs: [name: string, program: (x: torch.Tensor, y: torch.Tensor) => torch.Tensor][] = [
  ["in place of a result", (x, y) => x.mul(2).mul_(y).exp_()],
  [
    "a view of what is changed afterwards",
    (x, y) => {
      const base = x.mul(1);
      const view = base.select(0, 1);
      base.mul_(y);
      return view.square();
    },
  ],
  [
    "a view is changed, and its base used",
    (x, y) => {
      const base = x.square();
      base.select(0, 0).mul_(y.select(0, 1)).add_(3);
      return base.mul(y);
    },
  ],
  [
    "a view of a view",
    (x, y) => {
      const base = x.mul(3);
      base
        .transpose(0, 1)
        .narrow(0, 1, 2)
        .copy_(y.narrow(1, 0, 2).transpose(0, 1));
      return base.square();
    },
  ],
  [
    "one view is changed, and another used",
    (x, y) => {
      const base = x.sin();
      const [first, second] = [base.narrow(1, 0, 2), base.narrow(1, 1, 2)];
      first.mul_(y.narrow(1, 0, 2));
      return second.square();
    },
  ],
  [
    "values are overwritten",
    (x, y) => {
      const base = x.mul(y);
      base.select(1, 0).zero_();
      base.select(0, 1).fill_(2);
      return base.square();
    },
  ],
  [
    "a constant takes in values",
    (x, y) => {
      const memory = torch.zeros([2, 3], { dtype: "float64" });
      memory.select(0, 0).copy_(x.select(0, 1));
      memory.select(0, 1).add_(y.select(0, 0)).mul_(x.select(0, 0));
      return memory.square();
    },
  ],
  [
    "again and again",
    (x, y) => {
      const sum = x.mul(0);
      for (let k = 1; k <= 3; k++) sum.addcmul_(x, y, { value: k }).lerp_(y, 0.25).clamp_(-4, 4);
      return sum;
    },
  ],
];

describe.each(programs)("%s", (_, program) => {
  const inputs = (): torch.Tensor[] => [
    leaf([
      [0.5, -1.25, 2],
      [1.5, 0.75, -0.5],
    ]),
    leaf([
      [1.1, 0.3, -0.7],
      [0.9, -1.6, 0.4],
    ]),
  ];
  test("gradients", () => expect(autograd.gradcheck(program, inputs())).toBe(true));
  test("gradients of gradients", () => expect(autograd.gradgradcheck(program, inputs())).toBe(true));
});

describe("grad and hooks", () => {
  test("grad leaves .grad alone and sees what lies in between", () => {
    const x = leaf([1, 2]);
    const y = x.square();
    const [dx, dy] = autograd.grad(y.mul(3).sum(), [x, y]);
    expect([dx.tolist(), dy.tolist(), x.grad]).toEqual([[6, 12], [3, 3], null]);
  });
  test("an input that was not used", () => {
    const [x, other] = [leaf([1]), leaf([2])];
    expect(() => autograd.grad(x.square().sum(), [other])).toThrow(
      "appears to not have been used in the graph",
    );
    expect(autograd.grad(x.square().sum(), [other], { allowUnused: true })).toEqual([null]);
  });
  test("a Hessian, row by row", () => {
    const x = leaf([1, 2]);
    const y = x
      .pow(3)
      .sum()
      .add(x.select(0, 0).mul(x.select(0, 1)));
    const [gradient] = autograd.grad(y, x, { createGraph: true });
    const rows = [0, 1].map((k) =>
      autograd.grad(gradient.select(0, k), x, { retainGraph: true })[0].tolist(),
    );
    expect(rows).toEqual([
      [6, 1],
      [1, 12],
    ]);
  });
  test("hooks see the whole gradient once, replace it, and can be removed", () => {
    const x = leaf([1, 2]);
    const seen: unknown[] = [];
    const handle = x.registerHook((gradient) => {
      seen.push(gradient.tolist());
      return gradient.mul(10);
    });
    x.mul(2).add(x).sum().backward();
    expect([seen, x.grad?.tolist()]).toEqual([[[3, 3]], [30, 30]]);
    handle.remove();
    x.sum().backward();
    expect([seen.length, x.grad?.tolist()]).toEqual([1, [31, 31]]);
  });
  test("a hook that changes the shape is refused", () => {
    const x = leaf([1, 2]);
    x.registerHook((gradient) => gradient.sum());
    expect(() => x.sum().backward()).toThrow("the hook changed the shape of the gradient from [2] to []");
    expect(x.grad).toBeNull();
  });
});
