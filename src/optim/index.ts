export { Adadelta, type AdadeltaOptions } from "./adadelta.js";
export { Adafactor, type AdafactorOptions } from "./adafactor.js";
export { Adagrad, type AdagradOptions } from "./adagrad.js";
export { Adam, type AdamOptions } from "./adam.js";
export { Adamax, type AdamaxOptions } from "./adamax.js";
export { AdamW } from "./adamw.js";
export { AdamWScheduleFree, type AdamWScheduleFreeOptions } from "./adamw-schedule-free.js";
export { Adan, type AdanOptions } from "./adan.js";
export { ADOPT, type ADOPTOptions } from "./adopt.js";
export { ASGD, type ASGDOptions } from "./asgd.js";
export type { Differentiable, Flags } from "./checks.js";
export { define, type OptimizerClass } from "./define.js";
export type { MimeBundle } from "./display.js";
export type { HookHandle } from "./hooks.js";
export { LAMB, type LAMBOptions } from "./lamb.js";
export { LARS, type LARSOptions } from "./lars.js";
export { LBFGS, type LBFGSOptions, type LBFGSState } from "./lbfgs.js";
export { Lion, type LionOptions } from "./lion.js";
export * as lrScheduler from "./lr-scheduler/index.js";
export { Muon, type MuonOptions } from "./muon.js";
export { NAdam, type NAdamOptions } from "./nadam.js";
export {
  type HookOptions,
  Optimizer,
  type OptimizerHook,
  type ParameterState,
  registerOptimizerStepPostHook,
  registerOptimizerStepPreHook,
  type StateDictHook,
  type StepArguments,
  type StepPostHook,
  type StepPreHook,
} from "./optimizer.js";
export type { Given } from "./options.js";
export type { NamedParameter, ParamGroup, ParamGroupInput, Params } from "./param-groups.js";
export { Prodigy, type ProdigyOptions } from "./prodigy.js";
export { RAdam, type RAdamOptions } from "./radam.js";
export { RMSprop, type RMSpropOptions } from "./rmsprop.js";
export { Rprop, type RpropOptions } from "./rprop.js";
export type { FormulaOptions } from "./rule/formula.js";
export type { ReferenceInput, ReferenceLine } from "./rule/reference.js";
export { Rule } from "./rule/rule.js";
export type { StepByHand } from "./rule/step-by-hand.js";
export type { Names, OptionValues } from "./rule/symbols.js";
export { RuleError } from "./rule/tokens.js";
export { RuleOptimizer } from "./rule-optimizer.js";
export { ScheduleFree } from "./schedule-free.js";
export { SGD, type SGDOptions } from "./sgd.js";
export { SGDScheduleFree, type SGDScheduleFreeOptions } from "./sgd-schedule-free.js";
export { SOAP, type SOAPOptions, type SOAPState } from "./soap.js";
export { SophiaG, type SophiaGOptions } from "./sophia.js";
export { SparseAdam, type SparseAdamOptions, type SparseAdamState } from "./sparse-adam.js";
export type { OptimizerStateDict } from "./state-dict.js";
export * as swaUtils from "./swa.js";
