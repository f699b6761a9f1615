/**
 * What the notebooks of this course share: runs that are recorded step by step, sweeps over learning rates, a small
 * network to train, the comparison of one update rule with three others, and answers to the exercises.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { data, manualSeed, nn, optim, type plot, type Tensor, tensor } from "optimlab";

/** Makes an optimizer for these parameters, with this learning rate. */
export type MakeOptimizer = (params: Tensor[], lr: number) => Stepper;

/** An optimizer of the library, or one written in a notebook. */
export interface Stepper {
  step(closure?: () => Tensor): unknown;
}

// Recorded runs

export interface Descent {
  /** Where the run was before each step, and after the last. */
  readonly points: [x: number, y: number][];
  /** The function there. */
  readonly losses: number[];
  /** The optimizer's states after each step, by name: two numbers each, one for x and one for y. */
  readonly states: Record<string, number[][]>;
}

export interface DescentOptions {
  /** Default 200. */
  readonly steps?: number;
  /** Default: the function's own. */
  readonly start?: readonly [number, number];
  /** Changes the gradient before the step, to make it noisy for example. */
  readonly disturb?: (gradient: Tensor, step: number) => Tensor;
}

/** Beyond this a run counts as diverged. */
const FAR = 1e12;

/**
 * Lets an optimizer run down a function of the plane, in float64. A run that diverges ends early.
 *
 *     descend(plot.functions.rosenbrock, (params) => new optim.Adam(params, { lr: 0.1 }))
 */
export function descend(
  plane: plot.functions.TestFunction,
  make: (params: Tensor[]) => Stepper,
  { steps = 200, start = plane.start, disturb }: DescentOptions = {},
): Descent {
  const point = tensor([...start], { dtype: "float64", requiresGrad: true });
  const optimizer = make([point]);
  const descent: Descent = { points: [], losses: [], states: {} };
  const record = (): boolean => {
    const [x, y] = point.toArray() as unknown as number[];
    descent.points.push([x, y]);
    descent.losses.push(plane(x, y));
    return Math.abs(x) + Math.abs(y) < FAR;
  };
  for (let step = 1; step <= steps && record(); step++) {
    const closure = (): Tensor => {
      point.grad = null;
      const loss = plane(point);
      loss.backward();
      if (disturb && point.grad) point.grad = disturb(point.grad as Tensor, step);
      return loss;
    };
    optimizer.step(closure);
    if (optimizer instanceof optim.Optimizer) keepStates(optimizer, point, descent.states);
  }
  record();
  return descent;
}

function keepStates(optimizer: optim.Optimizer, point: Tensor, states: Record<string, number[][]>): void {
  for (const [name, state] of Object.entries(optimizer.state.get(point) ?? {})) {
    const values = (state as Partial<Tensor> | null)?.toArray?.() as Float64Array | undefined;
    if (values?.length !== 2) continue;
    states[name] ??= [];
    states[name].push([...values]);
  }
}

// Learning rates

/** `count` numbers from `from` to `to` with the same factor between neighbours. */
export function logspace(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => from * (to / from) ** (k / (count - 1)));
}

/** Learning rates, and the loss at which a run with each has ended: infinite when it diverged. */
export interface Sweep {
  readonly lr: readonly number[];
  readonly loss: readonly number[];
}

/** Runs down a function once with each learning rate. */
export function sweep(
  plane: plot.functions.TestFunction,
  make: MakeOptimizer,
  rates: readonly number[],
  options: DescentOptions = {},
): Sweep {
  const loss = rates.map((lr) => {
    const last = descend(plane, (params) => make(params, lr), options).losses.at(-1)!;
    return Number.isFinite(last) && last < FAR ? last : Infinity;
  });
  return { lr: rates, loss };
}

/** The learning rate with the lowest final loss. */
export function bestRate({ lr, loss }: Sweep): number {
  return lr[loss.indexOf(Math.min(...loss))];
}

/** The first step at which the loss is below `goal`; undefined when it never is. */
export function stepsTo(goal: number, { losses }: Descent): number | undefined {
  const step = losses.findIndex((loss) => loss <= goal);
  return step < 0 ? undefined : step;
}

/** Every `count`th of the values, for a figure in which more of them are not seen. */
export function everyNth<Value>(count: number, values: readonly Value[]): Value[] {
  return values.filter((_, k) => k % count === 0);
}

/** Each optimizer at the best of the rates, by name. */
export function eachAtItsBest(
  plane: plot.functions.TestFunction,
  optimizers: Readonly<Record<string, MakeOptimizer>>,
  rates: readonly number[],
  options: DescentOptions = {},
): Record<string, Descent & { readonly lr: number }> {
  const best = Object.entries(optimizers).map(([name, make]) => {
    const lr = bestRate(sweep(plane, make, rates, options));
    return [name, { lr, ...descend(plane, (params) => make(params, lr), options) }] as const;
  });
  return Object.fromEntries(best);
}

