import type { CompareOptions } from "../types.js";

/** A number as a text shows it. */
export interface PrintedNumber {
  readonly text: string;
  readonly value: number;
  /** Written without a point and without an exponent: it counts something. */
  readonly whole: boolean;
  /** How many digits follow the point. */
  readonly decimals: number;
  /** How many digits there are from the first that is not 0. */
  readonly significant: number;
  /** What one more in the last digit adds. */
  readonly unit: number;
}

/** How far a number is from the saved one, and how far it may be. */
export interface Deviation {
  readonly off: number;
  readonly allowed: number;
}

type Tolerance = Pick<CompareOptions, "rtol" | "atol">;

// What has two points is a version or an address, and stays text.
const dotted = String.raw`\d+(?:\.\d+){2,}`;
// A comma between brackets parts the entries of a list, as JSON is printed: [1,234]. Elsewhere 1,234 is one number.
const grouped = String.raw`(?<![[,][-+−]?)\d{1,3}(?:(?<mark>[,_’\u2009\u202f])\d{3})(?:\k<mark>\d{3})*(?![\d,\]])(?:\.\d+)?`;
const plain = String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+−]?\d+)?`;
const named = String.raw`(?:infinity|inf|nan)(?![\p{L}\p{N}_])|∞`;
// A digit that follows a letter belongs to a name, float32, and one after # to a colour or a ticket. A sign always belongs to its number: 1.0-2.0j holds two.
const start = String.raw`(?:[-+−]|(?<![\p{L}\p{N}_.#]))`;
const token = new RegExp(
  String.raw`(?<![\p{L}\p{N}_.])(?<dotted>${dotted})|${start}(?:${grouped}|${plain}|${named})`,
  "giu",
);

/** Splits a text into its numbers and what stands before, between and after them: always one text more than numbers. */
export function splitNumbers(text: string): { texts: string[]; numbers: PrintedNumber[] } {
  const texts: string[] = [];
  const numbers: PrintedNumber[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    if (match.groups?.dotted !== undefined) continue;
    texts.push(text.slice(end, match.index));
    numbers.push(printedNumber(match[0]));
    end = match.index + match[0].length;
  }
  texts.push(text.slice(end));
  return { texts, numbers };
}

/** Reads a number with its sign, thousands and exponent. */
export function printedNumber(text: string): PrintedNumber {
  const plain = text.replaceAll("−", "-").replaceAll(/(?<=\d)[,_’\u2009\u202f](?=\d{3})/g, "");
  const name = /^([-+]?)(inf|nan|∞)/i.exec(plain);
  if (name) {
    const size = name[2]!.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
    const value = name[1] === "-" ? -size : size;
    return { text, value, whole: false, decimals: 0, significant: 0, unit: 0 };
  }
  const [, digits = "", point = "", fraction = "", exponent = "0"] =
    /^[-+]?(\d*)(\.?)(\d*)(?:e([-+]?\d+))?$/i.exec(plain)!;
  return {
    text,
    value: Number(plain),
    whole: point === "" && !/e/i.test(plain),
    decimals: fraction.length,
    significant: (digits + fraction).replace(/^0+/, "").length,
    unit: 10 ** (Number(exponent) - fraction.length),
  };
}

/**
 * How far a fresh number left the tolerance of the saved one; `undefined` if it did not.
 *
 * - It may be off by `atol + rtol·|saved|`, and by `atol` only if both are whole numbers.
 * - Where both are printed to the same digit, that digit may round either way: numbers that differ by less than the
 *   tolerance can be printed one unit apart. This is given only to numbers of about four digits and more, and where the
 *   tolerance is at least a thousandth of the last one. A loss that went from 0.5 to 0.6 has changed.
 * - NaN is the same as NaN, and an infinity the same as itself only.
 */
export function deviation(
  saved: PrintedNumber,
  fresh: PrintedNumber,
  { rtol, atol }: Tolerance,
): Deviation | undefined {
  if (saved.text === fresh.text) return undefined;
  const whole = saved.whole && fresh.whole;
  if (!whole && !(Number.isFinite(saved.value) && Number.isFinite(fresh.value))) {
    // 1e999 and 1e1000 are infinities of JavaScript, not of whoever printed them.
    const same = Object.is(saved.value, fresh.value) && !/\d/.test(saved.text + fresh.text);
    return same ? undefined : { off: Number.POSITIVE_INFINITY, allowed: atol };
  }
  const off = whole ? wholeDistance(saved, fresh) : Math.abs(saved.value - fresh.value);
  const tolerance = whole ? Math.floor(atol) : atol + rtol * Math.abs(saved.value);
  const unit = Math.max(saved.unit, fresh.unit);
  const sameDigit = saved.decimals === fresh.decimals || saved.significant === fresh.significant;
  const rounded = sameDigit && unit <= Math.abs(saved.value) / 1000 && unit <= tolerance * 1000;
  const allowed = rounded && !whole ? tolerance + unit : tolerance;
  // Decimal fractions are not exact in binary: 0.4 − 0.3 is more than 0.1.
  const slack = 4 * Number.EPSILON * Math.max(Math.abs(saved.value), Math.abs(fresh.value));
  return off <= allowed + (whole ? 0 : slack) ? undefined : { off, allowed };
}

/** Whole numbers beyond 2^53 are compared to the last digit too. */
function wholeDistance(saved: PrintedNumber, fresh: PrintedNumber): number {
  if (Number.isSafeInteger(saved.value) && Number.isSafeInteger(fresh.value)) {
    return Math.abs(saved.value - fresh.value);
  }
  const [a, b] = [saved, fresh].map(({ text }) =>
    BigInt(text.replaceAll("−", "-").replaceAll(/[^-\d]/g, "")),
  );
  return Math.abs(Number(a! - b!));
}

/** `0.5500 → 0.5512, off by 1.2e-3, allowed 1e-6` */
export function describeDeviation(
  saved: PrintedNumber,
  fresh: PrintedNumber,
  { off, allowed }: Deviation,
): string {
  const change = `${saved.text} → ${fresh.text}`;
  if (!Number.isFinite(off)) return change;
  // As many digits as it takes to see which is larger.
  const digits = [2, 3, 5, 17].find((count) => short(off, count) !== short(allowed, count)) ?? 17;
  return `${change}, off by ${short(off, digits)}, allowed ${short(allowed, digits)}`;
}

function short(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  return Number.isInteger(rounded) && rounded < 1e6 ? String(rounded) : rounded.toExponential();
}
