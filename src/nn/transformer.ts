import { type Arguments, namedArguments, requiredArguments } from "../tensor/arguments.js";
import type { DType } from "../tensor/dtype.js";
import { relu } from "../tensor/ops/activation-rectified.js";
import { gelu } from "../tensor/ops/activation-smooth.js";
import type { Tensor } from "../tensor/tensor.js";
import { MultiheadAttention } from "./attention.js";
import { ModuleList } from "./container.js";
import { Dropout } from "./dropout.js";
import { Linear } from "./linear.js";
import { Module } from "./module.js";
import { LayerNorm } from "./normalization.js";

/** "relu", "gelu", or a function of one tensor. */
export type TransformerActivation = "relu" | "gelu" | ((input: Tensor) => Tensor);

export interface TransformerLayerOptions {
  /** Features of the input and output. */
  dModel?: number;
  /** Number of heads; divides dModel. */
  nhead?: number;
  /** Width of the hidden layer. Default 2048. */
  dimFeedforward?: number;
  /** Default 0.1. */
  dropout?: number;
  /** Between the two linear layers. Default "relu". */
  activation?: TransformerActivation;
  /** Added to the variance in layer norms. Default 1e-5. */
  layerNormEps?: number;
  /** Whether sequences are [batch, time, …] instead of [time, batch, …]. Default false. */
  batchFirst?: boolean;
  /** Whether each part normalises its input instead of its output. Default false. */
  normFirst?: boolean;
  /** Whether linear layers and norms have biases. Default true. */
  bias?: boolean;
  dtype?: DType;
}

export type TransformerLayerArguments = Arguments<
  [
    dModel: number,
    nhead: number,
    dimFeedforward?: number,
    dropout?: number,
    activation?: TransformerActivation,
    layerNormEps?: number,
    batchFirst?: boolean,
    normFirst?: boolean,
    bias?: boolean,
  ],
  TransformerLayerOptions
>;

export interface EncoderMasks {
  /** [time, time]: true where a position may not look at another; or added to the scores. */
  srcMask?: Tensor | null;
  /** [batch, time]: true at positions that are ignored. */
  srcKeyPaddingMask?: Tensor | null;
  /** A hint that the mask is the causal one; it must be given all the same. */
  isCausal?: boolean;
}

export type EncoderArguments = Arguments<
  [srcMask?: Tensor | null, srcKeyPaddingMask?: Tensor | null, isCausal?: boolean],
  EncoderMasks
>;

const REQUIRED = ["dModel", "nhead"] as const;
const OTHERS = [
  "dimFeedforward",
  "dropout",
  "activation",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
  "dtype",
] as const;

/** Self-attention and a network of two layers, each with a residual connection and a layer norm. Vaswani et al., 2017. */
export class TransformerEncoderLayer extends Module {
  readonly selfAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly normFirst: boolean;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  private readonly activate: (input: Tensor) => Tensor;

