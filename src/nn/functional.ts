export {
  type HardtanhArguments,
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  relu6,
  type ShrinkArguments,
  type ShrinkOptions,
  softshrink,
} from "../tensor/ops/activation-hard.js";
export {
  type AlphaShapeArguments,
  type AlphaShapeOptions,
  celu,
  elu,
  type InplaceArguments,
  type InplaceOptions,
  type LeakyReluArguments,
  type LeakyReluOptions,
  leakyRelu,
  prelu,
  type RreluArguments,
  type RreluOptions,
  relu,
  rrelu,
  selu,
  type ThresholdArguments,
  type ThresholdOptions,
  threshold,
} from "../tensor/ops/activation-rectified.js";
export {
  type GeluArguments,
  type GeluOptions,
  type GluArguments,
  type GluOptions,
  gelu,
  glu,
  logsigmoid,
  mish,
  type SoftplusArguments,
  type SoftplusOptions,
  silu,
  softplus,
  softsign,
  tanhshrink,
} from "../tensor/ops/activation-smooth.js";
export {
  type AttentionArguments,
  type AttentionOptions,
  scaledDotProductAttention,
} from "../tensor/ops/attention.js";
export {
  type BatchNormArguments,
  type BatchNormOptions,
  batchNorm,
  type InstanceNormArguments,
  type InstanceNormOptions,
  instanceNorm,
} from "../tensor/ops/batch-norm.js";
export { bilinear } from "../tensor/ops/bilinear.js";
export {
  type ConvolutionArguments,
  type ConvolutionOptions,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  type TransposedConvolutionArguments,
  type TransposedConvolutionOptions,
} from "../tensor/ops/convolution.js";
export {
  type CosineSimilarityArguments,
  type CosineSimilarityOptions,
  cosineSimilarity,
  type NormalizeArguments,
  type NormalizeOptions,
  normalize,
  type PairwiseDistanceArguments,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "../tensor/ops/distance.js";
export {
  alphaDropout,
  type DropoutArguments,
  type DropoutOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from "../tensor/ops/dropout.js";
export {
  type EmbeddingArguments,
  type EmbeddingOptions,
  embedding,
  oneHot,
} from "../tensor/ops/embedding.js";
export {
  type GumbelSoftmaxArguments,
  type GumbelSoftmaxOptions,
  gumbelSoftmax,
} from "../tensor/ops/gumbel-softmax.js";
export {
  type GroupNormArguments,
  groupNorm,
  type LayerNormArguments,
  type LayerNormOptions,
  type LocalResponseNormArguments,
  type LocalResponseNormOptions,
  layerNorm,
  localResponseNorm,
  type RmsNormArguments,
  type RmsNormOptions,
  rmsNorm,
} from "../tensor/ops/layer-norm.js";
export type { LossOptions, Reduce } from "../tensor/ops/loss.js";
export {
  type CrossEntropyArguments,
  type CrossEntropyOptions,
  crossEntropy,
  type MultiMarginLossArguments,
  type MultiMarginLossOptions,
  multilabelMarginLoss,
  multiMarginLoss,
  type NllLossArguments,
  type NllLossOptions,
  nllLoss,
} from "../tensor/ops/loss-classification.js";
export {
  type CtcLengths,
  type CtcLossArguments,
  type CtcLossOptions,
  ctcLoss,
} from "../tensor/ops/loss-ctc.js";
export {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginArguments,
  type MarginOptions,
  marginRankingLoss,
  type TripletDistanceOptions,
  type TripletMarginArguments,
  type TripletMarginOptions,
  tripletMarginLoss,
  tripletMarginWithDistanceLoss,
} from "../tensor/ops/loss-margin.js";
export {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  type KlDivOptions,
  klDiv,
  type LogitsLossOptions,
  multilabelSoftMarginLoss,
  softMarginLoss,
  type WeightedLossArguments,
  type WeightedLossOptions,
} from "../tensor/ops/loss-probability.js";
export {
  type GaussianNllLossArguments,
  type GaussianNllLossOptions,
  gaussianNllLoss,
  type HuberLossArguments,
  type HuberLossOptions,
  huberLoss,
  l1Loss,
  mseLoss,
  type PoissonNllLossArguments,
  type PoissonNllLossOptions,
  poissonNllLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from "../tensor/ops/loss-regression.js";
export { linear } from "../tensor/ops/matmul.js";
export { type PadArguments, type PadMode, type PadOptions, pad } from "../tensor/ops/pad.js";
export { sigmoid, tanh } from "../tensor/ops/pointwise.js";
export {
  type AdaptiveSize,
  type AvgPool1dArguments,
  type AvgPool2dArguments,
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  type MaxPoolArguments,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
} from "../tensor/ops/pooling.js";
export { logSoftmax, softmax, softmin } from "../tensor/ops/softmax.js";
export type { Size } from "../tensor/ops/spatial.js";
