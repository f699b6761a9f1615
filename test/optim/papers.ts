/**
 * The optimizers that PyTorch does not have, in plain loops over float64 numbers, each written after its paper's
 * algorithm and apart from everything in src. A step takes all parameters (vectors) with their gradients.
 */
export type Vectors = number[][];
type Step<O> = (θ: Vectors, g: Vectors, memory: Record<string, Vectors>, t: number, options: O) => void;

const each = (θ: Vectors, visit: (k: number, i: number) => void): void => {
  for (const [k, vector] of θ.entries()) for (const i of vector.keys()) visit(k, i);
};
const zerosAs = (θ: Vectors): Vectors => θ.map((vector) => vector.map(() => 0));
const copyOf = (θ: Vectors): Vectors => θ.map((vector) => [...vector]);
const norm = (x: number[]): number => Math.hypot(...x);

interface Common {
  lr: number;
  betas: number[];
  eps: number;
  weightDecay: number;
}

/** Chen et al. 2023, Algorithm 2. */
export const lion: Step<Omit<Common, "eps">> = (θ, g, memory, _, o) => {
  memory.m ??= zerosAs(θ);
  each(θ, (k, i) => {
    const m = memory.m[k][i];
    const c = o.betas[0] * m + (1 - o.betas[0]) * g[k][i];
    θ[k][i] -= o.lr * (Math.sign(c) + o.weightDecay * θ[k][i]);
    memory.m[k][i] = o.betas[1] * m + (1 - o.betas[1]) * g[k][i];
  });
};

/** You et al. 2020, Algorithm 2, with φ the identity. */
export const lamb: Step<Common> = (θ, g, memory, t, o) => {
  memory.m ??= zerosAs(θ);
  memory.v ??= zerosAs(θ);
  const [b1, b2] = o.betas;
  for (const [k, x] of θ.entries()) {
    const update = x.map((value, i) => {
      memory.m[k][i] = b1 * memory.m[k][i] + (1 - b1) * g[k][i];
      memory.v[k][i] = b2 * memory.v[k][i] + (1 - b2) * g[k][i] ** 2;
      const r = memory.m[k][i] / (1 - b1 ** t) / (Math.sqrt(memory.v[k][i] / (1 - b2 ** t)) + o.eps);
      return r + o.weightDecay * value;
    });
    const ratio = norm(x) > 0 && norm(update) > 0 ? norm(x) / norm(update) : 1;
    for (const i of x.keys()) x[i] -= o.lr * ratio * update[i];
  }
};

/** You, Gitman, Ginsburg 2017, Algorithm 1. */
export const lars: Step<{ lr: number; momentum: number; weightDecay: number; trustCoefficient: number }> = (
  θ,
  g,
  memory,
  _,
  o,
) => {
  memory.v ??= zerosAs(θ);
  for (const [k, w] of θ.entries()) {
    const [size, slope] = [norm(w), norm(g[k])];
    const local = size > 0 && slope > 0 ? (o.trustCoefficient * size) / (slope + o.weightDecay * size) : 1;
    for (const i of w.keys()) {
      memory.v[k][i] = o.momentum * memory.v[k][i] + o.lr * local * (g[k][i] + o.weightDecay * w[i]);
      w[i] -= memory.v[k][i];
    }
  }
};

/** Xie et al. 2022, Algorithm 1, with m₀ = g₀, v₀ = 0, v₁ = g₁ − g₀ and n₀ = g₀². */
export const adan: Step<Common> = (θ, g, memory, t, o) => {
  const [b1, b2, b3] = o.betas;
  if (t === 1) {
    memory.m = copyOf(g);
    memory.v = zerosAs(g);
    memory.n = g.map((vector) => vector.map((x) => x * x));
    memory.before = copyOf(g);
  } else
    each(θ, (k, i) => {
      const change = g[k][i] - memory.before[k][i];
      memory.m[k][i] = (1 - b1) * memory.m[k][i] + b1 * g[k][i];
      memory.v[k][i] = t === 2 ? change : (1 - b2) * memory.v[k][i] + b2 * change;
      memory.n[k][i] = (1 - b3) * memory.n[k][i] + b3 * (g[k][i] + (1 - b2) * change) ** 2;
    });
  each(θ, (k, i) => {
    const rate = o.lr / (Math.sqrt(memory.n[k][i]) + o.eps);
    const moved = θ[k][i] - rate * (memory.m[k][i] + (1 - b2) * memory.v[k][i]);
    θ[k][i] = moved / (1 + o.weightDecay * o.lr);
    memory.before[k][i] = g[k][i];
  });
};

