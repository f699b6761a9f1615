import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtCommandLine, jupyter, missing, python } from "../requirements.js";

const tutorial = fileURLToPath(new URL("../../notebooks/23-simplenet.ipynb", import.meta.url));
const progress = fileURLToPath(new URL("../fixtures/progress.ipynb", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-jupyter-"));
  mkdirSync(join(folder, "prefix"));
  const install = [builtCommandLine, "install", "--prefix", join(folder, "prefix")];
  execFileSync(process.execPath, install, { stdio: "ignore" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, JUPYTER_PATH: join(folder, "prefix", "share", "jupyter") };
}

/** Jupyter's own list of what a kernel must answer, told what to ask in TypeScript. */
const conformance = `
import unittest
import jupyter_kernel_test


class OptimlabTests(jupyter_kernel_test.KernelTests):
    kernel_name = "optimlab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "'a' + 'b'", "result": "'ab'"}]
    code_display_data = [
        {"code": "display({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': 'AAAA' }) })", "mime": "image/png"}
    ]
    code_generate_error = "throw new Error('boom')"
    code_history_pattern = "6 ? [0-9]*"
    supported_history_operations = ("tail", "range", "search")
    completion_samples = [{"text": "torch.manualSe", "matches": {"manualSeed"}}]
    complete_code_samples = ["1", "const x = 1;", "for (const y of [1]) { y }"]
    incomplete_code_samples = ["function f() {", "const x = [1,"]
    invalid_code_samples = ["const 1 = 2", "}"]
    code_inspect_sample = "torch.manualSeed"
    code_clear_output = "clearOutput()"
    code_page_something = "?torch.randn"


unittest.main(verbosity=2)
`;

describe.skipIf(missing("python3-jupyter-kernel-test", "the built command line"))(
  "jupyter_kernel_test",
  () => {
    test("passes, and leaves nothing out", () => {
      const file = join(folder, "conformance.py");
      writeFileSync(file, conformance);
      const { stderr } = spawnSync(python, [file], { env: environment(), encoding: "utf8", cwd: folder });
      const failed = stderr.match(/^.*\.\.\. (?:FAIL|ERROR)$/gm) ?? [];
      const skipped = stderr.match(/^test_\w+(?=.*\.\.\. skipped)/gm) ?? [];
      expect(failed, stderr).toEqual([]);
      expect(skipped).toEqual([]);
      expect(stderr).toMatch(/Ran 1[2-9] tests/);
    });
  },
);

describe.skipIf(missing("jupyter-nbconvert", "the built command line"))("nbconvert --execute", () => {
  test("runs the tutorial and writes PyTorch's ten lines", () => {
    const options = ["--to", "notebook", "--execute", "--output-dir", folder, "--output", "run.ipynb"];
    execFileSync(jupyter, ["nbconvert", ...options, tutorial], { env: environment(), stdio: "pipe" });
    const notebook = readFileSync(join(folder, "run.ipynb"), "utf8");
    expect(notebook.match(/Epoch \[\d+\/100\], Loss: 0\.\d{4}\\n/g)).toHaveLength(10);
    expect(notebook).toContain("10 of 10 printed lines are equal");
  });

  test("keeps the last state of displays, of which loops leave one line", () => {
    const options = ["--to", "notebook", "--execute", "--output-dir", folder, "--output", "progress.ipynb"];
    execFileSync(jupyter, ["nbconvert", ...options, progress], { env: environment(), stdio: "pipe" });
    const { cells } = JSON.parse(readFileSync(join(folder, "progress.ipynb"), "utf8"));
    const [loops, loss, ...rest] = cells.flatMap(({ outputs }: { outputs: unknown[] }) => outputs);
    expect(String(loops.data["text/plain"])).toMatch(/^epochs 3 of 3 in [\d.]+ m?s \([\d.]+\/s\)$/);
    expect(String(loss.data["text/plain"])).toBe("tensor([0.5000, 0.2500])");
    expect(rest).toEqual([]);
  });

  test("stops at a cell that fails, and says so", () => {
    const cell = { cell_type: "code", execution_count: null, metadata: {}, outputs: [] };
    const notebook = {
      cells: [{ ...cell, source: "const x: number = 'not a number';" }],
      metadata: { kernelspec: { name: "optimlab", display_name: "", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 4,
    };
    const file = join(folder, "failing.ipynb");
    writeFileSync(file, JSON.stringify(notebook));
    const options = ["nbconvert", "--to", "notebook", "--execute", file];
    const { status, stderr } = spawnSync(jupyter, options, { env: environment(), encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("CellExecutionError");
    expect(stderr).toContain("is not assignable to type 'number'");
  });
});
