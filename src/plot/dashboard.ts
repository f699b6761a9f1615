import type { Figure, FigureOptions } from "./figure.js";
import { grid } from "./grid.js";
import { lines } from "./lines.js";
import { LiveFigure } from "./live.js";
import { drawable, type Recorded, Recording } from "./recording.js";
import type { Scale } from "./rounding.js";
import { isTensor } from "./values.js";

/** What is read of an optimizer, whatever library it is of. */
export interface OptimizerLike {
  readonly paramGroups: readonly {
    readonly lr?: unknown;
    readonly params: readonly { readonly grad: unknown }[];
  }[];
}

export interface DashboardOptions extends FigureOptions {
  /** Default "step". */
  xTitle?: string;
}

/** Loss, learning rate and gradient norm of a training run, as it goes on. */
export class Dashboard extends LiveFigure {
  /** All values so far, by name, and the steps at which they were added, from 1. */
  readonly values: Readonly<Record<string, Recorded>>;
  readonly #record: Recording;
  readonly #optimizer: OptimizerLike;

  constructor(optimizer: OptimizerLike, options: DashboardOptions) {
    if (!Array.isArray(optimizer?.paramGroups)) {
      throw new TypeError("dashboard: expected an optimizer, which has paramGroups");
    }
    const record = new Recording();
    super(() => panels(record, options));
    this.#record = record;
    this.values = record.values;
    this.#optimizer = optimizer;
  }

  /**
   * Adds one step: call it after `backward()`, while the gradients are there.
   * @param loss a number, or a tensor with one element
   * @throws TypeError when the loss is not a number
   */
  step(loss: number | { item(): number }): void {
    const { paramGroups } = this.#optimizer;
    const rates = paramGroups.map(({ lr }, k) => [rateName(k, paramGroups.length), lr]);
    const norm = gradientNorm(paramGroups.flatMap(({ params }) => params));
    this.#record.add("dashboard", { loss, ...Object.fromEntries(rates), "gradient norm": norm });
    this.update();
  }
}

/**
 * A figure of a training run that is drawn while it goes on. In the loop, after `backward()`: `run.step(loss)`.
 */
export function dashboard(optimizer: OptimizerLike, options: DashboardOptions): Dashboard {
  return new Dashboard(optimizer, options);
}

function panels(record: Recording, options: DashboardOptions): Figure {
  const { xTitle = "step" } = options;
  const { loss, "gradient norm": norm, ...rates } = record.values as Record<string, Recorded | undefined>;
  const given: [title: string, curves: Record<string, Recorded | undefined>, scale: Scale][] = [
    ["loss", { loss }, "log"],
    ["learning rate", rates, "linear"],
    ["gradient norm", { norm }, "log"],
  ];
  const figures = given.map(([title, curves, yScale]) =>
    lines(drawable(curves, yScale), { alt: "", title, xTitle, yScale }),
  );
  return grid(figures, { ...options, columns: 3 });
}

function rateName(group: number, groups: number): string {
  return groups === 1 ? "learning rate" : `learning rate ${group}`;
}

/** The Euclidean norm of all gradients together. */
function gradientNorm(params: readonly { readonly grad: unknown }[]): number {
  let sum = 0;
  for (const { grad } of params) {
    if (!isTensor(grad)) continue;
    const values = grad.toArray();
    for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  }
  return Math.sqrt(sum);
}
