import type { Notebook } from "../../notebook/notebook.js";
import { altText } from "./alt-text.js";
import { emptyOutputs, executionOrder } from "./execution.js";
import { links } from "./links.js";
import { type Finding, type Level, levels, type RuleName } from "./problem.js";
import { leakedSolutions } from "./solutions.js";
import { staleTranslation, translation } from "./translation.js";

export interface Problem extends Finding {
  readonly rule: RuleName;
  readonly level: "error" | "warning";
}

/** Each looks for one kind of mistake. `file` is the notebook's path: what it refers to lies beside it. */
const rules: Readonly<Record<RuleName, (notebook: Notebook, file: string) => Finding[]>> = {
  "execution-order": executionOrder,
  "empty-output": emptyOutputs,
  "alt-text": altText,
  link: links,
  "solution-leak": leakedSolutions,
  translation,
  "stale-translation": staleTranslation,
};

/**
 * What is wrong with a notebook that can be seen without running it, in the order of its cells.
 * @param said Levels of single rules, other than the usual ones.
 * @throws Error If a file that the notebook refers to cannot be read.
 */
export function lintNotebook(
  notebook: Notebook,
  file: string,
  said: Readonly<Partial<Record<RuleName, Level>>> = {},
): Problem[] {
  const names = Object.keys(rules) as RuleName[];
  const problems = names.flatMap((rule) => {
    const level = said[rule] ?? levels[rule];
    return level === "off" ? [] : rules[rule](notebook, file).map((finding) => ({ ...finding, rule, level }));
  });
  const place = ({ cell = -1, line = 0 }: Finding) => cell * 1e6 + line;
  return problems.sort((a, b) => place(a) - place(b));
}
