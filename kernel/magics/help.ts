import { nearest } from "../../src/optim/nearest.js";
import { tableBundle } from "../display/table.js";
import { type Magic, type MagicHost, UsageError } from "./magic.js";

export type MagicTable = ReadonlyMap<string, Magic>;

/** What is no magic by name, but belongs in the list of them. */
const OTHERS: readonly (readonly [usage: string, summary: string])[] = [
  ["!command", "Runs a command of the shell in the notebook's folder and shows its output as it comes."],
  ["?name, or name?", "Shows type and documentation of a name, or the use of a magic: ?%timeit."],
];

/** `%lsmagic`, which lists the table that it is part of. */
export function lsmagic(table: MagicTable): Magic {
  return {
    usage: "%lsmagic",
    summary: "Lists the magics.",
    form: "line",
    async run(_, host) {
      const magics = [...table.values()].map(({ usage, summary }) => [usage, summary]);
      const rows = [...magics, ...OTHERS];
      host.show(
        tableBundle({ header: ["how it is written", "what it does"], rows, words: [0, 1], rowHeaders: true }),
      );
      return undefined;
    },
  };
}

/** The text that `?name` shows. */
export function helpOn(name: string, table: MagicTable, host: MagicHost): string {
  if (name === "") {
    return [...[...table.values()].map(({ usage, summary }) => [usage, summary] as const), ...OTHERS]
      .map(([usage, summary]) => `${usage}\n    ${summary}`)
      .join("\n");
  }
  if (name.startsWith("%")) {
    const { usage, summary } = findMagic(name.replace(/^%+/, ""), table);
    return `${usage}\n    ${summary}`;
  }
  const text = host.describe(name, name.length);
  // "any" is TypeScript's word for what it does not know.
  if (text === undefined || text === "any")
    throw new UsageError(`?${name}: there is no variable or library function "${name}"`);
  return text;
}

/** @throws UsageError that names the nearest magic there is */
export function findMagic(name: string, table: MagicTable): Magic {
  const magic = table.get(name);
  if (magic) return magic;
  const hint = nearest(name, [...table.keys()]).replace(/"(\w+)"/, "%$1");
  throw new UsageError(`there is no magic %${name}${hint || "; %lsmagic lists those that there are"}`);
}
