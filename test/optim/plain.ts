/**
 * SGD and Adam in plain loops, after PyTorch's documentation and apart from everything in src: what the optimizers
 * are tested against.
 */
export interface PlainState {
  step: number;
  [name: string]: number[] | number;
}

type Step<Options> = (θ: number[], gradient: readonly number[], state: PlainState, options: Options) => void;

export const plainSGD: Step<{
  lr: number;
  momentum: number;
  dampening: number;
  weightDecay: number;
  nesterov: boolean;
  maximize: boolean;
}> = (θ, gradient, state, o) => {
  for (let i = 0; i < θ.length; i++) {
    let d = o.maximize ? -gradient[i] : gradient[i];
    d += o.weightDecay * θ[i];
    if (o.momentum !== 0) {
      state.buffer ??= [];
      const buffer = state.buffer as number[];
      buffer[i] = buffer[i] === undefined ? d : o.momentum * buffer[i] + (1 - o.dampening) * d;
      d = o.nesterov ? d + o.momentum * buffer[i] : buffer[i];
    }
    θ[i] -= o.lr * d;
  }
};

export const plainAdam: Step<{
  lr: number;
  betas: [number, number];
  eps: number;
  weightDecay: number;
  amsgrad: boolean;
  maximize: boolean;
  decoupledWeightDecay: boolean;
}> = (θ, gradient, state, o) => {
  state.step++;
  const zeros = (): number[] => θ.map(() => 0);
  state.average ??= zeros();
  state.square ??= zeros();
  state.largest ??= zeros();
  const { average, square, largest } = state as unknown as Record<string, number[]>;
  const stepSize = o.lr / (1 - o.betas[0] ** state.step);
  for (let i = 0; i < θ.length; i++) {
    let d = o.maximize ? -gradient[i] : gradient[i];
    if (o.decoupledWeightDecay) θ[i] *= 1 - o.lr * o.weightDecay;
    else d += o.weightDecay * θ[i];
    average[i] += (1 - o.betas[0]) * (d - average[i]);
    square[i] = o.betas[1] * square[i] + (1 - o.betas[1]) * d * d;
    largest[i] = Math.max(largest[i], square[i]);
    const root = Math.sqrt(o.amsgrad ? largest[i] : square[i]) / Math.sqrt(1 - o.betas[1] ** state.step);
    θ[i] -= stepSize * (average[i] / (root + o.eps));
  }
};
