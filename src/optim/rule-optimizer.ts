import { getDefaultDtype } from "../tensor/dtype.js";
import { copyInto } from "../tensor/ops/copy.js";
import { Tensor } from "../tensor/tensor.js";
import type { MimeBundle } from "./display.js";
import { nearest } from "./nearest.js";
import { Optimizer, type ParameterState } from "./optimizer.js";
import { type ParamGroup, type Params, typeName } from "./param-groups.js";
import type { FormulaOptions } from "./rule/formula.js";
import type { Kernel, KernelArray, KernelDtype } from "./rule/kernel.js";
import type { Rule } from "./rule/rule.js";
import type { StepByHand } from "./rule/step-by-hand.js";
import type { OptionValues } from "./rule/symbols.js";
import { snakeCase } from "./state-dict.js";

/**
 * An optimizer that is its update rule: `step()` runs the rule's kernel over each parameter's memory.
 *
 * A subclass gives the rule, the defaults of the options, and checks of their values (`sgd.ts` is a short one).
 */
export abstract class RuleOptimizer<Options extends object> extends Optimizer<Options> {
  /** The update rule, of which everything that this optimizer does is made. */
  readonly rule: Rule;
  private scalars: Float64Array = new Float64Array(16);
  private readonly arrays: KernelArray[] = [];

  constructor(params: Params<Options>, given: Partial<Options>, defaults: Options, rule: Rule) {
    super(params, given, defaults);
    this.rule = rule;
  }

  /** The update rule typeset: the lines that are active with a group's options, with their numbers on request. */
  formula({ group = 0, ...options }: FormulaOptions & { group?: number } = {}): string {
    return this.rule.formula(this.optionsOf(group), options);
  }

  /**
   * The next step for one element of a parameter, line by line in float64, without doing it. Needs its gradient.
   *
   * @param parameter one of the optimizer's parameters; the first when left out
   * @param index which element, counted row by row
   */
  byHand(parameter: Tensor = this.paramGroups[0].params[0], index = 0): StepByHand {
    const group = this.paramGroups.find(({ params }) => params.includes(parameter));
    if (!group) throw new RangeError("byHand: the tensor is not a parameter of this optimizer");
    if (parameter.grad === null)
      throw new Error("byHand: the parameter has no gradient; call loss.backward() first");
    if (!Number.isInteger(index) || index < 0 || index >= parameter.numel())
      throw new RangeError(`byHand: index ${index} is not in 0 … ${parameter.numel() - 1}`);
    const own = this.state.get(parameter);
    const state: Record<string, number> = {};
    for (const symbol of this.rule.states()) {
      const tensor = own?.[this.rule.stateKey(symbol)];
      if (tensor) state[symbol] = elementAt(tensor, index);
    }
    return this.rule.byHand({
      θ: elementAt(parameter, index),
      g: elementAt(parameter.grad, index),
      t: own?.step ? own.step.item() + 1 : 1,
      state,
      options: group,
    });
  }

  protected override updateGroup(group: ParamGroup<Options>): void {
    const kernel = this.rule.kernel(group);
    if (this.scalars.length < kernel.slots) this.scalars = new Float64Array(kernel.slots);
    const { scalars, arrays } = this;
    let preparedStep = -1;
    let preparedFresh = -1;
    let path = 0;
    for (const parameter of group.params) {
      const gradient = parameter.grad;
      if (gradient === null || gradient === undefined) continue;
      let fresh = 0;
      let step = 1;
      let state: ParameterState | undefined;
      if (kernel.countsSteps || kernel.stateKeys.length > 0) {
        state = this.state.get(parameter);
        if (state === undefined) {
          state = {};
          this.state.set(parameter, state);
        }
        if (kernel.countsSteps) step = countStep(state);
        fresh = createMissing(state, kernel, parameter);
      }
      // Parameters that have done equally many steps share what depends on t alone.
      if (step !== preparedStep || fresh !== preparedFresh) {
        path = kernel.prepare(scalars, step, group, fresh);
        preparedStep = step;
        preparedFresh = fresh;
      }
      run(kernel, path, scalars, arrays, parameter, gradient, state);
    }
  }

