import type { TypeErrors } from "../session/settings.js";
import { type Magic, UsageError } from "./magic.js";
import { only } from "./split.js";

const MODES: Readonly<Record<string, TypeErrors>> = { on: "error", warn: "warn", off: "off" };
const SAID: Readonly<Record<TypeErrors, string>> = {
  error: "Type errors keep a cell from running.",
  warn: "Cells with type errors run; the errors are shown as warnings.",
  off: "Type errors are not shown.",
};

export const typecheck: Magic = {
  usage: "%typecheck on|warn|off from now on, or %%typecheck on|warn|off before a cell",
  summary: "Says whether type errors keep a cell from running, are warnings, or are not shown.",
  form: "both",
  takesCode: true,
  async run({ cell, text, body, runCell }, { settings, write }) {
    if (text === "" && !body) {
      write("stdout", `${SAID[settings.typeErrors]}\n`);
      return undefined;
    }
    const typeErrors = MODES[text];
    if (!typeErrors) throw new UsageError(`%typecheck: on, warn or off, got "${text}"`);
    if (body) return runCell(only(cell, body), { typeErrors });
    settings.typeErrors = typeErrors;
    return undefined;
  },
};
