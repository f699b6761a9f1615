import { Module } from "../nn/module.js";
import { BatchNorm1d, BatchNorm2d } from "../nn/normalization.js";
import { Buffer } from "../nn/parameter.js";
import { type Arguments, namedArguments } from "../tensor/arguments.js";
import { noGrad } from "../tensor/autograd/mode.js";
import { Tensor } from "../tensor/tensor.js";
import { groupsOf, perGroup, type ScheduledOptimizer } from "./lr-scheduler/groups.js";
import { LRScheduler } from "./lr-scheduler/lr-scheduler.js";
import { typeName } from "./param-groups.js";

/** The new average of a parameter, from the present one, the model's parameter, and how many models it is made of. */
export type AvgFn = (averaged: Tensor, parameter: Tensor, numAveraged: number) => Tensor;
/** Changes the averages of all parameters in place. */
export type MultiAvgFn = (
  averaged: readonly Tensor[],
  parameters: readonly Tensor[],
  numAveraged: number,
) => void;

/**
 * The plain mean of all models: a ← a + (p − a)/(n + 1).
 *
 * Source: torch.optim.swa_utils.get_swa_avg_fn.
 */
export function getSwaAvgFn(): AvgFn {
  return (averaged, parameter, numAveraged) => averaged.add(parameter.sub(averaged).div(numAveraged + 1));
}

/** The plain mean, for all parameters in one call. */
export function getSwaMultiAvgFn(): MultiAvgFn {
  return forEach(getSwaAvgFn());
}

/**
 * The exponential moving average: a ← decay·a + (1 − decay)·p.
 *
 * @param decay how much of the old average is kept, in [0, 1]
 */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  if (typeof decay !== "number" || !(decay >= 0 && decay <= 1))
    throw new RangeError(
      `Invalid decay value ${String(decay)} provided. Please provide a value in [0,1] range.`,
    );
  return (averaged, parameter) => averaged.mul(decay).add(parameter.mul(1 - decay));
}

/** The exponential moving average, for all parameters in one call. */
export function getEmaMultiAvgFn(decay = 0.999): MultiAvgFn {
  return forEach(getEmaAvgFn(decay));
}

function forEach(average: AvgFn): MultiAvgFn {
  return (averaged, parameters, numAveraged) => {
    for (const [k, own] of averaged.entries()) own.copy_(average(own, parameters[k], numAveraged));
  };
}

export interface AveragedModelOptions {
  /** Where PyTorch puts the copy; there is one device here. */
  device?: string | null;
  /** How one parameter is averaged; default `getSwaAvgFn()`. */
  avgFn?: AvgFn | null;
  /** How all of them are averaged in one call. Only one of the two may be given. */
  multiAvgFn?: MultiAvgFn | null;
  /** Whether buffers (running statistics) are averaged too, rather than copied. Default false. */
  useBuffers?: boolean;
}

/**
 * A copy of a model whose parameters are averages over training: of the models that `updateParameters` was given
 * (stochastic weight averaging), or exponential ones (EMA).
 *
 *     const average = new AveragedModel(model, { avgFn: getEmaAvgFn(0.99) });
 *     … optimizer.step(); average.updateParameters(model); …
 *     updateBn(loader, average);
 *     average.forward(x)
 *
 * The first update copies the parameters. Parameters of integers are copied always.
 *
 * Sources: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018;
 * torch.optim.swa_utils.AveragedModel.
 */
export class AveragedModel<Model extends Module = Module> extends Module {
  /** The model whose parameters are the averages. */
  readonly module: Model;
  /** How many models they are made of: a tensor [] of int64. */
  readonly nAveraged: Buffer = new Buffer(Tensor.zeros([], "int64"));
  readonly avgFn: AvgFn | null;
  readonly multiAvgFn: MultiAvgFn | null;
  readonly useBuffers: boolean;

