import { type Magic, UsageError } from "./magic.js";

export const xmode: Magic = {
  usage: "%xmode notebook|full",
  summary:
    "Says whether tracebacks show the notebook's own frames only, or those of libraries and Node, too.",
  form: "line",
  async run({ text }, { settings, write }) {
    if (text !== "" && text !== "notebook" && text !== "full") {
      throw new UsageError(`%xmode: notebook or full, got "${text}"`);
    }
    if (text === "") {
      const shown = settings.fullStacks ? "all frames" : "the notebook's own frames only";
      write("stdout", `Tracebacks show ${shown}.\n`);
    } else settings.fullStacks = text === "full";
    return undefined;
  },
};
