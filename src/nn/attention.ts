import { type Arguments, namedArguments, requiredArguments } from "../tensor/arguments.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { attention } from "../tensor/ops/attention.js";
import { cat } from "../tensor/ops/joining.js";
import { linear } from "../tensor/ops/matmul.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { describe, sameShape } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { constant_, xavierNormal_, xavierUniform_ } from "./init.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";

export interface MultiheadAttentionOptions {
  /** Features of query and output. */
  embedDim?: number;
  /** Number of subspaces; divides embedDim. */
  numHeads?: number;
  /** Share of the attention weights that is dropped in training. Default 0. */
  dropout?: number;
  /** Whether the projections have biases. Default true. */
  bias?: boolean;
  /** Whether a learned source is added to keys and values. Default false. */
  addBiasKv?: boolean;
  /** Whether a source of zeros is added to keys and values. Default false. */
  addZeroAttn?: boolean;
  /** Features of the keys. Default embedDim. */
  kdim?: number | null;
  /** Features of the values. Default embedDim. */
  vdim?: number | null;
  /** Whether sequences are [batch, time, …] instead of [time, batch, …]. Default false. */
  batchFirst?: boolean;
  dtype?: DType;
}

export type MultiheadAttentionArguments = Arguments<
  [
    embedDim: number,
    numHeads: number,
    dropout?: number,
    bias?: boolean,
    addBiasKv?: boolean,
    addZeroAttn?: boolean,
    kdim?: number | null,
    vdim?: number | null,
    batchFirst?: boolean,
  ],
  MultiheadAttentionOptions
>;

export interface AttentionCallOptions {
  /** [batch, sources]: bool, true at sources that are ignored; or floating point, added to their scores. */
  keyPaddingMask?: Tensor | null;
  /** Whether the weights are returned. Default true. */
  needWeights?: boolean;
  /** [targets, sources] or [batch · heads, targets, sources]: true where a target may not look; or added to the scores. */
  attnMask?: Tensor | null;
  /** Whether the weights are averaged over the heads. Default true. */
  averageAttnWeights?: boolean;
  /** A hint that attnMask is the causal mask; it must be given all the same. Default false. */
  isCausal?: boolean;
}

export type AttentionCallArguments = Arguments<
  [
    keyPaddingMask?: Tensor | null,
    needWeights?: boolean,
    attnMask?: Tensor | null,
    averageAttnWeights?: boolean,
    isCausal?: boolean,
  ],
  AttentionCallOptions
>;

const NAMES = ["dropout", "bias", "addBiasKv", "addZeroAttn", "kdim", "vdim", "batchFirst", "dtype"] as const;
const CALL_NAMES = ["keyPaddingMask", "needWeights", "attnMask", "averageAttnWeights", "isCausal"] as const;

/** What PyTorch calls, and prints as, the last projection of an attention. */
class NonDynamicallyQuantizableLinear extends Linear {}

