import * as torch from "../../../src/index.js";
import { compareNumbers, compareTensor, relative } from "../compare.js";
import type { GoldenCase, GoldenTensor, Json } from "../format.js";
import { evaluateTorch, tensorOf } from "../library.js";
import { createOptimizer } from "../optimizers.js";

interface TrainingCase {
  /** As PyTorch prints them: `Linear(in_features=4, out_features=8, bias=True)`. */
  layers: string[];
  dtype: torch.DType;
  optimizer: string;
  options: Json;
  /** As Python writes it, without its first argument: `CosineAnnealingLR(T_max=40)`. */
  scheduler: string | null;
  epochs: number;
  init_state_dict: Record<string, GoldenTensor>;
  input: GoldenTensor;
  target: GoldenTensor;
  losses: number[];
  final_state_dict: Record<string, GoldenTensor>;
}

const tolerance = relative(1e-8);

/** A classifier trained on all data at once, from given weights: every loss, and the weights at the end. */
export function runTrainingCase(golden: GoldenCase): void {
  const expected = golden as unknown as TrainingCase;
  const model = new torch.nn.Sequential(...expected.layers.map(layerOf)).to(expected.dtype);
  const initial = Object.entries(expected.init_state_dict).map(([name, value]) => [name, tensorOf(value)]);
  model.loadStateDict(Object.fromEntries(initial));
  const input = tensorOf(expected.input);
  const target = tensorOf(expected.target);
  const optimizer = createOptimizer(expected.optimizer, model.parameters(), expected.options);
  const scheduler = expected.scheduler === null ? null : schedulerOf(expected.scheduler, optimizer);

  const losses: number[] = [];
  for (let epoch = 0; epoch < expected.epochs; epoch++) {
    // An optimizer may evaluate the closure several times; the first is the loss before the step.
    const before: number[] = [];
    optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = torch.nn.functional.crossEntropy(model.forward(input), target);
      loss.backward();
      before.push(loss.item());
      return loss;
    });
    losses.push(before[0]!);
    scheduler?.step();
  }
  compareNumbers("losses", losses, expected.losses, tolerance);
  const state = model.stateDict();
  for (const [name, value] of Object.entries(expected.final_state_dict)) {
    compareTensor(`final_state_dict.${name}`, state[name], value, tolerance);
  }
}

/** A layer from its printed form, where what stands first may have no name, as in `BatchNorm1d(8, eps=1e-05)`. */
function layerOf(printed: string): torch.nn.Layer {
  return evaluateTorch(`nn.${printed}`) as torch.nn.Layer;
}

function schedulerOf(written: string, optimizer: unknown): { step(): void } {
  const call = written.replace("(", "(optimizer, ").replace(", )", ")");
  return evaluateTorch(`optim.lr_scheduler.${call}`, { optimizer }) as { step(): void };
}
