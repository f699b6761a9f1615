import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** What the folders depend on, so that they can be asked for on behalf of another machine. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export const thisMachine: Surroundings = { platform: process.platform, env: process.env, home: homedir() };

/**
 * The folder in which Jupyter keeps a user's own data, kernelspecs among them.
 * Source: jupyter_core.paths.jupyter_data_dir.
 */
export function userDataDirectory({ platform, env, home }: Surroundings = thisMachine): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(env.APPDATA ?? join(home, "AppData", "Roaming"), "jupyter");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** The prefix of the Python environment that is active in the shell, if one is. */
export function activePrefix({ env }: Surroundings = thisMachine): string | undefined {
  return env.VIRTUAL_ENV || env.CONDA_PREFIX || undefined;
}

/**
 * Every folder in which Jupyter looks for data, first match wins.
 * Source: jupyter_core.paths.jupyter_path; the prefix of the active environment stands for Python's own.
 */
export function dataPath(machine: Surroundings = thisMachine): string[] {
  const { platform, env } = machine;
  const prefix = activePrefix(machine);
  const system =
    platform === "win32"
      ? [join(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [
    ...(env.JUPYTER_PATH ?? "").split(delimiter).filter(Boolean),
    userDataDirectory(machine),
    ...(prefix ? [join(prefix, "share", "jupyter")] : []),
    ...system,
  ];
}
