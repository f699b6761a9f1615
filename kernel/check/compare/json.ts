import type { CompareOptions } from "../types.js";
import { describeDeviation, deviation, printedNumber } from "./numbers.js";
import { compareText, type Finding, firstOf, shorten } from "./text.js";

/**
 * Compares two JSON values: numbers within the tolerances, texts as texts, objects whatever the order of their keys.
 * Each difference is told with its path: `data[0].y[12]: 0.55 → 0.56, off by 1e-2, allowed 5.5e-7`.
 */
export function compareJson(saved: unknown, fresh: unknown, options: CompareOptions): Finding | undefined {
  const places = jsonDifferences("", saved, fresh, options);
  if (places.length === 0) return undefined;
  const message = places.length === 1 ? "a value is different" : `${places.length} values are different`;
  return { message, lines: firstOf(places) };
}

/** Every place at which two JSON values differ, each with the lines that show it. */
export function jsonDifferences(
  path: string,
  saved: unknown,
  fresh: unknown,
  options: CompareOptions,
): string[][] {
  if (saved === fresh) return [];
  if (typeof saved === "number" && typeof fresh === "number") {
    const [a, b] = [printedNumber(String(saved)), printedNumber(String(fresh))];
    const found = deviation(a, b, options);
    return found === undefined ? [] : [[`  ${at(path)}: ${describeDeviation(a, b, found)}`]];
  }
  if (typeof saved === "string" && typeof fresh === "string") {
    const found = compareText(saved, fresh, options);
    return found === undefined ? [] : [[`  ${at(path)}:`, ...found.lines]];
  }
  if (Array.isArray(saved) && Array.isArray(fresh)) return listDifferences(path, saved, fresh, options);
  if (isObject(saved) && isObject(fresh)) {
    const keys = [...new Set([...Object.keys(saved), ...Object.keys(fresh)])].sort();
    return keys.flatMap((key) => jsonDifferences(member(path, key), saved[key], fresh[key], options));
  }
  if (saved === undefined) return [[`+ ${at(path)}: ${brief(fresh)}`]];
  if (fresh === undefined) return [[`- ${at(path)}: ${brief(saved)}`]];
  return [[`- ${at(path)}: ${brief(saved)}`, `+ ${at(path)}: ${brief(fresh)}`]];
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listDifferences(
  path: string,
  saved: readonly unknown[],
  fresh: readonly unknown[],
  options: CompareOptions,
): string[][] {
  if (saved.length !== fresh.length) {
    return [[`  ${at(path)}: ${saved.length} values → ${fresh.length} values`]];
  }
  const numbers = [saved, fresh].every((list) => list.every((value) => typeof value === "number"));
  if (!numbers) {
    return saved.flatMap((value, i) => jsonDifferences(`${path}[${i}]`, value, fresh[i], options));
  }
  const moved = saved.flatMap((value, i) => {
    if (value === fresh[i]) return [];
    const [a, b] = [printedNumber(String(value)), printedNumber(String(fresh[i]))];
    const found = deviation(a, b, options);
    return found === undefined ? [] : [{ i, a, b, found, excess: found.off / found.allowed }];
  });
  if (moved.length === 0) return [];
  // A whole curve that moved is one thing to say, not hundreds.
  const worst = moved.reduce((a, b) => (b.excess > a.excess ? b : a));
  const place = `${path}[${worst.i}]: ${describeDeviation(worst.a, worst.b, worst.found)}`;
  if (moved.length === 1) return [[`  ${place}`]];
  return [
    [
      `  ${at(path)}: ${moved.length} of ${saved.length} values left the tolerance; the worst:`,
      `    ${place}`,
    ],
  ];
}

function member(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function at(path: string): string {
  return path === "" ? "value" : path;
}

function brief(value: unknown): string {
  return shorten(JSON.stringify(value) ?? "nothing", 0);
}
