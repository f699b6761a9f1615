import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, resolve } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { MagicHost } from "./magic.js";

/** How long an interrupted program has to end by itself. */
const PATIENCE_MS = 2_000;
/** Taken before the timers of an interrupted cell are silenced. */
const later = setTimeout;
const ON_WINDOWS = process.platform === "win32";

/**
 * Runs a program in the notebook's folder and writes what it writes, as it comes. It has no standard input, and no
 * terminal; programs that know the customs of colour and of buffering are asked to behave as if they had one.
 * @param command A line for the shell, or a program with its arguments.
 * @returns The exit code, or the name of the signal that ended it.
 * @throws when it cannot be started
 */
export function runProgram(
  command: string | readonly [string, ...string[]],
  host: MagicHost,
): Promise<number | string> {
  const options: SpawnOptions = {
    cwd: host.directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: "1", CLICOLOR_FORCE: "1", PYTHONUNBUFFERED: "1" },
    shell: typeof command === "string",
    // A group of its own, so that an interrupt reaches what the shell has started.
    detached: !ON_WINDOWS,
  };
  const child =
    typeof command === "string" ? spawn(command, options) : spawn(command[0], command.slice(1), options);
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new StringDecoder("utf8");
    child[name]!.on("data", (bytes: Buffer) => host.write(name, decoder.write(bytes)));
    child[name]!.on("end", () => host.write(name, decoder.end()));
  }
  const end = (): void => endGroup(child);
  host.interrupted.addEventListener("abort", end);
  process.on("exit", end);
  return new Promise<number | string>((settle, fail) => {
    child.on("error", fail);
    child.on("close", (code, signal) => settle(code ?? signal!));
  }).finally(() => {
    host.interrupted.removeEventListener("abort", end);
    process.off("exit", end);
  });
}

/** Whether a word names a program that the shell would find. */
export function isProgram(word: string, directory: string): boolean {
  const endings = ON_WINDOWS ? (process.env.PATHEXT ?? ".EXE;.CMD").split(";") : [""];
  const folders = /[\\/]/.test(word) ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) =>
    endings.some((ending) => isExecutable(resolve(directory, folder, word + ending))),
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function endGroup(child: ChildProcess): void {
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (ON_WINDOWS) child.kill(name);
      else process.kill(-child.pid!, name);
    } catch {
      // It has ended already.
    }
  };
  signal("SIGINT");
  later(() => signal("SIGKILL"), PATIENCE_MS).unref();
}
