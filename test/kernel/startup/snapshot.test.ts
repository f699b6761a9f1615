import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { Snapshot } from "../../../kernel/startup/snapshot.js";
import { builtCommandLine, missing } from "../../requirements.js";

const root = mkdtempSync(join(tmpdir(), "optimlab-snapshot-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const run = promisify(execFile);
const maker = join(dirname(builtCommandLine), "startup", "make-snapshot.js");

describe.skipIf(missing("the built command line"))("the start-up snapshot", () => {
  test("is made once, by one of several processes that want it, and nothing else is left", async () => {
    const caches = join(root, "together");
    const env = { ...process.env, XDG_CACHE_HOME: caches };
    const made = await Promise.all([1, 2, 3].map(() => run(process.execPath, [maker], { env })));
    expect(made.map(({ stderr }) => stderr)).toEqual(["", "", ""]);
    const snapshot = new Snapshot(join(caches, "optimlab"));
    expect(readdirSync(dirname(snapshot.file))).toEqual([basename(snapshot.file)]);
    expect(statSync(snapshot.file).size).toBeGreaterThan(10_000_000);
    expect(snapshot.make()).toBe(false);
  });

  test("is another one for other flags of V8", async () => {
    const caches = join(root, "flags");
    const env = { ...process.env, XDG_CACHE_HOME: caches, NODE_OPTIONS: "--max-old-space-size=4096" };
    await run(process.execPath, [maker], { env });
    const made = readdirSync(join(caches, "optimlab"));
    expect(made).toHaveLength(1);
    expect(made).not.toContain(basename(new Snapshot(join(caches, "optimlab")).file));
  });

  test.each([
    ["just now", 0, false],
    ["nine minutes ago", 9, false],
    ["eleven minutes ago", 11, true],
  ])("is tried again after another process began to make it %s: %#", (_, minutes, again) => {
    const snapshot = new Snapshot(join(root, `lock-${minutes}`));
    mkdirSync(dirname(snapshot.file), { recursive: true });
    const lock = `${snapshot.file}.lock`;
    writeFileSync(lock, "");
    const then = new Date(Date.now() - minutes * 60_000);
    utimesSync(lock, then, then);
    expect(snapshot.make()).toBe(again);
    expect(readdirSync(dirname(snapshot.file))).toEqual([basename(again ? snapshot.file : lock)]);
  });

  test("is not made by every kernel again where it cannot be made", () => {
    const snapshot = new Snapshot(join(root, "fails"));

    const { NODE_OPTIONS } = process.env;
    process.env.NODE_OPTIONS = "--no-such-option";
    try {
      expect(() => snapshot.make()).toThrow(/--no-such-option/);
    } finally {
      if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
      else process.env.NODE_OPTIONS = NODE_OPTIONS;
    }
    expect(readdirSync(dirname(snapshot.file))).toEqual([`${basename(snapshot.file)}.lock`]);
    expect(snapshot.make()).toBe(false);
  });

  test("goes when many others have been used since", () => {
    const snapshot = new Snapshot(join(root, "oldest"));
    const directory = dirname(snapshot.file);
    mkdirSync(directory, { recursive: true });
    for (let age = 1; age <= 10; age++) {
      const then = new Date(Date.now() - age * 3_600_000);
      writeFileSync(join(directory, `${age}.snapshot`), "");
      utimesSync(join(directory, `${age}.snapshot`), then, then);
    }
    expect(snapshot.make()).toBe(true);
    const left = [basename(snapshot.file), ...[1, 2, 3, 4, 5, 6, 7].map((age) => `${age}.snapshot`)];
    expect(readdirSync(directory).sort()).toEqual(left.sort());
  });

  test("a folder that cannot be written is an error that names it", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect(() => new Snapshot(join(file, "optimlab")).make()).toThrow(file);
  });
});
