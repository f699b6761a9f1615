import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Figure } from "../../src/plot/index.js";

interface Problem {
  readonly msg: string;
}

/** Takes JSON of traces and layout. */
type Validate = (figure: string) => readonly Problem[] | undefined;

interface Page {
  readonly URL: { createObjectURL?: () => string };
  TextDecoder: unknown;
  eval(source: string): unknown;
}

/** The little of jsdom that is used here. */
interface Jsdom {
  readonly JSDOM: new (html: string, options: object) => { readonly window: Page };
  readonly VirtualConsole: new () => object;
}

const require = createRequire(import.meta.url);
let validate: Validate | undefined;

/** Of arguments in a list of lists, plotly says that it has set them to what they were. */
const NO_CHANGE = /\(set to '(.*)'\) got reset to '\1'/;

/** What plotly itself finds wrong with a figure, and with its first and its last frame put in place. */
export function problemsOf({ data, layout, frames = [] }: Figure): string[] {
  validate ??= load();
  const problems = validate;
  const states = [
    data,
    ...[...frames.slice(0, 1), ...frames.slice(-1)].map((frame) => replaced(data, frame)),
  ];
  return states.flatMap((traces) =>
    (problems(JSON.stringify([traces, layout])) ?? [])
      .map(({ msg }) => msg)
      .filter((message) => !NO_CHANGE.test(message)),
  );
}

function replaced(data: Figure["data"], frame: NonNullable<Figure["frames"]>[number]): unknown[] {
  const traces: unknown[] = [...data];
  for (const [k, position] of frame.traces.entries()) {
    traces[position] = { ...(traces[position] as object), ...frame.data[k] };
  }
  return traces;
}

/** Plotly wants a page, though nothing is drawn here. */
function load(): Validate {
  const { JSDOM, VirtualConsole } = require("jsdom") as Jsdom;
  const { window } = new JSDOM("", { runScripts: "outside-only", virtualConsole: new VirtualConsole() });
  window.URL.createObjectURL = () => "";
  window.TextDecoder = TextDecoder;
  window.eval(readFileSync(require.resolve("plotly.js-dist-min"), "utf8"));
  // Plotly knows the objects of its own page only.
  return window.eval("(figure) => Plotly.validate(...JSON.parse(figure))") as Validate;
}
