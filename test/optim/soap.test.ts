import { describe, expect, it } from "vitest";
import { eye, load, optim, save, Tensor, tensor } from "../../src/index.js";
import { plainSOAP } from "./plain-soap.js";
import { close } from "./rule/support.js";

const gradientAt = (t: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.cos(i * i + t * (i + 1)) + 0.3 * Math.sin(t + i));
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const usual = { lr: 0.05, betas: [0.9, 0.95], shampooBeta: -1, eps: 1e-6, weightDecay: 0.1 } as const;

function parameterOf(shape: readonly number[]): Tensor {
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(3 * i + 1));
  return tensor(values, { dtype: "float64" }).reshape(shape).detach().requiresGrad_();
}

function steps(optimizer: optim.SOAP, p: Tensor, from: number, to: number): void {
  for (let t = from; t <= to; t++) {
    p.grad = tensor(gradientAt(t, p.numel()), { dtype: "float64" }).reshape(p.shape);
    optimizer.step();
  }
}

describe("SOAP", () => {
  // Shapes whose first L and R have one eigenvector for every direction: of a null space none is right.
  it.each<[shape: number[], options: Partial<optim.SOAPOptions>, rotated: number[]]>([
    [[3, 3], {}, [3, 3]],
    [[4, 3], {}, [4, 3]],
    [[3, 4], { preconditionFrequency: 1 }, [3, 4]],
    [[3, 3], { preconditionFrequency: 3, shampooBeta: 0.8 }, [3, 3]],
    [[3, 3], { correctBias: false, normalizeGrads: true }, [3, 3]],
    [[4, 3], { maxPrecondDim: 3 }, [0, 3]],
    [[3, 4], { maxPrecondDim: 2 }, [0, 0]],
    [[2, 3, 2], { preconditionFrequency: 4 }, [2, 3, 2]],
    [[2, 2, 3], { preconditionFrequency: 4, mergeDims: true, maxPrecondDim: 4 }, [4, 3]],
    [[1, 3, 1, 3], { mergeDims: true, maxPrecondDim: 3 }, [3, 3]],
    [[5], {}, [0]],
    [[2], { precondition1d: true }, [2]],
    [[], {}, []],
  ])("is the paper's algorithm, in plain loops: shape %j, %j", (shape, own, rotated) => {
    for (const maximize of [false, true]) {
      const p = parameterOf(shape);
      const θ = p.toArray() as Float64Array;
      const options = { ...usual, preconditionFrequency: 10, ...own };
      const optimizer = new optim.SOAP([p], { ...options, betas: [...options.betas], maximize } as object);
      const merged = own.mergeDims ? rotated : shape;
      const plain = plainSOAP(
        merged,
        rotated.map((size) => size > 0),
        options as never,
      );
      for (let t = 1; t <= 35; t++) {
        const g = gradientAt(t, θ.length);
        p.grad = tensor(
          g.map((value) => (maximize ? -value : value)),
          { dtype: "float64" },
        ).reshape(shape);
        optimizer.step();
        plain(θ as never, g);
        for (const [i, value] of [...p.toArray()].entries())
          if (!close(Number(value), θ[i], 1e-9))
            throw new Error(`step ${t}, element ${i}: ${value}, plainly ${θ[i]}`);
      }
      const { GG, Q } = optimizer.state.get(p)!;
      for (const list of [GG, Q])
        expect(list.map((matrix) => matrix.shape)).toEqual(
          rotated.map((size) => (size > 0 ? [size, size] : [0])),
        );
    }
  });

  it("takes gradients without elements, without rank, and of zeros", () => {
    for (const shape of [[0], [0, 3], [3, 0], [20, 0]]) {
      const p = parameterOf(shape);
      steps(new optim.SOAP([p], { mergeDims: true, maxPrecondDim: 10, preconditionFrequency: 1 }), p, 1, 3);
      expect(p.shape).toEqual(shape);
    }
    const p = parameterOf([5, 2]);
    const optimizer = new optim.SOAP([p], { preconditionFrequency: 1, weightDecay: 0 });
    const before = p.tolist();
    for (let t = 0; t < 3; t++) {
      p.grad = Tensor.zeros([5, 2], "float64");
      optimizer.step();
    }
    expect(p.tolist()).toEqual(before);
    for (const Q of optimizer.state.get(p)!.Q)
      expect(
        Q.T.matmul(Q)
          .sub(eye(Q.shape[0], { dtype: "float64" }))
          .abs()
          .max()
          .item(),
      ).toBeLessThan(1e-12);
    steps(optimizer, p, 1, 3);
    expect([...p.toArray()].every(Number.isFinite)).toBe(true);
  });

  it("moves nothing with the first gradient, and leaves the gradient as it is", () => {
    const p = parameterOf([3, 3]);
    const before = p.tolist();
    const optimizer = new optim.SOAP([p]);
    steps(optimizer, p, 1, 1);
    expect(p.tolist()).toEqual(before);
    const gradient = p.grad!.tolist();
    optimizer.step();
    expect(p.tolist()).not.toEqual(before);
    expect(p.grad!.tolist()).toEqual(gradient);
  });

  it("goes on from a state dict, also one from a file, in the authors' layout", () => {
    const [a, b] = [parameterOf([4, 3]), parameterOf([4, 3])];
    const options = { preconditionFrequency: 3, maxPrecondDim: 3 };
    steps(new optim.SOAP([a], options), a, 1, 12);
    const first = new optim.SOAP([b], options);
    steps(first, b, 1, 5);
    const dict = load<optim.OptimizerStateDict>(save(first.stateDict()));
    expect(Object.keys(dict.state[0]).sort()).toEqual(["GG", "Q", "exp_avg", "exp_avg_sq", "step"]);
    expect(dict.param_groups[0]).toMatchObject({
      precondition_1d: false,
      max_precond_dim: 3,
      shampoo_beta: -1,
    });
    // The authors' code has an empty list where there is no basis, and two options in the state.
    for (const key of ["GG", "Q"]) (dict.state[0][key] as unknown[])[0] = [];
    Object.assign(dict.state[0], { precondition_frequency: 3, shampoo_beta: 0.95 });
    const second = new optim.SOAP([b]);
    second.loadStateDict(dict);
    steps(second, b, 6, 12);
    expect(b.tolist()).toEqual(a.tolist());
    expect(second.state.get(b)!.step).toBe(11);
  });

  it.each<[string, (state: Record<string, unknown>) => void, string]>([
    ["no basis", (state) => delete state.Q, 'the state of parameter 0 ("w") has no Q'],
    ["a matrix too few", (state) => (state.GG as unknown[]).pop(), "GG of parameter 0"],
    ["no list", (state) => (state.Q = 1), "must be a list of 2 tensors, but got number"],
    [
      "a matrix of another size",
      (state) => ((state.Q as unknown[])[1] = Tensor.zeros([2, 2], "float64")),
      'Q of parameter 0 ("w"), number 1, has shape [2, 2], where [3, 3] is needed',
    ],
    ["an unknown state", (state) => (state.exp_av = 1), 'SOAP has no state "exp_av"'],
  ])("refuses a state dict with %s, unchanged", (_, spoil, message) => {
    const p = parameterOf([3, 3]);
    const optimizer = new optim.SOAP([["w", p]]);
    steps(optimizer, p, 1, 2);
    const { Q } = optimizer.state.get(p)!;
    const dict = optimizer.stateDict();
    spoil(dict.state[0]);
    expect(() => optimizer.loadStateDict(dict)).toThrow(message);
    expect(optimizer.state.get(p)!.step).toBe(1);
    expect(optimizer.state.get(p)!.Q).toBe(Q);
  });

  it.each<[Partial<optim.SOAPOptions>, string]>([
    [{ lr: -1 }, "Invalid learning rate: -1"],
    [{ betas: [0.9, 1] }, "Invalid beta parameter at index 1: 1"],
    [{ shampooBeta: 1 }, "Invalid shampoo_beta value: 1"],
    [{ shampooBeta: Number.NaN }, "Invalid shampoo_beta value: NaN"],
    [{ eps: -1 }, "Invalid epsilon value: -1"],
    [{ weightDecay: Number.NaN }, "Invalid weight_decay value: NaN"],
    [{ preconditionFrequency: 0 }, "Invalid precondition_frequency value: 0"],
    [{ maxPrecondDim: 1.5 }, "Invalid max_precond_dim value: 1.5"],
    [{ maxPrecondDims: 5 } as object, 'unknown option "maxPrecondDims"; did you mean "maxPrecondDim"?'],
    [{ mergeDims: 1 as never }, "mergeDims must be true or false, not 1"],
  ])("refuses %j", (options, message) => {
    expect(() => new optim.SOAP([parameterOf([2, 2])], options)).toThrow(message);
  });
});
