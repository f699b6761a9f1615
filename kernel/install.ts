import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { activePrefix, userDataDirectory } from "./jupyter-paths.js";
import { kernelLogo, kernelName, kernelspec } from "./kernelspec.js";
import { commandLine } from "./package.js";

/** Where a kernelspec goes: to the user, to the active Python environment, or below a folder of choice. */
export type Place = "user" | "sys-prefix" | { readonly prefix: string };

/** JupyterLab's renderer of figures, as `npm run build` leaves it. */
const builtRenderer = join(dirname(commandLine), "lab", "renderer");

/**
 * Writes the kernelspec `optimlab` and JupyterLab's renderer of figures, in place of those that are there already.
 * Needs no Python.
 * @returns Sentences that say where.
 * @throws If a folder cannot be written.
 */
export function install(place: Place): string {
  if (!existsSync(commandLine)) {
    throw new Error(`install: ${commandLine} is not built yet; run npm run build first`);
  }
  const kernel = replaceFolder(kernelspecDirectory(place), (draft) => {
    writeFileSync(join(draft, "kernel.json"), `${JSON.stringify(kernelspec, null, 2)}\n`);
    writeFileSync(join(draft, "logo-svg.svg"), kernelLogo);
  });
  const renderer = replaceFolder(rendererDirectory(place), (draft) => {
    cpSync(builtRenderer, draft, { recursive: true });
  });
  return [
    `${kernel} the kernel ${kernelspec.display_name} in ${kernelspecDirectory(place)}`,
    `${renderer} the renderer of figures in ${rendererDirectory(place)}`,
    ...(commandLine.includes(`${sep}_npx${sep}`)
      ? [
          `The kernel starts ${commandLine}, in npm's cache, which npm may empty; npm install -g optimlab stays.`,
        ]
      : []),
  ].join("\n");
}

/**
 * Removes the kernelspec and the renderer again.
 * @returns Sentences that say what was done.
 * @throws If there is something that cannot be removed.
 */
export function uninstall(place: Place): string {
  return [
    removeFolder(kernelspecDirectory(place), `kernel ${kernelspec.display_name}`),
    removeFolder(rendererDirectory(place), "renderer of figures"),
  ].join("\n");
}

/** The folder of the kernelspec `optimlab` for a place; it need not exist. */
export function kernelspecDirectory(place: Place): string {
  return join(dataDirectory(place), "kernels", kernelName);
}

/** The folder of JupyterLab's renderer of figures for a place; it need not exist. */
export function rendererDirectory(place: Place): string {
  return join(dataDirectory(place), "labextensions", "optimlab-plotly");
}

function dataDirectory(place: Place): string {
  if (place === "user") return userDataDirectory();
  return join(place === "sys-prefix" ? pythonPrefix() : resolve(place.prefix), "share", "jupyter");
}

function replaceFolder(directory: string, fill: (draft: string) => void): "Installed" | "Replaced" {
  const replaces = existsSync(directory);
  changing(directory, () => {
    const parent = dirname(directory);
    mkdirSync(parent, { recursive: true });
    // Written beside and renamed: a Jupyter that looks meanwhile finds the old or the new, never half of one.
    const draft = mkdtempSync(join(parent, ".optimlab-"));
    try {
      fill(draft);
      rmSync(directory, { recursive: true, force: true });
      renameSync(draft, directory);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
  return replaces ? "Replaced" : "Installed";
}

function removeFolder(directory: string, what: string): string {
  if (!existsSync(directory)) return `There is no ${what} in ${directory}`;
  changing(directory, () => rmSync(directory, { recursive: true }));
  return `Removed the ${what} from ${directory}`;
}

function pythonPrefix(): string {
  const active = activePrefix();
  if (active) return active;
  try {
    return execFileSync("python3", ["-c", "import sys; print(sys.prefix)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    throw new Error(
      "install: --sys-prefix means the active Python environment, but neither VIRTUAL_ENV nor CONDA_PREFIX " +
        "is set and there is no python3; use --user or --prefix DIR",
    );
  }
}

function changing(directory: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const reason =
      code === "EACCES" || code === "EPERM" || code === "EROFS"
        ? `no permission to change ${path ?? directory}`
        : (error as Error).message;
    throw new Error(`install: ${directory}: ${reason}`);
  }
}