/** Taniguchi et al. 2024, Algorithm 2, with clipping at (t − 1)^¼. */
export const adopt: Step<Common & { clip: boolean }> = (θ, g, memory, t, o) => {
  const [b1, b2] = o.betas;
  if (t === 1) {
    memory.v = g.map((vector) => vector.map((x) => x ** 2));
    memory.m = zerosAs(g);
    return;
  }
  const bound = o.clip ? (t - 1) ** 0.25 : Number.POSITIVE_INFINITY;
  each(θ, (k, i) => {
    const divided = g[k][i] / Math.max(Math.sqrt(memory.v[k][i]), o.eps);
    const clipped = Math.max(-bound, Math.min(bound, divided));
    memory.m[k][i] = b1 * memory.m[k][i] + (1 - b1) * clipped;
    θ[k][i] = θ[k][i] * (1 - o.lr * o.weightDecay) - o.lr * memory.m[k][i];
    memory.v[k][i] = b2 * memory.v[k][i] + (1 - b2) * g[k][i] ** 2;
  });
};

/** Liu et al. 2024, Algorithm 3; before every third step a Gauss-Newton-Bartlett estimate for a batch of 8. */
export const sophia: Step<Common & { rho: number }> = (θ, g, memory, t, o) => {
  memory.m ??= zerosAs(θ);
  memory.h ??= zerosAs(θ);
  each(θ, (k, i) => {
    if (t % 3 === 1) memory.h[k][i] = o.betas[1] * memory.h[k][i] + (1 - o.betas[1]) * 8 * g[k][i] ** 2;
    memory.m[k][i] = o.betas[0] * memory.m[k][i] + (1 - o.betas[0]) * g[k][i];
    θ[k][i] -= o.lr * o.weightDecay * θ[k][i];
    const step = memory.m[k][i] / Math.max(o.rho * memory.h[k][i], o.eps);
    θ[k][i] -= o.lr * Math.min(1, Math.max(-1, step));
  });
};

/** Defazio et al. 2024, equations 3 to 5: θ is y. */
export const scheduleFreeSGD: Step<{
  lr: number;
  momentum: number;
  weightDecay: number;
  warmupSteps: number;
}> = (y, g, memory, t, o) =>
  averaged(y, memory, t, o, o.momentum, (k, i) => g[k][i] + o.weightDecay * y[k][i]);

/** Defazio et al. 2024, Algorithm 1, with v divided by 1 − β2^t. */
export const scheduleFreeAdamW: Step<Common & { warmupSteps: number }> = (y, g, memory, t, o) => {
  const b2 = o.betas[1];
  memory.v ??= zerosAs(y);
  averaged(y, memory, t, o, o.betas[0], (k, i) => {
    memory.v[k][i] = b2 * memory.v[k][i] + (1 - b2) * g[k][i] ** 2;
    return g[k][i] / (Math.sqrt(memory.v[k][i] / (1 - b2 ** t)) + o.eps) + o.weightDecay * y[k][i];
  });
};

function averaged(
  y: Vectors,
  memory: Record<string, Vectors>,
  t: number,
  { lr, warmupSteps }: { lr: number; warmupSteps: number },
  β: number,
  direction: (k: number, i: number) => number,
): void {
  memory.z ??= copyOf(y);
  memory.x ??= copyOf(y);
  const rate = (step: number): number => lr * (warmupSteps > 0 ? Math.min(1, step / warmupSteps) : 1);
  let weights = 0;
  for (let step = 1; step <= t; step++) weights += rate(step) ** 2;
  const c = rate(t) ** 2 / weights;
  const { x, z } = memory;
  each(y, (k, i) => {
    z[k][i] -= rate(t) * direction(k, i);
    x[k][i] += c * (z[k][i] - x[k][i]);
  });
  each(y, (k, i) => {
    y[k][i] = (1 - β) * z[k][i] + β * x[k][i];
  });
}

/** Mishchenko, Defazio 2024, Algorithm 4. */
export const prodigy: Step<Common & { d0: number }> = (x, g, memory, _, o) => {
  const [b1, b2] = o.betas;
  memory.start ??= copyOf(x);
  memory.numbers ??= [[o.d0, 0]];
  for (const name of ["m", "v", "s"]) memory[name] ??= zerosAs(x);
  const [d, before] = memory.numbers[0];
  let [inner, length] = [0, 0];
  each(x, (k, i) => {
    memory.m[k][i] = b1 * memory.m[k][i] + (1 - b1) * d * g[k][i];
    memory.v[k][i] = b2 * memory.v[k][i] + (1 - b2) * (d * g[k][i]) ** 2;
    memory.s[k][i] = Math.sqrt(b2) * memory.s[k][i] + (1 - Math.sqrt(b2)) * o.lr * d * d * g[k][i];
    inner += g[k][i] * (memory.start[k][i] - x[k][i]);
    length += Math.abs(memory.s[k][i]);
  });
  const r = Math.sqrt(b2) * before + (1 - Math.sqrt(b2)) * o.lr * d * d * inner;
  each(x, (k, i) => {
    x[k][i] *= 1 - o.lr * d * o.weightDecay;
    x[k][i] -= (o.lr * d * memory.m[k][i]) / (Math.sqrt(memory.v[k][i]) + d * o.eps);
  });
  memory.numbers = [[length > 0 ? Math.max(d, r / length) : d, r]];
};
