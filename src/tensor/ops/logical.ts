import { Elementwise } from "../../engine/elementwise.js";
import { Reduction } from "../../engine/reduce.js";
import { type DType, isFloatingPoint } from "../dtype.js";
import { addMethods } from "../methods.js";
import { Tensor } from "../tensor.js";
import {
  type BinaryFunction,
  type BinaryOperation,
  type BinaryTensorFunction,
  binary,
  binaryOfTensors,
  nothing,
  type Operand,
} from "./binary.js";
import { type Predicate, predicate } from "./comparison.js";
import { checkTensor } from "./promotion.js";
import {
  bindReduction,
  type KeepdimArguments,
  type KeepdimOptions,
  ReducedDimensions,
} from "./reduction-arguments.js";

function logical(verb: string, expression: string): BinaryTensorFunction {
  return binaryOfTensors({
    name: verb,
    verb,
    kernel: new Elementwise(`${expression} ? 1 : 0`, 2),
    gives: "bool",
    saves: nothing,
    backward() {},
  });
}

/** Whether both elements are true; a number is true unless it is 0. */
export const logicalAnd: BinaryTensorFunction = logical("logicalAnd", "a !== 0 && b !== 0");
/** Whether one of the elements, or both, is true. */
export const logicalOr: BinaryTensorFunction = logical("logicalOr", "a !== 0 || b !== 0");
/** Whether one of the elements is true and the other is not. */
export const logicalXor: BinaryTensorFunction = logical("logicalXor", "(a !== 0) !== (b !== 0)");
/** Whether each element is 0, or false. */
export const logicalNot: Predicate = predicate("logicalNot", "a === 0");

/** JavaScript's operators know 32 bits; int64 elements may need more. */
function wide(of32: (a: number, b: number) => number, of64: (a: bigint, b: bigint) => bigint): Elementwise {
  const bits = (a: number, b: number): number =>
    (a | 0) === a && (b | 0) === b ? of32(a, b) : Number(of64(BigInt(a), BigInt(b)));
  return new Elementwise("bits(a, b)", 2, { bits });
}

function bitwise(verb: string, expression: string, int64: Elementwise, bools: boolean): BinaryFunction {
  const operation: BinaryOperation = {
    name: verb,
    verb,
    kernel: new Elementwise(expression, 2),
    exceptions: { int64, float32: null, float64: null, ...(bools ? {} : { bool: null }) },
    saves: nothing,
    backward() {},
  };
  return binary(operation);
}

/** The bits that are set in both integers; of bools, whether both are true. */
export const bitwiseAnd: BinaryFunction = bitwise(
  "bitwiseAnd",
  "a & b",
  wide(
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  true,
);
/** The bits that are set in one of the integers, or both. */
export const bitwiseOr: BinaryFunction = bitwise(
  "bitwiseOr",
  "a | b",
  wide(
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  true,
);
/** The bits that are set in one of the integers only. */
export const bitwiseXor: BinaryFunction = bitwise(
  "bitwiseXor",
  "a ^ b",
  wide(
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  true,
);
/** input · 2^other, for integers. */
export const bitwiseLeftShift: BinaryFunction = bitwise(
  "bitwiseLeftShift",
  "a << b",
  new Elementwise("a * 2 ** b", 2),
  false,
);
/** input / 2^other rounded down, for integers. */
export const bitwiseRightShift: BinaryFunction = bitwise(
  "bitwiseRightShift",
  "a >> b",
  new Elementwise("Math.floor(a / 2 ** b)", 2),
  false,
);

const notOfBool = new Elementwise("a === 0 ? 1 : 0", 1);
// −1 − a is ~a in two's complement; uint8 keeps its low bits.
const notOfInteger = new Elementwise("-1 - a", 1);

/** The other bits; of bools, the opposite. */
export function bitwiseNot(input: Tensor): Tensor {
  checkTensor("bitwiseNot", input);
  if (isFloatingPoint(input.dtype)) {
    throw new TypeError(`bitwiseNot: is not supported on ${input.dtype} tensors: only on integers and bools`);
  }
  const out = Tensor.like(input);
  (input.dtype === "bool" ? notOfBool : notOfInteger).run(out, input);
  return out;
}

const anyTrue = new Reduction("0", "x !== 0 ? 1 : s");
const allTrue = new Reduction("1", "x === 0 ? 0 : s");

function quantifier(verb: string, reduction: Reduction, input: Tensor, given: KeepdimArguments): Tensor {
  const { dim, keepdim } = bindReduction<KeepdimOptions>(verb, input, ["dim", "keepdim"], given);
  const reduced = new ReducedDimensions(verb, input.shape, dim, keepdim);
  // As in PyTorch, uint8 stands for truth values of its own.
  const dtype: DType = input.dtype === "uint8" ? "uint8" : "bool";
  const out = Tensor.zeros(reduced.resultShape, dtype);
  reduction.run(out, input, reduced.mask);
  return out;
}

/** Whether any element is true, of all or over some dimensions; false for none. */
export function any(input: Tensor, ...given: KeepdimArguments): Tensor {
  return quantifier("any", anyTrue, input, given);
}

/** Whether all elements are true, of all or over some dimensions; true for none. */
export function all(input: Tensor, ...given: KeepdimArguments): Tensor {
  return quantifier("all", allTrue, input, given);
}

addMethods({
  logicalAnd,
  logicalOr,
  logicalXor,
  logicalNot,
  bitwiseAnd,
  bitwiseOr,
  bitwiseXor,
  bitwiseNot,
  bitwiseLeftShift,
  bitwiseRightShift,
  any,
  all,
});

declare module "../tensor.js" {
  interface Tensor {
    /** Whether both elements are true; a number is true unless it is 0. */
    logicalAnd(other: Tensor): Tensor;
    /** Whether one of the elements, or both, is true. */
    logicalOr(other: Tensor): Tensor;
    /** Whether one of the elements is true and the other is not. */
    logicalXor(other: Tensor): Tensor;
    /** Whether each element is 0, or false. */
    logicalNot(): Tensor;
    /** The bits that are set in both integers; of bools, whether both are true. */
    bitwiseAnd(other: Operand): Tensor;
    /** The bits that are set in one of the integers, or both. */
    bitwiseOr(other: Operand): Tensor;
    /** The bits that are set in one of the integers only. */
    bitwiseXor(other: Operand): Tensor;
    /** The other bits; of bools, the opposite. */
    bitwiseNot(): Tensor;
    /** this · 2^other, for integers. */
    bitwiseLeftShift(other: Operand): Tensor;
    /** this / 2^other rounded down, for integers. */
    bitwiseRightShift(other: Operand): Tensor;
    /** Whether any element is true, of all or over some dimensions. */
    any(...given: KeepdimArguments): Tensor;
    /** Whether all elements are true, of all or over some dimensions. */
    all(...given: KeepdimArguments): Tensor;
  }
}
