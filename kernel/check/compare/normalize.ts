import { stripVTControlCharacters } from "node:util";
import type { CompareOptions } from "../types.js";

/** What changes from run to run and from machine to machine, and what stands for it. In this order. */
const volatile: readonly (readonly [RegExp, string])[] = [
  // "<__main__.Net object at 0x7f3a…>", "Net@1b6d3586"
  [/\b0x[\da-f]{8,}\b/gi, "‹address›"],
  [/(?<=[\w$>)]@)[\da-f]{6,16}\b/g, "‹address›"],
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, "‹id›"],
  // A UUID without its dashes. Longer digests are of content, and say that it changed.
  [/\b(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{32}\b/gi, "‹id›"],
  [/\b(pid)([ =:#]+)\d+/gi, "$1$2‹id›"],
  // In a folder for temporary files the file's own name is as random as the folder's.
  [
    /(?<![\w.:/])(?:file:\/\/)?(?:\/private)?\/(?:tmp|var\/folders)\/[^\s"'`<>()[\]:,;]+/g,
    "‹temporary file›",
  ],
  // Of other absolute paths the last part remains. From three parts on: `/a+b/gi` is a regular expression.
  [/(?<![\w.:/<])(?:file:\/\/)?(?:\/[\w.@+~-]+){2,64}\/([\w.@+~-]+)/g, "‹folder›/$1"],
  [/\b(?:file:\/\/\/)?[A-Z]:(?:\\{1,2}|\/)(?:[\w.@+~ -]+(?:\\{1,2}|\/)){0,64}([\w.@+~-]+)/g, "‹folder›/$1"],
  // tqdm: "100%|██████| 10/10 [00:01<00:00,  8.52it/s]"
  [/\[\d+:[\d:]+<[\d:?]+, *[\d.?]+ *\w+\/\w+\]/g, "‹time›"],
  // "%timeit": "12.3 µs ± 45 ns per loop (mean ± std. dev. of 7 runs, 100,000 loops each)"
  [/(?<![\d.])[\d.]+ \S+ ± [\d.]+ \S+ per loop \(.*?\)/g, "‹time›"],
  // "took 1.25 s", "in 3 min 2 s", "elapsed: 0.5", "Wall time: 1min 3s"
  [
    /\b((?:took|taken|in|after|elapsed|duration|runtime|(?:wall|total|user|sys|cpu|run|running)(?: times?)?|times?)(?: time)?[ :=]+)(?:about |only )?(?:\d[\d.,]* ?(?:h|hours?|min|minutes?|s|sec|secs|seconds?|ms|µs|μs|us|ns)\b[ ,]*)+/gi,
    "$1‹time› ",
  ],
  [/\b((?:elapsed|duration|runtime|(?:wall|running) time)(?: time)?[ :=]+)\d[\d.,]*/gi, "$1‹time›"],
  // What is given in fractions of a second was measured. "12.5 ms", "3µs/step"
  [/(?<![\w.])\d+(?:[.,]\d+)* ?(?:ms|µs|μs|us|ns)(?![\w])/g, "‹time›"],
];

/**
 * What is left of a line once all is gone that says nothing about a result.
 * @throws SyntaxError If one of `ignore` is no regular expression.
 */
export function normalizer({ ignore, exact }: CompareOptions): (line: string) => string {
  const ignored = ignore.map((source) => [new RegExp(source, "gu"), "‹ignored›"] as const);
  const replacements = exact ? ignored : [...ignored, ...volatile];
  return (line) =>
    replacements.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), plain(line));
}

/** As a terminal leaves it: without colours, and what a carriage return goes back over is overwritten. */
function plain(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/^.*\r(?=.)/s, "")
    .replace(/\r$/, "");
}