// A small network

export interface NetworkOptions {
  readonly lr: number;
  /** Default [0, 1, 2, 3, 4]. */
  readonly seeds?: readonly number[];
  /** Default 40. */
  readonly epochs?: number;
  /** Examples in a batch, default 20. */
  readonly batchSize?: number;
}

/** A network with 2 inputs, 16 hidden units and 2 classes. */
export function moonNet(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(2, 16), new nn.Tanh(), new nn.Linear(16, 2));
}

/**
 * Trains {@link moonNet} on 200 points of two moons, once for each seed.
 * @returns for each seed, the mean loss of every epoch
 */
export function trainMoons(make: MakeOptimizer, options: NetworkOptions): number[][] {
  const { lr, seeds = [0, 1, 2, 3, 4], epochs = 40, batchSize = 20 } = options;
  return seeds.map((seed) => {
    manualSeed(seed);
    const points = new data.TensorDataset(...data.twoMoons(200, { noise: 0.15 }));
    const loader = new data.DataLoader(points, { batchSize, shuffle: true });
    const model = moonNet();
    const criterion = new nn.CrossEntropyLoss();
    const optimizer = make([...model.parameters()], lr);
    return Array.from({ length: epochs }, () => {
      let sum = 0;
      for (const [inputs, labels] of loader) {
        const closure = (): Tensor => {
          model.zeroGrad();
          const loss = criterion.forward(model.forward(inputs), labels);
          loss.backward();
          return loss;
        };
        const first = closure();
        sum += first.item();
        optimizer.step(optimizer instanceof optim.LBFGS ? closure : undefined);
      }
      return sum / loader.length;
    });
  });
}

/** The loss at which the middle one of an odd number of runs has ended. */
export function medianAtEnd(runs: readonly (readonly number[])[]): number {
  const ends = runs.map((losses) => losses.at(-1)!).sort((a, b) => a - b);
  return ends[ends.length >> 1];
}

// Real data

/** Measurements of 333 penguins, scaled to mean 0 and standard deviation 1, and their species as 0, 1 or 2. */
export function penguins(): [inputs: Tensor, labels: Tensor] {
  const [, ...lines] = readFileSync(join(__dirname, "data", "penguins.csv"), "utf8")
    .trim()
    .split("\n");
  const rows = lines.map((line) => line.split(","));
  const inputs = tensor(rows.map((row) => row.slice(2, 6).map(Number)));
  const scaled = inputs.sub(inputs.mean(0)).div(inputs.std(0));
  return [
    scaled,
    tensor(
      rows.map(([species]) => SPECIES.indexOf(species)),
      { dtype: "int64" },
    ),
  ];
}

export const SPECIES: readonly string[] = ["Adelie", "Chinstrap", "Gentoo"];

// One rule, four ways

interface PyTorchRuns {
  readonly source: string;
  readonly start: number;
  readonly gradients: readonly number[];
  readonly cases: readonly {
    readonly optimizer: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly values: readonly number[];
  }[];
}

const pytorch = JSON.parse(readFileSync(join(__dirname, "data", "pytorch.json"), "utf8")) as PyTorchRuns;

/** The number that the comparison starts from. */
export const start: number = pytorch.start;
/** The gradients that it is given, whatever the number has become. */
export const gradients: readonly number[] = pytorch.gradients;

/** The number after each step of an optimizer that is given these gradients, in float64. */
export function stepThrough(
  make: (params: Tensor[]) => Stepper,
  given: readonly number[] = gradients,
): number[] {
  const value = tensor([start], { dtype: "float64", requiresGrad: true });
  const optimizer = make([value]);
  return given.map((gradient) => {
    value.grad = tensor([gradient], { dtype: "float64" });
    optimizer.step();
    return value.item();
  });
}

/** How far each step of an optimizer goes that is given these gradients: what its rule alone decides. */
export function stepLengths(make: (params: Tensor[]) => Stepper, given: readonly number[]): number[] {
  const values = [start, ...stepThrough(make, given)];
  return given.map((_, k) => Math.abs(values[k + 1] - values[k]));
}

/** As far as rounding in float64 may take four ways of adding up the same terms. */
const TOLERANCE = 1e-12;

export interface Ways {
  /** Plain arithmetic on numbers. */
  readonly byHand: readonly number[];
  /** The class written in the notebook. */
  readonly fromScratch: readonly number[];
}

/**
 * The same ten steps by hand, from scratch, by the library and by PyTorch, side by side.
 * @throws Error when they do not agree to 1e-12
 */
