import { Elementwise } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import { checkTensor } from "./promotion.js";

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The nearest number with 8 significant bits and float32's exponents; of two, the one whose last bit is 0. */
function nearest(value: number): number {
  float[0] = value;
  if (Number.isNaN(float[0])) return NaN;
  // bfloat16 is the upper half of a float32.
  const [pattern] = bits;
  bits[0] = pattern + 0x7fff + ((pattern >>> 16) & 1);
  bits[0] &= 0xffff0000;
  return float[0];
}

const kernel = new Elementwise("nearest(a)", 1, { nearest });

const Bfloat16: Operation = {
  name: "ToCopyBackward0",
  backward(node, gradient) {
    node.give(0, bfloat16(gradient).to(node.attributes as "float32"));
  },
};

/**
 * The values rounded to bfloat16 (to nearest, ties to even), held as float32: there is no dtype of 16 bits here.
 * What is computed from them is float32; PyTorch rounds after each operation, so round again where that matters.
 */
export function bfloat16(input: Tensor): Tensor {
  checkTensor("bfloat16", input);
  const out = Tensor.like(input, "float32");
  kernel.run(out, input);
  if (isRecorded(input)) out.gradFn = new Node(Bfloat16, [input], undefined, input.dtype);
  return out;
}

addMethods({ bfloat16 });

declare module "../tensor.js" {
  interface Tensor {
    /** The values rounded to bfloat16 (to nearest, ties to even), held as float32. */
    bfloat16(): Tensor;
  }
}
