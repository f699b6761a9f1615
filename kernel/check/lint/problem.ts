/** What a rule found wrong. */
export interface Finding {
  /** The cell, counted from 0; of what concerns the whole notebook none. */
  readonly cell?: number;
  /** The line in the cell's source, from 1. */
  readonly line?: number;
  readonly message: string;
}

/** How bad it is: an error fails the check, a warning is only told. */
export type Level = "error" | "warning" | "off";

export type RuleName =
  | "execution-order"
  | "empty-output"
  | "alt-text"
  | "link"
  | "solution-leak"
  | "translation"
  | "stale-translation";

/** How bad it is to break each rule, if the project does not say otherwise. */
export const levels: Readonly<Record<RuleName, Level>> = {
  "execution-order": "error",
  "empty-output": "warning",
  "alt-text": "error",
  link: "error",
  "solution-leak": "error",
  translation: "error",
  "stale-translation": "warning",
};