  protected override readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    group: ParamGroup<Options>,
    where: string,
  ): ParameterState {
    const kernel = this.rule.kernel(group);
    const known = this.rule.states().map((symbol) => this.rule.stateKey(symbol));
    const state: ParameterState = {};
    for (const [key, value] of Object.entries(entry)) {
      // PyTorch before 2.0 wrote momentum_buffer: None where there was none.
      if (value === null || value === undefined) continue;
      if (key === "step" && this.rule.countsSteps) state.step = readStep(value, where);
      else if (known.includes(key))
        state[key] = readTensor(value, parameter, `${snakeCase(key)} of ${where}`);
      else
        throw new TypeError(
          `loadStateDict: ${this.name} has no state "${snakeCase(key)}" (found for ${where})${nearest(snakeCase(key), known.map(snakeCase)) || "."} Its states are ${[
            "step",
            ...known,
          ]
            .slice(this.rule.countsSteps ? 0 : 1)
            .map(snakeCase)
            .join(", ")}.`,
        );
    }
    if (Object.keys(state).length === 0) return state;
    const needed = [...(kernel.countsSteps ? ["step"] : []), ...kernel.stateKeys];
    for (const key of needed)
      if (state[key] === undefined)
        throw new TypeError(
          `loadStateDict: the state of ${where} has no ${snakeCase(key)}, which its options need`,
        );
    return state;
  }

  override toMimeBundle(): MimeBundle {
    const formulas = this.paramGroups.map((_, k) => {
      const title =
        this.paramGroups.length > 1 ? `**${this.name}**, parameter group ${k}` : `**${this.name}**`;
      return `${title}\n\n$$\n${this.formula({ group: k, numbers: true })}\n$$`;
    });
    const rules = this.paramGroups.map((_, k) => this.formula({ group: k, numbers: true, format: "text" }));
    return {
      "text/markdown": formulas.join("\n\n"),
      "text/plain": [this.toString(), ...rules].join("\n\n"),
    };
  }

  private optionsOf(group: number): OptionValues {
    const found = this.paramGroups[group];
    if (!found)
      throw new RangeError(
        `formula: there is no parameter group ${group}; there are ${this.paramGroups.length}`,
      );
    return found;
  }
}

/** Count one step more in `state.step`, which as in PyTorch is a 0-dim tensor of float32 whatever the parameter is. */
function countStep(state: ParameterState): number {
  state.step ??= Tensor.zeros([], getDefaultDtype());
  const { storage, offset } = state.step;
  storage.markChanged();
  storage.data[offset]++;
  return storage.data[offset];
}

/** Create the states that the kernel uses and that are not there; bit k of the result says that state k is new. */
function createMissing(state: ParameterState, kernel: Kernel, parameter: Tensor): number {
  let fresh = 0;
  for (let k = 0; k < kernel.stateKeys.length; k++)
    if (state[kernel.stateKeys[k]] === undefined) {
      state[kernel.stateKeys[k]] = Tensor.like(parameter);
      fresh |= 1 << k;
    }
  return fresh;
}

function run(
  kernel: Kernel,
  path: number,
  scalars: Float64Array,
  arrays: KernelArray[],
  parameter: Tensor,
  gradient: Tensor,
  state: ParameterState | undefined,
): void {
  // The kernel walks plain arrays. A tensor that does not lie row by row is gathered before and written back after.
  const target = parameter.isContiguous() ? parameter : parameter.detach().clone();
  arrays[0] = elements(target);
  arrays[1] = elements(gradient.isContiguous() ? gradient : gradient.detach().clone());
  for (let k = 0; k < kernel.stateKeys.length; k++) {
    const own = state![kernel.stateKeys[k]];
    arrays[2 + k] = elements(own);
    own.storage.markChanged();
  }
  kernel.pass(path, parameter.dtype as KernelDtype)(parameter.count, scalars, arrays);
  if (target !== parameter) copyInto(parameter, target);
  parameter.storage.markChanged();
}

function elements({ storage, offset, count }: Tensor): KernelArray {
  const data = storage.data as KernelArray;
  return offset === 0 ? data : data.subarray(offset, offset + count);
}

function elementAt(tensor: Tensor, index: number): number {
  const { storage, offset } = tensor.isContiguous() ? tensor : tensor.detach().clone();
  return storage.data[offset + index];
}

function readStep(value: unknown, where: string): Tensor {
  const step = value instanceof Tensor && value.numel() === 1 ? value.item() : value;
  if (typeof step !== "number" || !Number.isInteger(step) || step < 0)
    throw new TypeError(
      `loadStateDict: step of ${where} must be a whole number or a 0-dim tensor of one, not ${String(value)}`,
    );
  return Tensor.full(
    [],
    step,
    value instanceof Tensor && value.dtype === "float64" ? "float64" : getDefaultDtype(),
  );
}

function readTensor(value: unknown, parameter: Tensor, what: string): Tensor {
  if (!(value instanceof Tensor))
    throw new TypeError(`loadStateDict: ${what} must be a Tensor, but got ${typeName(value)}`);
  if (value.shape.join() !== parameter.shape.join())
    throw new RangeError(
      `loadStateDict: ${what} has shape [${value.shape.join(", ")}], but the parameter has [${parameter.shape.join(", ")}]`,
    );
  const own = Tensor.like(parameter);
  copyInto(own, value);
  return own;
}
