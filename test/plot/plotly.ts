import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Figure } from "../../src/plot/index.js";

interface Problem {
  readonly msg: string;
}

interface Plotly {
  validate(data: unknown, layout: unknown): readonly Problem[] | undefined;
}

interface Page {
  readonly URL: { createObjectURL?: () => string };
  TextDecoder: unknown;
  readonly Plotly: Plotly;
  eval(source: string): void;
}

/** The little of jsdom that is used here. */
interface Jsdom {
  readonly JSDOM: new (html: string, options: object) => { readonly window: Page };
  readonly VirtualConsole: new () => object;
}

const require = createRequire(import.meta.url);
let plotly: Plotly | undefined;

/** What plotly itself finds wrong with a figure, and with each of its frames put in place. */
export function problemsOf({ data, layout, frames = [] }: Figure): string[] {
  plotly ??= load();
  const states = [data, ...frames.map((frame) => replaced(data, frame))].map(decoded);
  return states.flatMap((traces) => (plotly?.validate(traces, layout) ?? []).map(({ msg }) => msg));
}

function replaced(data: Figure["data"], frame: NonNullable<Figure["frames"]>[number]): unknown[] {
  const traces: unknown[] = [...data];
  for (const [k, position] of frame.traces.entries()) {
    traces[position] = { ...(traces[position] as object), ...frame.data[k] };
  }
  return traces;
}

/** Plotly draws grids of bytes, but takes them for mistakes when it validates. */
function decoded(traces: readonly unknown[]): unknown[] {
  return traces.map((trace) => {
    const { z } = trace as { readonly z?: { readonly bdata?: string; readonly shape?: string } };
    if (z?.bdata === undefined || z.shape === undefined) return trace;
    const [height, width] = z.shape.split(", ").map(Number);
    const bytes = [...Buffer.from(z.bdata, "base64")];
    const rows = Array.from({ length: height }, (_, k) => bytes.slice(k * width, (k + 1) * width));
    return { ...(trace as object), z: rows };
  });
}

/** Plotly wants a page, though nothing is drawn here. */
function load(): Plotly {
  const { JSDOM, VirtualConsole } = require("jsdom") as Jsdom;
  const { window } = new JSDOM("", { runScripts: "outside-only", virtualConsole: new VirtualConsole() });
  window.URL.createObjectURL = () => "";
  window.TextDecoder = TextDecoder;
  window.eval(readFileSync(require.resolve("plotly.js-dist-min"), "utf8"));
  return window.Plotly;
}
