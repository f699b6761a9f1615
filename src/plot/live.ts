import type { Figure, FigureOptions } from "./figure.js";
import { type AxesOptions, lines } from "./lines.js";
import { drawable, type Recorded, Recording, type StepValues } from "./recording.js";

/** Shows what `draw` gives, now and, though not more often than the eye can follow, whenever it has changed. */
type LiveHost = (draw: () => Figure) => { changed(): void };

/** Where a kernel that can show figures which change says how. */
const HOST = Symbol.for("optimlab.live");

/**
 * A figure that is drawn again while a loop runs. It appears at the first update, and what is drawn at the end of the
 * cell stays in the notebook. Where no notebook shows it, nothing is drawn until it is asked for.
 */
export class LiveFigure {
  readonly #draw: () => Figure;
  #view: { changed(): void } | undefined;

  /** @param draw gives the figure as it is at the time */
  constructor(draw: () => Figure) {
    this.#draw = draw;
  }

  /** Tells that there is something new to draw. */
  update(): void {
    if (this.#view) this.#view.changed();
    else this.#view = (globalThis as { [HOST]?: LiveHost })[HOST]?.(this.#draw);
  }

  /** The figure as it is now, which does not change any more. */
  get figure(): Figure {
    return this.#draw();
  }

  /** Whether a notebook shows it. */
  get isShown(): boolean {
    return this.#view !== undefined;
  }
}

// As the last value of a cell it is on the page already.
Object.defineProperty(LiveFigure.prototype, Symbol.for("Jupyter.display"), {
  value(this: LiveFigure): unknown {
    return this.isShown ? {} : { "text/plain": "A live figure without values yet" };
  },
});

export interface LiveOptions extends FigureOptions, AxesOptions {
  /** What is counted on the horizontal axis, from 1. Default "step". */
  xTitle?: string;
  /** Default "log". */
  yScale?: AxesOptions["yScale"];
}

/** Curves to which a training loop adds. */
export class LiveCurves extends LiveFigure {
  /** All values so far, by name, and the steps at which they were added, from 1. */
  readonly values: Readonly<Record<string, Recorded>>;
  readonly #record: Recording;

  constructor(options: LiveOptions) {
    const { xTitle = "step", yScale = "log" } = options;
    const record = new Recording();
    super(() => lines(drawable(record.values, yScale), { ...options, xTitle, yScale }));
    this.#record = record;
    this.values = record.values;
  }

  /**
   * Adds the values of one step. A name may be left out of a step, as that of a validation loss.
   * @throws TypeError when something is not a number
   */
  add(values: StepValues): void {
    this.#record.add("live", values);
    this.update();
  }
}

/**
 * A figure that changes while a loop runs. Of options it makes curves, to which each step adds: `fig.add({ loss })`.
 * Of a function that draws any figure it makes one that is drawn anew after `fig.update()`.
 */
export function live(options: LiveOptions): LiveCurves;
export function live(draw: () => Figure): LiveFigure;
export function live(given: LiveOptions | (() => Figure)): LiveFigure {
  return typeof given === "function" ? new LiveFigure(given) : new LiveCurves(given);
}
