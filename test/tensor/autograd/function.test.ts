import { describe, expect, test } from "vitest";
import * as torch from "../../../src/index.js";

const { autograd, tensor } = torch;
type Context = torch.autograd.FunctionContext;
const leaf = (data: torch.TensorData): torch.Tensor => tensor(data, { dtype: "float64", requiresGrad: true });

class Exp extends autograd.Function {
  static forward(context: Context, x: torch.Tensor): torch.Tensor {
    const y = x.exp();
    context.saveForBackward(y);
    return y;
  }
  static backward(context: Context, gradient: torch.Tensor): torch.Tensor {
    return gradient.mul(context.savedTensors[0]);
  }
}

class ScaledPair extends autograd.Function {
  static forward(context: Context, x: torch.Tensor, factor: number, y: torch.Tensor): torch.Tensor[] {
    context.factor = factor;
    context.saveForBackward(x, y);
    return [x.mul(y).mul(factor), x.add(y)];
  }
  static backward(context: Context, product: torch.Tensor, sum: torch.Tensor): (torch.Tensor | null)[] {
    const [x, y] = context.savedTensors;
    const scaled = product.mul(context.factor as number);
    return [scaled.mul(y).add(sum), null, scaled.mul(x).add(sum)];
  }
}

describe("custom functions", () => {
  test("gradients, and gradients of gradients through a saved result", () => {
    const x = leaf([0.5, -1]);
    expect(autograd.gradcheck((v) => Exp.apply(v), x)).toBe(true);
    expect(autograd.gradgradcheck((v) => Exp.apply(v), x)).toBe(true);
  });
  test("several outputs, and arguments that are no tensors", () => {
    const inputs = [leaf([0.5, -1]), leaf([2, 3])];
    expect(autograd.gradcheck((x, y) => ScaledPair.apply(x, 3, y), inputs)).toBe(true);
    expect(autograd.gradgradcheck((x, y) => ScaledPair.apply(x, 3, y), inputs)).toBe(true);
  });
  test("an output that nothing depends on has a gradient of zeros", () => {
    const [x, y] = [leaf([0.5, -1]), leaf([2, 3])];
    ScaledPair.apply(x, 3, y)[1].sum().backward();
    expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
  test("nothing is recorded where nothing needs a gradient", () => {
    expect(Exp.apply(tensor([1])).requiresGrad).toBe(false);
    expect(torch.noGrad(() => Exp.apply(leaf([1]))).requiresGrad).toBe(false);
  });
  test("what was saved must not change", () => {
    const [x, y] = [leaf([0.5, -1]), leaf([2, 3])];
    const [product] = ScaledPair.apply(x, 3, y);
    torch.noGrad(() => y.add_(1));
    expect(() => product.sum().backward()).toThrow("modified by an inplace operation");
  });
  test.each<[name: string, returned: unknown, message: string]>([
    ["too many", [null, null], "returned an incorrect number of gradients (expected 1, got 2)"],
    [
      "another shape",
      torch.ones([3]),
      "returned an invalid gradient at index 0: got [3] but expected shape compatible with [2]",
    ],
    ["no tensor", [1], "gradient 0: expected a Tensor, got number"],
  ])("wrong gradients are refused: %s", (_, returned, message) => {
    class Wrong extends autograd.Function {
      static forward(_: Context, x: torch.Tensor): torch.Tensor {
        return x.mul(2);
      }
      static backward(): torch.Tensor {
        return returned as torch.Tensor;
      }
    }
    const x = leaf([1, 2]);
    expect(() => Wrong.apply(x).sum().backward()).toThrow(message);
    expect(x.grad).toBeNull();
  });
});

describe("gradcheck finds", () => {
  class Wrong extends autograd.Function {
    static forward(context: Context, x: torch.Tensor): torch.Tensor {
      context.saveForBackward(x);
      return x.square();
    }
    static backward(context: Context, gradient: torch.Tensor): torch.Tensor {
      return gradient.mul(context.savedTensors[0].detach()).mul(2);
    }
  }
  test("a wrong second derivative, where the first is right", () => {
    const x = leaf([1, 2]);
    expect(autograd.gradcheck((v) => Wrong.apply(v), x)).toBe(true);
    expect(() => autograd.gradgradcheck((v) => Wrong.apply(v), x)).toThrow(
      "Jacobian mismatch for output 0 with respect to input 0",
    );
    expect(autograd.gradgradcheck((v) => Wrong.apply(v), x, null, { raiseException: false })).toBe(false);
  });
  test("inputs that it cannot judge", () => {
    expect(() => autograd.gradcheck((v) => v, tensor([1]))).toThrow(
      "expects at least one input tensor with requiresGrad",
    );
    expect(() => autograd.gradcheck((v) => v, tensor([1], { requiresGrad: true }))).toThrow(
      "differences need float64 inputs",
    );
  });
});
