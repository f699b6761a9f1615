import { enableGrad } from "../tensor/autograd/mode.js";
import { promoteTypes } from "../tensor/dtype.js";
import { copyInto } from "../tensor/ops/copy.js";
import { fmaFloat64 } from "../tensor/random/fma.js";
import { Tensor } from "../tensor/tensor.js";
import { checkAtLeastZero } from "./checks.js";
import { checkGradient, Optimizer } from "./optimizer.js";
import { asNumber, type Given, numbersIn } from "./options.js";
import type { ParamGroup, ParamGroupInput, Params } from "./param-groups.js";
import { checkEntries, readCount, readNumber, readTensor } from "./read-state.js";
import { snakeCase } from "./state-dict.js";
import { dot, largest, roundingOf, strongWolfe, type Vector } from "./strong-wolfe.js";

export interface LBFGSOptions {
  /** Step along the direction, 1 by default; the first that the line search tries. ≥ 0. */
  lr: number;
  /** Iterations in one `step`; default 20. */
  maxIter: number;
  /** Evaluations of the loss in one `step`; default maxIter·5/4, rounded down. */
  maxEval: number | null;
  /** Stop when no element of the gradient is larger; default 1e-7. */
  toleranceGrad: number;
  /** Stop when neither parameters nor loss change by more; default 1e-9. */
  toleranceChange: number;
  /** How many of the last changes the direction is computed from; default 100. */
  historySize: number;
  /** "strong_wolfe", or null for steps of fixed length. */
  lineSearchFn: "strong_wolfe" | null;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

/** Everything is remembered at the first parameter. Vectors are those of all parameters, one behind the other. */
export interface LBFGSState {
  funcEvals: number;
  nIter: number;
  /** The last direction, and how far it was followed. */
  d?: Tensor;
  t?: number;
  /** y, s and 1/(y·s) of the last iterations: by how much gradient and parameters changed. */
  oldDirs?: Tensor[];
  oldStps?: Tensor[];
  ro?: Tensor[];
  HDiag?: Tensor;
  prevFlatGrad?: Tensor;
  prevLoss?: number;
}

const defaults: LBFGSOptions = {
  lr: 1,
  maxIter: 20,
  maxEval: null,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
  maximize: false,
};

/**
 * L-BFGS: Newton's method with an inverse Hessian that is never written down, but made up of how the gradient changed
 * in the last steps.
 *
 *     d ← −H·g                   by the two-loop recursion over the last s, y; d ← −g at first
 *     t ← lr                     min(1, 1/Σ|g|)·lr at first; from there the line search if strong_wolfe
 *     θ ← θ + t·d
 *     s, y ← t·d, g_new − g      remembered if y·s > 1e-10
 *
 * `step(closure)` needs a closure that computes the loss again, gradients included, and makes up to `maxIter` such
 * iterations. It stops earlier when `maxEval` is reached, or gradient or change are within their tolerances.
 * It returns the first loss. Without line search the last iteration leaves θ where the loss was not evaluated.
 *
 * One group only. For float32 the lengths of long vectors are summed in float64, more exactly than PyTorch does.
 *
 * Sources: Nocedal, Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 7.5; torch.optim.LBFGS, in whose
 * newest version the line search counts towards `maxEval`.
 */
export class LBFGS extends Optimizer<LBFGSOptions, LBFGSState> {
  /**
   * @param params tensors or [name, tensor] pairs
   * @throws {RangeError} for several groups, and option values out of range
   */
  constructor(params: Params<LBFGSOptions>, options: Given<LBFGSOptions> = {}) {
    super(params, { ...options, maxEval: options.maxEval ?? defaultEvaluations(options) }, defaults);
  }

  override addParamGroup(group: ParamGroupInput<LBFGSOptions>): void {
    if (this.paramGroups.length > 0)
      throw new RangeError("LBFGS doesn't support per-parameter options (parameter groups)");
    super.addParamGroup(group);
  }

  /** Takes sparse gradients, as in PyTorch. */
  protected override checkSparseGradient(): void {}

  protected override check(options: LBFGSOptions): void {
    checkAtLeastZero("Invalid learning rate", "lr", options.lr);
    checkAtLeastZero("Invalid tolerance_grad value", "toleranceGrad", options.toleranceGrad);
    checkAtLeastZero("Invalid tolerance_change value", "toleranceChange", options.toleranceChange);
    for (const name of ["maxIter", "maxEval", "historySize"] as const) {
      const value = options[name];
      if (!Number.isInteger(value) || (value as number) < 1)
        throw new RangeError(
          `Invalid ${snakeCase(name)} value: ${String(value)}; ${name} must be an integer ≥ 1`,
        );
    }
  }

  /** All of the work is done in `takeStep`, which calls the closure again and again. */
  protected override update(): void {}

