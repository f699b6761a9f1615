import { Elementwise, type Helpers } from "../../engine/elementwise.js";
import { isRecorded } from "../autograd/mode.js";
import { Node, type Operation } from "../autograd/node.js";
import { isFloatingPoint } from "../dtype.js";
import { broadcastShapes, sameShape } from "../shape.js";
import { Tensor } from "../tensor.js";
import { assign, snapshot } from "./in-place.js";
import { checkTensor } from "./promotion.js";

/** What makes a function of one or two numbers that is differentiated by hand. */
export interface PointwiseDefinition {
  /** What `gradFn` prints. */
  readonly gradFn: string;
  /** The value, in JavaScript: an expression of the variables `x` and `y`. */
  readonly value: string;
  /** The derivatives by `x` and by `y`, as expressions too. */
  readonly slopes: readonly string[];
  /**
   * The second derivative by variables `i` and `j`, in recorded operations, so that it can be differentiated for ever;
   * null, or left out, where it is 0.
   */
  readonly curvature?: (i: number, j: number, x: Tensor, y: Tensor) => Tensor | null;
  /** Functions that the expressions call by these names. */
  readonly helpers?: Helpers;
}

/**
 * A function that is applied element by element: one pass over memory forwards, and one for each gradient. Constants
 * are written into the expressions, so that the compiled loops know them.
 */
export class PointwiseFunction implements Operation {
  readonly name: string;
  readonly #value: Elementwise;
  readonly #slopes: readonly Slope[];

  constructor(definition: PointwiseDefinition) {
    const { gradFn, value, slopes, helpers } = definition;
    this.name = gradFn;
    this.#value = new Elementwise(inOperands(value, "a", "b"), slopes.length === 1 ? 1 : 2, helpers);
    this.#slopes = slopes.map((_, i) => new Slope(definition, i));
  }

  backward(node: Node, gradient: Tensor): void {
    const x = node.saved(0);
    const y = this.#slopes.length === 2 ? node.saved(1) : x;
    for (const [i, slope] of this.#slopes.entries()) {
      if (node.needs(i)) node.give(i, slope.times(gradient, x, y));
    }
  }

  /** The values, recorded; operands are broadcast. The caller has checked that they are floating point of one type. */
  apply(verb: string, x: Tensor, y?: Tensor): Tensor {
    const out = this.values(verb, x, y);
    this.record(out, this, x, y);
    return out;
  }

  /** The values alone. */
  values(verb: string, x: Tensor, y?: Tensor): Tensor {
    const shape = y === undefined ? x.shape : broadcastShapes(verb, x.shape, y.shape);
    const out = sameShape(shape, x.shape)
      ? Tensor.emptyLike(x, x.dtype, verb)
      : Tensor.empty(shape, x.dtype, verb);
    this.#value.run(out, x, y);
    return out;
  }

  /** Makes `out` the result of an operation that ends in this one's `backward`. */
  record(out: Tensor, operation: Operation, x: Tensor, y: Tensor | undefined, attributes?: unknown): void {
    if (!isRecorded(x, y)) return;
    const variables = y === undefined ? [x] : [x, y];
    out.gradFn = new Node(operation, variables, variables, attributes);
  }
}

/** The gradient of the result times the derivative by one of the variables, as an operation on all three. */
class Slope implements Operation {
  readonly name: string;
  readonly #kernel: Elementwise;
  readonly #index: number;
  readonly #arity: number;
  readonly #curvature: PointwiseDefinition["curvature"];

  constructor({ gradFn, slopes, curvature, helpers }: PointwiseDefinition, index: number) {
    this.name = gradFn.replace(/(\d*)$/, "Backward$1");
    this.#arity = slopes.length;
    const product = `a * (${inOperands(slopes[index], "b", "c")})`;
    this.#kernel = new Elementwise(product, slopes.length === 1 ? 2 : 3, helpers);
    this.#index = index;
    this.#curvature = curvature;
  }

  times(gradient: Tensor, x: Tensor, y: Tensor): Tensor {
    const shape = broadcastShapes(this.name, gradient.shape, broadcastShapes(this.name, x.shape, y.shape));
    const out = Tensor.empty(shape, gradient.dtype, this.name);
    this.#kernel.run(out, gradient, x, y);
    if (isRecorded(gradient, x, y)) {
      const operands = this.#arity === 1 ? [gradient, x] : [gradient, x, y];
      out.gradFn = new Node(this, operands, operands);
    }
    return out;
  }

  backward(node: Node, outer: Tensor): void {
    const gradient = node.saved(0);
    const x = node.saved(1);
    const y = this.#arity === 2 ? node.saved(2) : x;
    if (node.needs(0)) node.give(0, this.times(outer, x, y));
    for (let j = 0; j < this.#arity; j++) {
      if (!node.needs(1 + j)) continue;
      const curvature = this.#curvature?.(this.#index, j, x, y) ?? null;
      if (curvature !== null) node.give(1 + j, outer.mul(gradient).mul(curvature));
    }
  }
}

/** An expression of `x` and `y` as one of the operands of a kernel. */
function inOperands(expression: string, x: string, y: string): string {
  return expression.replace(/\bx\b/g, x).replace(/\by\b/g, y);
}

/** How many functions with constants in them are kept: more than a program has, fewer than a schedule makes. */
const KEPT = 64;

/** Keeps what `make` makes of each set of constants. */
export function memoized<C extends readonly number[], T>(
  make: (...constants: C) => T,
): (...constants: C) => T {
  const kept = new Map<string, T>();
  return (...constants) => {
    const key = constants.join();
    let made = kept.get(key);
    if (made === undefined) {
      if (kept.size === KEPT) kept.clear();
      made = make(...constants);
      kept.set(key, made);
    }
    return made;
  };
}

/** A pointwise function with constants, compiled once for each set of them. */
export function withConstants<C extends readonly number[]>(
  define: (...constants: C) => PointwiseDefinition,
): (...constants: C) => PointwiseFunction {
  return memoized((...constants: C) => new PointwiseFunction(define(...constants)));
}

/** Refuses operands that are not floating point, or not of one type. */
export function checkFloats(operation: string, ...tensors: Tensor[]): void {
  for (const tensor of tensors) checkTensor(operation, tensor);
  for (const { dtype } of tensors) {
    if (!isFloatingPoint(dtype)) {
      throw new TypeError(
        `${operation}: is not supported on ${dtype} tensors: convert them first, for example with float()`,
      );
    }
    if (dtype !== tensors[0].dtype) {
      throw new TypeError(
        `${operation}: the tensors must have the same dtype, but they are ${tensors[0].dtype} and ${dtype}`,
      );
    }
  }
}

/** Applies a function of one tensor, in place if asked; then its derivative is taken where the tensor was before. */
export function applyTo(
  verb: string,
  input: Tensor,
  inplace: boolean | undefined,
  operation: (input: Tensor) => Tensor,
): Tensor {
  if (inplace !== undefined && typeof inplace !== "boolean")
    throw new TypeError(`${verb}: inplace is true or false, not ${String(inplace)}`);
  if (!inplace) return operation(input);
  return assign(`${verb}_`, input, operation(isRecorded(input) ? snapshot(input) : input));
}
