import { nearest } from "../../src/optim/nearest.js";
import { type Cell, joined, type Notebook } from "../notebook/notebook.js";
import { errorPattern, readSettings, type Settings } from "./settings.js";
import { type CompareOptions, defaultCompareOptions } from "./types.js";

/** What is to be done with a cell. */
export interface Directives extends CompareOptions {
  /** Why the cell is not run; nothing if it is. */
  readonly skip?: string;
  /** Whether an error of the cell is no failure. */
  readonly raises: boolean;
  /** What the error has to contain: a text, or a regular expression between slashes. */
  readonly expectedError?: string;
  /** Whether the cell fails if it raises no error. */
  readonly mustRaise: boolean;
  /** Whether the fresh outputs have to be the saved ones. */
  readonly checkOutput: boolean;
  /** Seconds that the cell may take; nothing if that is not said. */
  readonly timeout?: number;
  /** Whether the cell is run only where the environment variable CI is set. */
  readonly onlyInCi: boolean;
  /** What the cell is called in a report. */
  readonly name?: string;
}

/** Tags that say what is done with a cell: those of Jupyter, nbclient, nbmake, nbval, MyST and Jupyter Book. */
const tags: Readonly<Record<string, Settings>> = {
  "raises-exception": { raises: true },
  "nbval-raises-exception": { raises: true },
  "skip-execution": { skip: "tagged skip-execution" },
  "nbval-skip": { skip: "tagged nbval-skip" },
  "nbval-ignore-output": { output: "ignore" },
  "remove-output": { output: "ignore" },
  "nbval-check-output": { output: "check" },
  "only-in-ci": { onlyInCi: true },
};

/** nbval's comments, also in their old form. */
const markers: Readonly<Record<string, Settings>> = {
  NBVAL_SKIP: { skip: "marked NBVAL_SKIP" },
  NBVAL_IGNORE_OUTPUT: { output: "ignore" },
  PYTEST_VALIDATE_IGNORE_OUTPUT: { output: "ignore" },
  NBVAL_CHECK_OUTPUT: { output: "check" },
  NBVAL_RAISES_EXCEPTION: { raises: true },
};

/**
 * What is to be done with a cell, from the narrowest place that says it: comments in the cell, its metadata
 * (`optimlab.check`), its tags, the notebook's metadata, the project's settings. What outputs `ignore` adds up.
 *
 * Comments are those of nbval (`// NBVAL_SKIP`) and `// check: rtol=1e-3 timeout=5s raises="no number"`; in Python `#`.
 *
 * @throws Error If one of them has a name that is unknown, or a value that is none; naming the place and what is allowed.
 */
export function cellDirectives(
  cell: Cell,
  notebookMetadata: Notebook["metadata"],
  project: Settings = {},
): Directives {
  const sources = [
    project,
    ...notebookSettings(notebookMetadata),
    ...tagSettings(cell.metadata.tags ?? []),
    readSettings(checkMember(cell.metadata), "the cell's metadata: optimlab.check", "cell"),
    ...commentSettings(joined(cell.source)),
  ];
  const said: Settings = Object.assign({}, ...sources);
  const { raises = false, mayRaise, output = "check", onlyInCi = false, lint: _, ...settings } = said;
  const expectedError = typeof raises === "string" ? raises : mayRaise;
  return {
    ...defaultCompareOptions,
    ...settings,
    ignore: sources.flatMap(({ ignore = [] }) => ignore),
    raises: raises !== false || mayRaise !== undefined,
    ...(expectedError === undefined ? {} : { expectedError }),
    mustRaise: typeof raises === "string",
    checkOutput: output === "check",
    onlyInCi,
  };
}

/** How bad it is to break each rule of `lintNotebook`, as far as the project or the notebook says so. */
export function lintLevels(
  notebookMetadata: Notebook["metadata"],
  project: Settings = {},
): NonNullable<Settings["lint"]> {
  const [, notebook] = notebookSettings(notebookMetadata);
  return { ...project.lint, ...notebook!.lint };
}

