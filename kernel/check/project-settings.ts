import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isObject } from "./compare/json.js";
import { readSettings, type Settings } from "./settings.js";

/**
 * The settings of the project that a folder belongs to: `{ "check": { "rtol": 1e-3 } }` in `optimlab.json`, or under
 * `optimlab` in `package.json`; of the first folder upwards that has either.
 * @throws Error If such a file is not JSON, or holds a setting that is unknown or not what it has to be; naming the file.
 */
export function projectSettings(folder: string): Settings {
  const from = resolve(folder);
  for (let at = from; ; at = dirname(at)) {
    const found = [
      settingsIn(join(at, "optimlab.json"), "check", (content) => content.check),
      settingsIn(join(at, "package.json"), "optimlab.check", ({ optimlab }) =>
        isObject(optimlab) ? optimlab.check : optimlab,
      ),
    ].filter((settings) => settings !== undefined);
    if (found.length > 1) {
      throw new Error(
        `${at}: optimlab.json and package.json both hold settings of optimlab check; leave one`,
      );
    }
    if (found[0] !== undefined) return found[0];
    if (at === dirname(at)) return {};
  }
}

function settingsIn(
  file: string,
  path: string,
  member: (content: Readonly<Record<string, unknown>>) => unknown,
): Settings | undefined {
  if (!existsSync(file)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
  const values = isObject(content) ? member(content) : content;
  return values === undefined ? undefined : readSettings(values, `${file}: ${path}`, "wide");
}
