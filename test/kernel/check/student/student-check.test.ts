import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { checkFile } from "../../../../kernel/check/check-file.js";
import { type CheckServer, ownServer } from "../../../../kernel/check/server.js";
import { writeStudentNotebook } from "../../../../kernel/check/student/command.js";
import { type Cell, formatNotebook, joined, readNotebook } from "../../../../kernel/notebook/notebook.js";
import { missing } from "../../../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../fixtures/notebooks/student-${name}.ipynb`, import.meta.url));

let folder: string;
let server: CheckServer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-student-"));
  server = ownServer(2 ** 30);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** The cells of a notebook that fail, with what is wrong. */
async function failures(file: string): Promise<string[]> {
  const report = await checkFile(file, {
    mode: "check",
    serverSettings: server.settings,
    serverPath: (path) => server.path(path),
    cellSeconds: 60,
    seconds: 120,
    outputBytes: 1e6,
    inCi: false,
  });
  expect(report.error).toBeUndefined();
  return report.cells.flatMap(({ number, problems }) =>
    problems.map(({ message }) => `[${number}] ${message}`),
  );
}

function change(file: string, id: string, changed: (source: string) => string): void {
  const notebook = readNotebook(file);
  const cells = notebook.cells.map(
    (cell): Cell => (cell.id === id ? { ...cell, source: changed(joined(cell.source)) } : cell),
  );
  writeFileSync(file, formatNotebook({ ...notebook, cells }));
}

describe.skipIf(missing("the built command line", "python3-ipykernel"))("a student version", () => {
  test.each(["exercises", "python"])("fails as it should: %s", async (name) => {
    expect(await failures(fixture(name))).toEqual([]);
    const file = join(folder, `${name}.ipynb`);
    writeStudentNotebook(fixture(name), file);
    expect(await failures(file)).toEqual([]);
  });

  test("that fails otherwise is told", async () => {
    const file = join(folder, "changed.ipynb");
    writeStudentNotebook(fixture("exercises"), file);
    // An exercise that is solved, a check that checks nothing, a cell that breaks for another reason.
    change(file, "cell-3", () => "function step(theta: number, gradient: number): number { return theta; }");
    change(file, "cell-4", () => "step(1, 1);");
    change(file, "cell-11", () => "throw new Error('broken');");
    expect(await failures(file)).toEqual([
      "[3] it has to raise an error with “/[^]/”, and raised none",
      expect.stringMatching(/^\[6\] it may raise an error with .*, and raised Error: broken$/),
    ]);
  });
});
