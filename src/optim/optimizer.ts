import { enableGrad, withGradMode } from "../tensor/autograd/mode.js";
import { isSparse } from "../tensor/sparse.js";
import { Tensor } from "../tensor/tensor.js";
import { checkFlags, checkMode, type Differentiable } from "./checks.js";
import { displayable, type MimeBundle } from "./display.js";
import { type HookHandle, Hooks } from "./hooks.js";
import { chosen, copy, copyTensors, type Given, numbersIn, printed } from "./options.js";
import {
  checkOptions,
  completeGroup,
  type ParamGroup,
  type ParamGroupInput,
  type Params,
  splitGroups,
  typeName,
} from "./param-groups.js";
import {
  camelCase,
  checkLayout,
  checkSameOptimizer,
  matchParameters,
  type OptimizerStateDict,
  renameKeys,
  snakeCase,
} from "./state-dict.js";
import { summary } from "./summary.js";

/** What an optimizer remembers of one parameter from step to step: `expAvg`, `step`, … */
export type ParameterState = Record<string, Tensor>;

export interface HookOptions {
  /** Call it before the hooks that were registered earlier. Default false. */
  prepend?: boolean;
}

/** What `step` is called with. */
export type StepArguments = readonly [closure?: () => unknown];

// biome-ignore lint/suspicious/noExplicitAny: a hook for all optimizers sees optimizers with any options
type AnyOptimizer = Optimizer<any, any>;

/** Called before a step; may return other arguments for it. */
export type StepPreHook = (optimizer: AnyOptimizer, args: StepArguments) => unknown;
/** Called after a step. */
export type StepPostHook = (optimizer: AnyOptimizer, args: StepArguments) => void;
/** Called with a state dict; may return another one. */
export type StateDictHook = (
  optimizer: AnyOptimizer,
  stateDict: OptimizerStateDict,
) => OptimizerStateDict | undefined;
/** Called with the optimizer before or after something that is done with its state dict. */
export type OptimizerHook = (optimizer: AnyOptimizer) => void;

const globalStepPreHooks = new Hooks<StepPreHook>();
const globalStepPostHooks = new Hooks<StepPostHook>();

/** Call `hook` before every step of every optimizer, ahead of the optimizer's own hooks. */
export function registerOptimizerStepPreHook(hook: StepPreHook): HookHandle {
  return globalStepPreHooks.add("registerOptimizerStepPreHook", hook);
}

/** Call `hook` after every step of every optimizer, after the optimizer's own hooks. */
export function registerOptimizerStepPostHook(hook: StepPostHook): HookHandle {
  return globalStepPostHooks.add("registerOptimizerStepPostHook", hook);
}

/**
 * What all optimizers have in common: groups of parameters with options of their own, state for each parameter,
 * and both as a state dict in PyTorch's layout.
 *
 * A subclass says how one group is updated. Most do it with a rule (`RuleOptimizer`).
 * Source: torch.optim.Optimizer.
 */
export abstract class Optimizer<
  Options extends object = { lr: number },
  State extends object = ParameterState,
