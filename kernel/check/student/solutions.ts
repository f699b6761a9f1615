/** How a language says that something is still to be done, and what such an error contains. */
export interface Stub {
  readonly comment: string;
  readonly statement: string;
}

/** What the error of a stub contains, in every language. */
export const UNSOLVED = "not yet solved";

const script: Stub = { comment: "//", statement: `throw new Error("${UNSOLVED}");` };

/** By the names that kernels give their languages. */
const stubs: Readonly<Record<string, Stub>> = {
  typescript: script,
  javascript: script,
  python: { comment: "#", statement: `raise NotImplementedError("${UNSOLVED}")` },
  r: { comment: "#", statement: `stop("${UNSOLVED}")` },
  julia: { comment: "#", statement: `error("${UNSOLVED}")` },
};

/** @throws Error If nothing is known of the language; naming those of which something is. */
export function stubOf(language: string): Stub {
  const stub = stubs[language.toLowerCase()];
  if (stub === undefined) {
    throw new Error(
      `there is no stub for the language ${language}; there are ${Object.keys(stubs).join(", ")}`,
    );
  }
  return stub;
}

/** A marker stands alone on its line, in whatever the language or Markdown takes for a comment. */
const marker = /^(\s*)(?:\/\/+|#+|--|\/\*|<!--|%+|)\s*(BEGIN|END) (SOLUTION|HIDDEN TESTS?)\b[^\n]*$/;

/** A marker that would be overlooked: its solution would go out to the students. */
const almostMarker = /\b(?:BEGIN|END)[ _-]*(?:SOLUTION|HIDDEN[ _-]*TEST)S?\b/;

export interface Stripped {
  readonly source: string;
  /** How many solutions were replaced. */
  readonly solutions: number;
  /** Whether a stub stands outside of any function or class, so that the cell cannot run through. */
  readonly topLevel: boolean;
}

/**
 * A cell's source without what stands between `BEGIN SOLUTION` and `END SOLUTION`, for which a stub stands, and between
 * `BEGIN HIDDEN TESTS` and `END HIDDEN TESTS`, for which nothing stands. The markers are nbgrader's.
 * @param replacement The lines that stand for a solution, without indentation.
 * @throws Error If a marker has no partner or is not alone on its line; naming the line.
 */
export function stripSolutions(source: string, replacement: readonly string[]): Stripped {
  const kept: string[] = [];
  let solutions = 0;
  let topLevel = false;
  let open: { readonly kind: string; readonly line: number } | undefined;
  for (const [index, line] of source.split("\n").entries()) {
    const [, indentation = "", side, kind] = marker.exec(line) ?? [];
    const place = `line ${index + 1}`;
    if (side === "BEGIN") {
      if (open !== undefined)
        throw new Error(`${place}: BEGIN ${kind} within ${open.kind} of line ${open.line}`);
      open = { kind: kind!, line: index + 1 };
      if (kind === "SOLUTION") {
        kept.push(...replacement.map((text) => indentation + text));
        solutions++;
        topLevel ||= indentation === "";
      }
    } else if (side === "END") {
      if (open?.kind !== kind) {
        throw new Error(`${place}: END ${kind} without a BEGIN ${kind} before it`);
      }
      open = undefined;
    } else if (almostMarker.test(line)) {
      throw new Error(
        `${place}, ${line.trim()}: a marker is a comment alone on its line, such as // BEGIN SOLUTION`,
      );
    } else if (open === undefined) {
      kept.push(line);
    }
  }
  if (open !== undefined)
    throw new Error(`line ${open.line}: BEGIN ${open.kind} without an END ${open.kind} after it`);
  return { source: kept.join("\n").trimEnd(), solutions, topLevel };
}

/** The lines of a source that stand between the markers. */
export function solutionLines(source: string): string[] {
  let inside = false;
  return source.split("\n").filter((line) => {
    const side = marker.exec(line)?.[2];
    if (side !== undefined) inside = side === "BEGIN";
    return inside && side === undefined;
  });
}

/** The line, from 1, of the first marker in a source. */
export function markerLine(source: string): number | undefined {
  const index = source.split("\n").findIndex((line) => marker.test(line));
  return index < 0 ? undefined : index + 1;
}
