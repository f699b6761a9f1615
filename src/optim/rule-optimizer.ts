import type { Storage } from "../engine/storage.js";
import { getDefaultDtype } from "../tensor/dtype.js";
import { copyInto } from "../tensor/ops/copy.js";
import { Tensor } from "../tensor/tensor.js";
import { differentiableStep } from "./differentiable-step.js";
import type { MimeBundle } from "./display.js";
import { nearest } from "./nearest.js";
import { Optimizer, type ParameterState } from "./optimizer.js";
import type { Given } from "./options.js";
import type { ParamGroup, Params } from "./param-groups.js";
import { readCount, readNumber, readTensor } from "./read-state.js";
import type { CompiledPass } from "./rule/compiled-pass.js";
import type { FormulaOptions } from "./rule/formula.js";
import type { Kernel, KernelArray, KernelDtype, Step } from "./rule/kernel.js";
import type { Rule } from "./rule/rule.js";
import type { StepByHand } from "./rule/step-by-hand.js";
import type { OptionValues } from "./rule/symbols.js";
import { snakeCase } from "./state-dict.js";
import { countStep } from "./step-count.js";
import { summary } from "./summary.js";

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
  private readonly addresses: number[] = [];
  /** The pass for which parameters are being collected, and the memory that those collected change. */
  private open: CompiledPass | null = null;
  private readonly changing = new Set<Storage>();
  /** How many gradients of a parameter were moved to the memory of the compiled kernels. */
  private readonly moved = new WeakMap<Tensor, number>();
  private readonly kept: Record<KernelDtype, KernelArray[]> = { float32: [], float64: [] };
  private readonly current: Step = {
    t: 1,
    options: {},
    fresh: 0,
    numbers: new Float64Array(16),
    round: exact,
    count: 0,
  };

  constructor(params: Params<Options>, given: Given<Options>, defaults: Options, rule: Rule) {
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
    const sums = this.rule.sums(group);
    if (sums.optimizer && this.paramGroups.flatMap(({ params }) => params).length > 1)
      throw new Error("byHand: this rule sums over all parameters; it is shown for an optimizer of one");
    const own = this.state.get(parameter);
    const values = (tensor: Tensor): number | number[] =>
      sums.parameter ? Array.from(tensor.toArray()) : elementAt(tensor, index);
    const state: Record<string, number | number[]> = {};
    let round = exact;
    for (const symbol of this.rule.states()) {
      const tensor = own?.[this.rule.stateKey(symbol)];
      const scalar = this.rule.isScalarState(symbol);
      if (scalar && (tensor?.dtype ?? getDefaultDtype()) === "float32") round = Math.fround;
      if (tensor) state[symbol] = scalar ? tensor.item() : values(tensor);
    }
    const input = {
      θ: values(parameter),
      g: values(parameter.grad),
      t: own?.step ? own.step.item() + 1 : 1,
      state,
      options: group,
      round,
    };
    return this.rule.byHand(input, sums.parameter ? index : 0);
  }

  protected override update(): void {
    // An interrupted step may have left parameters collected.
    this.open = null;
    this.changing.clear();
    if (this.isDifferentiable) differentiableStep(this.rule, this.paramGroups, this.state);
    else if (this.paramGroups.some((group) => this.rule.kernel(group).hasTotals)) this.updateTogether();
    else for (const group of this.paramGroups) this.updateGroup(group);
  }

  private updateGroup(group: ParamGroup<Options>): void {
    const kernel = this.rule.kernel(group);
    if (this.scalars.length < kernel.slots) this.scalars = new Float64Array(kernel.slots);
    const { scalars } = this;
    const shared = kernel.stages.length === 1 && kernel.scalarStates.every((place) => place < 0);
    let preparedStep = -1;
    let preparedFresh = -1;
    let path = 0;
    for (const parameter of group.params) {
      if (parameter.grad === null || parameter.grad === undefined) continue;
      const step = this.begin(kernel, group, parameter);
      if (shared) {
        // Parameters that have done equally many steps share what depends on t alone.
        if (step.t !== preparedStep || step.fresh !== preparedFresh) {
          this.finish();
          path = kernel.stages[0].prepare(scalars, step);
        }
        preparedStep = step.t;
        preparedFresh = step.fresh;
        this.collect(kernel, 0, path, scalars, parameter);
        continue;
      }
      for (const [stage, { prepare }] of kernel.stages.entries())
        this.pass(kernel, stage, prepare(scalars, step), scalars, parameter);
      this.keepNumbers(kernel, parameter, step);
    }
    this.finish();
  }

  /** Stage by stage over all parameters, where the rule sums over all of them. */
  private updateTogether(): void {
    const jobs = this.paramGroups.flatMap((group) => {
      const kernel = this.rule.kernel(group);
      return group.params
        .filter((parameter) => parameter.grad !== null)
        .map((parameter) => {
          const own = this.begin(kernel, group, parameter);
          const step = { ...own, numbers: own.numbers.slice() };
          const kept = kernel.kept.map(() => Tensor.like(parameter).storage.data as KernelArray);
          return { kernel, parameter, step, kept, scalars: new Float64Array(kernel.slots) };
        });
    });
    const stages = Math.max(0, ...jobs.map(({ kernel }) => kernel.stages.length));
    for (let stage = 0; stage < stages; stage++) {
      const now = jobs.filter(({ kernel }) => stage < kernel.stages.length);
      for (const { kernel, parameter, step, kept, scalars } of now)
        this.pass(kernel, stage, kernel.stages[stage].prepare(scalars, step), scalars, parameter, kept);
      const slots = now.map(({ kernel }) => kernel.stages[stage].totals);
      for (const k of slots[0].keys()) {
        const total = now.reduce((sum, { scalars }, job) => sum + scalars[slots[job][k]], 0);
        for (const [job, { scalars }] of now.entries()) scalars[slots[job][k]] = total;
      }
    }
    for (const { kernel, parameter, step } of jobs) this.keepNumbers(kernel, parameter, step);
  }

  /** Count the parameter's step and create the states that its kernel uses and that are not there. */
  private begin(kernel: Kernel, group: ParamGroup<Options>, parameter: Tensor): Step {
    const { current } = this;
    current.options = group;
    current.count = parameter.count;
    current.t = 1;
    current.fresh = 0;
    if (!kernel.countsSteps && kernel.stateKeys.length === 0) return current;
    let state = this.state.get(parameter);
    if (state === undefined) {
      state = {};
      this.state.set(parameter, state);
    }
    if (kernel.countsSteps) current.t = countStep(state);
    for (let k = 0; k < kernel.stateKeys.length; k++) {
      const key = kernel.stateKeys[k];
      const place = kernel.scalarStates[k];
      if (state[key] === undefined) {
        state[key] = place < 0 ? Tensor.like(parameter) : Tensor.zeros([], getDefaultDtype());
        current.fresh |= 1 << k;
      }
      if (place < 0) continue;
      current.numbers[place] = state[key].item();
      current.round = state[key].dtype === "float32" ? Math.fround : exact;
    }
    return current;
  }

  private keepNumbers(kernel: Kernel, parameter: Tensor, { numbers }: Step): void {
    for (const [k, place] of kernel.scalarStates.entries()) {
      if (place < 0) continue;
      const { storage, offset } = this.state.get(parameter)![kernel.stateKeys[k]];
      storage.data[offset] = numbers[place];
      storage.markChanged();
    }
  }

  private pass(
    kernel: Kernel,
    stage: number,
    path: number,
    scalars: Float64Array,
    parameter: Tensor,
    kept?: readonly KernelArray[],
  ): void {
    this.collect(kernel, stage, path, scalars, parameter, kept);
    this.finish();
  }

  /** Does what has been collected. */
  private finish(): void {
    this.open?.end();
    this.open = null;
    this.changing.clear();
  }

  /** A pass that is done by `finish` at the latest, together with others of the same kernel and the same numbers. */
  private collect(
    kernel: Kernel,
    stage: number,
    path: number,
    scalars: Float64Array,
    parameter: Tensor,
    kept: readonly KernelArray[] = this.keptOf(kernel, parameter),
  ): void {
    const { arrays, addresses, changing } = this;
    const { count, storage } = parameter;
    const dtype = parameter.dtype as KernelDtype;
    const compiled = count < FEWEST_TO_COMPILE ? null : kernel.compiledPass(path, dtype, stage);
    const gradient = parameter.grad!;
    // Parameters that share memory are stepped one after the other.
    if (this.open !== compiled || changing.has(storage) || changing.has(gradient.storage)) this.finish();
    const use = (place: number, tensor: Tensor): void => {
      arrays[place] = elements(tensor);
      addresses[place] = addressOf(tensor);
    };
    // The kernel walks plain arrays. A tensor that does not lie row by row is gathered before and written back after.
    const target = parameter.isContiguous() ? parameter : parameter.detach().clone();
    if (compiled !== null && target === parameter) storage.settle();
    if (compiled !== null && gradient.storage.address === 0) this.move(parameter, gradient.storage);
    use(0, target);
    use(1, gradient.isContiguous() ? gradient : gradient.detach().clone());
    let place = 2;
    const state = kernel.stateKeys.length > 0 ? this.state.get(parameter) : undefined;
    for (let k = 0; k < kernel.stateKeys.length; k++) {
      if (kernel.scalarStates[k] >= 0) continue;
      const own = state![kernel.stateKeys[k]];
      if (compiled !== null) own.storage.settle();
      use(place++, own);
      own.storage.markChanged();
    }
    for (const values of kept) {
      arrays[place] = values;
      addresses[place++] = 0;
    }
    if (compiled === null) kernel.pass(path, dtype, stage)(count, scalars, arrays);
    else {
      if (this.open === null) compiled.begin(scalars);
      this.open = compiled;
      changing.add(storage);
      compiled.add(count, arrays, addresses);
    }
    if (target !== parameter) {
      this.finish();
      copyInto(parameter, target);
    }
    storage.markChanged();
  }

  /**
   * Moves a gradient to the memory of the compiled kernels when it stays from step to step. One that is new in each
   * step is not worth it: in a synchronous loop such memory does not come back. So each further gradient has to stay
   * twice as long.
   */
  private move(parameter: Tensor, gradient: Storage): void {
    const before = this.moved.get(parameter) ?? 0;
    if (++gradient.steps < 2 ** (before + 1)) return;
    gradient.settle();
    this.moved.set(parameter, before + 1);
  }

  /** Room for what goes from stage to stage, used again by every parameter. */
  private keptOf(kernel: Kernel, { count, dtype }: Tensor): readonly KernelArray[] {
    const kept = this.kept[dtype as KernelDtype];
    const Kind = dtype === "float32" ? Float32Array : Float64Array;
    for (let k = 0; k < kernel.kept.length; k++)
      if ((kept[k]?.length ?? -1) < count) kept[k] = new Kind(count);
    return kept.length === kernel.kept.length ? kept : kept.slice(0, kernel.kept.length);
  }

  protected override readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    group: ParamGroup<Options>,
    where: string,
  ): ParameterState {
    const kernel = this.rule.kernel(group);
    const symbols = this.rule.states();
    const known = symbols.map((symbol) => this.rule.stateKey(symbol));
    const state: ParameterState = {};
    for (const [key, value] of Object.entries(entry)) {
      // PyTorch before 2.0 wrote momentum_buffer: None where there was none.
      if (value === null || value === undefined) continue;
      if (key === "step" && this.rule.countsSteps)
        state.step = asScalar(readCount(value, `step of ${where}`), value);
      else if (known.includes(key)) {
        const what = `${snakeCase(key)} of ${where}`;
        const scalar = this.rule.isScalarState(symbols[known.indexOf(key)]);
        state[key] = scalar
          ? asScalar(readNumber(value, what), value)
          : readTensor(value, parameter.shape, parameter.dtype, what);
      } else
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
      "text/markdown": [...formulas, summary(this)].join("\n\n"),
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

/** Below so many elements, a pass in plain JavaScript is done before a compiled one has been called. */
const FEWEST_TO_COMPILE = 256;

const exact = (value: number): number => value;

function elements({ storage, offset, count }: Tensor): KernelArray {
  const data = storage.data as KernelArray;
  return offset === 0 ? data : data.subarray(offset, offset + count);
}

/** Where a tensor's elements begin in the memory of the compiled kernels; 0 where they lie elsewhere. */
function addressOf({ storage: { address, data }, offset }: Tensor): number {
  return address === 0 ? 0 : address + offset * data.BYTES_PER_ELEMENT;
}

function elementAt(tensor: Tensor, index: number): number {
  const { storage, offset } = tensor.isContiguous() ? tensor : tensor.detach().clone();
  return storage.data[offset + index];
}

/** A state of one number, in the precision in which it was given. */
function asScalar(number: number, given: unknown): Tensor {
  const exact = given instanceof Tensor && given.dtype === "float64";
  return Tensor.full([], number, exact ? "float64" : getDefaultDtype());
}