  protected override takeStep<T>(closure: (() => T) | undefined): T {
    if (closure === undefined)
      throw new TypeError(
        "LBFGS: step() missing 1 required positional argument: 'closure'. It computes the loss again: step(() => { optimizer.zeroGrad(); const loss = …; loss.backward(); return loss; })",
      );
    const group = numbersIn(this.paramGroups[0]);
    const { lineSearchFn, maxIter, toleranceGrad, toleranceChange } = group;
    const maxEval = group.maxEval as number;
    if (lineSearchFn !== null && lineSearchFn !== "strong_wolfe")
      throw new RangeError(
        `only 'strong_wolfe' is supported as lineSearchFn, besides null, not ${String(lineSearchFn)}`,
      );
    const flat = new Flat(group, closure);

    const first = flat.evaluate();
    const state = this.state.get(group.params[0]) ?? { funcEvals: 0, nIter: 0 };
    this.state.set(group.params[0], state);
    state.funcEvals++;
    let evaluations = 1;
    let { loss, gradient } = first;
    if (largest(gradient) <= toleranceGrad) return first.value;

    const round = roundingOf(gradient);
    let iterations = 0;
    while (iterations < maxIter) {
      iterations++;
      state.nIter++;
      const isFirst = state.nIter === 1;
      const direction = isFirst ? startAt(state, gradient) : turn(state, gradient, group.historySize);
      const previousLoss = loss;
      state.d = asTensor(direction);
      state.prevFlatGrad = asTensor(gradient.slice());
      state.prevLoss = loss;

      let t = round(isFirst ? round(Math.min(1, 1 / sumOfMagnitudes(gradient))) * group.lr : group.lr);
      state.t = t;
      const slope = dot(gradient, direction);
      // Where the direction does not go down any more, there is nothing to gain.
      if (slope > -toleranceChange) break;

      let more = 0;
      if (lineSearchFn === "strong_wolfe") {
        const start = flat.position();
        const found = strongWolfe({
          evaluate: (length) => {
            flat.move(length, direction);
            const there = flat.evaluate();
            flat.goTo(start);
            return there;
          },
          direction,
          loss,
          gradient,
          slope,
          t,
          toleranceChange: 1e-9,
          maxEvaluations: maxEval - evaluations,
        });
        ({ loss, gradient, t } = found);
        more = found.evaluations;
        flat.move(t, direction);
      } else {
        flat.move(t, direction);
        if (iterations !== maxIter) {
          ({ loss, gradient } = flat.evaluate());
          more = 1;
        }
      }
      state.t = t;
      evaluations += more;
      state.funcEvals += more;

      if (evaluations >= maxEval || largest(gradient) <= toleranceGrad) break;
      if (largest(direction) * Math.abs(t) <= toleranceChange) break;
      if (Math.abs(loss - previousLoss) < toleranceChange) break;
    }
    return first.value;
  }

  protected override readState(
    entry: Record<string, unknown>,
    parameter: Tensor,
    group: ParamGroup<LBFGSOptions>,
    where: string,
  ): LBFGSState {
    const later = ["d", "t", "oldDirs", "oldStps", "ro", "HDiag", "prevFlatGrad", "prevLoss"];
    checkEntries(this.name, where, entry, ["funcEvals", "nIter"], [...later, "al"]);
    const what = (key: string): string => `${snakeCase(key)} of ${where}`;
    const state: LBFGSState = {
      funcEvals: readCount(entry.funcEvals, what("funcEvals")),
      nIter: readCount(entry.nIter, what("nIter")),
    };
    if (state.nIter === 0) return state;
    checkEntries(this.name, where, entry, ["funcEvals", "nIter", ...later], ["al"]);
    const { dtype } = parameter;
    const shape = [group.params.reduce((sum, { count }) => sum + count, 0)];
    const list = (key: string, size: readonly number[]): Tensor[] => {
      const values = entry[key];
      if (!Array.isArray(values))
        throw new TypeError(`loadStateDict: ${what(key)} must be a list of Tensors`);
      return values.map((value) => readTensor(value, size, dtype, what(key)));
    };
    state.d = readTensor(entry.d, shape, dtype, what("d"));
    state.t = readNumber(entry.t, what("t"));
    state.oldDirs = list("oldDirs", shape);
    state.oldStps = list("oldStps", shape);
    state.ro = list("ro", []);
    if (state.oldStps.length !== state.oldDirs.length || state.ro.length !== state.oldDirs.length)
      throw new RangeError(
        `loadStateDict: old_dirs, old_stps and ro of ${where} must be equally long, not ${state.oldDirs.length}, ${state.oldStps.length}, ${state.ro.length}`,
      );
    state.HDiag = Tensor.full([], readNumber(entry.HDiag, what("HDiag")), dtype);
    state.prevFlatGrad = readTensor(entry.prevFlatGrad, shape, dtype, what("prevFlatGrad"));
    state.prevLoss = readNumber(entry.prevLoss, what("prevLoss"));
    return state;
  }
}

function defaultEvaluations({ maxIter = defaults.maxIter }: Given<LBFGSOptions>): number {
  return Math.max(1, Math.floor((asNumber(maxIter) * 5) / 4));
}

/** All parameters of a group as one vector. */
class Flat<T> {
  private readonly group: ParamGroup<LBFGSOptions>;
  private readonly closure: () => T;
  private readonly make: (length: number) => Vector;
  private readonly length: number;

