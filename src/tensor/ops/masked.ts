import { addMethods } from "../methods.js";
import { broadcastShapes, describe, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { coordinatesOf, flatNonzero } from "./nonzero.js";
import { checkTensor } from "./promotion.js";
import { Positions, reading, readSelected, writeSelected, writing } from "./selection.js";
import { narrow } from "./slicing.js";
import { expand, reshape, unsqueeze } from "./view.js";

const MaskedSelect = reading("MaskedSelectBackward0");
const MaskedScatter = writing("MaskedScatterBackward0");

function checkMask(operation: string, mask: unknown): asserts mask is Tensor {
  checkTensor(operation, mask);
  if (mask.dtype !== "bool")
    throw new TypeError(`${operation}: expected BoolTensor for mask, got one of dtype ${mask.dtype}`);
}

/** The elements, row by row, where a mask of the same shape (at least one dimension) is true. */
function where(mask: Tensor): Positions {
  const found = flatNonzero(mask);
  const { shape } = mask;
  return new Positions(
    shape,
    shape.map((_, d) => d),
    coordinatesOf(found, shape),
    [found.length],
    0,
  );
}

/** The elements of `input` where `mask` is true, row by row, as a copy of one dimension; shapes are broadcast. */
export function maskedSelect(input: Tensor, mask: Tensor): Tensor {
  checkTensor("maskedSelect", input);
  checkMask("maskedSelect", mask);
  const joint = broadcastShapes("maskedSelect", input.shape, mask.shape);
  const shape = joint.length === 0 ? [1] : joint;
  return readSelected(MaskedSelect, expand(input, shape), where(expand(mask, shape)));
}

function maskedScatterInto<T extends Tensor>(operation: string, target: T, mask: Tensor, source: Tensor): T {
  checkMask(operation, mask);
  checkTensor(operation, source);
  if (source.dtype !== target.dtype) {
    throw new TypeError(
      `${operation}: expected self and source to have same dtypes but got ${target.dtype} and ${source.dtype}`,
    );
  }
  if (!sameShape(broadcastShapes(operation, target.shape, mask.shape), target.shape)) {
    throw new RangeError(
      `${operation}: mask of shape ${describe(mask.shape)} cannot be expanded to ${describe(target.shape)}`,
    );
  }
  const view = target.shape.length === 0 ? unsqueeze(target, 0) : target;
  const selection = where(expand(mask, view.shape));
  const [wanted] = selection.shape;
  if (source.count < wanted) {
    throw new RangeError(
      `${operation}: expects the source to have at least as many elements as the mask is true: ${source.count} < ${wanted}`,
    );
  }
  const values = narrow(reshape(source, [-1]), 0, 0, wanted);
  writeSelected(operation, MaskedScatter, view, selection, values);
  return target;
}

/** A copy in which the elements where `mask` is true are the first ones of `source`, row by row. */
export function maskedScatter(input: Tensor, mask: Tensor, source: Tensor): Tensor {
  checkTensor("maskedScatter", input);
  return maskedScatterInto("maskedScatter", input.clone(), mask, source);
}

declare module "../tensor.js" {
  interface Tensor {
    /** The elements where `mask` is true, row by row, as a copy of one dimension; shapes are broadcast. */
    maskedSelect(mask: Tensor): Tensor;
    /** A copy in which the elements where `mask` is true are the first ones of `source`, row by row. */
    maskedScatter(mask: Tensor, source: Tensor): Tensor;
    maskedScatter_(mask: Tensor, source: Tensor): this;
  }
}

addMethods({
  maskedSelect,
  maskedScatter,
  maskedScatter_: (target: Tensor, mask: Tensor, source: Tensor) =>
    maskedScatterInto("maskedScatter_", target, mask, source),
});
