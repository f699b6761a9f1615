import { type MagicHost, UsageError } from "./magic.js";

/**
 * Asks before something is done that cannot be undone.
 * @param option What to write in order not to be asked.
 * @throws UsageError where nobody can be asked
 */
export async function confirm(
  magic: string,
  question: string,
  option: string,
  host: MagicHost,
): Promise<boolean> {
  let answer: string;
  try {
    answer = await host.ask(`${question} [y/N] `);
  } catch (error) {
    throw new UsageError(
      `${magic} asks first, and nobody can answer here: ${(error as Error).message}. ${magic} ${option} does not ask`,
    );
  }
  return /^\s*y(es)?\s*$/i.test(answer);
}