export function fourWays<Name extends keyof typeof optim>(
  name: Name & string,
  options: Readonly<Record<string, unknown>>,
  { byHand, fromScratch }: Ways,
): Comparison {
  const Optimizer = optim[name] as unknown as new (params: Tensor[], options: object) => optim.Optimizer;
  return new Comparison(`${name} with ${JSON.stringify(options)}`, {
    "by hand": byHand,
    "from scratch": fromScratch,
    library: stepThrough((params) => new Optimizer(params, options)),
    PyTorch: pytorchRun(name, options),
  });
}

function pytorchRun(name: string, options: Readonly<Record<string, unknown>>): readonly number[] {
  const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const keys = Object.fromEntries(Object.entries(options).map(([key, value]) => [snake(key), value]));
  const same = (other: object): boolean =>
    JSON.stringify(Object.entries(other).sort()) === JSON.stringify(Object.entries(keys).sort());
  const found = pytorch.cases.find((run) => run.optimizer === name && same(run.options));
  if (found) return found.values;
  const known = pytorch.cases
    .filter((run) => run.optimizer === name)
    .map((run) => JSON.stringify(run.options));
  throw new RangeError(
    `fourWays: data/pytorch.json has no run of ${name} with ${JSON.stringify(keys)}; it has ${known.join(", ")}`,
  );
}

/** Columns of numbers that must agree; shown as a table. */
export class Comparison {
  readonly title: string;
  readonly columns: Readonly<Record<string, readonly number[]>>;
  /** The largest difference between two columns in any row. */
  readonly difference: number;

  constructor(
    title: string,
    columns: Readonly<Record<string, readonly number[]>>,
    tolerance: number = TOLERANCE,
  ) {
    this.title = title;
    this.columns = columns;
    const rows = this.#rows();
    this.difference = Math.max(...rows.map((row) => Math.max(...row) - Math.min(...row)));
    const wrong = rows.findIndex((row) => !(Math.max(...row) - Math.min(...row) <= tolerance));
    if (wrong >= 0) {
      const values = Object.keys(columns).map((name, k) => `${name} ${rows[wrong][k]}`);
      throw new Error(`${title}: the ways part at step ${wrong + 1}: ${values.join(", ")}`);
    }
  }

  #rows(): number[][] {
    const columns = Object.values(this.columns);
    const longest = Math.max(...columns.map((column) => column.length));
    return Array.from({ length: longest }, (_, k) => columns.map((column) => column[k] ?? Number.NaN));
  }

  toString(): string {
    const width = 20;
    const line = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(width)).join("");
    return [
      this.title,
      `step${line(Object.keys(this.columns))}`,
      ...this.#rows().map(
        (row, k) => `${String(k + 1).padEnd(4)}${line(row.map((value) => value.toFixed(15)))}`,
      ),
      this.#verdict(),
    ].join("\n");
  }

  #verdict(): string {
    return this.difference <= TOLERANCE
      ? "They agree to 12 digits."
      : `They differ by up to ${this.difference}.`;
  }

  /** The same as a Markdown table. */
  toMarkdown(): string {
    const names = Object.keys(this.columns);
    const rows = this.#rows().map(
      (row, k) => `| ${k + 1} | ${row.map((value) => value.toFixed(15)).join(" | ")} |`,
    );
    const table = [`| step | ${names.join(" | ")} |`, `|--:|${names.map(() => "--:|").join("")}`, ...rows];
    return `**${this.title}**\n\n${table.join("\n")}\n\n${this.#verdict()}`;
  }
}

// The bundle of representations that a Jupyter kernel shows.
Object.defineProperty(Comparison.prototype, Symbol.for("Jupyter.display"), {
  value(this: Comparison): Record<string, string> {
    return { "text/markdown": this.toMarkdown(), "text/plain": String(this) };
  },
});

// Exercises

/**
 * Tells whether an answer is right; a wrong one gets the hint.
 *
 *     expectClose("the first step", myStep, 0.1, "what is m̂ when t = 1?")
 */
export function expectClose(
  what: string,
  answer: unknown,
  expected: number | readonly number[],
  hint: string,
  tolerance = 1e-6,
): void {
  const values = Array.isArray(answer) ? (answer as unknown[]) : [answer];
  const wanted = typeof expected === "number" ? [expected] : expected;
  const isClose = (value: unknown, k: number): boolean =>
    typeof value === "number" && Math.abs(value - wanted[k]) <= tolerance * Math.max(1, Math.abs(wanted[k]));
  if (answer === undefined) console.log(`… ${what}: no answer yet. Hint: ${hint}`);
  else if (values.length === wanted.length && values.every(isClose)) console.log(`✓ ${what}: right.`);
  else console.log(`✗ ${what}: ${String(answer)} is not it yet. Hint: ${hint}`);
}
