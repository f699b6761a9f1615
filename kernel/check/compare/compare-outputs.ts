import { diffArrays } from "diff";
import { type DisplayOutput, joined, type Output } from "../../notebook/notebook.js";
import type { CompareOptions, Difference } from "../types.js";
import { compareHtml } from "./html.js";
import { compareImage } from "./image.js";
import { compareJson } from "./json.js";
import { comparePlotly } from "./plotly.js";
import { compareSvg } from "./svg.js";
import { compareText, type Finding, shorten } from "./text.js";

const plotly = "application/vnd.plotly.v1+json";

/** An output in one or more forms by mime type; streams and errors have names instead. */
interface Part {
  readonly index: number;
  readonly forms: Readonly<Record<string, unknown>>;
}

/**
 * In what the fresh outputs of a cell differ from the saved ones.
 *
 * What a cell printed is joined for each stream, however it came in pieces. Displays, results and errors are compared in
 * their order, each by its mime types: texts number by number, figures trace by trace, images as an eye sees them, HTML
 * by its text, errors by name and message.
 */
export function compareOutputs(
  saved: readonly Output[],
  fresh: readonly Output[],
  options: CompareOptions,
): Difference[] {
  const [before, after] = [saved, fresh].map((outputs) => parts(outputs, options.ignoreTypes));
  const kinds = (part: Part) => Object.keys(part.forms).sort().join(" ");
  const differences: Difference[] = [];
  let gone: Part[] = [];
  let at = 0;
  const flush = (added: readonly Part[]) => {
    for (let i = 0; i < Math.max(gone.length, added.length); i++) {
      differences.push(...compareParts(gone[i], added[i], options));
    }
    gone = [];
  };
  for (const { value, added, removed } of diffArrays(before!, after!, {
    comparator: (a, b) => kinds(a) === kinds(b),
  })) {
    if (removed) {
      gone = value;
      at += value.length;
    } else if (added) {
      flush(value);
    } else {
      flush([]);
      for (const part of value) differences.push(...compareParts(before![at++], part, options));
    }
  }
  flush([]);
  return differences.sort((a, b) => a.output - b.output);
}

function compareParts(
  saved: Part | undefined,
  fresh: Part | undefined,
  options: CompareOptions,
): Difference[] {
  const output = (saved ?? fresh)!.index;
  const drawn = [saved, fresh].every((part) => part !== undefined && Object.hasOwn(part.forms, plotly));
  const types = [...new Set([...Object.keys(saved?.forms ?? {}), ...Object.keys(fresh?.forms ?? {})])].filter(
    // A picture of a figure, for those who cannot draw it, says no more than the figure does.
    (mime) => !(drawn && mime.startsWith("image/")),
  );
  return types.flatMap((mime): Difference[] => {
    const [before, after] = [saved?.forms[mime], fresh?.forms[mime]];
    if (before !== undefined && after !== undefined) {
      const found = compareForm(mime, before, after, options);
      return found === undefined ? [] : [{ output, mime, ...found }];
    }
    const what = `${before === undefined ? "+" : "-"} ${preview(mime, before === undefined ? after : before)}`;
    const message =
      saved === undefined
        ? "an output that is not among the saved ones"
        : fresh === undefined
          ? "the saved output did not come"
          : before === undefined
            ? "the output has this form only now"
            : "the output has this form no more";
    return [{ output, mime, message, lines: [what] }];
  });
}

function compareForm(
  mime: string,
  saved: unknown,
  fresh: unknown,
  options: CompareOptions,
): Finding | undefined {
  if (mime === plotly) return comparePlotly(saved, fresh, options);
  if (/[/+]json$/.test(mime)) return compareJson(saved, fresh, options);
  const [before, after] = [text(saved), text(fresh)];
  if (before === undefined || after === undefined) return compareJson(saved, fresh, options);
  if (mime === "image/svg+xml") return compareSvg(before, after, options);
  if (mime.startsWith("image/")) return compareImage(before, after, options);
  if (mime === "text/html") return compareHtml(before, after, options);
  // Markdown, LaTeX and program text are texts with numbers in them.
  return compareText(before, after, options);
}

function parts(outputs: readonly Output[], ignored: readonly string[]): Part[] {
  const streams = new Map<string, { index: number; text: string }>();
  const found: Part[] = [];
  for (const [index, output] of outputs.entries()) {
    if (output.output_type === "stream") {
      const stream = streams.get(output.name) ?? { index, text: "" };
      stream.text += joined(output.text);
      streams.set(output.name, stream);
    } else {
      found.push({ index, forms: formsOf(output) });
    }
  }
  const printed = [...streams]
    .filter(([, { text }]) => text.trim() !== "")
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([name, { index, text }]) => ({ index, forms: { [name]: text } }));
  return [...printed, ...found].flatMap(({ index, forms }) => {
    const kept = Object.entries(forms).filter(([mime]) => !ignored.includes(mime));
    return kept.length === 0 ? [] : [{ index, forms: Object.fromEntries(kept) }];
  });
}

function formsOf(output: Exclude<Output, { output_type: "stream" }>): DisplayOutput["data"] {
  if (output.output_type !== "error") return output.data;
  // The traceback names lines and files of the kernel, which are not the notebook's matter.
  return { error: `${output.ename}: ${output.evalue}` };
}

/** Text as notebooks hold it, whole or in lines; `undefined` for everything else. */
function text(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((line) => typeof line === "string") ? value.join("") : undefined;
}

function preview(mime: string, value: unknown): string {
  if (mime.startsWith("image/") && mime !== "image/svg+xml") return `an image of type ${mime}`;
  const whole = text(value) ?? JSON.stringify(value);
  const [first = "", ...rest] = whole.trimEnd().split("\n");
  return `${shorten(first, 0)}${rest.length > 0 ? ` … (${rest.length + 1} lines)` : ""}`;
}
