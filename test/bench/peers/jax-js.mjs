// jax-js on its WebAssembly backend. It has no optimizers of its own, so Adam is written in its operations, compiled
// by jit. An array is given away to what takes it; `.ref` keeps it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as jax from "@jax-js/jax";
import { serve } from "./serve.mjs";

const { numpy: np, lax, nn, random } = jax;
await jax.init("wasm");
jax.defaultDevice("wasm");
const main = createRequire(import.meta.url).resolve("@jax-js/jax");
const { version } = JSON.parse(readFileSync(join(dirname(main), "../package.json"), "utf8"));

let seed = 0;
const normal = (shape, scale = 1) => random.normal(random.key(seed++), shape).mul(scale);
const dense = (inputs, outputs) => ({ w: normal([inputs, outputs], inputs ** -0.5), b: np.zeros([outputs]) });
const linear = ({ w, b }, x) => np.matmul(x, w).add(b);

const adamOf = (p, g, m, v, c1, c2) => {
  const first = m.mul(0.9).add(g.ref.mul(0.1));
  const second = v.mul(0.999).add(np.square(g).mul(0.001));
  const step = first.ref.mul(c1).div(np.sqrt(second.ref.mul(c2)).add(1e-8));
  return [p.sub(step.mul(0.001)), first, second];
};

/** A tree of arrays as a list, so that one compiled function steps all of them. */
const stepAll = (parameters, gradients, firsts, seconds, c1, c2) => {
  const stepped = parameters.map((p, i) => adamOf(p, gradients[i], firsts[i], seconds[i], c1.ref, c2.ref));
  c1.dispose();
  c2.dispose();
  return [0, 1, 2].map((k) => stepped.map((triple) => triple[k]));
};

const corrections = (t) => [np.array(1 / (1 - 0.9 ** t)), np.array(1 / (1 - 0.999 ** t))];

/** One iteration of training, all of it compiled together, as jax is meant to be used. */
function training(tree, lossOf) {
  let [parameters, structure] = jax.tree.flatten(tree);
  const zeros = () => parameters.map(({ shape }) => np.zeros(shape));
  let [firsts, seconds] = [zeros(), zeros()];
  const gradient = jax.grad((leaves) => lossOf(jax.tree.unflatten(structure, leaves)));
  const iteration = jax.jit((leaves, m, v, c1, c2) => {
    const gradients = gradient(leaves.map((leaf) => leaf.ref));
    return stepAll(leaves, gradients, m, v, c1, c2);
  });
  let t = 0;
  return async () => {
    [parameters, firsts, seconds] = iteration(parameters, firsts, seconds, ...corrections(++t));
    await jax.blockUntilReady(parameters);
  };
}

function stepping(sizes) {
  let parameters = sizes.map((size) => normal([size]));
  const gradients = sizes.map((size) => normal([size]));
  let [firsts, seconds] = [sizes.map((size) => np.zeros([size])), sizes.map((size) => np.zeros([size]))];
  const step = jax.jit(stepAll);
  let t = 0;
  return async () => {
    const kept = gradients.map((gradient) => gradient.ref);
    [parameters, firsts, seconds] = step(parameters, kept, firsts, seconds, ...corrections(++t));
    await jax.blockUntilReady([parameters, firsts, seconds]);
  };
}

function momentum(size) {
  let [parameter, velocity] = [normal([size]), np.zeros([size])];
  const gradient = normal([size]);
  const step = jax.jit((p, g, b) => {
    const next = b.mul(0.9).add(g);
    return [p.sub(next.ref.mul(0.001)), next];
  });
  return async () => {
    [parameter, velocity] = step(parameter, gradient.ref, velocity);
    await jax.blockUntilReady([parameter, velocity]);
  };
}

const labels = (count) =>
  nn.oneHot(
    np.array(
      Array.from({ length: count }, (_, i) => i % 10),
      { dtype: np.int32 },
    ),
    10,
  );

const crossEntropy = (logits, target) => np.sum(nn.logSoftmax(logits).mul(target)).mul(-1 / target.shape[0]);

function simpleNet() {
  const [input, target] = [normal([5, 10]), normal([5, 1])];
  return training({ fc1: dense(10, 20), fc2: dense(20, 1) }, ({ fc1, fc2 }) =>
    np.mean(np.square(linear(fc2, nn.relu(linear(fc1, input.ref))).sub(target.ref))),
  );
}

function mlp() {
  const [input, target] = [normal([64, 784]), labels(64)];
  const tree = { fc1: dense(784, 256), fc2: dense(256, 128), fc3: dense(128, 10) };
  return training(tree, ({ fc1, fc2, fc3 }) => {
    const hidden = nn.relu(linear(fc2, nn.relu(linear(fc1, input.ref))));
    return crossEntropy(linear(fc3, hidden), target.ref);
  });
}

function cnn() {
  const [input, target] = [normal([32, 1, 28, 28]), labels(32)];
  const convolution = (inputs, outputs) => ({
    w: normal([outputs, inputs, 3, 3], (9 * inputs) ** -0.5),
    b: np.zeros([1, outputs, 1, 1]),
  });
  const layer = ({ w, b }, x) => {
    const y = nn.relu(lax.convGeneralDilated(x, w, [1, 1], "SAME").add(b));
    return lax.reduceWindow(y, np.max, [2, 2], [2, 2]);
  };
  const tree = { conv1: convolution(1, 8), conv2: convolution(8, 16), fc: dense(16 * 7 * 7, 10) };
  return training(tree, ({ conv1, conv2, fc }) => {
    const features = layer(conv2, layer(conv1, input.ref)).reshape([32, 16 * 7 * 7]);
    return crossEntropy(linear(fc, features), target.ref);
  });
}

function product(size) {
  const [a, b] = [normal([size, size]), normal([size, size])];
  return async () => {
    const c = np.matmul(a.ref, b.ref);
    await c.blockUntilReady();
    c.dispose();
  };
}

function chain() {
  const x = normal([1_000_000]);
  const fused = jax.jit((value) => np.tanh(value.mul(2).add(1)).mul(0.5));
  return async () => {
    const y = fused(x.ref);
    await y.blockUntilReady();
    y.dispose();
  };
}

const rosenbrock = () =>
  training({ x: np.array(-1.5), y: np.array(2) }, ({ x, y }) =>
    np.square(x.ref.sub(1)).add(np.square(y.sub(np.square(x))).mul(100)),
  );

serve(`jax-js ${version}`, {
  simplenet: simpleNet,
  mlp,
  "adam-1e6": () => stepping([1e6]),
  "adam-100": () => stepping(Array(100).fill(1e4)),
  "adam-1e7": () => stepping([1e7]),
  "sgd-1e6": () => momentum(1e6),
  "matmul-64": () => product(64),
  "matmul-256": () => product(256),
  "matmul-1024": () => product(1024),
  "chain-1e6": chain,
  rosenbrock,
  cnn,
});
