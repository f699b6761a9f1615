// TensorFlow.js on its WebAssembly backend.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { serve } from "./serve.mjs";

const threads = Number(process.argv[2]);
const { resolve } = createRequire(import.meta.url);
setWasmPaths(`${dirname(resolve("@tensorflow/tfjs-backend-wasm"))}/`);
setThreadsCount(threads);
tf.enableProdMode();
await tf.setBackend("wasm");

const variable = (shape, scale = 1) => tf.variable(tf.randomNormal(shape, 0, scale));
const dense = (inputs, outputs) => [variable([inputs, outputs], inputs ** -0.5), variable([outputs], 0)];

/** One iteration of training. Reading the loss waits for the backend. */
function training(variables, lossOf) {
  const optimizer = tf.train.adam(0.001);
  return () => {
    const loss = optimizer.minimize(lossOf, true, variables);
    loss.dataSync();
    loss.dispose();
  };
}

function stepping(sizes, optimizer) {
  const variables = sizes.map((size) => variable([size]));
  const gradients = Object.fromEntries(variables.map(({ name }, i) => [name, tf.randomNormal([sizes[i]])]));
  return () => optimizer.applyGradients(gradients);
}

function simpleNet() {
  const [input, target] = [tf.randomNormal([5, 10]), tf.randomNormal([5, 1])];
  const [w1, b1] = dense(10, 20);
  const [w2, b2] = dense(20, 1);
  return training([w1, b1, w2, b2], () => {
    const hidden = tf.relu(tf.add(tf.matMul(input, w1), b1));
    return tf.losses.meanSquaredError(target, tf.add(tf.matMul(hidden, w2), b2));
  });
}

const labels = (count) =>
  tf.oneHot(
    Array.from({ length: count }, (_, i) => i % 10),
    10,
  );

function mlp() {
  const [input, target] = [tf.randomNormal([64, 784]), labels(64)];
  const [w1, b1] = dense(784, 256);
  const [w2, b2] = dense(256, 128);
  const [w3, b3] = dense(128, 10);
  return training([w1, b1, w2, b2, w3, b3], () => {
    const first = tf.relu(tf.add(tf.matMul(input, w1), b1));
    const second = tf.relu(tf.add(tf.matMul(first, w2), b2));
    return tf.losses.softmaxCrossEntropy(target, tf.add(tf.matMul(second, w3), b3));
  });
}

function cnn() {
  const [input, target] = [tf.randomNormal([32, 28, 28, 1]), labels(32)];
  const [k1, b1, k2, b2] = [
    variable([3, 3, 1, 8], 0.3),
    variable([8], 0),
    variable([3, 3, 8, 16], 0.1),
    variable([16], 0),
  ];
  const [w, b] = dense(16 * 7 * 7, 10);
  return training([k1, b1, k2, b2, w, b], () => {
    const first = tf.maxPool(tf.relu(tf.add(tf.conv2d(input, k1, 1, "same"), b1)), 2, 2, "valid");
    const second = tf.maxPool(tf.relu(tf.add(tf.conv2d(first, k2, 1, "same"), b2)), 2, 2, "valid");
    return tf.losses.softmaxCrossEntropy(
      target,
      tf.add(tf.matMul(tf.reshape(second, [32, 16 * 7 * 7]), w), b),
    );
  });
}

function product(size) {
  const [a, b] = [tf.randomNormal([size, size]), tf.randomNormal([size, size])];
  return () => tf.dispose(tf.matMul(a, b));
}

function chain() {
  const x = tf.randomNormal([1_000_000]);
  return () => tf.dispose(tf.tidy(() => tf.mul(tf.tanh(tf.add(tf.mul(x, 2), 1)), 0.5)));
}

function rosenbrock() {
  const p = tf.variable(tf.tensor1d([-1.5, 2]));
  return training([p], () => {
    const [x, y] = [tf.slice(p, 0, 1), tf.slice(p, 1, 1)];
    const loss = tf.add(tf.square(tf.sub(x, 1)), tf.mul(tf.square(tf.sub(y, tf.square(x))), 100));
    return tf.sum(loss);
  });
}

serve(`tfjs-wasm ${tf.version.tfjs}, ${threads} thread${threads > 1 ? "s" : ""}`, {
  simplenet: simpleNet,
  mlp,
  "adam-1e6": () => stepping([1e6], tf.train.adam(0.001)),
  "adam-100": () => stepping(Array(100).fill(1e4), tf.train.adam(0.001)),
  "adam-1e7": () => stepping([1e7], tf.train.adam(0.001)),
  "sgd-1e6": () => stepping([1e6], tf.train.momentum(0.001, 0.9)),
  "matmul-64": () => product(64),
  "matmul-256": () => product(256),
  "matmul-1024": () => product(1024),
  "chain-1e6": chain,
  rosenbrock,
  cnn,
});
