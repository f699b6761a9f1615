import type { Template } from "../display/templates.js";
import { type Magic, UsageError } from "./magic.js";

/** `%%html` and its kin: the rest of the cell is shown as what it is. */
export function show(name: string, template: Template, noun: string): Magic {
  return {
    usage: `%%${name}`,
    summary: `Shows the rest of the cell as ${noun}.`,
    form: "cell",
    async run({ cell, text, body }, host) {
      if (text !== "") {
        throw new UsageError(`%%${name}: what is to be shown follows on the next line, got "${text}"`);
      }
      const source = cell.slice(body!.start, body!.end);
      host.show({ data: template(source).toMimeBundle(), metadata: {} });
      return undefined;
    },
  };
}
