import { join } from "node:path";
import { expect, test } from "vitest";
import { cacheDirectory } from "../../../kernel/startup/cache-directory.js";

const home = join("/", "home", "ada");

test.each([
  ["Linux", "linux", {}, join(home, ".cache", "optimlab")],
  ["XDG_CACHE_HOME", "linux", { XDG_CACHE_HOME: "/caches" }, join("/caches", "optimlab")],
  ["an empty XDG_CACHE_HOME", "linux", { XDG_CACHE_HOME: "" }, join(home, ".cache", "optimlab")],
  ["macOS", "darwin", {}, join(home, "Library", "Caches", "optimlab")],
  ["Windows", "win32", { LOCALAPPDATA: "/local" }, join("/local", "optimlab", "Cache")],
  ["Windows without LOCALAPPDATA", "win32", {}, join(home, "AppData", "Local", "optimlab", "Cache")],
] as const)("the cache folder: %s", (_, platform, env, expected) => {
  expect(cacheDirectory({ platform, env, home })).toBe(expected);
});
