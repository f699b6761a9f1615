import { readFileSync } from "node:fs";

/** A golden file: PyTorch's results, and what is needed to compute them again. */
export interface GoldenFile {
  meta: { family: string; [field: string]: Json };
  cases: GoldenCase[];
}

export type GoldenCase = { [field: string]: Json };

/** What `JSON.parse` gives, with integers beyond 2^53 as bigint and NaN and the infinities as numbers. */
export type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

/** A tensor as the files write it, row by row. */
export interface GoldenTensor {
  shape: number[];
  dtype: string;
  data: (number | bigint | boolean)[];
}

export function isGoldenTensor(value: unknown): value is GoldenTensor {
  return (
    typeof value === "object" && value !== null && "shape" in value && "dtype" in value && "data" in value
  );
}

const SPECIAL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

/** Marks an integer that a number cannot hold; no string of the files looks like it. */
const BIG = "bigint:";

export function readGolden(path: string): GoldenFile {
  const file = parseGolden(readFileSync(path, "utf8"));
  const { meta, cases } = file as unknown as GoldenFile;
  if (typeof meta?.family !== "string" || !Array.isArray(cases)) {
    throw new SyntaxError(
      `${path} is not a golden file: expected { "meta": { "family": …, … }, "cases": [ … ] }`,
    );
  }
  return { meta, cases };
}

export function parseGolden(text: string): Json {
  // JSON.parse would round long integers before anyone sees them. Strings are matched first and left alone.
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|(?<![\d.eE]|[eE][+-])-?\d{16,}(?![\d.eE])/g, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${BIG}${token}"`,
  );
  return JSON.parse(marked, (_name, value: Json) => {
    if (typeof value !== "string") return value;
    return value.startsWith(BIG) ? BigInt(value.slice(BIG.length)) : (SPECIAL_NUMBERS.get(value) ?? value);
  });
}

/** What a case is called in a report: its own id, or its place in the file and what it is about. */
export function titleOf(golden: GoldenCase, position: number): string {
  if (typeof golden.id === "string") return golden.id;
  const about = [golden.kind, golden.optimizer].find((name) => typeof name === "string");
  const seed = golden.seed === undefined ? "" : `seed ${String(golden.seed)}`;
  const calls = Array.isArray(golden.calls)
    ? golden.calls.map((call) => (call as { expr: string }).expr)
    : [];
  const words = [about, seed, calls.join("; ")].filter((word) => typeof word === "string" && word !== "");
  return `${position}: ${words.join(", ")}`;
}