  /** @param args `(device, avgFn, multiAvgFn, useBuffers)`, or by name */
  constructor(
    model: Model,
    ...args: Arguments<
      [device?: string | null, avgFn?: AvgFn | null, multiAvgFn?: MultiAvgFn | null, useBuffers?: boolean],
      AveragedModelOptions
    >
  ) {
    super();
    if (!(model instanceof Module))
      throw new TypeError(`AveragedModel: expected a Module, but got ${typeName(model)}`);
    const {
      device = null,
      avgFn = null,
      multiAvgFn = null,
      useBuffers = false,
    } = namedArguments<AveragedModelOptions>(
      "AveragedModel",
      ["device", "avgFn", "multiAvgFn", "useBuffers"],
      args,
    );
    if (device !== null && device !== "cpu")
      throw new RangeError(`AveragedModel: device must be null or "cpu", not ${String(device)}`);
    if (avgFn !== null && multiAvgFn !== null)
      throw new TypeError("Only one of avg_fn and multi_avg_fn should be provided");
    for (const [name, value] of Object.entries({ avgFn, multiAvgFn }))
      if (value !== null && typeof value !== "function")
        throw new TypeError(`AveragedModel: ${name} must be a function, but got ${typeName(value)}`);
    this.module = model.deepcopy();
    this.avgFn = avgFn;
    this.multiAvgFn = multiAvgFn;
    this.useBuffers = useBuffers;
  }

  override forward(...inputs: Parameters<Model["forward"]>): ReturnType<Model["forward"]> {
    return this.module.forward(...(inputs as never[])) as ReturnType<Model["forward"]>;
  }

  /**
   * Takes the parameters of a model into the averages.
   *
   * @param model of the same layers as the one that was copied
   * @throws before anything is changed, when parameters or buffers do not fit
   */
  updateParameters(model: Module): void {
    if (shapes(model) !== shapes(this.module))
      throw new RangeError(
        `updateParameters: the model does not fit the averaged one: it has ${shapes(model)}, the averaged one ${shapes(this.module)}`,
      );
    const own = this.tensorsOf(this.module);
    const given = this.tensorsOf(model);
    noGrad(() => {
      const numAveraged = this.nAveraged.item();
      if (numAveraged === 0) for (const [k, average] of own.entries()) average.copy_(given[k]);
      else this.average(own, given, numAveraged);
      if (!this.useBuffers) {
        const buffers = model.buffers();
        for (const [k, buffer] of this.module.buffers().entries()) buffer.copy_(buffers[k]);
      }
      this.nAveraged.add_(1);
    });
  }

  private average(own: Tensor[], given: Tensor[], numAveraged: number): void {
    const floating = own.map((tensor) => tensor.isFloatingPoint());
    for (const [k, average] of own.entries()) if (!floating[k]) average.copy_(given[k]);
    const [averages, parameters] = [own, given].map((list) => list.filter((_, k) => floating[k]));
    const average = this.multiAvgFn ?? forEach(this.avgFn ?? getSwaAvgFn());
    average(
      averages,
      parameters.map((parameter) => parameter.detach()),
      numAveraged,
    );
  }

  private tensorsOf(model: Module): Tensor[] {
    return this.useBuffers ? [...model.parameters(), ...model.buffers()] : model.parameters();
  }
}

/** The shapes of all parameters and buffers. */
function shapes(model: Module): string {
  const tensors = [...model.parameters(), ...model.buffers()];
  return tensors.map(({ shape }) => `[${shape.join(", ")}]`).join(" ") || "no parameters";
}

/**
 * Computes the running statistics of the batch norm layers anew, as the mean over the batches of one pass in training
 * mode. An averaged model needs that: its statistics are those of another model. Afterwards modes and momenta are as
 * before. Does nothing for models without batch norm.
 *
 * @param loader gives inputs, or lists whose first entry is the input
 * @param device where PyTorch puts the inputs; there is one device here
 *
 * Source: torch.optim.swa_utils.update_bn.
 */
