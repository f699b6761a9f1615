import { join } from "node:path";
import { type Surroundings, thisMachine } from "../jupyter-paths.js";

/**
 * The folder for what can be made again at any time. Sources: XDG Base Directory Specification; Apple, "File System
 * Basics"; Microsoft, "Known folders".
 */
export function cacheDirectory({ platform, env, home }: Surroundings = thisMachine): string {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "optimlab");
  if (platform === "darwin") return join(home, "Library", "Caches", "optimlab");
  if (platform === "win32") {
    return join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "optimlab", "Cache");
  }
  return join(home, ".cache", "optimlab");
}
