import { Displays, type Publish } from "./displays.js";
import { Progress } from "./progress.js";
import { html, latex, md, svg } from "./templates.js";
import { trackWith } from "./track.js";

// A cell may replace it.
const { now } = performance;

/** What every cell has without an import in order to show things. */
export function displayGlobals(publish: Publish, execution: () => number): Record<string, unknown> {
  const displays = new Displays(publish, execution);
  const progress = new Progress(publish, execution, () => Reflect.apply(now, performance, []));
  return {
    display: displays.display,
    updateDisplay: displays.update,
    track: trackWith(progress),
    html,
    md,
    svg,
    latex,
  };
}

/** The types of these names, for the user to read when completing and inspecting. */
export const displayDeclarations: string = `
  /** What is shown under an id, and can be changed. */
  interface DisplayHandle {
    readonly id: string;
    /** Shows another value in the same place. */
    update(value: unknown): void;
  }
  /** Shows a value, as the last expression of a cell is shown. */
  function display(value: unknown): void;
  /** Shows a value under an id by which it can be updated, from later cells too. */
  function display(value: unknown, options: { id: string }): DisplayHandle;
  /** Shows another value wherever \`display\` was called with this id. */
  function updateDisplay(value: unknown, options: { id: string }): void;

  interface TrackOptions {
    /** What is being done, in a word or two. */
    label?: string;
    /** How many items there are, where the items do not know it themselves. */
    total?: number;
  }
  /** Goes through items like the loop that it is in, and shows how far that has come: \`for (const x of track(xs))\`. */
  function track(steps: number, options?: TrackOptions): Generator<number>;
  function track<T>(items: Iterable<T>, options?: TrackOptions): Generator<T>;
  function track<T>(items: AsyncIterable<T>, options?: TrackOptions): AsyncGenerator<T>;

  /** A piece of HTML, SVG, Markdown or LaTeX that shows itself, and that can stand in others of its kind. */
  interface Fragment {
    readonly source: string;
  }
  /** HTML: \`html\\\`<b>\${text}</b>\\\`\`. Values are shown as text; fragments, and what shows itself as HTML, as it is. */
  function html(source: string | TemplateStringsArray, ...values: unknown[]): Fragment;
  /** Markdown, with formulas between dollar signs: \`md\\\`**\${text}**\\\`\`. Values are shown as text. */
  function md(source: string | TemplateStringsArray, ...values: unknown[]): Fragment;
  /** An SVG drawing: \`svg\\\`<svg …>\${text}</svg>\\\`\`. Values are shown as text. */
  function svg(source: string | TemplateStringsArray, ...values: unknown[]): Fragment;
  /** A formula: \`latex\\\`\\\\frac{1}{\${n}}\\\`\`. Values are shown as text. */
  function latex(source: string | TemplateStringsArray, ...values: unknown[]): Fragment;
`;
