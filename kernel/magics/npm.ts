import { dirname, join } from "node:path";
import { confirm } from "./confirm.js";
import { type Magic, UsageError } from "./magic.js";
import { runProgram } from "./process.js";

/** On Windows npm is a script for the shell, and only the program behind it takes arguments as they are. */
const NPM: readonly [string, ...string[]] =
  process.platform === "win32"
    ? [process.execPath, join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js")]
    : ["npm"];

/** npm's own words for it. */
const INSTALL = new Set(["install", "i", "add"]);
const YES = new Set(["-y", "--yes"]);

export const npm: Magic = {
  usage: "%npm install [-y] package …",
  summary:
    "Installs packages into the notebook's folder, so that cells can import them. Asks first; -y is yes.",
  form: "line",
  async run({ text }, host) {
    const [command = "", ...rest] = text.split(/\s+/).filter((word) => word !== "");
    if (!INSTALL.has(command)) {
      throw new UsageError(
        `%npm: only "install" is known here, got "${command}"; for the rest of npm: !npm ${text}`,
      );
    }
    const options = rest.filter((word) => word.startsWith("-") && !YES.has(word));
    const packages = rest.filter((word) => !word.startsWith("-"));
    if (packages.length === 0)
      throw new UsageError("%npm install: name a package, as in %npm install lodash");
    const { directory } = host;
    const question = `Install ${packages.join(", ")} into ${directory} (package.json, node_modules)?`;
    const agreed =
      rest.some((word) => YES.has(word)) || (await confirm("%npm install", question, "-y", host));
    if (!agreed) {
      host.write("stdout", "Nothing was installed.\n");
      return undefined;
    }
    // Without a prefix npm would look for a package.json in the folders above, and install there.
    const args = ["install", "--prefix", directory, "--no-audit", "--no-fund", ...options, "--", ...packages];
    const end = await runProgram([...NPM, ...args], host);
    if (end !== 0)
      throw new UsageError(`%npm install ${packages.join(" ")}: npm failed (${end}); it says why above`);
    return undefined;
  },
};
