import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type CheckOptions, checkFile } from "../../../kernel/check/check-file.js";
import { describeFailures, describeFile } from "../../../kernel/check/report/terminal.js";
import { type CheckServer, ownServer } from "../../../kernel/check/server.js";
import { Paper } from "../../../kernel/terminal/paper.js";
import { missing } from "../../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

const fixtures = relative(".", fileURLToPath(new URL("../../fixtures/notebooks/", import.meta.url)));
const paper = new Paper({ write: () => {} });
let folder: string;
let server: CheckServer;
let options: CheckOptions;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-test-"));
  // Where the notebook that dies once remembers that it did.
  process.env.OPTIMLAB_TEST_FOLDER = folder;
  server = ownServer(600 * 2 ** 20);
  options = {
    mode: "check",
    serverSettings: server.settings,
    serverPath: (file) => server.path(file),
    cellSeconds: 60,
    seconds: 120,
    outputBytes: 1e6,
    inCi: false,
  };
});
afterAll(async () => {
  await server.close();
  delete process.env.OPTIMLAB_TEST_FOLDER;
  rmSync(folder, { recursive: true, force: true });
});

/** A report as the terminal shows it, without what depends on the machine. */
function shown(text: string): string {
  return text
    .replaceAll(/, \d+\.\d s$/gm, "")
    .replaceAll(/\d+ MiB of memory/g, "… MiB of memory")
    .replaceAll(/there are optimlab\b.*$/gm, "there are optimlab …")
    .replaceAll(/^ *\d\.\d\ds - .*\n/gm, "");
}

describe.skipIf(missing("the built command line", "python3-ipykernel"))(
  "a notebook for each behaviour",
  () => {
    const names = readdirSync(fixtures).filter((name) => name.endsWith(".ipynb"));

    test.each(names)("%s", async (name) => {
      const report = await checkFile(join(fixtures, name), options);
      const text = `${describeFile(report, paper)}\n${describeFailures(report, paper)}`;
      await expect(shown(text)).toMatchFileSnapshot(
        join("../../fixtures/notebooks", name.replace(".ipynb", ".txt")),
      );
    });
  },
);
