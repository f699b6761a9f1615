import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { replaceFormulas } from "../../notebook/formulas.js";
import { type Cell, joined, type Notebook, readNotebook } from "../../notebook/notebook.js";
import { isObject } from "../compare/json.js";
import { escaped } from "../settings.js";
import type { Finding } from "./problem.js";

/** How the terms of a field are said in one language: `glossary.zh.json` beside the translated notebooks. */
interface Glossary {
  /** Terms of the source language, and one or more words of which one has to be in the translation. */
  readonly terms: Readonly<Record<string, string | readonly string[]>>;
  /** Words that must not be in a translation, and what is right. */
  readonly avoid: Readonly<Record<string, string>>;
}

/** What a translated notebook says of itself in its metadata: `i18n: { language: "zh", source: "../12-adam.ipynb" }`. */
interface Origin {
  readonly language: string;
  readonly source: string;
}

/**
 * A translation that is not the same notebook as its source: other cells, other code, other formulas, other terms than
 * the glossary's. Only prose may differ. Nothing is asked of a notebook that is no translation.
 */
export function translation(notebook: Notebook, file: string): Finding[] {
  const origin = originOf(notebook);
  if (origin === undefined) return [];
  const source = resolve(dirname(file), origin.source);
  if (!existsSync(source)) return [{ message: `i18n.source: there is no ${origin.source}` }];
  const original = readNotebook(source);
  const misplaced = otherCells(notebook, original, origin.source);
  if (misplaced.length > 0) return misplaced;
  const glossary = readGlossary(join(dirname(file), `glossary.${origin.language}.json`));
  return notebook.cells.flatMap((cell, index) => {
    const from = original.cells[index]!;
    const messages =
      cell.cell_type === "markdown"
        ? [...otherFormulas(cell, from), ...otherTerms(cell, from, glossary)]
        : otherCode(cell, from);
    return messages.map((message) => ({ cell: index, message }));
  });
}

/** Translated cells whose source has changed since, or that do not say of which text they are the translation. */
export function staleTranslation(notebook: Notebook, file: string): Finding[] {
  const origin = originOf(notebook);
  if (origin === undefined) return [];
  const source = resolve(dirname(file), origin.source);
  if (!existsSync(source)) return [];
  const originals = new Map(readNotebook(source).cells.map((cell) => [cell.id, cell]));
  return notebook.cells.flatMap((cell, index): Finding[] => {
    const from = cell.id === undefined ? undefined : originals.get(cell.id);
    if (cell.cell_type !== "markdown" || from === undefined) return [];
    const digest = textDigest(joined(from.source));
    const said = isObject(cell.metadata.i18n) ? cell.metadata.i18n.source : undefined;
    if (said === digest) return [];
    const what =
      said === undefined ? "the cell does not say what it translates" : "the source has changed since";
    return [
      { cell: index, message: `${what}: once it is right, set its metadata.i18n.source to "${digest}"` },
    ];
  });
}

/** Names the text of a cell that a translation was made from. */
export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function otherCells(notebook: Notebook, original: Notebook, source: string): Finding[] {
  const ids = original.cells.map(({ id }) => id);
  const own = notebook.cells.map(({ id }) => id);
  const unpaired = own.flatMap((id, index): Finding[] =>
    id !== undefined && ids.includes(id)
      ? []
      : [{ cell: index, message: `${source} has no cell with the id ${id}` }],
  );
  const missing = ids
    .filter((id) => !own.includes(id))
    .map((id): Finding => ({ message: `the cell ${id} of ${source} is missing` }));
  if (unpaired.length > 0 || missing.length > 0) return [...unpaired, ...missing];
  const at = own.findIndex((id, i) => id !== ids[i]);
  if (at < 0) return [];
  return [{ cell: at, message: `the cell ${own[at]} stands where ${source} has ${ids[at]}` }];
}

function otherCode(cell: Cell, from: Cell): string[] {
  return cell.cell_type === from.cell_type && joined(cell.source) === joined(from.source)
    ? []
    : ["the code is not that of the source, to the letter"];
}

function otherFormulas(cell: Cell, from: Cell): string[] {
  const [own, theirs] = [cell, from].map(({ source }) => formulasOf(joined(source)));
  const missing = theirs!.filter((formula) => !own!.includes(formula));
  const added = own!.filter((formula) => !theirs!.includes(formula));
  return [
    ...missing.map((formula) => `the formula $${formula}$ of the source is missing`),
    ...added.map((formula) => `the formula $${formula}$ is not in the source`),
  ];
}

/** The formulas of a text, without regard to space; words in them are translated. */
function formulasOf(text: string): string[] {
  const formulas: string[] = [];
  replaceFormulas(text, (tex) => {
    formulas.push(
      tex
        .replace(/\\text(?:rm|bf|it)?\{[^}]*\}/g, "\\text{…}")
        .replace(/\s+/g, " ")
        .trim(),
    );
    return "";
  });
  return formulas;
}

function otherTerms(cell: Cell, from: Cell, { terms, avoid }: Glossary): string[] {
  const [own, theirs] = [cell, from].map(({ source }) => prose(joined(source)));
  const missing = Object.entries(terms).flatMap(([term, words]) => {
    const allowed = typeof words === "string" ? [words] : words;
    const said = new RegExp(
      String.raw`(?<![\p{L}\p{N}])${escaped(term).replaceAll(" ", "\\s+")}s?(?![\p{L}\p{N}])`,
      "iu",
    ).test(theirs!);
    if (!said || allowed.some((word) => own!.includes(word))) return [];
    return [`“${term}” is ${allowed.join(" or ")} in the glossary; the translation has no such word`];
  });
  const wrong = Object.entries(avoid).flatMap(([word, right]) =>
    own!.includes(word) ? [`“${word}”: the glossary says ${right}`] : [],
  );
  return [...missing, ...wrong];
}

/** A Markdown text without code and formulas, whose words are not translated. */
function prose(markdown: string): string {
  return replaceFormulas(markdown, () => " ").replace(/^```[\s\S]*?^```|`+[^`]+`+|\]\([^)]*\)/gm, " ");
}

function readGlossary(file: string): Glossary {
  if (!existsSync(file)) return { terms: {}, avoid: {} };
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  const { terms = {}, avoid = {} } = isObject(content) ? content : {};
  const isWord = (value: unknown) => typeof value === "string" && value !== "";
  const isWords = (value: unknown) => isWord(value) || (Array.isArray(value) && value.every(isWord));
  if (
    !isObject(content) ||
    !isObject(terms) ||
    !isObject(avoid) ||
    !Object.values(terms).every(isWords) ||
    !Object.values(avoid).every(isWord)
  ) {
    throw new Error(`${file}: expected { "terms": { "momentum": "动量" }, "avoid": { "wrong": "right" } }`);
  }
  return { terms, avoid } as unknown as Glossary;
}

function originOf({ metadata }: Notebook): Origin | undefined {
  const { i18n } = metadata;
  return isObject(i18n) && typeof i18n.source === "string" && typeof i18n.language === "string"
    ? { language: i18n.language, source: i18n.source }
    : undefined;
}
