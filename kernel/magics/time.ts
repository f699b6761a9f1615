import { formatDuration } from "./duration.js";
import { type Magic, UsageError } from "./magic.js";
import { only } from "./split.js";

export const time: Magic = {
  usage: "%time code, or %%time before a cell",
  summary: "Runs the code once and says how long it took, compiling left out.",
  form: "both",
  takesCode: true,
  async run({ cell, argument, text, body, runCell }, host) {
    if (body && text !== "") throw new UsageError(`%%time: the code follows on the next line, got "${text}"`);
    const code = body ?? argument;
    if (cell.slice(code.start, code.end).trim() === "")
      throw new UsageError("%time: there is no code to be timed");
    const execution = await runCell(only(cell, code));
    const { wall, cpu } = execution;
    host.write(
      "stdout",
      `Wall time: ${formatDuration(wall)} (CPU: user ${formatDuration(cpu.user)}, system ${formatDuration(cpu.system)})\n`,
    );
    return execution;
  },
};
