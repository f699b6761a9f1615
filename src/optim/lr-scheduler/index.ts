export { ChainedScheduler, SequentialLR, type SequentialLROptions } from "./composed.js";
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type CosineAnnealingWarmRestartsOptions,
} from "./cosine.js";
export { CyclicLR, type CyclicLROptions } from "./cyclic.js";
export { ExponentialLR, type ExponentialLROptions, PolynomialLR, type PolynomialLROptions } from "./decay.js";
export type { ScheduledOptimizer } from "./groups.js";
export { LambdaLR, type LambdaLROptions, type LRLambda, MultiplicativeLR } from "./lambda.js";
export { LRScheduler, LRScheduler as _LRScheduler, type Schedule } from "./lr-scheduler.js";
export { OneCycleLR, type OneCycleLROptions } from "./one-cycle.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.js";
export { ConstantLR, type ConstantLROptions, LinearLR, type LinearLROptions } from "./ramp.js";
export { type ScheduleOptions, schedule } from "./schedule.js";
export type { SchedulerStateDict } from "./state.js";
export { MultiStepLR, type MultiStepLROptions, StepLR, type StepLROptions } from "./step.js";
export {
  LinearWarmupCosineLR,
  type LinearWarmupCosineLROptions,
  type WarmupOptions,
  withWarmup,
} from "./warmup.js";
