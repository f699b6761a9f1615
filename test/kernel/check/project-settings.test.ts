import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectSettings } from "../../../kernel/check/project-settings.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, unknown>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
}

test.each<[where: string, files: Record<string, unknown>, rtol: number | undefined]>([
  ["package.json", { "package.json": { optimlab: { check: { rtol: 1 } } } }, 1],
  ["optimlab.json", { "optimlab.json": { check: { rtol: 2 } }, "package.json": {} }, 2],
  [
    "the nearest folder that has any",
    {
      "package.json": { optimlab: { check: { rtol: 1 } } },
      "a/optimlab.json": { check: { rtol: 3 } },
      "a/b/package.json": {},
    },
    3,
  ],
  ["nowhere", { "package.json": { optimlab: {} } }, undefined],
])("settings in %s", (_, files, rtol) => {
  write(files);
  mkdirSync(join(folder, "a/b"), { recursive: true });
  expect(projectSettings(join(folder, "a/b")).rtol).toBe(rtol);
});

test.each<[what: string, files: Record<string, unknown>, message: string]>([
  ["not JSON", { "optimlab.json": "{" }, "optimlab.json: "],
  [
    "unknown",
    { "package.json": { optimlab: { check: { rtl: 1 } } } },
    "package.json: optimlab.check: there is no setting rtl",
  ],
  ["no object", { "optimlab.json": [1] }, "optimlab.json: check is [1]; expected an object"],
  [
    "said twice",
    { "optimlab.json": { check: {} }, "package.json": { optimlab: { check: {} } } },
    "optimlab.json and package.json both hold settings",
  ],
])("settings that are %s are an error", (_, files, message) => {
  write(files);
  expect(() => projectSettings(folder)).toThrow(message);
});
