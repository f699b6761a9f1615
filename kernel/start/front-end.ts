import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { commandLine, packageRoot } from "../package.js";
import type { FrontEnd } from "../server/lab/page.js";

const source = join(packageRoot, "kernel", "lab", "app");

/**
 * JupyterLab's front end. A published package has it; a clone of the sources puts it together the first time.
 * @param say Tells what takes a while.
 * @throws Error If it cannot be put together.
 */
export async function readyFrontEnd(say: (line: string) => void): Promise<FrontEnd> {
  const frontEnd = { app: join(source, "dist"), renderer: join(dirname(commandLine), "lab", "renderer") };
  // The template is what the build writes last.
  if (existsSync(join(frontEnd.app, "templates"))) return frontEnd;
  if (!existsSync(join(source, "node_modules"))) {
    say("Fetching JupyterLab's packages, once …");
    await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], process.platform === "win32");
  }
  say("Putting JupyterLab together, once …");
  await run(process.execPath, ["build.mjs"]);
  return frontEnd;
}

async function run(command: string, args: string[], shell = false): Promise<void> {
  const child = spawn(command, args, { cwd: source, stdio: ["ignore", "ignore", "inherit"], shell });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`start: ${command} ${args[0]} in ${source} ended with exit code ${code}`);
}