/** Why a cell has failed by the error that it raised, or did not raise; nothing if it did as it was told. */
export function errorFailure(
  { raises, expectedError, mustRaise }: Pick<Directives, "raises" | "expectedError" | "mustRaise">,
  error: { readonly ename: string; readonly evalue: string } | undefined,
): string | undefined {
  if (error === undefined) {
    return mustRaise ? `it has to raise an error with “${expectedError}”, and raised none` : undefined;
  }
  const text = `${error.ename}: ${error.evalue}`;
  if (!raises) return text;
  if (expectedError === undefined || errorPattern(expectedError)?.test(text)) return undefined;
  return `it may raise an error with “${expectedError}”, and raised ${text}`;
}

/** Settings for all cells of a notebook: ours, and what nbmake and jupyter-cache read. */
function notebookSettings(metadata: Notebook["metadata"]): Settings[] {
  const { timeout, allow_errors: raises } = (metadata.execution ?? {}) as Record<string, unknown>;
  // nbclient waits without end where the timeout is -1 or null.
  const execution = {
    ...(typeof timeout === "number" && timeout > 0 ? { timeout } : {}),
    ...(typeof raises === "boolean" ? { raises } : {}),
  };
  return [execution, readSettings(checkMember(metadata), "the notebook's metadata: optimlab.check", "wide")];
}

function checkMember(metadata: Readonly<Record<string, unknown>>): unknown {
  return (metadata.optimlab as { check?: unknown } | undefined)?.check;
}

function tagSettings(cellTags: readonly string[]): Settings[] {
  // What other tools would silently take for a tag of the user's own is most likely a slip.
  const slip = (tag: string) => tag.toLowerCase().replaceAll(/[-_s]/g, "");
  const known = new Map(Object.keys(tags).map((tag) => [slip(tag), tag]));
  return cellTags.flatMap((tag) => {
    const settings = tags[tag.replaceAll("_", "-")];
    if (settings !== undefined) return [settings];
    const meant = known.get(slip(tag));
    if (meant !== undefined) throw new Error(`the tag ${tag} means nothing; did you mean "${meant}"?`);
    if (/^nbval[-_]/i.test(tag)) {
      const ofNbval = Object.keys(tags).filter((name) => name.startsWith("nbval-"));
      throw new Error(`there is no tag ${tag}${nearest(tag, ofNbval)}; there are ${ofNbval.join(", ")}`);
    }
    return [];
  });
}

const comment = /^\s*(?:\/\/|#|--)\s*(?:((?:NBVAL|PYTEST_VALIDATE)_\w+)\b(.*)|check:(.*))$/;

function commentSettings(source: string): Settings[] {
  return source.split("\n").flatMap((line, index) => {
    const [, marker, rest, words] = comment.exec(line) ?? [];
    const where = `line ${index + 1}, ${line.trim()}`;
    if (marker === "NBVAL_TEST_NAME")
      return [readSettings({ name: rest!.replace(/^\s*[:=]?/, "").trim() }, where, "cell")];
    if (marker !== undefined) {
      const settings = markers[marker];
      if (settings === undefined) {
        const known = [...Object.keys(markers), "NBVAL_TEST_NAME"];
        throw new Error(
          `${where}: there is no ${marker}${nearest(marker, known)}; there are ${known.join(", ")}`,
        );
      }
      return [settings];
    }
    return words === undefined ? [] : [readSettings(wordSettings(words), where, "cell")];
  });
}

/** Words that stand alone in `// check: …`. */
const flags: Readonly<Record<string, Settings>> = {
  skip: { skip: "marked check: skip" },
  raises: { raises: true },
  exact: { exact: true },
  "only-in-ci": { onlyInCi: true },
  "ignore-output": { output: "ignore" },
  "check-output": { output: "check" },
};

/**
 * The settings in `rtol=1e-3 raises="no number" only-in-ci`; names may be in camelCase or with dashes.
 * What is neither a flag nor `name=value` throughout is prose that happens to begin with “check:”.
 */
function wordSettings(text: string): Record<string, unknown> {
  const words = [...text.matchAll(/([\w-]+)=(?!=)(?:"([^"]*)"|(\S*))|(\S+)/g)];
  const isPlain = ([, name, , , word]: RegExpMatchArray) =>
    name === undefined && !Object.hasOwn(flags, word!) && nearest(word!, Object.keys(flags)) === "";
  if (words.some(isPlain) && !words.some(([, name]) => name !== undefined)) return {};
  return Object.assign(
    {},
    ...words.map(([, name, quoted, bare, word]) => {
      if (name === undefined) return flags[word!] ?? { [word!]: true };
      return { [name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]: quoted ?? bare };
    }),
  );
}
