import * as torch from "../../../src/index.js";
import { compareNumbers, compareTensor, compareValue, Mismatch, relative } from "../compare.js";
import { type GoldenCase, type GoldenTensor, isGoldenTensor, type Json } from "../format.js";
import { evaluateTorch, lookUp, tensorOf } from "../library.js";
import { camelCase } from "../python/names.js";

const { nn } = torch;
const tolerance = relative(1e-10);

type Tensors = Record<string, GoldenTensor>;

/** What a case is about: the name of a module or function, and the options that stand in its words. */
interface Kind {
  readonly name: string;
  readonly words: string;
}

type Run = (golden: GoldenCase, kind: Kind) => void;

const kinds: Readonly<Record<string, Run>> = {
  clip_grad_norm_: runClipGradNorm,
  clip_grad_value_: runClipGradValue,
  BatchNorm: runBatchNorm,
  Embedding: runEmbedding,
  LSTM: runRecurrent,
  GRU: runRecurrent,
  RNN: runRecurrent,
  MultiheadAttention: runAttention,
  AveragedModel: runAveragedModel,
  SWALR: runSwaScheduler,
};

/** Modules and nn.utils with given weights: outputs, states and gradients. */
export function runModuleCase(golden: GoldenCase): void {
  const text = String(golden.kind);
  const name = /^\w+/.exec(text)?.[0] ?? "";
  if (!Object.hasOwn(kinds, name))
    throw new Error(`the golden harness does not know the kind of module case "${text}"`);
  kinds[name]!(golden, { name, words: text.slice(name.length) });
}

function tensors(golden: Json | undefined): torch.Tensor[] {
  return (golden as unknown as GoldenTensor[]).map(tensorOf);
}

function tensorAt(golden: GoldenCase, field: string): GoldenTensor {
  const value = golden[field];
  if (!isGoldenTensor(value)) throw new Error(`a module case of kind ${String(golden.kind)} needs ${field}`);
  return value;
}

/** Parameters with the given gradients, or without one. */
function parametersWithGradients(gradients: Json | undefined): torch.nn.Parameter[] {
  return (gradients as (GoldenTensor | null)[]).map((gradient) => {
    const data =
      gradient === null ? torch.zeros([1], { dtype: "float64" }) : torch.zerosLike(tensorOf(gradient));
    const parameter = new nn.Parameter(data);
    parameter.grad = gradient === null ? null : tensorOf(gradient);
    return parameter;
  });
}

function compareGradients(parameters: torch.nn.Parameter[], golden: GoldenCase): void {
  const actual = parameters.map(({ grad }) => grad);
  compareValue("clipped", actual, golden.clipped as Json, () => tolerance);
}

function runClipGradNorm(golden: GoldenCase): void {
  const parameters = parametersWithGradients(golden.grads);
  const normType = golden.norm_type === "inf" ? Infinity : (golden.norm_type as number);
  const total = nn.utils.clipGradNorm_(parameters, golden.max_norm as number, normType);
  compareTensor("total_norm", total, tensorAt(golden, "total_norm"), tolerance);
  compareGradients(parameters, golden);
}

function runClipGradValue(golden: GoldenCase): void {
  const parameters = parametersWithGradients(golden.grads);
  nn.utils.clipGradValue_(parameters, golden.clip_value as number);
  compareGradients(parameters, golden);
}

/** Options of a module as the case has them: every field that is one of its options. */
function optionsOf(golden: GoldenCase, names: readonly string[]): Record<string, unknown> {
  const given = names.filter((name) => name in golden).map((name) => [camelCase(name), golden[name]]);
  return { dtype: "float64", ...Object.fromEntries(given) };
}

