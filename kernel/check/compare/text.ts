import { diffArrays, diffWordsWithSpace } from "diff";
import type { CompareOptions } from "../types.js";
import { normalizer } from "./normalize.js";
import { describeDeviation, deviation, type PrintedNumber, splitNumbers } from "./numbers.js";

/** A line as it is compared: its numbers, and all else. */
interface Line {
  readonly raw: string;
  readonly rest: string;
  readonly numbers: readonly PrintedNumber[];
}

/** What differs between two outputs of one type. */
export interface Finding {
  readonly message: string;
  readonly lines: readonly string[];
}

/** More edits than this between two texts are two different texts, compared line by line. */
const MOST_EDITS = 1000;
const LONGEST_LINE = 160;
const MOST_SHOWN = 12;

/**
 * Compares two texts line by line, and in each line number by number. Columns that are wider because a number is do
 * not count, so the amount of space within a line does not either.
 */
export function compareText(saved: string, fresh: string, options: CompareOptions): Finding | undefined {
  if (saved === fresh) return undefined;
  const [before, after] = [saved, fresh].map((text) => readLines(text, options));
  const same = (a: Line, b: Line) => isSame(a, b, options);
  const changes =
    diffArrays(before!, after!, { comparator: same, maxEditLength: MOST_EDITS }) ??
    byPosition(before!, after!, same);
  const places: string[][] = [];
  let removed: Line[] = [];
  let numbers = 0;
  let others = 0;
  const flush = (added: readonly Line[]) => {
    // Lines that only changed stand for each other; the diff lists them as gone and new.
    const paired = removed.length === added.length;
    for (const [i, line] of removed.entries()) {
      const partner = paired ? added[i] : undefined;
      const moved = partner === undefined ? [] : deviations(line, partner, options);
      numbers += moved.length;
      if (moved.length === 0) others++;
      places.push(showPair(line, partner, moved));
    }
    if (!paired) {
      others += Math.max(0, added.length - removed.length);
      places.push(...added.map((line) => [`+ ${shorten(line.raw, 0)}`]));
    }
    removed = [];
  };
  for (const change of changes) {
    if (change.removed) removed = change.value;
    else flush(change.added ? change.value : []);
  }
  flush([]);
  if (places.length === 0) return undefined;
  return { message: summary(numbers, others), lines: firstOf(places) };
}

/** Whether two short texts are the same within the tolerances: names, titles, entries of tables. */
export function isSameText(saved: string, fresh: string, options: CompareOptions): boolean {
  return saved === fresh || compareText(saved, fresh, options) === undefined;
}

/** The first places at which two outputs differ, and how many more there are. */
export function firstOf(places: readonly (readonly string[])[]): string[] {
  const more = places.length - MOST_SHOWN;
  const shown = places.slice(0, MOST_SHOWN).flat();
  return more > 0 ? [...shown, `  … and ${more} more`] : shown;
}

/** A line of which only the part around `at` is shown if it is long. */
export function shorten(line: string, at: number): string {
  if (line.length <= LONGEST_LINE) return line;
  const start = Math.max(0, Math.min(at - LONGEST_LINE / 2, line.length - LONGEST_LINE));
  const end = start + LONGEST_LINE;
  return `${start > 0 ? "…" : ""}${line.slice(start, end)}${end < line.length ? "…" : ""}`;
}

function readLines(text: string, options: CompareOptions): Line[] {
  const normalize = normalizer(options);
  return text
    .trimEnd()
    .split("\n")
    .map((raw) => {
      const { texts, numbers } = splitNumbers(normalize(raw));
      return { raw: raw.trimEnd(), rest: layout(texts.join("\0")), numbers };
    });
}

/** What is not a number, with space that does not depend on how wide the numbers are; neither do the rules of tables. */
function layout(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/ ?\0 ?/g, "\0")
    .replace(/([─━═╌])\1+/g, "$1")
    .replace(/([-=_*~])\1{2,}/g, "$1")
    .trim();
}

function isSame(a: Line, b: Line, options: CompareOptions): boolean {
  return (
    a.rest === b.rest &&
    a.numbers.length === b.numbers.length &&
    a.numbers.every((number, i) => deviation(number, b.numbers[i]!, options) === undefined)
  );
}

/** The numbers that left their tolerance, of two lines that are otherwise the same. */
function deviations(saved: Line, fresh: Line, options: CompareOptions): string[] {
  if (saved.rest !== fresh.rest || saved.numbers.length !== fresh.numbers.length) return [];
  return saved.numbers.flatMap((number, i) => {
    const found = deviation(number, fresh.numbers[i]!, options);
    return found === undefined ? [] : [describeDeviation(number, fresh.numbers[i]!, found)];
  });
}

function showPair(saved: Line, fresh: Line | undefined, moved: readonly string[]): string[] {
  if (fresh === undefined) return [`- ${shorten(saved.raw, 0)}`];
  const at = firstDifference(saved.raw, fresh.raw);
  const reasons = moved.length > 0 ? moved : changedWords(saved.raw, fresh.raw);
  return [
    `- ${shorten(saved.raw, at)}`,
    `+ ${shorten(fresh.raw, at)}`,
    ...firstOf(reasons.map((reason) => [`    ${reason}`])),
  ];
}

/** `“falls” → “rises”`, if a few words say what is different between two lines. */
function changedWords(saved: string, fresh: string): string[] {
  const changes = diffWordsWithSpace(saved, fresh, { maxEditLength: 6 }) ?? [];
  const kept = changes.filter(({ added, removed }) => !added && !removed);
  if (!kept.some(({ value }) => value.trim() !== "")) return [];
  return changes.flatMap((change, i) => {
    const next = changes[i + 1];
    if (change.removed) return [`“${change.value}” → ${next?.added ? `“${next.value}”` : "nothing"}`];
    return change.added && !changes[i - 1]?.removed ? [`“${change.value}” is new`] : [];
  });
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function byPosition(
  before: readonly Line[],
  after: readonly Line[],
  same: (a: Line, b: Line) => boolean,
): { value: Line[]; added: boolean; removed: boolean }[] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, i) => {
    const [a, b] = [before[i], after[i]];
    if (a !== undefined && b !== undefined && same(a, b))
      return [{ value: [b], added: false, removed: false }];
    return [
      { value: a === undefined ? [] : [a], added: false, removed: true },
      { value: b === undefined ? [] : [b], added: true, removed: false },
    ];
  }).flat();
}

function summary(numbers: number, others: number): string {
  const parts = [];
  if (numbers > 0) parts.push(`${numbers === 1 ? "a number" : `${numbers} numbers`} left the tolerance`);
  if (others > 0) parts.push(`${others === 1 ? "a line is" : `${others} lines are`} different`);
  return parts.join(", ");
}