  constructor(...given: TransformerLayerArguments) {
    super();
    const options = requiredArguments<TransformerLayerOptions, (typeof REQUIRED)[number]>(
      "TransformerEncoderLayer",
      REQUIRED,
      OTHERS,
      given,
    );
    const { dModel, nhead, dimFeedforward = 2048, dropout = 0.1, bias = true } = options;
    const { layerNormEps: eps = 1e-5, batchFirst = false, normFirst = false } = options;
    const typed = options.dtype === undefined ? {} : { dtype: options.dtype };
    this.activate = activationOf("TransformerEncoderLayer", options.activation ?? "relu");
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout, bias, batchFirst, ...typed });
    this.linear1 = new Linear(dModel, dimFeedforward, { bias, ...typed });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias, ...typed });
    this.normFirst = normFirst;
    this.norm1 = new LayerNorm(dModel, { eps, bias, ...typed });
    this.norm2 = new LayerNorm(dModel, { eps, bias, ...typed });
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
  }

  /** [time, batch, dModel], with batchFirst [batch, time, dModel], or [time, dModel]; the same comes back. */
  override forward(src: Tensor, ...given: EncoderArguments): Tensor {
    const masks = encoderMasks("TransformerEncoderLayer", given);
    if (this.normFirst) {
      const x = src.add(this.attend(this.norm1.forward(src), masks));
      return x.add(this.feed(this.norm2.forward(x)));
    }
    const x = this.norm1.forward(src.add(this.attend(src, masks)));
    return this.norm2.forward(x.add(this.feed(x)));
  }

  private attend(
    x: Tensor,
    { srcMask = null, srcKeyPaddingMask = null, isCausal = false }: EncoderMasks,
  ): Tensor {
    const [output] = this.selfAttn.forward(x, x, x, {
      attnMask: srcMask,
      keyPaddingMask: srcKeyPaddingMask,
      isCausal,
      needWeights: false,
    });
    return this.dropout1.forward(output);
  }

  private feed(x: Tensor): Tensor {
    const hidden = this.dropout.forward(this.activate(this.linear1.forward(x)));
    return this.dropout2.forward(this.linear2.forward(hidden));
  }
}

function encoderMasks(operation: string, given: readonly unknown[]): EncoderMasks {
  return namedArguments<EncoderMasks>(operation, ["srcMask", "srcKeyPaddingMask", "isCausal"], given);
}

function activationOf(operation: string, activation: TransformerActivation): (input: Tensor) => Tensor {
  if (typeof activation === "function") return activation;
  if (activation === "relu") return (input) => relu(input);
  if (activation === "gelu") return (input) => gelu(input);
  throw new TypeError(`${operation}: activation should be relu/gelu, not ${String(activation)}`);
}

export interface TransformerEncoderOptions {
  /** Copied `numLayers` times, so that all layers start from the same weights. */
  encoderLayer?: TransformerEncoderLayer;
  numLayers?: number;
  /** Applied to the output of the last layer. */
  norm?: Module | null;
}

export type TransformerEncoderArguments = Arguments<
  [encoderLayer: TransformerEncoderLayer, numLayers: number, norm?: Module | null],
  TransformerEncoderOptions
>;

/** Encoder layers one after the other. */
export class TransformerEncoder extends Module {
  readonly layers: ModuleList<TransformerEncoderLayer>;
  readonly numLayers: number;
  readonly norm: LayerNorm | null;

  constructor(...given: TransformerEncoderArguments) {
    super();
    const {
      encoderLayer,
      numLayers,
      norm = null,
    } = requiredArguments<TransformerEncoderOptions, "encoderLayer" | "numLayers">(
      "TransformerEncoder",
      ["encoderLayer", "numLayers"],
      ["norm"],
      given,
    );
    if (!Number.isInteger(numLayers) || numLayers < 0)
      throw new RangeError(`TransformerEncoder: numLayers must be an integer ≥ 0, not ${String(numLayers)}`);
    this.layers = new ModuleList(Array.from({ length: numLayers }, () => encoderLayer.deepcopy()));
    this.numLayers = numLayers;
    this.norm = norm as LayerNorm | null;
  }

  /** As of `TransformerEncoderLayer`; the masks are those of every layer. */
  override forward(
    src: Tensor,
    ...given: Arguments<
      [mask?: Tensor | null, srcKeyPaddingMask?: Tensor | null, isCausal?: boolean],
      Omit<EncoderMasks, "srcMask"> & { mask?: Tensor | null }
    >
  ): Tensor {
    const { mask = null, ...rest } = namedArguments<Omit<EncoderMasks, "srcMask"> & { mask?: Tensor | null }>(
      "TransformerEncoder",
      ["mask", "srcKeyPaddingMask", "isCausal"],
      given,
    );
    let x = src;
    for (const layer of this.layers) x = layer.forward(x, { srcMask: mask, ...rest });
    return this.norm === null ? x : this.norm.forward(x);
  }
}
