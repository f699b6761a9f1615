import { inspect } from "node:util";
import { tableBundle } from "../display/table.js";
import { type Magic, type MagicHost, UsageError } from "./magic.js";

/** Types and values longer than this are cut: the table is to be read at a glance. */
const LONGEST = 60;

export const who: Magic = {
  usage: "%who",
  summary: "Lists the variables of the session with their types and values.",
  form: "line",
  async run({ text }, host) {
    if (text !== "") throw new UsageError(`%who takes no argument, got "${text}"`);
    const rows = host
      .variables()
      .map(([name, value]) => [name, cut(typeOf(name, value, host)), cut(valueText(value))]);
    if (rows.length === 0) host.write("stdout", "There are no variables yet.\n");
    else
      host.show(tableBundle({ header: ["name", "type", "value"], rows, words: [0, 1, 2], rowHeaders: true }));
    return undefined;
  },
};

/** The type that TypeScript sees; where it has none to name, what the value is at run time. */
function typeOf(name: string, value: unknown, host: MagicHost): string {
  const [declaration = ""] = (host.describe(name, 0) ?? "").split("\n", 1);
  const declared = /^(?:\([^)]*\) )?(?:const|let|var) [\w$]+: (.*)$/.exec(declaration)?.[1];
  // The type of a constant can be its value, which has a column of its own.
  if (declared !== undefined && declared !== "any" && !/^(["\d-]|true$|false$)/.test(declared))
    return declared;
  const kind = /^(class|function|enum|namespace)\b/.exec(declaration)?.[1];
  if (kind !== undefined) return kind;
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  try {
    return value.constructor?.name || "object";
  } catch {
    return "object";
  }
}

function valueText(value: unknown): string {
  try {
    if (typeof value === "function")
      return /^class\b/.test(String(value)) ? "" : `${value.name || "function"}(…)`;
    // The beginning of a long text is all that is shown of it.
    const short = typeof value === "string" ? value.slice(0, LONGEST + 1) : value;
    return inspect(short, { depth: 1, maxArrayLength: 20, maxStringLength: LONGEST, breakLength: Infinity });
  } catch {
    return "(a value that cannot be shown)";
  }
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