function runBatchNorm(golden: GoldenCase): void {
  const inputs = tensors(golden.inputs);
  const [first] = inputs as [torch.Tensor];
  const Norm = first.ndim === 4 ? nn.BatchNorm2d : nn.BatchNorm1d;
  const options = optionsOf(golden, ["eps", "momentum", "affine", "track_running_stats"]);
  const norm = new Norm(first.size(1), options);
  for (const name of ["weight", "bias"]) {
    const value = golden[name];
    if (isGoldenTensor(value)) norm.loadStateDict({ [name]: tensorOf(value) }, { strict: false });
  }
  for (const [i, input] of inputs.entries()) {
    const compare = (field: string, actual: unknown): void => {
      const expected = (golden[field] as unknown as GoldenTensor[])[i]!;
      compareTensor(`${field}[${i}]`, actual, expected, tolerance);
    };
    compare("outputs", norm.forward(input));
    compare("running_mean", norm.stateDict().running_mean);
    compare("running_var", norm.stateDict().running_var);
  }
  compareNumbers(
    "num_batches_tracked",
    [norm.stateDict().num_batches_tracked!.item()],
    [golden.num_batches_tracked as number],
    tolerance,
  );
  const output = norm.eval().forward(tensorOf(tensorAt(golden, "eval_input")));
  compareTensor("eval_output", output, tensorAt(golden, "eval_output"), tolerance);
}

/** The options in `Embedding padding_idx=1` or `LSTM num_layers=2, batch_first`. */
function optionsInWords(words: string): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [, name, value] of words.matchAll(/([A-Za-z_]\w*)(?:\s*=\s*([^\s,()]+))?/g)) {
    options[camelCase(name!)] = value === undefined ? true : evaluateTorch(value);
  }
  return options;
}

function runEmbedding(golden: GoldenCase, { words }: Kind): void {
  const weight = tensorOf(tensorAt(golden, "weight"));
  const Embedding = lookUp<typeof nn.Embedding>(nn, "Embedding", "nn.Embedding");
  const [rows, columns] = weight.shape as [number, number];
  const module = new Embedding(rows, columns, { dtype: "float64", ...optionsInWords(words) });
  module.loadStateDict({ weight });
  const output = module.forward(tensorOf(tensorAt(golden, "index")));
  compareTensor("output", output, tensorAt(golden, "output"), tolerance);
  output.backward(tensorOf(tensorAt(golden, "grad_output")));
  compareTensor("weight_grad", module.weight.grad, tensorAt(golden, "weight_grad"), tolerance);
}

function load(module: torch.nn.Module, params: Tensors): void {
  module.loadStateDict(
    Object.fromEntries(Object.entries(params).map(([name, value]) => [name, tensorOf(value)])),
  );
}

function compareParameterGradients(module: torch.nn.Module, golden: GoldenCase): void {
  for (const [name, expected] of Object.entries((golden.param_grads ?? {}) as unknown as Tensors)) {
    compareTensor(`param_grads.${name}`, module.getParameter(name).grad, expected, tolerance);
  }
}

/** Sizes and structure are read off the names and shapes of the parameters. */
function runRecurrent(golden: GoldenCase, { name, words }: Kind): void {
  const params = golden.params as unknown as Tensors;
  const names = Object.keys(params);
  const input = tensorOf(tensorAt(golden, "input")).requiresGrad_();
  const Recurrent = nn[name as "LSTM"];
  const hiddenSize = params.weight_hh_l0!.shape[1]!;
  const module = new Recurrent(params.weight_ih_l0!.shape[1]!, hiddenSize, {
    dtype: "float64",
    numLayers: Math.max(...names.map((parameter) => Number(/_l(\d+)/.exec(parameter)?.[1] ?? 0))) + 1,
    bidirectional: names.some((parameter) => parameter.endsWith("_reverse")),
    bias: names.includes("bias_ih_l0"),
    ...optionsInWords(words),
  });
  load(module, params);
  const initial = golden.initial_hidden ?? golden.hx ?? null;
  const state = Array.isArray(initial)
    ? tensors(initial)
    : isGoldenTensor(initial)
      ? tensorOf(initial)
      : null;
  const [output, hidden] = module.forward(input, state as never);
  compareTensor("output", output, tensorAt(golden, "output"), tolerance);
  compareValue("hidden", hidden, golden.hidden as Json, () => tolerance);
  output.backward(tensorOf(tensorAt(golden, "grad_output")));
  compareTensor("input_grad", input.grad, tensorAt(golden, "input_grad"), tolerance);
  compareParameterGradients(module, golden);
}

