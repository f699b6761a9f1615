import { type Arguments, namedArguments } from "../arguments.js";
import { describe } from "../shape.js";
import { Tensor } from "../tensor.js";
import { dropout } from "./dropout.js";
import { matmul } from "./matmul.js";
import { checkTensor } from "./promotion.js";
import { softmax } from "./softmax.js";
import { transpose } from "./view.js";
import { maskedFill } from "./where.js";

export interface AttentionOptions {
  /**
   * Broadcast to [..., targets, sources]: bool, true where a target may look at a source; or floating point, added to
   * the scores.
   */
  attnMask?: Tensor | null;
  /** Share of the weights that is dropped. Default 0. */
  dropoutP?: number;
  /** Whether no target looks at a later source. Default false. */
  isCausal?: boolean;
  /** Factor of the scores. Default 1/√features. */
  scale?: number | null;
}

export type AttentionArguments = Arguments<
  [attnMask?: Tensor | null, dropoutP?: number, isCausal?: boolean],
  AttentionOptions
>;

const NAMES = ["attnMask", "dropoutP", "isCausal", "scale"] as const;

/**
 * softmax(query · keyᵀ · scale + mask) · value. Vaswani et al., "Attention is all you need", 2017.
 *
 * @param query [..., targets, features]
 * @param key [..., sources, features]
 * @param value [..., sources, values]
 * @returns [..., targets, values]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...given: AttentionArguments
): Tensor {
  const options = namedArguments<AttentionOptions>("scaledDotProductAttention", NAMES, given);
  return attention("scaledDotProductAttention", query, key, value, options)[0];
}

/** The output of attention, and its weights [..., targets, sources]. */
export function attention(
  operation: string,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { attnMask = null, dropoutP = 0, isCausal = false, scale }: AttentionOptions,
): [output: Tensor, weights: Tensor] {
  for (const operand of [query, key, value]) {
    checkTensor(operation, operand);
    if (operand.shape.length < 2) {
      throw new RangeError(
        `${operation}: query, key and value have at least 2 dimensions, but one has shape ${describe(operand.shape)}`,
      );
    }
  }
  if (isCausal && attnMask !== null)
    throw new TypeError(`${operation}: explicit attnMask should not be set when isCausal is true`);
  const features = query.shape[query.shape.length - 1];
  // The smaller of the two operands is scaled, not the product.
  const scaled = query.mul(scale ?? 1 / Math.sqrt(features));
  let scores = matmul(scaled, transpose(key, -2, -1));
  const mask = isCausal ? causalMask(query.shape.at(-2) as number, key.shape.at(-2) as number) : attnMask;
  if (mask !== null) {
    checkTensor(operation, mask);
    scores = mask.dtype === "bool" ? maskedFill(scores, mask.eq(0), -Infinity) : scores.add(mask);
  }
  const weights = softmax(scores, -1);
  const used = dropoutP > 0 ? dropout(weights, dropoutP, true) : weights;
  return [matmul(used, value), used];
}

/** True where a target may look at a source: not at later ones. */
function causalMask(targets: number, sources: number): Tensor {
  const mask = Tensor.zeros([targets, sources], "bool");
  const { data } = mask.storage;
  for (let i = 0; i < targets; i++) data.fill(1, i * sources, i * sources + Math.min(i + 1, sources));
  return mask;
}
