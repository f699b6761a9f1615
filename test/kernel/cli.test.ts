import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { builtCommandLine, missing, type Requirement } from "../requirements.js";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function optimlab(args: string[], env: Record<string, string> = {}): Ended {
  const options = { encoding: "utf8", env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, [builtCommandLine, ...args], options);
}

describe.skipIf(missing("the built command line"))("the command line", () => {
  test("--version prints the package's", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(optimlab(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each([["--help"], ["-h"], ["help"]])("%s names every command", (flag) => {
    const { status, stdout } = optimlab([flag]);
    expect(status).toBe(0);
    for (const command of ["start", "run", "install", "kernel"])
      expect(stdout).toContain(`optimlab ${command}`);
  });

  test("a command's --help says how it is used", () => {
    expect(optimlab(["install", "--help"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: optimlab install \[--user/),
    });
  });

  test.each<[string[], string]>([
    [["trian"], "optimlab: unknown command trian; there are start, run, "],
    [["toString"], "optimlab: unknown command toString; there are start, run, "],
    [["--verbose"], "optimlab: unknown option --verbose; there are --help and --version"],
    [["install", "--global"], "optimlab: install: Unknown option '--global'; usage: optimlab install ["],
    [["install", "here"], "optimlab: install: 1 operands given; usage: optimlab install ["],
    [["install", "--user", "--sys-prefix"], "optimlab: install: --user and --sys-prefix exclude each other"],
    [["install", "--prefix="], "optimlab: install: --prefix needs a folder"],
    [["kernel"], "optimlab: kernel: 0 operands given; usage: optimlab kernel <connection-file>"],
    [["run", "absent", "b"], "optimlab: run: absent: there is no such file or folder"],
    [["check", "absent.ipynb"], "optimlab: check: absent.ipynb: there is no such file or folder"],
    [
      ["check", "package.json"],
      "optimlab: check: package.json: neither a notebook (.ipynb) nor Markdown (.md)",
    ],
    [["check", "--timeout=soon"], 'optimlab: check: --timeout is "soon"; expected a number above 0'],
    [["check", "--tolerance=1"], "optimlab: check: Unknown option '--tolerance'; usage: optimlab check ["],
    [["update", "--server=there", "README.md"], "optimlab: update: --server there: expected the address"],
    [
      ["check", "--server=http://127.0.0.1:9/", "README.md"],
      "optimlab: check: the server http://127.0.0.1:9/ cannot be used: ",
    ],
  ])("%j is answered with one line and exit code 2", (args, line) => {
    const { status, stdout, stderr } = optimlab(args);
    expect(stderr.startsWith(line), stderr).toBe(true);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });

  test("without a command it says what there is, as an error", () => {
    expect(optimlab([])).toMatchObject({ status: 2, stdout: "", stderr: expect.stringContaining("Usage:") });
  });

  test("install and --uninstall say where", () => {
    const kernel = join(folder, "share", "jupyter", "kernels", "optimlab");
    const renderer = join(folder, "share", "jupyter", "labextensions", "optimlab-plotly");
    const name = "the kernel TypeScript (optimlab)";
    expect(optimlab(["install", "--prefix", folder])).toMatchObject({
      status: 0,
      stdout: `Installed ${name} in ${kernel}\nInstalled the renderer of figures in ${renderer}\n`,
    });
    expect(optimlab(["install", "--prefix", folder, "--uninstall"])).toMatchObject({
      status: 0,
      stdout: `Removed ${name} from ${kernel}\nRemoved the renderer of figures from ${renderer}\n`,
    });
  });

  test("install into what is no folder: one line, exit code 1", () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const { status, stderr } = optimlab(["install", "--prefix", file]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^optimlab: install: .*a-file.*\n$/);
  });

  test.each<[string, string | undefined]>([
    ["missing", undefined],
    ["no JSON", "{"],
    ["without ports", '{"ip": "127.0.0.1"}'],
  ])("a connection file that is %s: one line, exit code 1", (name, content) => {
    const file = join(folder, `${name}.json`);
    if (content !== undefined) writeFileSync(file, content);
    const { status, stdout, stderr } = optimlab(["kernel", file]);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(file);
  });

  test.each<[string, string, string]>([
    ["absent.ipynb", "", "there is no such file"],
    ["text.ipynb", "hello", "not JSON, and so no notebook"],
    ["list.ipynb", "[]", "no notebook: there is no nbformat in it"],
    [
      "old.ipynb",
      '{"nbformat": 3, "worksheets": []}',
      "a notebook of nbformat 3; only nbformat 4 can be run",
    ],
    [
      "cells.ipynb",
      '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
      "a notebook without a list of cells",
    ],
    [
      "odd.ipynb",
      '{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}}]}',
      "cell 1: source is missing; expected a text or a list of lines",
    ],
    [
      "fortran.ipynb",
      '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "fortran"}}, "cells": []}',
      "there is no kernel named fortran; there are optimlab",
    ],
  ])("run %s: exit code 1 and why", (name, content, reason) => {
    const file = join(folder, name);
    if (content !== "") writeFileSync(file, content);
    const { status, stderr } = optimlab(["run", file]);
    expect(status).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe.skipIf(missing("the built command line"))("running a notebook in the terminal", () => {
  test("shows prose, code and outputs, without colour or a figure's bytes", () => {
    const { status, stdout, stderr } = optimlab(["run", join(fixtures, "typescript.ipynb")]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("TypeScript\n\nThe kernel of this package; m̂ₜ = mₜ/(1 − β₁ᵗ).\n");
    expect(stdout).toContain(
      '[1]\n│ let answer: number = 42;\n│ console.log("printed");\n│ answer\nprinted\n42\n',
    );
    expect(stdout).toContain("RangeError");
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("only for converters");
  });

  test("ends with exit code 1 at a cell that fails, and names it", () => {
    const { status, stdout } = optimlab(["run", join(fixtures, "typescript-error.ipynb")]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/typescript-error\.ipynb: cell \[2\] failed: /);
    expect(stdout).not.toContain('never");\nnever');
  });
});

const endlessCells = [
  {
    kernel: "python3",
    needs: ["python3-ipykernel"],
    source: "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(600)",
  },
  { kernel: "optimlab", needs: [], source: 'console.log("pid", process.pid); while (true) {}' },
] satisfies { kernel: string; needs: Requirement[]; source: string }[];

describe.each(endlessCells.filter(({ needs }) => !missing("the built command line", ...needs)))(
  "a run of $kernel that ends early",
  ({ kernel: name, source }) => {
    /** Starts a notebook whose kernel tells its process id, and waits for it. */
    async function endless(): Promise<{ child: ChildProcess; kernel: number; temporary: string }> {
      const temporary = mkdtempSync(join(folder, "tmp-"));
      const file = join(temporary, "endless.ipynb");
      const cell = { cell_type: "code", metadata: {}, source, outputs: [], execution_count: null };
      const metadata = { kernelspec: { name } };
      writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 4, metadata, cells: [cell] }));
      const env = { ...process.env, TMPDIR: temporary };
      const child = spawn(process.execPath, [builtCommandLine, "run", file], { env });
      let stdout = "";
      child.stdout.on("data", (data) => {
        stdout += data;
      });
      const pid = await vi.waitFor(
        () => /^pid (\d+)/m.exec(stdout)?.[1] ?? Promise.reject(new Error(stdout)),
        20_000,
      );
      return { child, kernel: Number(pid), temporary };
    }

    function isAlive(pid: number): boolean {
      try {
        process.kill(pid, 0);
        // A process that has ended but was not yet waited for is no longer running.
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      } catch {
        return false;
      }
    }

    test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
      "by %s leaves no kernel and no connection file",
      async (signal) => {
        const { child, kernel, temporary } = await endless();
        expect(isAlive(kernel)).toBe(true);
        child.kill(signal);
        const [, endedBy] = await once(child, "exit");
        expect(endedBy).toBe(signal);
        await vi.waitFor(() => expect(isAlive(kernel)).toBe(false), 5_000);
        expect(readdirSync(temporary)).toEqual(["endless.ipynb"]);
      },
    );

    test("by SIGKILL, which leaves no time, still ends the kernel", async () => {
      const { child, kernel } = await endless();
      child.kill("SIGKILL");
      await vi.waitFor(() => expect(isAlive(kernel)).toBe(false), 10_000);
    });
  },
);
