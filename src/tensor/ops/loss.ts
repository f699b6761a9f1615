/** What all losses share: the reduction to one number. */
import { namedArguments } from "../arguments.js";
import { noGrad } from "../autograd/mode.js";
import type { Node, Operation } from "../autograd/node.js";
import { describe, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./arithmetic.js";
import { memoized, type PointwiseDefinition, PointwiseFunction } from "./pointwise-function.js";
import { mean, sum } from "./reduction.js";

/** What becomes of the losses of the elements. */
export type Reduce = "mean" | "sum" | "none";

export interface LossOptions {
  /** The mean of all losses (default), their sum, or "none": as they are. */
  reduction?: Reduce;
}

/** Refuses what is not a reduction. */
export function checkReduction(operation: string, reduction: unknown, more: readonly string[] = []): void {
  const valid = ["mean", "sum", "none", ...more];
  if (typeof reduction !== "string" || !valid.includes(reduction)) {
    throw new TypeError(
      `${operation}: ${String(reduction)} is not a valid value for reduction: it is one of ${valid.join(", ")}`,
    );
  }
}

/** The reduction that a loss without other options is given. */
export function reductionOf(operation: string, options: LossOptions): Reduce {
  const { reduction = "mean" } = namedArguments<LossOptions>(operation, ["reduction"], [options]);
  checkReduction(operation, reduction);
  return reduction;
}

/** The mean or the sum of the losses, or the losses themselves. */
export function reduceLosses(losses: Tensor, reduction: Reduce): Tensor {
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}

/** Refuses a target of another shape. */
export function checkSameShape(operation: string, input: Tensor, target: Tensor): void {
  if (!sameShape(input.shape, target.shape)) {
    throw new RangeError(
      `${operation}: Target size (${describe(target.shape)}) must be the same as input size (${describe(input.shape)})`,
    );
  }
}

/** A loss of each element of input and target, and its reduction, as a single node on the tape. */
export class PointwiseLoss {
  readonly #losses: PointwiseFunction;
  readonly #reduced: Readonly<Record<Reduce, Operation>>;

  /** @param isComposite whether PyTorch records the reduction as a node of its own, which `gradFn` then prints */
  constructor(definition: PointwiseDefinition, isComposite = false) {
    const losses = new PointwiseFunction(definition);
    const scaled = (name: string): Operation => ({
      name: isComposite ? name : definition.gradFn,
      backward(node: Node, gradient: Tensor) {
        const factor = node.attributes as number;
        losses.backward(node, factor === 1 ? gradient : mul(gradient, factor));
      },
    });
    this.#losses = losses;
    this.#reduced = { none: losses, mean: scaled("MeanBackward0"), sum: scaled("SumBackward0") };
  }

  apply(verb: string, input: Tensor, target: Tensor, reduction: Reduce): Tensor {
    const losses = this.#losses.values(verb, input, target);
    const out = noGrad(() => reduceLosses(losses, reduction));
    const factor = reduction === "mean" ? 1 / losses.count : 1;
    this.#losses.record(out, this.#reduced[reduction], input, target, factor);
    return out;
  }
}

/** A pointwise loss with constants, compiled once for each set of them. */
export function lossWithConstants<C extends readonly number[]>(
  define: (...constants: C) => PointwiseDefinition,
  isComposite = false,
): (...constants: C) => PointwiseLoss {
  return memoized((...constants: C) => new PointwiseLoss(define(...constants), isComposite));
}
