import { types } from "node:util";
import { escapeHtml } from "../../src/tensor/html.js";
import { checkBundle, displayMethod, inspectSafely, JUPYTER_DISPLAY } from "./mime-bundle.js";

interface Kind {
  readonly name: string;
  readonly mimeType: string;
  /** Mime types whose sources can stand in a source of this kind as they are. */
  readonly takes: readonly string[];
  /** Whether a backslash in the template is a character, as authors of formulas mean it. */
  readonly raw: boolean;
  /** Makes a text of one that has no meaning in the source; `before` is the source so far. */
  escape(text: string, before: string): string;
  /** What a front end is given, beside the text for who has text only. */
  bundle(source: string): Record<string, string>;
  plain(source: string): string;
}

const MARKDOWN_MEANING = /[\\`*_[\]<>#|~$&]/g;
const LATEX_MEANING: Readonly<Record<string, string>> = {
  "\\": "\\backslash ",
  "^": "\\wedge ",
  "~": "\\sim ",
};

const htmlKind: Kind = {
  name: "html",
  mimeType: "text/html",
  takes: ["text/html", "image/svg+xml"],
  raw: false,
  escape: escapeHtml,
  bundle: (source) => ({ "text/html": source }),
  plain: (source) => contentOf(source) || "(HTML without text)",
};

const svgKind: Kind = {
  name: "svg",
  mimeType: "image/svg+xml",
  takes: ["image/svg+xml"],
  raw: false,
  escape: escapeHtml,
  // As HTML it has the colours of the theme, and nbconvert shows all of it.
  bundle: (source) => ({ "image/svg+xml": source, "text/html": source }),
  plain: (source) => contentOf(source) || "(a drawing without text)",
};

const markdownKind: Kind = {
  name: "md",
  mimeType: "text/markdown",
  takes: ["text/markdown"],
  raw: true,
  escape: (text, before) =>
    isInCode(before)
      ? text.replaceAll("`", "ˋ")
      : text.replace(MARKDOWN_MEANING, (character) => `\\${character}`),
  bundle: (source) => ({ "text/markdown": source }),
  plain: (source) => source,
};

const latexKind: Kind = {
  name: "latex",
  mimeType: "text/latex",
  takes: ["text/latex"],
  raw: true,
  escape: (text) =>
    text
      .replace(/[\\^~]/g, (character) => LATEX_MEANING[character]!)
      .replace(/[#$%&_{}]/g, (character) => `\\${character}`),
  bundle: (source) => ({ "text/latex": asFormula(source) }),
  plain: (source) => source,
};

/** A piece of HTML, SVG, Markdown or LaTeX that shows itself, and that can stand in others of its kind. */
export class Fragment {
  readonly #kind: Kind;
  readonly source: string;

  constructor(kind: Kind, source: string) {
    this.#kind = kind;
    this.source = source;
  }

  toMimeBundle(): Record<string, string> {
    return { ...this.#kind.bundle(this.source), "text/plain": this.#kind.plain(this.source) };
  }

  /** The source in one of these mime types, undefined if it has another. */
  sourceIn(mimeTypes: readonly string[]): string | undefined {
    return mimeTypes.includes(this.#kind.mimeType) ? this.source : undefined;
  }

  toString(): string {
    return this.source;
  }
}

Object.defineProperty(Fragment.prototype, JUPYTER_DISPLAY, { value: Fragment.prototype.toMimeBundle });

/**
 * A tag for templates, in which values are shown as the text that they are, and fragments of the same kind as what
 * they are; called with a text, it takes all of that as source.
 */
export type Template = (source: string | TemplateStringsArray, ...values: unknown[]) => Fragment;

function template(kind: Kind): Template {
  return (source, ...values) => {
    if (typeof source === "string") return new Fragment(kind, source);
    if (!Array.isArray(source) || !Array.isArray((source as { raw?: unknown }).raw)) {
      throw new TypeError(
        `${kind.name}: write ${kind.name}\`…\`, or give it a text; got ${inspectSafely(source)}`,
      );
    }
    const pieces = kind.raw ? source.raw.map(unescapeTemplate) : source;
    let text = pieces[0]!;
    for (const [k, value] of values.entries()) text += embed(value, kind, text) + pieces[k + 1]!;
    return new Fragment(kind, text);
  };
}

export const html: Template = template(htmlKind);
export const svg: Template = template(svgKind);
export const md: Template = template(markdownKind);
export const latex: Template = template(latexKind);

function embed(value: unknown, kind: Kind, before: string): string {
  // So that `${condition && html`…`}` shows nothing when the condition does not hold.
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Fragment) return value.sourceIn(kind.takes) ?? kind.escape(value.source, before);
  if (Array.isArray(value)) return value.map((item) => embed(item, kind, before)).join("");
  if (typeof value === "string") return kind.escape(value, before);
  if (typeof value !== "object" && typeof value !== "function") return String(value);
  const method = displayMethod(value);
  if (method) {
    const bundle = method();
    if (types.isPromise(bundle)) {
      throw new TypeError(
        `${kind.name}: the value shows itself asynchronously, which a template cannot wait for`,
      );
    }
    const { data } = checkBundle(bundle);
    const type = kind.takes.find((mimeType) => typeof data[mimeType] === "string");
    if (type !== undefined) return data[type] as string;
    if (typeof data["text/plain"] === "string") return kind.escape(data["text/plain"], before);
  }
  return kind.escape(inspectSafely(value), before);
}

/** A template as it was written, but for what has to be written so in any template. */
function unescapeTemplate(raw: string): string {
  return raw.replace(/\\([`$])/g, "$1");
}

/** Whether the text ends inside a code span or block. */
function isInCode(before: string): boolean {
  return (before.match(/(?<!\\)`+/g) ?? []).length % 2 === 1;
}

/** LaTeX with the signs around it by which front ends know a formula. */
function asFormula(source: string): string {
  return /\$|\\\(|\\\[/.test(source) ? source : `$$\n${source}\n$$`;
}

/** The text of HTML or SVG without its tags. */
function contentOf(source: string): string {
  return source
    .replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(
      /&(amp|lt|gt|quot|nbsp);/g,
      (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " })[name as "amp"],
    )
    .replace(/\s+/g, " ")
    .trim();
}
