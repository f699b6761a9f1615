import { type Magic, UsageError } from "./magic.js";

/** `%%html` and its kin: the rest of the cell is shown as what it is. */
export function show(name: string, mimeType: string, noun: string): Magic {
  return {
    usage: `%%${name}`,
    summary: `Shows the rest of the cell as ${noun}.`,
    form: "cell",
    async run({ cell, text, body }, host) {
      if (text !== "")
        throw new UsageError(`%%${name}: what is to be shown follows on the next line, got "${text}"`);
      const source = cell.slice(body!.start, body!.end);
      host.show({ data: { [mimeType]: source, "text/plain": source }, metadata: {} });
      return undefined;
    },
  };
}
