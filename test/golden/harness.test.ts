import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-golden-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `npm run test:golden` over a folder with the given files. */
function runOver(files: Record<string, string>): { lines: string[]; status: number | null } {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.golden.config.ts"];
  // Without the variables by which a test run tells its workers what they are.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|GOLDEN)/.test(name));
  const { stdout, status } = spawnSync(process.execPath, vitest, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), GOLDEN_DIR: folder },
    encoding: "utf8",
  });
  return { lines: stdout.trimEnd().split("\n"), status };
}

const right = {
  seed: 0,
  calls: [{ expr: "torch.rand(1)", result: { shape: [1], dtype: "float32", data: [0.49625658988952637] } }],
};
const wrong = { seed: 1, calls: right.calls };
const missing = { seed: 0, calls: [{ expr: "torch.no_such_name(1)", result: null }] };
const rng = (...cases: object[]): string => JSON.stringify({ meta: { family: "rng" }, cases });

test("a folder of files that agree ends with its count and exit code 0", { timeout: 60_000 }, () => {
  const { lines, status } = runOver({ "good.json": rng(right, right) });
  expect(lines.at(-1)).toBe("2 passed, 0 failed");
  expect(status).toBe(0);
});

test("what differs, cannot be evaluated, is unknown or unreadable is counted as failed", {
  timeout: 60_000,
}, () => {
  const { lines, status } = runOver({
    "rng.json": rng(right, wrong, missing),
    "strange.json": JSON.stringify({ meta: { family: "strange" }, cases: [{}] }),
    "broken.json": "{",
    "other.json": "[]",
  });
  const text = lines.join("\n");
  expect(text).toContain("expected 0.49625658988952637");
  expect(text).toContain("torch.no_such_name does not exist");
  expect(text).toContain('the golden harness does not know the family "strange"');
  expect(text).toContain("other.json is not a golden file");
  expect(lines.at(-1)).toBe("1 passed, 5 failed");
  expect(status).toBe(1);
});
