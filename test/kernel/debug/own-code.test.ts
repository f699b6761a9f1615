import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { ownCode } from "../../../kernel/debug/own-code.js";
import { packageRoot } from "../../../kernel/package.js";

const url = (...path: string[]): string => pathToFileURL(join(...path)).href;

test.each([
  ["a cell", "optimlab-cell-12.ts", true, true],
  ["a file in the notebook's folder", url("/home/ada/my notes", "model.ts"), true, true],
  ["a file further down", url("/home/ada/my notes", "lib", "model.ts"), true, true],
  ["a package there", url("/home/ada/my notes", "node_modules", "left", "index.js"), false, true],
  ["a file elsewhere", url("/home/ada/other", "model.ts"), false, true],
  ["Node", "node:internal/process/task_queues", false, false],
  ["the library", url(packageRoot, "dist", "src", "index.js"), false, true],
  ["the kernel", url(packageRoot, "dist", "kernel", "kernel.js"), false, false],
  ["tslab", url("/usr/lib/node_modules/tslab/dist/executor.js"), false, false],
  ["its compiler", url("/usr/lib/node_modules/@tslab/typescript-for-tslab/lib/typescript.js"), false, false],
  ["code without a name", "", false, false],
])("%s", (_, script, isOwn, isOwnWithLibraries) => {
  expect(new RegExp(ownCode("/home/ada/my notes", false)).test(script)).toBe(isOwn);
  expect(new RegExp(ownCode("/home/ada/my notes", true)).test(script)).toBe(isOwnWithLibraries);
});
