import * as torch from "../../../src/index.js";
import { compareNumbers, compareTensor, exactly, Mismatch, relative } from "../compare.js";
import type { GoldenCase, GoldenTensor, Json } from "../format.js";
import { createOptimizer } from "../optimizers.js";

interface SimpleNetCase {
  seed: number;
  init_params: Record<string, GoldenTensor>;
  input: GoldenTensor;
  target: GoldenTensor;
  output_epoch0: GoldenTensor;
  grads_epoch0: Record<string, GoldenTensor>;
  losses: number[];
  printed_every_10: string[];
  final_params: Record<string, GoldenTensor>;
  options?: Json;
}

class SimpleNet extends torch.nn.Module {
  fc1 = new torch.nn.Linear(10, 20);
  fc2 = new torch.nn.Linear(20, 1);

  forward(x: torch.Tensor): torch.Tensor {
    return this.fc2.forward(torch.relu(this.fc1.forward(x)));
  }
}

/** The tutorial's network from nothing but the seed: what comes from the generator is exact. */
export function runSimpleNetCase(golden: GoldenCase): void {
  const expected = golden as unknown as SimpleNetCase;
  torch.manualSeed(expected.seed);
  const model = new SimpleNet();
  compareTensors("init_params", model.stateDict(), expected.init_params, 0);
  const input = torch.randn([5, 10]);
  const target = torch.randn([5, 1]);
  compareTensor("input", input, expected.input, exactly);
  compareTensor("target", target, expected.target, exactly);

  const criterion = new torch.nn.MSELoss();
  const optimizer = createOptimizer("Adam", model.parameters(), expected.options ?? { lr: 0.001 });
  const losses: number[] = [];
  const printed: string[] = [];
  for (let epoch = 1; epoch <= expected.losses.length; epoch++) {
    optimizer.zeroGrad();
    const output = model.forward(input);
    const loss = criterion.forward(output, target);
    loss.backward();
    if (epoch === 1) {
      compareTensor("output_epoch0", output, expected.output_epoch0, relative(1e-6));
      const gradients = [...model.namedParameters()].map(([name, parameter]) => [name, parameter.grad]);
      compareTensors("grads_epoch0", Object.fromEntries(gradients), expected.grads_epoch0, 1e-6);
    }
    optimizer.step();
    losses.push(loss.item());
    if (epoch % 10 === 0) {
      const total = expected.losses.length;
      printed.push(`Epoch [${epoch}/${total}], Loss: ${loss.item().toFixed(4)}`);
    }
  }
  for (const [i, loss] of losses.entries()) {
    compareNumbers(`losses[${i}]`, [loss], [expected.losses[i]!], relative(2e-6));
  }
  for (const [i, line] of expected.printed_every_10.entries()) {
    if (printed[i] !== line) throw new Mismatch(`printed line ${i}: ${printed[i]}, expected ${line}`);
  }
  compareTensors("final_params", model.stateDict(), expected.final_params, 2e-6);
}

function compareTensors(
  where: string,
  actual: Record<string, unknown>,
  expected: Record<string, GoldenTensor>,
  factor: number,
): void {
  for (const [name, tensor] of Object.entries(expected)) {
    compareTensor(`${where}.${name}`, actual[name], tensor, relative(factor));
  }
}
