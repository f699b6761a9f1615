import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { debuglog } from "node:util";
import { commandLine } from "../package.js";
import { Snapshot, STARTED } from "./snapshot.js";

const PARENT_POLL_MS = 1_000;
const FORWARDED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const log = debuglog("optimlab");

/**
 * Runs a kernel as fast as it can be started: in a process that is restored from the start-up snapshot or, where
 * there is none that works, in this one, while the snapshot for the next kernel is made.
 * @returns The exit code.
 * @throws ConnectionFileError when the connection file is missing or malformed.
 */
export async function launchKernel(connectionFile: string): Promise<number> {
  const snapshot = findSnapshot();
  if (snapshot && existsSync(snapshot.file)) {
    const exitCode = await restore(snapshot, connectionFile);
    if (exitCode !== undefined) return exitCode;
    snapshot.discard();
  }
  const { runKernel } = await import("../kernel.js");
  const running = runKernel(connectionFile);
  snapshot?.makeInBackground();
  await running;
  return 0;
}

/** Makes the first kernel start as fast as later ones, if that is possible here. */
export function prepareKernel(): void {
  try {
    findSnapshot()?.make();
  } catch (error) {
    log("no start-up snapshot: %s", error);
  }
}

function findSnapshot(): Snapshot | undefined {
  try {
    return new Snapshot();
  } catch (error) {
    log("no start-up snapshot: %s", error);
    return undefined;
  }
}

/**
 * Runs the kernel in a restored process and stands for it until it ends: towards signals, in its exit code, and in
 * not outliving Jupyter.
 * @returns Its exit code; undefined when it did not come to life.
 */
async function restore(snapshot: Snapshot, connectionFile: string): Promise<number | undefined> {
  const args = ["--snapshot-blob", snapshot.file, commandLine, "kernel", connectionFile];
  const kernel = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    // A kernel ends when the process with this id is no longer its parent.
    env: { ...process.env, JPY_PARENT_PID: String(process.pid) },
    windowsHide: true,
  });
  let said = "";
  kernel.stdio[3]!.on("data", (text) => {
    said += text;
    if (said === STARTED) snapshot.markUsed();
  });
  const release = standFor(kernel);
  try {
    const [code, signal] = (await once(kernel, "close")) as [number | null, NodeJS.Signals | null];
    release();
    log("the restored kernel ended with %s", signal ?? code);
    if (said !== STARTED) return undefined;
    if (signal) process.kill(process.pid, signal);
    return code ?? 1;
  } catch (error) {
    release();
    log("no restored kernel: %s", error);
    return undefined;
  }
}

/** Passes signals on to the kernel, and ends it when Jupyter has died. */
function standFor(kernel: ChildProcess): () => void {
  const forward = (signal: NodeJS.Signals): void => void kernel.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  const jupyter = process.ppid;
  const poll = setInterval(() => {
    if (process.env.JPY_PARENT_PID && process.ppid !== jupyter) kernel.kill("SIGKILL");
  }, PARENT_POLL_MS);
  return () => {
    clearInterval(poll);
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}
