import { type Arguments, namedArguments } from "../tensor/arguments.js";
import { noGrad } from "../tensor/autograd/mode.js";
import { chosenDType } from "../tensor/creation.js";
import type { DType } from "../tensor/dtype.js";
import { type EmbeddingOptions, embedding, paddingRow } from "../tensor/ops/embedding.js";
import { checkTensor } from "../tensor/ops/promotion.js";
import { select } from "../tensor/ops/slicing.js";
import { describe } from "../tensor/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { normal_ } from "./init.js";
import { Module } from "./module.js";
import { Parameter } from "./parameter.js";
import { pythonFloat } from "./representation.js";

export interface EmbeddingModuleOptions extends EmbeddingOptions {
  dtype?: DType;
}
export interface PretrainedOptions extends EmbeddingOptions {
  /** Whether the rows stay as they are (default). */
  freeze?: boolean;
}
export type EmbeddingModuleArguments = Arguments<
  [
    paddingIdx?: number | null,
    maxNorm?: number | null,
    normType?: number,
    scaleGradByFreq?: boolean,
    sparse?: boolean,
  ],
  EmbeddingModuleOptions
>;

/**
 * A table of vectors that are learned: positions [...] give rows [..., embeddingDim].
 *
 * `weight` [numEmbeddings, embeddingDim] starts standard normal, the row `paddingIdx` at 0.
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  readonly weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, ...given: EmbeddingModuleArguments) {
    super();
    for (const [name, value] of Object.entries({ numEmbeddings, embeddingDim })) {
      if (!Number.isInteger(value) || value < 0)
        throw new RangeError(`Embedding: ${name} must be an integer ≥ 0, not ${String(value)}`);
    }
    const {
      paddingIdx = null,
      maxNorm = null,
      normType = 2,
      scaleGradByFreq = false,
      sparse = false,
      ...options
    } = namedArguments<EmbeddingModuleOptions>(
      "Embedding",
      ["paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse", "dtype"],
      given,
    );
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingRow("Embedding", paddingIdx, numEmbeddings);
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    this.weight = new Parameter(
      Tensor.zeros([numEmbeddings, embeddingDim], chosenDType("Embedding", options), "Embedding"),
    );
    this.resetParameters();
  }

  /** A module with given rows [numEmbeddings, embeddingDim], which by default are not learned. */
  static fromPretrained(
    embeddings: Tensor,
    ...given: Arguments<[freeze?: boolean, paddingIdx?: number | null], PretrainedOptions>
  ): Embedding {
    checkTensor("fromPretrained", embeddings);
    if (embeddings.ndim !== 2) {
      throw new RangeError(
        `fromPretrained: Embeddings parameter is expected to be 2-dimensional, not ${describe(embeddings.shape)}`,
      );
    }
    const { freeze = true, ...options } = namedArguments<PretrainedOptions>(
      "fromPretrained",
      ["freeze", "paddingIdx", "maxNorm", "normType", "scaleGradByFreq", "sparse"],
      given,
    );
    const [rows, width] = embeddings.shape;
    const made = new Embedding(0, width, { ...options, paddingIdx: null, dtype: embeddings.dtype });
    return Object.assign(made, {
      numEmbeddings: rows,
      paddingIdx: paddingRow("fromPretrained", options.paddingIdx ?? null, rows),
      weight: new Parameter(embeddings, !freeze),
    });
  }

  /** Draws the rows anew. */
  resetParameters(): void {
    normal_(this.weight);
    noGrad(() => {
      if (this.paddingIdx !== null) select(this.weight, 0, this.paddingIdx).zero_();
    });
  }

  override forward(input: Tensor): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse } = this;
    return embedding(input, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq, sparse });
  }

  override extraRepr(): string {
    const parts = [`${this.numEmbeddings}, ${this.embeddingDim}`];
    if (this.paddingIdx !== null) parts.push(`padding_idx=${this.paddingIdx}`);
    if (this.maxNorm !== null) parts.push(`max_norm=${pythonFloat(this.maxNorm)}`);
    if (this.normType !== 2) parts.push(`norm_type=${this.normType}`);
    if (this.scaleGradByFreq) parts.push("scale_grad_by_freq=True");
    if (this.sparse) parts.push("sparse=True");
    return parts.join(", ");
  }
}
