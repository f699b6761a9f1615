import { nearest } from "../../src/optim/nearest.js";
import { isObject } from "./compare/json.js";
import { type Level, levels, type RuleName } from "./lint/problem.js";

/** What can be set for a whole project, a notebook or a cell. Everything is optional: what is not said is as before. */
export interface Settings {
  readonly rtol?: number;
  readonly atol?: number;
  readonly pixels?: number;
  readonly ignore?: readonly string[];
  readonly ignoreTypes?: readonly string[];
  readonly exact?: boolean;
  readonly output?: "check" | "ignore";
  /** Seconds that a cell may take. */
  readonly timeout?: number;
  /** Why a cell is not run. */
  readonly skip?: string;
  /** How bad it is to break the rules of `lintNotebook`. */
  readonly lint?: Readonly<Partial<Record<RuleName, Level>>>;
  /** Whether a cell may raise an error; a text: it has to, and the error contains it. */
  readonly raises?: boolean | string;
  /** An error that contains this is no failure; nor is none. */
  readonly mayRaise?: string;
  readonly onlyInCi?: boolean;
  /** What the cell is called in a report. */
  readonly name?: string;
}

type Name = keyof Settings;

/** Reads one value; `undefined` if it is not `expected`. */
interface Reader {
  readonly expected: string;
  read(value: unknown): unknown;
}

const amount = (expected: string, most = Number.POSITIVE_INFINITY): Reader => ({
  expected,
  read(value) {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && number >= 0 && number <= most && Number.isFinite(number)
      ? number
      : undefined;
  },
});

const seconds: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60, "": 1 };

const duration: Reader = {
  expected: "a time above 0 such as 30s, 500ms or 2min; a number counts seconds",
  read(value) {
    const [, number, unit] = /^(\d+(?:\.\d+)?|\.\d+) ?(ms|s|min|)$/.exec(String(value)) ?? [];
    const length = Number(number) * (seconds[unit ?? ""] ?? Number.NaN);
    return length > 0 && Number.isFinite(length) ? length : undefined;
  },
};

const flag: Reader = {
  expected: "true or false",
  read(value) {
    if (typeof value === "boolean") return value;
    return value === "true" ? true : value === "false" ? false : undefined;
  },
};

const word = (expected: string): Reader => ({
  expected,
  read: (value) => (typeof value === "string" && value.trim() !== "" ? value : undefined),
});

/** A list, in a comment parted by commas. */
const list = (expected: string, isMember: (text: string) => boolean, comma: boolean): Reader => ({
  expected,
  read(value) {
    const members = typeof value === "string" ? (comma ? value.split(",") : [value]) : value;
    const valid =
      Array.isArray(members) && members.every((member) => typeof member === "string" && isMember(member));
    return valid ? members : undefined;
  },
});

function isExpression(source: string): boolean {
  try {
    return source !== "" && !new RegExp(source, "gu").test("");
  } catch {
    return false;
  }
}

/** What says which error is expected: `/…/i` is a regular expression, anything else a text. `undefined` if it is wrong. */
export function errorPattern(expected: string): RegExp | undefined {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(expected) ?? [];
  try {
    return source === undefined ? new RegExp(escaped(expected)) : new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** A text as a regular expression that matches nothing else. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

const errorText: Reader = {
  expected: "what the error contains: a text, or a regular expression between slashes",
  read: (value) =>
    typeof value === "string" && value.trim() !== "" && errorPattern(value) !== undefined ? value : undefined,
};

const readers: Readonly<Record<Name, Reader>> = {
  rtol: amount("a number from 0 such as 1e-3"),
  atol: amount("a number from 0 such as 1e-9"),
  pixels: amount("a share from 0 to 1 such as 0.001", 1),
  ignore: list(
    "a regular expression that does not match the empty text, or a list of such",
    isExpression,
    false,
  ),
  ignoreTypes: list(
    "mime types, stdout, stderr or error",
    (type) => /^(?:stdout|stderr|error|[\w.+-]+\/[\w.+-]+)$/.test(type),
    true,
  ),
  exact: flag,
  output: {
    expected: "check or ignore",
    read: (value) => (value === "check" || value === "ignore" ? value : undefined),
  },
  timeout: duration,
  lint: {
    expected: `an object from rules (${Object.keys(levels).join(", ")}) to "error", "warning" or "off"`,
    read(value) {
      const valid =
        isObject(value) &&
        Object.entries(value).every(
          ([rule, level]) =>
            Object.hasOwn(levels, rule) && ["error", "warning", "off"].includes(String(level)),
        );
      return valid ? value : undefined;
    },
  },
  skip: {
    expected: "true, false or the reason",
    read(value) {
      const skipped = flag.read(value);
      if (skipped !== undefined) return skipped ? "said by its settings" : null;
      return word("").read(value);
    },
  },
  raises: {
    expected: `true, false, or ${errorText.expected}`,
    read: (value) => flag.read(value) ?? errorText.read(value),
  },
  mayRaise: errorText,
  onlyInCi: flag,
  name: word("a text"),
};

/** What makes sense for one cell only, and for more than one only. */
const ofCells: readonly Name[] = ["skip", "raises", "mayRaise", "onlyInCi", "name"];
const ofNotebooks: readonly Name[] = ["lint"];
const all = Object.keys(readers) as Name[];

/**
 * Reads settings, as JSON or comments hold them.
 * @param where What an error names: `package.json: optimlab.check`.
 * @throws Error If a name is unknown or a value is not what it has to be; naming both and what is allowed.
 */
export function readSettings(values: unknown, where: string, level: "cell" | "wide"): Settings {
  if (values === undefined) return {};
  if (!isObject(values)) {
    throw new Error(
      `${where} is ${JSON.stringify(values)}; expected an object of settings such as { "rtol": 1e-3 }`,
    );
  }
  const others = level === "cell" ? ofNotebooks : ofCells;
  const allowed = all.filter((name) => !others.includes(name));
  const settings = Object.entries(values).map(([name, value]) => {
    if (!allowed.includes(name as Name)) {
      const reason = all.includes(name as Name)
        ? `${name} is for ${level === "cell" ? "notebooks and projects" : "single cells"}`
        : `there is no setting ${name}${nearest(name, allowed)}`;
      throw new Error(`${where}: ${reason}; there are ${allowed.join(", ")}`);
    }
    const { expected, read } = readers[name as Name];
    const result = read(value);
    if (result === undefined) {
      throw new Error(`${where}: ${name} is ${JSON.stringify(value)}; expected ${expected}`);
    }
    return [name, result === null ? undefined : result] as const;
  });
  return Object.fromEntries(settings) as Settings;
}
