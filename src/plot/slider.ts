import { Figure, type FigureOptions } from "./figure.js";
import { withSlider } from "./frames.js";
import { numberText } from "./text.js";
import { describe } from "./values.js";

export interface SliderOptions extends FigureOptions {
  /** What the slider changes: "momentum". */
  label?: string;
  /** The value that is chosen at first. Default: the first. */
  start?: number | string;
}

/**
 * A figure with a slider over the values of a hyper-parameter. `make` draws the figure for one value; all are computed
 * now and kept in the figure, so that the slider works where no kernel runs.
 *
 * @throws when there is no value, `make` fails, or its figures do not have the same traces
 */
export function slider<Value extends number | string>(
  values: readonly Value[],
  make: (value: Value) => Figure,
  options: SliderOptions,
): Figure {
  if (values.length === 0) throw new RangeError("slider: there is nothing to draw: no value was given");
  const { label = "", start = values[0] } = options;
  const chosen = values.indexOf(start as Value);
  if (chosen < 0) throw new RangeError(`slider: start is ${start}, but the values are ${values.join(", ")}`);
  const figures = values.map((value) => figureFor(make, value));
  const kinds = figures.map(({ data }) => data.map(({ type, name }) => `${type} ${name}`).join(", "));
  const odd = kinds.findIndex((kind) => kind !== kinds[0]);
  if (odd >= 0) {
    throw new RangeError(
      `slider: the figure has other traces for ${values[odd]} (${kinds[odd]}) than for ${values[0]} (${kinds[0]})`,
    );
  }
  const states = figures.map(({ data }, k) => ({ label: textOf(values[k]), data }));
  const notes = figures.flatMap(({ layout }, k) => {
    const { notes: own = [] } = layout.meta as { readonly notes?: readonly string[] };
    return own.map((note) => `At ${textOf(values[k])}: ${note}`);
  });
  const { alt, title, height } = options;
  const given = { alt, title, ...(height === undefined ? {} : { height }) };
  return withSlider(figures[chosen], states, { label, chosen, playing: false }, given, notes);
}

function figureFor<Value>(make: (value: Value) => Figure, value: Value): Figure {
  let figure: unknown;
  try {
    figure = make(value);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`slider: drawing the figure for ${value} failed: ${message}`, { cause: error });
  }
  if (figure instanceof Figure && figure.frames === undefined) return figure;
  throw new TypeError(
    `slider: expected a figure without a slider for ${value}, got ${figure instanceof Figure ? "one with" : describe(figure)}`,
  );
}

function textOf(value: number | string): string {
  return typeof value === "number" ? numberText(value, 6) : value;
}
