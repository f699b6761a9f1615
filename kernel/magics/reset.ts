import { confirm } from "./confirm.js";
import { type Magic, UsageError } from "./magic.js";

export const reset: Magic = {
  usage: "%reset [-f]",
  summary: "Forgets all variables and declarations of the session. Asks first; -f does not.",
  form: "line",
  async run({ text }, host) {
    if (text !== "" && text !== "-f") throw new UsageError(`%reset: the only option is -f, got "${text}"`);
    const question = "All variables will be forgotten and cannot be brought back. Go on?";
    if (text === "" && !(await confirm("%reset", question, "-f", host))) {
      host.write("stdout", "Nothing was forgotten.\n");
      return undefined;
    }
    host.reset();
    return undefined;
  },
};
