import { Elementwise } from "../../engine/elementwise.js";
import { Storage } from "../../engine/storage.js";
import type { Strided } from "../../engine/strided.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { checkDType, type DType, isFloatingPoint } from "../dtype.js";
import { Tensor } from "../tensor.js";

const copyKernel = new Elementwise("a", 1);
/** So few elements are faster one by one. */
const FEWEST_TO_SET = 32;
const truthKernel = new Elementwise("a !== 0 ? 1 : 0", 1);
/** What does not fit, NaN included, becomes −2^63, as on x86: of that, int32 and uint8 keep the low bits. */
const truncateKernel = new Elementwise(
  "a >= -9223372036854775808 && a < 9223372036854775808 ? Math.trunc(a) + 0 : -9223372036854775808",
  1,
);

const Clone: Operation = {
  name: "CloneBackward0",
  backward(node, gradient) {
    node.give(0, gradient);
  },
};

const ToCopy: Operation = {
  name: "ToCopyBackward0",
  backward(node, gradient) {
    node.give(0, to(gradient, node.attributes as DType));
  },
};

/** Writes the values of `input` into `out` (same shape), converted to its dtype. */
export function copyInto(out: Tensor, input: Tensor): void {
  const kernel =
    out.dtype === "bool" ? truthKernel : needsTruncation(input, out) ? truncateKernel : copyKernel;
  if (out.dtype === input.dtype && out.rowMajor && input.rowMajor && input.count >= FEWEST_TO_SET) {
    const from = input.storage.data.subarray(input.offset, input.offset + input.count);
    out.storage.data.set(from, out.offset);
  } else kernel.run(out, input);
  const { remainder } = input.storage;
  if (remainder !== null && out.dtype === "int64") {
    out.storage.remainder ??= new Float64Array(out.storage.data.length);
    copyKernel.run(
      { ...layoutOf(out), storage: new Storage(out.storage.remainder) },
      { ...layoutOf(input), storage: new Storage(remainder) },
    );
  }
}

function layoutOf({ offset, shape, strides, count, rowMajor }: Tensor): Omit<Strided, "storage"> {
  return { offset, shape, strides, count, rowMajor };
}

function needsTruncation(from: Tensor, to: Tensor): boolean {
  return isFloatingPoint(from.dtype) && !isFloatingPoint(to.dtype);
}

/** A copy with memory of its own, row by row. Gradients flow through it. */
export function clone(input: Tensor): Tensor {
  const out = Tensor.emptyLike(input, input.dtype, "clone");
  copyInto(out, input);
  if (isRecorded(input)) out.gradFn = new Node(Clone, [input]);
  return out;
}

/** The tensor in another element type; itself when it already has it. Gradients flow through. */
export function to(input: Tensor, dtype: DType): Tensor {
  checkDType("to", dtype);
  if (dtype === input.dtype) return input;
  const out = Tensor.emptyLike(input, dtype, "to");
  copyInto(out, input);
  if (isFloatingPoint(dtype) && isRecorded(input))
    out.gradFn = new Node(ToCopy, [input], undefined, input.dtype);
  return out;
}

declare module "../tensor.js" {
  interface Tensor {
    /** A copy with memory of its own. Gradients flow through it. */
    clone(): Tensor;
    /** This tensor when its elements lie row by row, else a copy in which they do. */
    contiguous(): Tensor;
    /** The same values, sharing memory, without history: gradients stop here. */
    detach(): Tensor;
    /** This tensor in another element type, or the type of `other`; itself when it already has it. */
    to(dtype: DType | Tensor): Tensor;
    float(): Tensor;
    double(): Tensor;
    long(): Tensor;
    int(): Tensor;
    bool(): Tensor;
    /** The values in the dtype of `other`. */
    typeAs(other: Tensor): Tensor;
  }
}

Tensor.prototype.clone = function () {
  return clone(this);
};
Tensor.prototype.contiguous = function () {
  return this.rowMajor ? this : clone(this);
};
Tensor.prototype.detach = function () {
  const { storage, offset, shape, strides, dtype, count, rowMajor } = this;
  return new Tensor(storage, offset, shape, strides, dtype, count, rowMajor);
};
Tensor.prototype.to = function (target) {
  return to(this, target instanceof Tensor ? target.dtype : target);
};
Tensor.prototype.typeAs = function (other) {
  return to(this, other.dtype);
};
Tensor.prototype.float = function () {
  return to(this, "float32");
};
Tensor.prototype.double = function () {
  return to(this, "float64");
};
Tensor.prototype.long = function () {
  return to(this, "int64");
};
Tensor.prototype.int = function () {
  return to(this, "int32");
};
Tensor.prototype.bool = function () {
  return to(this, "bool");
};