/** Attention in several subspaces at once. Vaswani et al., "Attention is all you need", 2017. */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly headDim: number;
  readonly dropout: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  /** The projections of query, key and value, one below the other: [3 · embedDim, embedDim]; null with kdim or vdim. */
  readonly inProjWeight: Parameter | null;
  readonly qProjWeight: Parameter | null;
  readonly kProjWeight: Parameter | null;
  readonly vProjWeight: Parameter | null;
  readonly inProjBias: Parameter | null;
  readonly outProj: Linear;
  readonly biasK: Parameter | null;
  readonly biasV: Parameter | null;

  constructor(...given: MultiheadAttentionArguments) {
    super();
    const { embedDim, numHeads, ...options } = requiredArguments<
      MultiheadAttentionOptions,
      "embedDim" | "numHeads"
    >("MultiheadAttention", ["embedDim", "numHeads"], NAMES, given);
    const { dropout = 0, bias = true, addBiasKv = false, addZeroAttn = false, batchFirst = false } = options;
    for (const [name, value] of Object.entries({ embedDim, numHeads })) {
      if (!Number.isInteger(value) || value < 1)
        throw new RangeError(`MultiheadAttention: ${name} must be an integer ≥ 1, not ${String(value)}`);
    }
    if (embedDim % numHeads !== 0) {
      throw new RangeError(
        `MultiheadAttention: embed_dim must be divisible by num_heads: ${embedDim} by ${numHeads}`,
      );
    }
    const typed = options.dtype === undefined ? {} : { dtype: options.dtype };
    const dtype = chosenDType("MultiheadAttention", typed);
    const parameter = (...shape: number[]) => new Parameter(Tensor.zeros(shape, dtype));
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.headDim = embedDim / numHeads;
    this.dropout = dropout;
    this.kdim = options.kdim ?? embedDim;
    this.vdim = options.vdim ?? embedDim;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const isJoint = this.kdim === embedDim && this.vdim === embedDim;
    this.qProjWeight = isJoint ? null : parameter(embedDim, embedDim);
    this.kProjWeight = isJoint ? null : parameter(embedDim, this.kdim);
    this.vProjWeight = isJoint ? null : parameter(embedDim, this.vdim);
    this.inProjWeight = isJoint ? parameter(3 * embedDim, embedDim) : null;
    this.inProjBias = bias ? parameter(3 * embedDim) : null;
    this.outProj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, ...typed });
    this.biasK = addBiasKv ? parameter(1, 1, embedDim) : null;
    this.biasV = addBiasKv ? parameter(1, 1, embedDim) : null;
    for (const weight of [this.inProjWeight, this.qProjWeight, this.kProjWeight, this.vProjWeight])
      if (weight !== null) xavierUniform_(weight);
    if (this.outProj.bias !== null) constant_(this.outProj.bias, 0);
    if (this.biasK !== null) xavierNormal_(this.biasK);
    if (this.biasV !== null) xavierNormal_(this.biasV);
  }

  /**
   * @param query [targets, batch, embedDim], with batchFirst [batch, targets, embedDim], or [targets, embedDim]
   * @param key the same with sources and kdim
   * @param value the same with sources and vdim
   * @returns the output in the layout of the query, and the weights [batch, targets, sources] (with
   *   averageAttnWeights false [batch, heads, targets, sources]) or null
   */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...given: AttentionCallArguments
  ): [output: Tensor, weights: Tensor | null] {
    const options = namedArguments<AttentionCallOptions>("MultiheadAttention", CALL_NAMES, given);
    const { keyPaddingMask = null, needWeights = true, averageAttnWeights = true } = options;
    if (options.isCausal && (options.attnMask ?? null) === null)
      throw new TypeError("MultiheadAttention: need attnMask if specifying the isCausal hint");
    const isBatched = this.checkInputs(query, key, value);
    // Inside, all is [batch, time, …].
    const inward = (x: Tensor) => (isBatched ? (this.batchFirst ? x : x.transpose(0, 1)) : x.unsqueeze(0));
    const [q, k, v] = this.project(inward(query), inward(key), inward(value));
    const batch = q.shape[0];
    const targets = q.shape[1];
    const sources = k.shape[1];
    const padding = keyPaddingMask === null || isBatched ? keyPaddingMask : keyPaddingMask.unsqueeze(0);
    let mask = this.mask(options.attnMask ?? null, padding, batch, targets, sources);
    let keys = k;
    let values = v;
    let added = 0;
    if (this.biasK !== null && this.biasV !== null) {
      keys = cat([keys, this.biasK.expand([batch, 1, this.embedDim])], 1);
      values = cat([values, this.biasV.expand([batch, 1, this.embedDim])], 1);
      added++;
    }
    if (this.addZeroAttn) {
      const zeros = Tensor.zeros([batch, 1, this.embedDim], k.dtype);
      keys = cat([keys, zeros], 1);
      values = cat([values, zeros], 1);
      added++;
    }
    if (mask !== null && added > 0)
      mask = cat([mask, Tensor.zeros([...mask.shape.slice(0, -1), added], mask.dtype)], -1);
    const heads = (x: Tensor) => x.reshape([batch, x.shape[1], this.numHeads, this.headDim]).transpose(1, 2);
    const [mixed, weights] = attention("MultiheadAttention", heads(q), heads(keys), heads(values), {
      attnMask: mask,
      dropoutP: this.training ? this.dropout : 0,
    });
    const joined = mixed.transpose(1, 2).reshape([batch, targets, this.embedDim]);
    const projected = this.outProj.forward(joined);
    const output = isBatched
      ? this.batchFirst
        ? projected
        : projected.transpose(0, 1)
      : projected.squeeze(0);
    if (!needWeights) return [output, null];
    const shown = averageAttnWeights ? weights.mean(1) : weights;
    return [output, isBatched ? shown : shown.squeeze(0)];
  }

  private checkInputs(query: Tensor, key: Tensor, value: Tensor): boolean {
    for (const [name, input, size] of [
      ["query", query, this.embedDim],
      ["key", key, this.kdim],
      ["value", value, this.vdim],
    ] as const) {
      checkTensor("MultiheadAttention", input);
      const { shape } = input;
      if ((shape.length !== 2 && shape.length !== 3) || shape.length !== query.shape.length) {
        throw new RangeError(
          `MultiheadAttention: query, key and value should all be 3-D, or 2-D without a batch, but ${name} has shape ${describe(shape)} and query ${describe(query.shape)}`,
        );
      }
      if (shape[shape.length - 1] !== size) {
        throw new RangeError(
          `MultiheadAttention: was expecting embedding dimension of ${size}, but got ${shape[shape.length - 1]}: ${name} has shape ${describe(shape)}`,
        );
      }
    }
    if (!sameShape(key.shape.slice(0, -1), value.shape.slice(0, -1))) {
      throw new RangeError(
        `MultiheadAttention: key's sequence and batch dims ${describe(key.shape.slice(0, -1))} do not match value's ${describe(value.shape.slice(0, -1))}`,
      );
    }
    return query.shape.length === 3;
  }

  private project(query: Tensor, key: Tensor, value: Tensor): Tensor[] {
    const size = this.embedDim;
    return [query, key, value].map((input, part) => {
      const own = [this.qProjWeight, this.kProjWeight, this.vProjWeight][part];
      const weight = own ?? (this.inProjWeight as Tensor).narrow(0, part * size, size);
      return linear(input, weight, this.inProjBias?.narrow(0, part * size, size) ?? null);
    });
  }

  /** Both masks as one that is added to the scores [batch, heads, targets, sources]. */
  private mask(
    attnMask: Tensor | null,
    keyPaddingMask: Tensor | null,
    batch: number,
    targets: number,
    sources: number,
  ): Tensor | null {
    const masks: Tensor[] = [];
    if (attnMask !== null) {
      checkTensor("MultiheadAttention: attnMask", attnMask);
      const { shape } = attnMask;
      const isFlat = sameShape(shape, [targets, sources]);
      if (!isFlat && !sameShape(shape, [batch * this.numHeads, targets, sources])) {
        throw new RangeError(
          `MultiheadAttention: The shape of the attnMask is ${describe(shape)}, but should be ${describe([targets, sources])} or ${describe([batch * this.numHeads, targets, sources])}`,
        );
      }
      masks.push(
        this.summand(isFlat ? attnMask : attnMask.reshape([batch, this.numHeads, targets, sources])),
      );
    }
    if (keyPaddingMask !== null) {
      checkTensor("MultiheadAttention: keyPaddingMask", keyPaddingMask);
      if (!sameShape(keyPaddingMask.shape, [batch, sources])) {
        throw new RangeError(
          `MultiheadAttention: expecting keyPaddingMask shape of ${describe([batch, sources])}, but got ${describe(keyPaddingMask.shape)}`,
        );
      }
      masks.push(this.summand(keyPaddingMask.reshape([batch, 1, 1, sources])));
    }
    return masks.length === 0 ? null : masks.reduce((a, b) => a.add(b));
  }

  /** A bool mask as what is added to the scores: −∞ where it is true. */
  private summand(mask: Tensor): Tensor {
    if (mask.dtype !== "bool") return mask;
    const { dtype } = this.outProj.weight;
    return Tensor.zeros(mask.shape, dtype).maskedFill(mask, -Infinity);
  }
}
