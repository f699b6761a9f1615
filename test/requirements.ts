import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Debian's Python, which has Debian's packages; another one may come first in the PATH. */
export const python: string = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

export const jupyter: string = existsSync("/usr/bin/jupyter") ? "/usr/bin/jupyter" : "jupyter";

export type Requirement =
  | "python3-torch"
  | "python3-numpy"
  | "safetensors of Python"
  | "python3-ipykernel"
  | "python3-jupyter-client"
  | "python3-nbformat"
  | "jupyter-nbconvert"
  | "python3-jupyter-kernel-test"
  | "chromium"
  | "python3-jupyterlab-server"
  | "JupyterLab's front end"
  | "the built command line";

/** Programs of Debian that some tests need as a peer, a witness or a browser. */
const probes: Readonly<Record<Requirement, () => boolean>> = {
  "python3-torch": () => succeeds(python, ["-c", "import torch"]),
  "python3-numpy": () => succeeds(python, ["-c", "import numpy"]),
  "safetensors of Python": () => succeeds(python, ["-c", "import safetensors.torch"]),
  "python3-ipykernel": () => succeeds(python, ["-c", "import ipykernel"]),
  "python3-jupyter-client": () => succeeds(jupyter, ["kernelspec", "--version"]),
  "python3-nbformat": () => succeeds(python, ["-c", "import nbformat"]),
  "jupyter-nbconvert": () => succeeds(jupyter, ["nbconvert", "--version"]),
  "python3-jupyter-kernel-test": () => succeeds(python, ["-c", "import jupyter_kernel_test"]),
  chromium: () => succeeds("chromium", ["--version"]),
  "python3-jupyterlab-server": () => succeeds(python, ["-c", "import jupyterlab_server"]),
  "JupyterLab's front end": () => existsSync(new URL("../kernel/lab/app/node_modules", import.meta.url)),
  "the built command line": () => existsSync(builtCommandLine),
};

/** The command line as users run it. `npm test` builds it first. */
export const builtCommandLine: string = built("kernel/cli.js");

/** Path of a built file, as in `built("kernel/cli.js")`. */
export function built(file: string): string {
  return fileURLToPath(new URL(`../dist/${file}`, import.meta.url));
}

const remedies: Partial<Record<Requirement, string>> = {
  "the built command line": "npm run build",
  "JupyterLab's front end": "npm ci --prefix kernel/lab/app",
  "safetensors of Python": "pip install safetensors torch",
};
const found = new Map<Requirement, boolean>();

/** Whether one of these is absent, for `describe.skipIf`; says so, and what to do about it. */
export function missing(...requirements: Requirement[]): boolean {
  const absent = requirements.filter((requirement) => !has(requirement));
  for (const requirement of absent) {
    console.warn(
      `skipped: needs ${requirement}, which is absent (${remedies[requirement] ?? `apt-get install ${requirement}`})`,
    );
  }
  return absent.length > 0;
}

function has(requirement: Requirement): boolean {
  const known = found.get(requirement) ?? probes[requirement]();
  found.set(requirement, known);
  return known;
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