> {
  /** The parameters with their options. A change (`group.lr = 0.1`) takes effect in the next step. */
  paramGroups: ParamGroup<Options>[] = [];
  /** What is remembered of each parameter, filled in its first step. */
  state: Map<Tensor, State> = new Map();
  /** The options that a group gets where it does not say otherwise. */
  readonly defaults: Options;

  private readonly stepPreHooks: Hooks<StepPreHook> = new Hooks();
  private readonly stepPostHooks: Hooks<StepPostHook> = new Hooks();
  private readonly stateDictPreHooks: Hooks<OptimizerHook> = new Hooks();
  private readonly stateDictPostHooks: Hooks<StateDictHook> = new Hooks();
  private readonly loadPreHooks: Hooks<StateDictHook> = new Hooks();
  private readonly loadPostHooks: Hooks<OptimizerHook> = new Hooks();

  /**
   * @param params tensors, [name, tensor] pairs, or groups `{ params, lr, … }`
   * @param given the options as the user gave them
   * @param defaults the value of every option that was not given
   */
  constructor(params: Params<Options>, given: Given<Options>, defaults: Options) {
    checkOptions(this.name, given, defaults);
    checkFlags(this.name, given);
    this.defaults = copy({ ...defaults, ...chosen(given) });
    this.check(numbersIn(this.defaults));
    for (const group of splitGroups(params)) this.addParamGroup(group);
  }

  /** Whether steps are recorded, so that gradients flow through them. It is the optimizer's, not a group's. */
  protected get isDifferentiable(): boolean {
    return (this.defaults as Differentiable).differentiable === true;
  }

  /** The optimizer's name, for messages and printing. */
  get name(): string {
    return this.constructor.name;
  }

  /**
   * Refuse option values that make no sense, in PyTorch's words. Called for the defaults and for every group, with
   * the numbers of those that are tensors.
   */
  protected abstract check(options: Options): void;

  /** Update the parameters that have a gradient. */
  protected abstract update(): void;

  /**
   * Update all parameters that have a gradient. One whose `grad` is null is left alone altogether: no decay, no
   * step counted.
   *
   * @param closure computes the loss anew (gradients included); it is called once, before the update
   * @returns the closure's value
   * @throws before anything is changed, if a gradient does not fit its parameter
   */
  step(): undefined;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    if (closure !== undefined && typeof closure !== "function")
      throw new TypeError(
        `step: closure must be a function that computes the loss, not ${typeName(closure)}`,
      );
    let args: StepArguments = closure === undefined ? [] : [closure];
    for (const hooks of [globalStepPreHooks, this.stepPreHooks])
      for (const hook of hooks) {
        const result = hook(this, args);
        if (Array.isArray(result)) args = result as unknown as StepArguments;
        else if (result !== undefined && result !== null)
          throw new TypeError(
            `${hook.name || "a step pre hook"} must return None or a tuple of (new_args, new_kwargs), but got ${String(result)}. Here: nothing, or the new arguments as a list such as [closure].`,
          );
      }
    const loss = withGradMode(this.isDifferentiable, () => this.takeStep(args[0] as (() => T) | undefined));
    for (const hook of this.stepPostHooks) hook(this, args);
    for (const hook of globalStepPostHooks) hook(this, args);
    return loss;
  }

  /** The step without its hooks: the closure once, then the update. */
  protected takeStep<T>(closure: (() => T) | undefined): T | undefined {
    const loss = closure === undefined ? undefined : enableGrad(closure);
    for (const group of this.paramGroups)
      for (const parameter of group.params) {
        checkGradient(parameter);
        if (parameter.grad !== null && isSparse(parameter.grad)) this.checkSparseGradient(group);
      }
    this.update();
    return loss;
  }

  /** Refuses a sparse gradient. Who takes them overrides this. */
  protected checkSparseGradient(_group: ParamGroup<Options>): void {
    throw new TypeError(
      `${this.name} does not support sparse gradients, please consider SparseAdam instead; SGD and Adagrad take them, too. Without { sparse: true } an embedding has dense ones`,
    );
  }

  /**
   * Call `hook(optimizer, [closure])` before every step; a list that it returns becomes the step's arguments.
   * The order of all hooks is: those of all optimizers, this one's own, the step, own, of all.
   */
  registerStepPreHook(hook: StepPreHook): HookHandle {
    return this.stepPreHooks.add("registerStepPreHook", hook);
  }

  /** Call `hook(optimizer, [closure])` after every step. */
  registerStepPostHook(hook: StepPostHook): HookHandle {
    return this.stepPostHooks.add("registerStepPostHook", hook);
  }

  /** Call `hook(optimizer)` before `stateDict()` does its work. `prepend`: before those registered earlier. */
  registerStateDictPreHook(hook: OptimizerHook, { prepend = false }: HookOptions = {}): HookHandle {
    return this.stateDictPreHooks.add("registerStateDictPreHook", hook, prepend);
  }

  /** Call `hook(optimizer, stateDict)` with what `stateDict()` is to return; it may return another one. */
  registerStateDictPostHook(hook: StateDictHook, { prepend = false }: HookOptions = {}): HookHandle {
    return this.stateDictPostHooks.add("registerStateDictPostHook", hook, prepend);
  }

  /** Call `hook(optimizer, stateDict)` before a state dict is loaded; it may return another one. */
  registerLoadStateDictPreHook(hook: StateDictHook, { prepend = false }: HookOptions = {}): HookHandle {
    return this.loadPreHooks.add("registerLoadStateDictPreHook", hook, prepend);
  }

  /** Call `hook(optimizer)` when a state dict has been loaded. */
  registerLoadStateDictPostHook(hook: OptimizerHook, { prepend = false }: HookOptions = {}): HookHandle {
    return this.loadPostHooks.add("registerLoadStateDictPostHook", hook, prepend);
  }

  /**
   * Forget the gradients.
   *
   * @param setToNone true: `grad` becomes null; false: the gradients stay and are filled with zeros. A parameter
   * without gradient is not updated, one with a zero gradient is (momentum goes on, weights decay).
   */
  zeroGrad(setToNone: boolean | { setToNone?: boolean } = true): void {
    const none = typeof setToNone === "boolean" ? setToNone : (setToNone.setToNone ?? true);
    for (const { params } of this.paramGroups)
      for (const parameter of params) {
        if (none) parameter.grad = null;
        else if (parameter.grad !== null) parameter.grad = zeroed(parameter.grad);
      }
  }

  /**
   * Add a group of parameters, for example layers that are unfrozen later on.
   *
   * @throws before anything is changed, for parameters that cannot be optimized or are in a group already, and for
   * unknown or senseless options
   */
  addParamGroup(group: ParamGroupInput<Options>): void {
    const complete = completeGroup(this.name, group, this.defaults, this.paramGroups);
    checkFlags(this.name, group);
    checkMode(this.name, group, this.defaults);
    this.check(numbersIn(complete));
    this.paramGroups.push(complete);
  }

  /** State and options in PyTorch's file layout. Its tensors are the optimizer's own, not copies, as in PyTorch. */
  stateDict(): OptimizerStateDict {
    for (const hook of this.stateDictPreHooks) hook(this);
    const numbers = this.numbers();
    const state: OptimizerStateDict["state"] = {};
    for (const [parameter, own] of this.state) {
      const number = numbers.get(parameter);
      if (number !== undefined) state[number] = renameKeys(own, snakeCase);
    }
    const groups = this.paramGroups.map(({ params, ...options }) => ({
      ...renameKeys(options, snakeCase),
      params: params.map((parameter) => numbers.get(parameter)),
    }));
    let dict: OptimizerStateDict = { state, param_groups: groups };
    for (const hook of this.stateDictPostHooks) dict = hook(this, dict) ?? dict;
    return dict;
  }

  /**
   * Go on where a state dict was written: both state and options are taken from it (the learning rate, too).
   * Tensors are copied, in the dtype of their parameter; single numbers such as NAdam's mu_product keep theirs, so that
   * a run goes on as if it had not been interrupted. Options that an older PyTorch did not write get their default.
   *
   * Where both have names of parameters, and the same ones, each parameter finds its state by its name, in whatever
   * order they stand; otherwise by its place, as in PyTorch. A dict without any common name is that of a renamed
   * model: its names are taken over.
   *
   * @throws before anything is changed, if it does not fit the parameters
   */
  loadStateDict(stateDict: OptimizerStateDict): void {
    let dict = stateDict;
    checkLayout(dict);
    for (const hook of this.loadPreHooks) {
      dict = hook(this, { ...dict }) ?? dict;
      checkLayout(dict);
    }
    const saved = dict.param_groups;
    if (saved.length !== this.paramGroups.length)
      throw new RangeError(
        `loaded state dict has a different number of parameter groups: ${saved.length}, where the optimizer has ${this.paramGroups.length}`,
      );
    // Whether steps are recorded is not taken over: it is decided by what the parameters are.
    const { differentiable }: Differentiable = this.defaults;
    const own = differentiable === undefined ? {} : { differentiable };
    const groups = this.paramGroups.map(({ params, paramNames }, k) => {
      const { params: numbers, ...options } = saved[k] as { params: unknown[] };
      if (numbers.length !== params.length)
        throw new RangeError(
          `loaded state dict contains a parameter group that doesn't match the size of optimizer's group: group ${k} has ${numbers.length} parameters, where the optimizer's has ${params.length}`,
        );
      checkSameOptimizer(this.name, this.defaults, options, k);
      const group = {
        ...copy(this.defaults),
        ...copyTensors(chosen(renameKeys(options, camelCase))),
        ...own,
        params,
      } as ParamGroup<Options>;
      if (group.paramNames === undefined && paramNames !== undefined) group.paramNames = paramNames;
      this.completeLoaded(group);
      this.check(numbersIn(group));
      return group;
    });
    const numbers = matchParameters(this.paramGroups, saved);
    const parameters = new Map<string, { parameter: Tensor; group: ParamGroup<Options> }>();
    for (const [k, group] of groups.entries()) {
      if (numbers.byName) group.paramNames = this.paramGroups[k].paramNames;
      for (const [i, parameter] of group.params.entries())
        parameters.set(String(numbers.of[k][i]), { parameter, group });
    }
    const state = new Map<Tensor, State>();
    for (const [number, entry] of Object.entries(dict.state)) {
      const found = parameters.get(number);
      if (!found)
        throw new RangeError(
          `loadStateDict: there is state for parameter ${number}, which is in no group of the state dict`,
        );
      const name = found.group.paramNames?.[found.group.params.indexOf(found.parameter)];
      const where = `parameter ${number}${name === undefined ? "" : ` ("${name}")`}`;
      const own = this.readState(
        renameKeys(entry, camelCase),
        found.parameter,
        numbersIn(found.group),
        where,
      );
      if (Object.keys(own).length > 0) state.set(found.parameter, own);
    }
    this.paramGroups = groups;
    this.state = state;
    for (const hook of this.loadPostHooks) hook(this);
  }

  /** What a subclass insists on in the options of a loaded group. */
  protected completeLoaded(_group: ParamGroup<Options>): void {}

  /**
   * The state of one parameter from a state dict (keys already in camelCase), copied and checked.
   * `where` names the parameter in errors.
   */
  protected abstract readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    group: ParamGroup<Options>,
    where: string,
  ): State;

  private numbers(): Map<Tensor, number> {
    const numbers = new Map<Tensor, number>();
    let next = 0;
    for (const { params } of this.paramGroups)
      for (const parameter of params) {
        if (!numbers.has(parameter)) numbers.set(parameter, next);
        next++;
      }
    return numbers;
  }

  /** As PyTorch prints it: the options of every group. */
  toString(): string {
    const groups = this.paramGroups.map(({ params: _, ...options }, k) => {
      const lines = Object.entries(options)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `    ${name}: ${printed(value)}\n`);
      return `\nParameter Group ${k}\n${lines.join("")}`;
    });
    return `${this.name} (${groups.join("")})`;
  }

  /** How a notebook shows it. */
  toMimeBundle(): MimeBundle {
    return { "text/markdown": `**${this.name}**\n\n${summary(this)}`, "text/plain": this.toString() };
  }
}

displayable(Optimizer);

/** @throws {RangeError} for a gradient that does not fit its parameter */
export function checkGradient(parameter: Tensor): void {
  const { grad } = parameter;
  if (grad === null || grad === undefined) return;
  if (!(grad instanceof Tensor))
    throw new TypeError(`step: a grad must be a Tensor or null, not ${typeName(grad)}`);
  if (grad.dtype === parameter.dtype && sameShape(grad.shape, parameter.shape)) return;
  const say = ({ shape, dtype }: Tensor): string => `[${shape.join(", ")}] ${dtype}`;
  throw new RangeError(`step: a gradient of ${say(grad)} does not fit its parameter of ${say(parameter)}`);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
}

/** The gradient filled with zeros, without history; in place where no two elements share memory. */
function zeroed(gradient: Tensor): Tensor {
  if (!gradient.isContiguous()) return Tensor.zeros(gradient.shape, gradient.dtype);
  const { storage, offset } = gradient;
  storage.data.fill(0, offset, offset + gradient.numel());
  storage.markChanged();
  return gradient.isLeaf ? gradient : gradient.detach();
}
