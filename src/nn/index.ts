export type { LossOptions } from "../tensor/ops/loss.js";
export {
  CELU,
  ELU,
  GELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  LeakyReLU,
  LogSigmoid,
  LogSoftmax,
  Mish,
  PReLU,
  type PReLUOptions,
  ReLU,
  ReLU6,
  RReLU,
  SELU,
  Sigmoid,
  SiLU,
  Softmax,
  Softmax2d,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Tanh,
  Tanhshrink,
  Threshold,
} from "./activation.js";
export {
  type AdaptiveLogSoftmaxArguments,
  type AdaptiveLogSoftmaxOptions,
  AdaptiveLogSoftmaxWithLoss,
} from "./adaptive-softmax.js";
export {
  type AttentionCallArguments,
  type AttentionCallOptions,
  MultiheadAttention,
  type MultiheadAttentionArguments,
  type MultiheadAttentionOptions,
} from "./attention.js";
export { type Layer, ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "./container.js";
export {
  Conv1d,
  Conv2d,
  type ConvolutionLayerArguments,
  type ConvolutionLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  type TransposedConvolutionLayerArguments,
  type TransposedConvolutionLayerOptions,
} from "./convolution.js";
export { CosineSimilarity, PairwiseDistance } from "./distance.js";
export {
  AlphaDropout,
  Dropout,
  Dropout1d,
  Dropout2d,
  Dropout3d,
  type DropoutModuleArguments,
  type DropoutModuleOptions,
  FeatureAlphaDropout,
} from "./dropout.js";
export {
  Embedding,
  type EmbeddingModuleArguments,
  type EmbeddingModuleOptions,
  type PretrainedOptions,
} from "./embedding.js";
export * as functional from "./functional.js";
export type { ForwardHook, ForwardPreHook, FullBackwardHook, RemovableHandle } from "./hooks.js";
export * as init from "./init.js";
export { Bilinear, Linear, type LinearArguments, type LinearOptions } from "./linear.js";
export {
  BCELoss,
  BCEWithLogitsLoss,
  CosineEmbeddingLoss,
  CrossEntropyLoss,
  CTCLoss,
  GaussianNLLLoss,
  HingeEmbeddingLoss,
  HuberLoss,
  KLDivLoss,
  L1Loss,
  MarginRankingLoss,
  MSELoss,
  MultiLabelMarginLoss,
  MultiLabelSoftMarginLoss,
  MultiMarginLoss,
  NLLLoss,
  PoissonNLLLoss,
  SmoothL1Loss,
  SoftMarginLoss,
  TripletMarginLoss,
  TripletMarginWithDistanceLoss,
} from "./loss.js";
export { Module, type StateDictOptions } from "./module.js";
export {
  BatchNorm1d,
  BatchNorm2d,
  type BatchNormLayerArguments,
  type BatchNormLayerOptions,
  GroupNorm,
  type GroupNormLayerArguments,
  type GroupNormLayerOptions,
  InstanceNorm1d,
  InstanceNorm2d,
  LayerNorm,
  type LayerNormLayerArguments,
  type LayerNormLayerOptions,
  LocalResponseNorm,
  type LocalResponseNormLayerArguments,
  type LocalResponseNormLayerOptions,
  RMSNorm,
  type RmsNormLayerArguments,
  type RmsNormLayerOptions,
} from "./normalization.js";
export { Buffer, Parameter } from "./parameter.js";
export {
  AdaptiveAvgPool1d,
  AdaptiveAvgPool2d,
  AdaptiveMaxPool1d,
  AdaptiveMaxPool2d,
  AvgPool1d,
  type AvgPool1dLayerArguments,
  AvgPool2d,
  type AvgPool2dLayerArguments,
  MaxPool1d,
  MaxPool2d,
  type MaxPoolLayerArguments,
} from "./pooling.js";
export {
  GRU,
  LSTM,
  type RecurrentArguments,
  type RecurrentOptions,
  RNN,
  type RnnArguments,
  type RnnOptions,
} from "./recurrent.js";
export {
  GRUCell,
  LSTMCell,
  type RecurrentCellArguments,
  type RecurrentCellOptions,
  RNNCell,
  type RnnCellArguments,
  type RnnCellOptions,
} from "./recurrent-cell.js";
export { Flatten, Identity, Unflatten, type UnflattenOptions } from "./shape.js";
export type { IncompatibleKeys, StateDict } from "./state-dict.js";
export {
  type EncoderArguments,
  type EncoderMasks,
  type TransformerActivation,
  TransformerEncoder,
  type TransformerEncoderArguments,
  TransformerEncoderLayer,
  type TransformerEncoderOptions,
  type TransformerLayerArguments,
  type TransformerLayerOptions,
} from "./transformer.js";
export * as utils from "./utils.js";