  constructor(group: ParamGroup<LBFGSOptions>, closure: () => T) {
    this.group = group;
    this.closure = closure;
    this.length = group.params.reduce((sum, { count }) => sum + count, 0);
    const dtype = group.params.map((parameter) => parameter.dtype).reduce(promoteTypes);
    this.make = (length) => (dtype === "float32" ? new Float32Array(length) : new Float64Array(length));
  }

  /** The closure's value, the loss in it, and the gradient; both negated to be maximised. */
  evaluate(): { value: T; loss: number; gradient: Vector } {
    const value = enableGrad(this.closure);
    const loss = value instanceof Tensor ? value.item() : Number(value);
    for (const parameter of this.group.params) checkGradient(parameter);
    const gradient = this.gather(({ grad }) => grad);
    if (!this.group.maximize) return { value, loss, gradient };
    return { value, loss: -loss, gradient: gradient.map((element) => -element) as Vector };
  }

  position(): Vector {
    return this.gather((parameter) => parameter);
  }

  /** θ ← θ + t·d */
  move(t: number, direction: Vector): void {
    const there = this.position();
    addScaled(there, t, direction);
    this.goTo(there);
  }

  goTo(position: Vector): void {
    let at = 0;
    for (const parameter of this.group.params) {
      const part = position.subarray(at, at + parameter.count);
      at += parameter.count;
      const values = Tensor.zeros(parameter.shape, parameter.dtype);
      values.storage.data.set(part);
      copyInto(parameter, values);
      parameter.storage.markChanged();
    }
  }

  private gather(of: (parameter: Tensor) => Tensor | null): Vector {
    const vector = this.make(this.length);
    let at = 0;
    for (const parameter of this.group.params) {
      const values = of(parameter);
      if (values) vector.set(values.toArray(), at);
      at += parameter.count;
    }
    return vector;
  }
}

/** The first direction: straight down. */
function startAt(state: LBFGSState, gradient: Vector): Vector {
  state.oldDirs = [];
  state.oldStps = [];
  state.ro = [];
  state.HDiag = asTensor(gradient.slice(0, 0), [], 1);
  return gradient.map((element) => -element) as Vector;
}

/** The next direction: −H·g, where H is made up of the last changes. */
function turn(state: LBFGSState, gradient: Vector, historySize: number): Vector {
  const { oldDirs, oldStps, ro } = state as Required<LBFGSState>;
  const before = elements(state.prevFlatGrad!);
  const lastDirection = elements(state.d!);
  const y = gradient.map((element, i) => element - before[i]) as Vector;
  const s = lastDirection.map((element) => element * state.t!) as Vector;
  const curvature = dot(y, s);
  if (curvature > 1e-10) {
    if (oldDirs.length >= historySize) for (const list of [oldDirs, oldStps, ro]) list.shift();
    oldDirs.push(asTensor(y));
    oldStps.push(asTensor(s));
    ro.push(asTensor(y, [], 1 / curvature));
    state.HDiag = asTensor(y, [], curvature / dot(y, y));
  }
  const round = roundingOf(gradient);
  const direction = gradient.map((element) => -element) as Vector;
  const al: number[] = [];
  for (let i = oldDirs.length - 1; i >= 0; i--) {
    al[i] = round(dot(elements(oldStps[i]), direction) * ro[i].item());
    addScaled(direction, -al[i], elements(oldDirs[i]));
  }
  const scale = state.HDiag!.item();
  for (let i = 0; i < direction.length; i++) direction[i] *= scale;
  for (let i = 0; i < oldDirs.length; i++) {
    const be = round(dot(elements(oldDirs[i]), direction) * ro[i].item());
    addScaled(direction, round(al[i] - be), elements(oldStps[i]));
  }
  return direction;
}

/** a ← a + scale·b, rounded once, as the fused operation of processors does it. */
function addScaled(a: Vector, scale: number, b: Vector): void {
  // The product of two float32 is exact in float64.
  if (a instanceof Float32Array) for (let i = 0; i < a.length; i++) a[i] += scale * b[i];
  else for (let i = 0; i < a.length; i++) a[i] = fmaFloat64(scale, b[i], a[i]);
}

function sumOfMagnitudes(a: Vector): number {
  const round = roundingOf(a);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum = round(sum + Math.abs(a[i]));
  return sum;
}

function elements({ storage, offset, count }: Tensor): Vector {
  return (storage.data as Vector).subarray(offset, offset + count);
}

/** A vector as a tensor, or a number in the vector's dtype. */
function asTensor(vector: Vector, shape: readonly number[] = [vector.length], value?: number): Tensor {
  const tensor = Tensor.zeros(shape, vector instanceof Float32Array ? "float32" : "float64");
  if (value === undefined) tensor.storage.data.set(vector);
  else tensor.storage.data[0] = value;
  return tensor;
}
