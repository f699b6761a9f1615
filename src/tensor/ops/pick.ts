import { forEachLane } from "../../engine/lanes.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { Tensor } from "../tensor.js";

interface Place {
  readonly dim: number;
  readonly indices: Tensor;
  /** The shape of the operand with the dimension that the indices point into. */
  readonly shape: readonly number[];
}

/** The gradient of the elements that were chosen along one dimension: it goes where they came from. */
const Put: Operation = {
  name: "ValueSelectingReductionBackwardBackward0",
  backward(node, gradient) {
    const { dim, indices } = node.attributes as Place;
    node.give(0, pick(gradient, dim, indices));
  },
};

function picking(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      const { dim, indices, shape } = node.attributes as Place;
      node.give(0, put(gradient, shape, dim, indices));
    },
  };
}

const operations = new Map<string, Operation>();

/**
 * The elements of `input` at `indices` along one dimension; `indices` has the shape of `input` except there. Sorting
 * and everything else that selects elements is recorded as this.
 *
 * @param name what `gradFn` prints, without "Backward0"
 */
export function pick(input: Tensor, dim: number, indices: Tensor, name = "Gather"): Tensor {
  const out = Tensor.zeros(indices.shape, input.dtype);
  const from = input.storage.data;
  const at = indices.storage.data;
  const to = out.storage.data;
  const rank0 = input.shape.length === 0;
  const length = rank0 ? 1 : indices.shape[dim];
  const [inputStep, indexStep, outStep] = rank0
    ? [0, 0, 0]
    : [input.strides[dim], indices.strides[dim], out.strides[dim]];
  forEachLane([out, indices, input], dim, (o, i, x) => {
    for (let k = 0; k < length; k++) to[o + k * outStep] = from[x + at[i + k * indexStep] * inputStep];
  });
  if (isRecorded(input)) {
    let operation = operations.get(name);
    if (operation === undefined) {
      operation = picking(`${name}Backward0`);
      operations.set(name, operation);
    }
    out.gradFn = new Node(operation, [input], undefined, {
      dim,
      indices,
      shape: input.shape,
    } satisfies Place);
  }
  return out;
}

/** Zeros of `shape` to which the elements of `input` are added at `indices` along one dimension. */
function put(input: Tensor, shape: readonly number[], dim: number, indices: Tensor): Tensor {
  const out = Tensor.zeros(shape, input.dtype);
  const from = input.storage.data;
  const at = indices.storage.data;
  const to = out.storage.data;
  const rank0 = shape.length === 0;
  const length = rank0 ? 1 : indices.shape[dim];
  const [inputStep, indexStep, outStep] = rank0
    ? [0, 0, 0]
    : [input.strides[dim], indices.strides[dim], out.strides[dim]];
  forEachLane([input, indices, out], dim, (x, i, o) => {
    for (let k = 0; k < length; k++) to[o + at[i + k * indexStep] * outStep] += from[x + k * inputStep];
  });
  if (isRecorded(input))
    out.gradFn = new Node(Put, [input], undefined, { dim, indices, shape } satisfies Place);
  return out;
}