export function updateBn(
  loader: Iterable<Tensor | readonly Tensor[]>,
  model: Module,
  device: string | null = null,
): void {
  if (device !== null && device !== "cpu")
    throw new RangeError(`updateBn: device must be null or "cpu", not ${String(device)}`);
  const layers = model
    .modules()
    .filter((module) => module instanceof BatchNorm1d || module instanceof BatchNorm2d)
    .filter((layer) => layer.trackRunningStats) as { momentum: number | null; resetRunningStats(): void }[];
  if (layers.length === 0) return;
  const momenta = layers.map(({ momentum }) => momentum);
  const modes = model.modules().map((module) => [module, module.training] as const);
  model.train();
  for (const layer of layers) {
    layer.resetRunningStats();
    layer.momentum = null;
  }
  try {
    noGrad(() => {
      for (const batch of loader) model.forward((batch instanceof Tensor ? batch : batch[0]) as never);
    });
  } finally {
    for (const [k, layer] of layers.entries()) layer.momentum = momenta[k];
    for (const [module, training] of modes) module.training = training;
  }
}

export interface SWALROptions {
  /** The rate to which the learning rate goes, for all groups or a list with one for each. */
  swaLr: number | readonly number[];
  /** How many epochs it takes; default 10. */
  annealEpochs?: number;
  /** Along a cosine or a straight line; default "cos". */
  annealStrategy?: "cos" | "linear";
  /** Index of the last epoch; default −1, a new training. */
  lastEpoch?: number;
}

/**
 * Anneals the learning rate to a constant one, with which stochastic weight averaging goes on.
 *
 *     γ_t = α(t/annealEpochs)·swaLr + (1 − α)·γ_0,   α(x) = (1 − cos(π·x))/2 or x
 *
 * Each rate is computed from the present one, so that another scheduler may go on meanwhile.
 *
 * Source: torch.optim.swa_utils.SWALR.
 */
export class SWALR extends LRScheduler {
  annealEpochs: number;
  annealStrategy: "cos" | "linear";

  /** @param args `(swaLr, annealEpochs, annealStrategy, lastEpoch)`, or by name */
  constructor(
    optimizer: ScheduledOptimizer,
    ...args: Arguments<
      [
        swaLr: number | readonly number[],
        annealEpochs?: number,
        annealStrategy?: "cos" | "linear",
        lastEpoch?: number,
      ],
      SWALROptions
    >
  ) {
    super(optimizer);
    const {
      swaLr,
      annealEpochs = 10,
      annealStrategy = "cos",
      lastEpoch,
    } = namedArguments<SWALROptions>(
      this.name,
      ["swaLr", "annealEpochs", "annealStrategy", "lastEpoch"],
      args,
    );
    const rates = perGroup(this.name, "swa_lr", swaLr, optimizer);
    if (annealStrategy !== "cos" && annealStrategy !== "linear")
      throw new RangeError(
        `anneal_strategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
      );
    if (typeof annealEpochs !== "number" || !Number.isInteger(annealEpochs) || annealEpochs < 0)
      throw new RangeError(
        `anneal_epochs must be equal or greater than 0, got ${String(annealEpochs)}; it is a whole number`,
      );
    this.annealEpochs = annealEpochs;
    this.annealStrategy = annealStrategy;
    for (const [k, group] of groupsOf(optimizer).entries()) group.swaLr = rates[k];
    this.start(lastEpoch);
  }

  protected override getLr(): number[] {
    const step = this.annealEpochs === 0 ? Math.max(1, this.stepCount) : this.stepCount;
    const before = this.part(step - 1);
    const now = this.part(step);
    return groupsOf(this.optimizer).map(({ lr, swaLr = lr }) => {
      const initial = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + initial * (1 - now);
    });
  }

  /** How much of the way is done after a number of steps. */
  private part(step: number): number {
    const t = Math.max(0, Math.min(1, step / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === "linear" ? t : (1 - Math.cos(Math.PI * t)) / 2;
  }
}
