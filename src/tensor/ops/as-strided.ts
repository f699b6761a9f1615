import { Elementwise } from "../../engine/elementwise.js";
import { isRowMajor } from "../../engine/strided.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { Tensor } from "../tensor.js";

/** Where a view lies in the memory of its base, whose elements lie row by row from the start. */
export interface Region {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

const AsStrided: Operation = {
  name: "AsStridedBackward0",
  backward(node, gradient) {
    node.give(0, sumIntoRegion(gradient, node.shapes[0], node.attributes as Region));
  },
};

const SumIntoRegion: Operation = {
  name: "AsStridedScatterBackward",
  backward(node, gradient) {
    node.give(0, regionOf(gradient, node.attributes as Region));
  },
};

const WithoutRegion: Operation = {
  name: "CopySlicesBackward",
  backward(node, gradient) {
    node.give(0, withoutRegion(gradient, node.attributes as Region));
  },
};

/** The history of a tensor of which a view was written: its old values outside of the region, the written ones inside. */
const CopySlices: Operation = {
  name: "CopySlices",
  backward(node, gradient) {
    const region = node.attributes as Region;
    if (node.needs(0)) node.give(0, withoutRegion(gradient, region));
    if (node.needs(1)) node.give(1, regionOf(gradient, region));
  },
};

const sumKernel = new Elementwise("a + b", 2);
const zeroKernel = new Elementwise("0", 0);

/** The part of a tensor that a region shows, as a view of a row-major tensor. */
export function regionOf(input: Tensor, region: Region): Tensor {
  const base = input.contiguous();
  const out = base.memoryView(region.shape, region.strides, base.offset + region.offset);
  if (isRecorded(input)) out.gradFn = new Node(AsStrided, [input], undefined, region);
  return out;
}

/** Zeros of `shape` to which the elements of `input` are added where the region shows them. */
export function sumIntoRegion(input: Tensor, shape: readonly number[], region: Region): Tensor {
  const out = Tensor.zeros(shape, input.dtype);
  const target = out.memoryView(region.shape, region.strides, region.offset);
  // Element after element, so that those that a region shows several times are summed.
  sumKernel.run(target, target, input);
  if (isRecorded(input)) out.gradFn = new Node(SumIntoRegion, [input], undefined, region);
  return out;
}

/** A copy with zeros where the region is. */
function withoutRegion(input: Tensor, region: Region): Tensor {
  const out = input.detach().clone();
  zeroKernel.run(out.memoryView(region.shape, region.strides, region.offset));
  if (isRecorded(input)) out.gradFn = new Node(WithoutRegion, [input], undefined, region);
  return out;
}

/** Writes into the history of the base of `view` that the values of `view` are now those of `value`. */
export function recordWrite(view: Tensor, base: Tensor, value: Tensor): void {
  if (base.offset !== 0 || !isRowMajor(base.shape, base.strides)) {
    throw new Error(
      "in-place: a view of a tensor that does not lie row by row cannot be written while it is recorded; use clone() first",
    );
  }
  const { shape, strides, offset } = view;
  base.gradFn = new Node(CopySlices, [base, value], undefined, { shape, strides, offset } satisfies Region);
  base.revision++;
}

declare module "../tensor.js" {
  interface Tensor {
    /** @internal Renews the history of a view whose base was changed in place. */
    followBase(): void;
  }
}

Tensor.prototype.followBase = function () {
  const base = this.base as Tensor;
  const { shape, strides, offset } = this;
  this.revision = base.revision;
  this.history = base.requiresGrad
    ? new Node(AsStrided, [base], undefined, { shape, strides, offset } satisfies Region)
    : null;
};
