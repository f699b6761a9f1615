import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { recordOutputs } from "../autograd/outputs.js";
import { Tensor } from "../tensor.js";
import { cat } from "./joining.js";
import { linear } from "./matmul.js";
import { relu, sigmoid, tanh } from "./pointwise.js";
import { narrow } from "./slicing.js";

/**
 * Equal parts whose gradients are joined in one step of the backward pass: a gradient of its own for each of many
 * parts would be as large as the whole.
 */
const Parts: Operation = {
  name: "SplitBackward0",
  backward(node, gradient) {
    const dim = node.attributes as number;
    const arrived = node.parts as (Tensor | null)[];
    const shape = arrived.find((part) => part !== null)?.shape as readonly number[];
    node.give(
      0,
      cat(
        arrived.map((part) => part ?? Tensor.zeros(shape, gradient.dtype)),
        dim,
      ),
    );
  },
};

/** `count` equal parts of `input` along `dim`. */
export function equalParts(input: Tensor, count: number, dim: number): Tensor[] {
  const values = input.detach();
  const size = input.shape[dim] / count;
  const parts = Array.from({ length: count }, (_, k) => narrow(values, dim, k * size, size));
  if (isRecorded(input)) recordOutputs(new Node(Parts, [input], undefined, dim), parts);
  return parts;
}

/** The weights of one layer in one direction. */
export interface RecurrentWeights {
  /** [gates · hidden, input]. */
  readonly weightIh: Tensor;
  /** [gates · hidden, hidden]. */
  readonly weightHh: Tensor;
  /** [gates · hidden], or null. */
  readonly biasIh: Tensor | null;
  readonly biasHh: Tensor | null;
}

/** One time step: from the input [batch, input] and the state, tensors [batch, hidden], to the next state. */
export type RecurrentStep = (input: Tensor, state: readonly Tensor[], weights: RecurrentWeights) => Tensor[];

function simple(nonlinearity: (input: Tensor) => Tensor): RecurrentStep {
  return (input, [hidden], { weightIh, weightHh, biasIh, biasHh }) => [
    nonlinearity(linear(input, weightIh, biasIh).add(linear(hidden, weightHh, biasHh))),
  ];
}

/** h' = tanh(Wᵢx + bᵢ + Wₕh + bₕ). Elman, "Finding structure in time", 1990. */
export const tanhStep: RecurrentStep = simple(tanh);

/** h' = max(0, Wᵢx + bᵢ + Wₕh + bₕ). */
export const reluStep: RecurrentStep = simple(relu);

/**
 * Gates i, f, g, o from Wᵢx + bᵢ + Wₕh + bₕ; c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c').
 * Hochreiter and Schmidhuber, "Long short-term memory", 1997.
 */
export const lstmStep: RecurrentStep = (input, [hidden, cell], { weightIh, weightHh, biasIh, biasHh }) => {
  const gates = linear(input, weightIh, biasIh).add(linear(hidden, weightHh, biasHh));
  const [i, f, g, o] = equalParts(gates, 4, 1);
  const next = sigmoid(f)
    .mul(cell)
    .add(sigmoid(i).mul(tanh(g)));
  return [sigmoid(o).mul(tanh(next)), next];
};

/**
 * Gates r, z from both products; n = tanh(Wᵢx + bᵢ + r·(Wₕh + bₕ)), h' = (1 − z)·n + z·h. Cho et al., "Learning
 * phrase representations", 2014.
 */
export const gruStep: RecurrentStep = (input, [hidden], { weightIh, weightHh, biasIh, biasHh }) => {
  const [inputR, inputZ, inputN] = equalParts(linear(input, weightIh, biasIh), 3, 1);
  const [hiddenR, hiddenZ, hiddenN] = equalParts(linear(hidden, weightHh, biasHh), 3, 1);
  const reset = sigmoid(inputR.add(hiddenR));
  const update = sigmoid(inputZ.add(hiddenZ));
  const fresh = tanh(inputN.add(reset.mul(hiddenN)));
  return [fresh.add(update.mul(hidden.sub(fresh)))];
};
