// This library as its users have it: the built package, by its own name.
import * as torch from "optimlab";
import packageJson from "optimlab/package.json" with { type: "json" };
import { secondsOf, serve } from "./serve.mjs";

const { nn, optim } = torch;

class SimpleNet extends nn.Module {
  fc1 = new nn.Linear(10, 20);
  fc2 = new nn.Linear(20, 1);
  forward(x) {
    return this.fc2.forward(torch.relu(this.fc1.forward(x)));
  }
}

function simpleNet() {
  torch.manualSeed(0);
  const model = new SimpleNet();
  const criterion = new nn.MSELoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.001 });
  const input = torch.randn([5, 10]);
  const target = torch.randn([5, 1]);
  const iterations = 20_000;
  const seconds = secondsOf(() => {
    for (let i = 0; i < iterations; i++) {
      optimizer.zeroGrad();
      const output = model.forward(input);
      const loss = criterion.forward(output, target);
      loss.backward();
      optimizer.step();
    }
  });
  return seconds / iterations;
}

function adamStep() {
  const parameter = torch.randn([1_000_000]).requiresGrad_();
  parameter.grad = torch.randn([1_000_000]);
  const optimizer = new optim.Adam([parameter], { lr: 0.001 });
  const steps = 20;
  optimizer.step();
  const seconds = secondsOf(() => {
    for (let i = 0; i < steps; i++) optimizer.step();
  });
  return seconds / steps;
}

function rosenbrock() {
  const p = torch.tensor([-1.5, 2]).requiresGrad_();
  const optimizer = new optim.Adam([p], { lr: 0.001 });
  return secondsOf(() => {
    for (let i = 0; i < 10_000; i++) {
      optimizer.zeroGrad();
      const [x, y] = [p.select(0, 0), p.select(0, 1)];
      const loss = x
        .sub(1)
        .pow(2)
        .add(y.sub(x.pow(2)).pow(2).mul(100));
      loss.backward();
      optimizer.step();
    }
  });
}

serve(`optimlab ${packageJson.version}`, { simplenet: simpleNet, "adam-1e6": adamStep, rosenbrock });
