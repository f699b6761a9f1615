import { accessSync, constants, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import open from "open";
import { userDataDirectory } from "../jupyter-paths.js";
import { isLoopback } from "../server/http-server.js";
import { jupyterServer } from "../server/jupyter-server.js";
import { readyFrontEnd } from "./front-end.js";
import { askToEnd } from "./interruption.js";

export interface StartOptions {
  readonly ip: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly cullAfter: number;
  /** Whether to open a browser, where there is one. */
  readonly browser: boolean;
}

/**
 * Serves JupyterLab until it is interrupted.
 * @param path The folder to serve, or a notebook to open in its folder.
 * @returns The exit code.
 * @throws Error If the folder cannot be read, or no port is free.
 */
export async function start(path: string, options: StartOptions): Promise<number> {
  const { root, page } = placeOf(path);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const frontEnd = await readyFrontEnd(say);
  const state = join(userDataDirectory(), "optimlab");
  const server = await jupyterServer({ ...options, root, frontEnd, state });
  const address = `${server.url}${page}?token=${server.token}`;
  if (options.port !== 0 && server.port !== options.port) say(`Port ${options.port} is taken.`);
  if (!isLoopback(options.ip)) {
    say(
      `Warning: ${options.ip} can be reached from the network. Whoever knows the address below runs programs as you, ` +
        "and what is sent is not encrypted.",
    );
  }
  say(`JupyterLab for ${root}:\n\n    ${address}\n\nCtrl-C ends it and its kernels.`);
  if (options.browser && hasBrowser()) {
    // The address is printed in any case.
    await open(address).catch((error: Error) => say(`No browser could be opened: ${error.message}`));
  }
  await askToEnd(() => server.host.running().length);
  const count = server.host.running().length;
  say(count === 0 ? "Ended." : `Ending ${count === 1 ? "a kernel" : `${count} kernels`} …`);
  await server.close();
  return 0;
}

function placeOf(path: string): { root: string; page: string } {
  const file = resolve(path);
  let isFolder: boolean;
  try {
    isFolder = statSync(file).isDirectory();
    accessSync(isFolder ? file : dirname(file), constants.R_OK | constants.X_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "is not there" : code === "EACCES" ? "may not be read" : message;
    throw new Error(`start: ${path} ${reason}; expected a folder or a notebook`);
  }
  if (isFolder) return { root: file, page: "/lab" };
  return { root: dirname(file), page: `/lab/tree/${encodeURIComponent(basename(file))}` };
}

/** Whether there is a screen to open a browser on. */
function hasBrowser(): boolean {
  return process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}