/** `MultiheadAttention(4,2,batch_first)`: embedding and heads, then options. */
function runAttention(golden: GoldenCase, { words }: Kind): void {
  const numbers = [...words.matchAll(/(?<=[(,]\s*)\d+(?=\s*[,)])/g)].map(([digits]) => Number(digits));
  const [embedDim, numHeads] = numbers;
  if (embedDim === undefined || numHeads === undefined)
    throw new Error(`the golden harness does not understand MultiheadAttention${words}`);
  const module = new nn.MultiheadAttention(embedDim, numHeads, {
    dtype: "float64",
    bias: "in_proj_bias" in (golden.params as object),
    ...optionsInWords(words),
  });
  load(module, golden.params as unknown as Tensors);
  const input = tensorOf(tensorAt(golden, "input")).requiresGrad_();
  const masks: Record<string, unknown> = {};
  for (const name of ["attn_mask", "key_padding_mask", "need_weights", "average_attn_weights"]) {
    const value = golden[name];
    if (value !== undefined) masks[camelCase(name)] = isGoldenTensor(value) ? tensorOf(value) : value;
  }
  const [output, weights] = module.forward(input, input, input, masks);
  compareTensor("output", output, tensorAt(golden, "output"), tolerance);
  compareTensor("attn_weights", weights, tensorAt(golden, "attn_weights"), tolerance);
  output.backward(tensorOf(tensorAt(golden, "grad_output")));
  compareTensor("input_grad", input.grad, tensorAt(golden, "input_grad"), tolerance);
  compareParameterGradients(module, golden);
}

interface AveragedModule extends torch.nn.Module {
  nAveraged: torch.Tensor;
  updateParameters(model: torch.nn.Module): void;
}
type AveragedModelClass = new (model: torch.nn.Module, options?: object) => AveragedModule;

function swaUtils(): object {
  return lookUp<object>(torch.optim, "swaUtils", "torch.optim.swa_utils");
}

/** The weights of a linear layer at every update, their mean, and `a` times the old average plus `b` times the new. */
function runAveragedModel(golden: GoldenCase, { words }: Kind): void {
  const AveragedModel = lookUp<AveragedModelClass>(
    swaUtils(),
    "AveragedModel",
    "torch.optim.swa_utils.AveragedModel",
  );
  const average = /avg_fn\s+(.+)$/.exec(words)?.[1];
  if (average === undefined) throw new Error(`the golden harness does not understand AveragedModel${words}`);
  const avgFn = (a: torch.Tensor, p: torch.Tensor, n: unknown): unknown =>
    evaluateTorch(average, { a, p, num_averaged: n });
  const updates = golden.model_params_at_update as unknown as GoldenTensor[][];
  const [outputs, inputs] = updates[0]![0]!.shape as [number, number];
  const model = new nn.Linear(inputs, outputs, { dtype: "float64" });
  const swa = new AveragedModel(model);
  const ema = new AveragedModel(model, { avgFn });
  for (const [i, values] of updates.entries()) {
    torch.noGrad(() => {
      for (const [k, parameter] of model.parameters().entries()) parameter.copy_(tensorOf(values[k]!));
    });
    for (const [name, averaged] of Object.entries({ swa, ema })) {
      averaged.updateParameters(model);
      const expected = (golden[name] as Json[])[i]!;
      compareValue(`${name}[${i}]`, averaged.parameters(), expected, () => tolerance);
    }
  }
  compareTensor("n_averaged", swa.nAveraged, tensorAt(golden, "n_averaged"), tolerance);
}

type SwaSchedulerClass = new (optimizer: unknown, swaLr: number, options: object) => { step(): void };

function runSwaScheduler(golden: GoldenCase): void {
  const SWALR = lookUp<SwaSchedulerClass>(swaUtils(), "SWALR", "torch.optim.swa_utils.SWALR");
  const parameter = new nn.Parameter(torch.zeros([1], { dtype: "float64" }));
  const optimizer = new torch.optim.SGD([parameter], { lr: golden.lr as number });
  const { annealEpochs, annealStrategy } = optionsOf(golden, ["anneal_epochs", "anneal_strategy"]);
  const scheduler = new SWALR(optimizer, golden.swa_lr as number, { annealEpochs, annealStrategy });
  const expected = golden.lrs as number[];
  const lrs = expected.map(() => {
    const { lr } = optimizer.paramGroups[0]!;
    optimizer.step();
    scheduler.step();
    return lr;
  });
  if (lrs.length === 0) throw new Mismatch("lrs: the case has none");
  compareNumbers("lrs", lrs as number[], expected, relative(1e-12));
}
