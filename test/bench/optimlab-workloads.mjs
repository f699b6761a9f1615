// The workloads in this library, as its users write them.
import * as torch from "optimlab";

const { nn, optim } = torch;
const { functional: F } = nn;

class SimpleNet extends nn.Module {
  fc1 = new nn.Linear(10, 20);
  fc2 = new nn.Linear(20, 1);
  forward(x) {
    return this.fc2.forward(torch.relu(this.fc1.forward(x)));
  }
}

class Cnn extends nn.Module {
  conv1 = new nn.Conv2d(1, 8, 3, { padding: 1 });
  conv2 = new nn.Conv2d(8, 16, 3, { padding: 1 });
  fc = new nn.Linear(16 * 7 * 7, 10);
  forward(x) {
    const first = F.maxPool2d(torch.relu(this.conv1.forward(x)), 2);
    const second = F.maxPool2d(torch.relu(this.conv2.forward(first)), 2);
    return this.fc.forward(second.flatten(1));
  }
}

const mlp = () =>
  new nn.Sequential(
    new nn.Linear(784, 256),
    new nn.ReLU(),
    new nn.Linear(256, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );

/** One iteration of training: forward, backward, a step of Adam. */
function training(model, criterion, input, target) {
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.001 });
  return () => {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(input), target);
    loss.backward();
    optimizer.step();
  };
}

/** One step over parameters that have their gradients. */
function stepping(sizes, optimizerOf) {
  const parameters = sizes.map((size) => {
    const parameter = new nn.Parameter(torch.randn([size]));
    parameter.grad = torch.randn([size]);
    return parameter;
  });
  const optimizer = optimizerOf(parameters);
  return () => optimizer.step();
}

const adam = (parameters) => new optim.Adam(parameters, { lr: 0.001 });
const momentum = (parameters) => new optim.SGD(parameters, { lr: 0.001, momentum: 0.9 });

function product(size) {
  const [a, b] = [torch.randn([size, size]), torch.randn([size, size])];
  return () => a.matmul(b);
}

function chain() {
  const x = torch.randn([1_000_000]);
  return () => x.mul(2).add(1).tanh().mul(0.5);
}

/** One step, of which the table shows 10,000. */
function rosenbrock() {
  const p = torch.tensor([-1.5, 2]).requiresGrad_();
  const optimizer = new optim.Adam([p], { lr: 0.001 });
  return () => {
    optimizer.zeroGrad();
    const [x, y] = [p.select(0, 0), p.select(0, 1)];
    const loss = x
      .sub(1)
      .pow(2)
      .add(y.sub(x.pow(2)).pow(2).mul(100));
    loss.backward();
    optimizer.step();
  };
}

const classes = (count) => torch.arange(count).remainder(10);

/** One operation on x, and on y where it takes two: for the plot of cost against size. */
const operations = {
  add: (x, y) => () => x.add(y),
  add_: (x, y) => () => x.add_(y),
  "mul-by-number": (x) => () => x.mul(2),
  div: (x, y) => () => x.div(y),
  clone: (x) => () => x.clone(),
  relu: (x) => () => x.relu(),
  exp: (x) => () => x.exp(),
  tanh: (x) => () => x.tanh(),
  sum: (x) => () => x.sum(),
  max: (x) => () => x.max(),
  softmax: (x) => () => x.softmax(0),
  "square-sum-backward": (x) => {
    const leaf = x.detach().requiresGrad_();
    return () => {
      leaf.grad = null;
      leaf.mul(leaf).sum().backward();
    };
  },
};

export const workloads = {
  simplenet: () => training(new SimpleNet(), new nn.MSELoss(), torch.randn([5, 10]), torch.randn([5, 1])),
  mlp: () => training(mlp(), new nn.CrossEntropyLoss(), torch.randn([64, 784]), classes(64)),
  "adam-1e6": () => stepping([1e6], adam),
  "adam-100": () => stepping(Array(100).fill(1e4), adam),
  "adam-1e7": () => stepping([1e7], adam),
  "sgd-1e6": () => stepping([1e6], momentum),
  "matmul-64": () => product(64),
  "matmul-256": () => product(256),
  "matmul-1024": () => product(1024),
  "chain-1e6": chain,
  rosenbrock,
  operation: (name, size) => operations[name](torch.randn([Number(size)]), torch.randn([Number(size)])),
  cnn: () => training(new Cnn(), new nn.CrossEntropyLoss(), torch.randn([32, 1, 28, 28]), classes(32)),
};
