import * as torch from "../../src/index.js";
import type { GoldenFile, Json } from "./format.js";
import { lookUp } from "./library.js";

/** A function to be minimised: its parameters by name, in order, and its value at step k (from 0). */
export interface Problem {
  parameters: Record<string, torch.Tensor>;
  loss(step: number): torch.Tensor;
}

type Data = { [name: string]: Json };
type Build = (data: Data, dtype: torch.DType) => Problem;

/** The problem that a case names, with the start points and data that the file gives for its variant. */
export function problemOf(
  meta: GoldenFile["meta"],
  name: string,
  variant: string,
  dtype: torch.DType,
): Problem {
  const build = Object.hasOwn(problems, name) ? problems[name] : undefined;
  if (build === undefined) {
    throw new Error(
      `the problem "${name}" is unknown; the harness knows ${Object.keys(problems).join(", ")}`,
    );
  }
  const { data, [`${name}_data`]: ownData } = meta.problems as { [name: string]: Data };
  const variants = (ownData ?? data?.[name]) as Data | undefined;
  if (variants?.[variant] === undefined)
    throw new Error(`the file has no data for ${name}, variant ${variant}`);
  return build({ ...variants, ...(variants[variant] as Data) }, dtype);
}

const problems: Readonly<Record<string, Build>> = {
  rosenbrock({ p0 }, dtype) {
    const p = parameter(p0, dtype);
    return {
      parameters: { p },
      loss() {
        const [x, y] = [p.select(0, 0), p.select(0, 1)];
        const valley = y.sub(x.pow(2)).pow(2).mul(100);
        return x.neg().add(1).pow(2).add(valley);
      },
    };
  },

  quadratic({ d, c, p0 }, dtype) {
    const [p, curvature, centre] = [parameter(p0, dtype), constant(d, dtype), constant(c, dtype)];
    return { parameters: { p }, loss: () => curvature.mul(p.sub(centre).pow(2)).sum().mul(0.5) };
  },

  lstsq({ X, Y, W0, b0 }, dtype) {
    const [W, b] = [parameter(W0, dtype), parameter(b0, dtype)];
    const [x, y] = [constant(X, dtype), constant(Y, dtype)];
    return { parameters: { W, b }, loss: () => x.matmul(W).add(b).sub(y).pow(2).mean() };
  },

  matrix({ W0, T }, dtype) {
    const [W, target] = [parameter(W0, dtype), constant(T, dtype)];
    return { parameters: { W }, loss: () => W.sub(target).pow(2).sum().mul(0.5) };
  },

  sparse_embedding({ E0, T, idx }, dtype) {
    const [E, target] = [parameter(E0, dtype), constant(T, dtype)];
    const rows = idx as number[][];
    return {
      parameters: { E },
      loss(step) {
        const embedding = lookUp<Embedding>(torch.nn.functional, "embedding", "F.embedding");
        const selected = embedding(torch.tensor(rows[step % rows.length]!, { dtype: "int64" }), E, {
          sparse: true,
        });
        return selected.sub(target).pow(2).sum();
      },
    };
  },
};

type Embedding = (index: torch.Tensor, weight: torch.Tensor, options: { sparse: boolean }) => torch.Tensor;

function constant(values: Json | undefined, dtype: torch.DType): torch.Tensor {
  return torch.tensor(values as torch.TensorData, { dtype });
}

function parameter(values: Json | undefined, dtype: torch.DType): torch.Tensor {
  return constant(values, dtype).requiresGrad_();
}
