import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { activePrefix, userDataDirectory } from "./jupyter-paths.js";
import { kernelName, kernelspec } from "./kernelspec.js";
import { commandLine } from "./package.js";

/** Where a kernelspec goes: to the user, to the active Python environment, or below a folder of choice. */
export type Place = "user" | "sys-prefix" | { readonly prefix: string };

/** A falling loss: the kernel's picture in JupyterLab's launcher. */
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
  <rect width="64" height="64" rx="10" fill="#3178c6"/>
  <path d="M12 12v40h40" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>
  <path d="M18 16c4 22 14 28 32 29" fill="none" stroke="#ffd166" stroke-width="5" stroke-linecap="round"/>
</svg>
`;

/**
 * Writes the kernelspec `optimlab`, in place of one that is there already. Needs no Python.
 * @returns A sentence that says where.
 * @throws If the folder cannot be written.
 */
export function install(place: Place): string {
  if (!existsSync(commandLine)) {
    throw new Error(`install: ${commandLine} is not built yet; run npm run build first`);
  }
  const directory = kernelspecDirectory(place);
  const replaces = existsSync(directory);
  changing(directory, () => {
    const kernels = dirname(directory);
    mkdirSync(kernels, { recursive: true });
    // Written beside and renamed: a Jupyter that looks meanwhile finds the old or the new, never half of one.
    const draft = mkdtempSync(join(kernels, ".optimlab-"));
    try {
      writeFileSync(join(draft, "kernel.json"), `${JSON.stringify(kernelspec, null, 2)}\n`);
      writeFileSync(join(draft, "logo-svg.svg"), logo);
      rmSync(directory, { recursive: true, force: true });
      renameSync(draft, directory);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
  return [
    `${replaces ? "Replaced" : "Installed"} the kernel ${kernelspec.display_name} in ${directory}`,
    ...(commandLine.includes(`${sep}_npx${sep}`)
      ? [`It starts ${commandLine}, in npm's cache, which npm may empty; npm install -g optimlab stays.`]
      : []),
  ].join("\n");
}

/**
 * Removes the kernelspec again.
 * @returns A sentence that says what was done.
 * @throws If there is something that cannot be removed.
 */
export function uninstall(place: Place): string {
  const directory = kernelspecDirectory(place);
  if (!existsSync(directory)) return `There is no kernel ${kernelspec.display_name} in ${directory}`;
  changing(directory, () => rmSync(directory, { recursive: true }));
  return `Removed the kernel ${kernelspec.display_name} from ${directory}`;
}

/** The folder of the kernelspec `optimlab` for a place; it need not exist. */
export function kernelspecDirectory(place: Place): string {
  const data =
    place === "user"
      ? userDataDirectory()
      : join(place === "sys-prefix" ? pythonPrefix() : resolve(place.prefix), "share", "jupyter");
  return join(data, "kernels", kernelName);
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
