import * as engine from "../../engine/pooling.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { elementCount } from "../shape.js";
import { Tensor } from "../tensor.js";
import { withPlanes } from "./spatial.js";

/** The windows over a plane. */
export interface Grid {
  readonly spatial: 1 | 2;
  readonly vertical: engine.Windows;
  readonly horizontal: engine.Windows;
}

/** Windows that are summed, each times its factor. */
export interface Average extends Grid {
  readonly factors: Float64Array;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

/** Where the maxima were found: with this the gradient is sent there, and gradients of that are fetched from there. */
interface Places {
  readonly positions: Tensor;
  readonly inputShape: readonly number[];
  readonly spatial: 1 | 2;
}

export type Kind = 1 | 2 | "adaptive1" | "adaptive2";

function maxOperation(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      node.give(0, addAtPlaces(gradient, node.attributes as Places));
    },
  };
}

/** What each pooling is called. PyTorch pools one dimension as a plane of height 1 that it squeezes afterwards. */
export const maxOperations: Readonly<Record<Kind, Operation>> = {
  1: maxOperation("SqueezeBackward1"),
  2: maxOperation("MaxPool2DWithIndicesBackward0"),
  adaptive1: maxOperation("SqueezeBackward1"),
  adaptive2: maxOperation("AdaptiveMaxPool2DBackward0"),
};
const AddAtPlaces: Operation = {
  name: "MaxPool2DWithIndicesBackwardBackward0",
  backward(node, gradient) {
    node.give(0, fetchFromPlaces(gradient, node.attributes as Places));
  },
};

const FetchFromPlaces: Operation = {
  name: "GatherBackward0",
  backward(node, gradient) {
    node.give(0, addAtPlaces(gradient, node.attributes as Places));
  },
};

function placesOf({ positions, inputShape, spatial }: Places): [planeSize: number, perPlane: number] {
  return [elementCount(inputShape.slice(-spatial)), elementCount(positions.shape.slice(-spatial))];
}

function addAtPlaces(input: Tensor, places: Places): Tensor {
  const out = Tensor.empty(places.inputShape, input.dtype);
  const { storage, offset } = input.contiguous();
  const [plane, perPlane] = placesOf(places);
  engine.addToPlanes(storage.data, offset, plane, places.positions.storage.data, perPlane, out.storage.data);
  if (isRecorded(input)) out.gradFn = new Node(AddAtPlaces, [input], undefined, places);
  return out;
}

function fetchFromPlaces(input: Tensor, places: Places): Tensor {
  const out = Tensor.empty(places.positions.shape, input.dtype);
  const { storage, offset } = input.contiguous();
  const [plane, perPlane] = placesOf(places);
  engine.gatherFromPlanes(
    storage.data,
    offset,
    plane,
    places.positions.storage.data,
    perPlane,
    out.storage.data,
  );
  if (isRecorded(input)) out.gradFn = new Node(FetchFromPlaces, [input], undefined, places);
  return out;
}

function averaging(name: string): Operation {
  return {
    name,
    backward(node, gradient) {
      node.give(0, spread(gradient, node.attributes as Average));
    },
  };
}

export const averageOperations: Readonly<Record<Kind, Operation>> = {
  1: averaging("SqueezeBackward1"),
  2: averaging("AvgPool2DBackward0"),
  adaptive1: averaging("SqueezeBackward1"),
  adaptive2: averaging("AdaptiveAvgPool2DBackward0"),
};

const Again = averaging("AvgPool2DBackwardBackward0");

const Spread: Operation = {
  name: "AvgPool2DBackwardBackward0",
  backward(node, gradient) {
    node.give(0, average(gradient, node.attributes as Average, Again));
  },
};

/** The sum of every window times its factor. */
export function average(input: Tensor, attributes: Average, operation: Operation): Tensor {
  const { vertical, horizontal, factors, inputShape, outputShape, spatial } = attributes;
  const out = Tensor.empty(outputShape, input.dtype);
  const { storage, offset } = input.contiguous();
  const planes = elementCount(inputShape.slice(0, -spatial));
  engine.sumOfWindows(vertical, horizontal, factors, storage.data, offset, planes, out.storage.data);
  if (isRecorded(input)) out.gradFn = new Node(operation, [input], undefined, attributes);
  return out;
}

function spread(gradient: Tensor, attributes: Average): Tensor {
  const { vertical, horizontal, factors, inputShape, spatial } = attributes;
  const out = Tensor.empty(inputShape, gradient.dtype);
  const { storage, offset } = gradient.contiguous();
  const planes = elementCount(inputShape.slice(0, -spatial));
  engine.spreadOverWindows(vertical, horizontal, factors, storage.data, offset, planes, out.storage.data);
  if (isRecorded(gradient)) out.gradFn = new Node(Spread, [gradient], undefined, attributes);
  return out;
}

/** The largest element of every window, and where in its plane it lies, as int32: planes are smaller than that. */
export function maximum(input: Tensor, grid: Grid, operation: Operation): [Tensor, Tensor] {
  const { vertical, horizontal, spatial } = grid;
  const leading = input.shape.slice(0, -spatial);
  const shape = withPlanes(leading, [vertical.starts.length, horizontal.starts.length], spatial);
  const out = Tensor.empty(shape, input.dtype);
  const positions = Tensor.empty(shape, "int32");
  const { storage, offset } = input.contiguous();
  engine.maxOfWindows(
    vertical,
    horizontal,
    storage.data,
    offset,
    elementCount(leading),
    out.storage.data,
    positions.storage.data,
  );
  if (isRecorded(input)) {
    const places: Places = { positions, inputShape: input.shape, spatial };
    out.gradFn = new Node(operation, [input], [positions], places);
  }
  return [out, positions];
}
