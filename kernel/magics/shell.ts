import type { MagicHost } from "./magic.js";
import { runProgram } from "./process.js";

/** `!command`: what it prints is the output of the cell; that it failed is said, and the cell goes on. */
export async function shell(command: string, host: MagicHost): Promise<void> {
  const end = await runProgram(command, host);
  if (end === 0) return;
  host.write("stderr", typeof end === "number" ? `[exit code ${end}]\n` : `[ended by ${end}]\n`);
}
