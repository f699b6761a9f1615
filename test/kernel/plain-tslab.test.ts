import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missing } from "../requirements.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * A folder like one in which somebody has installed this package beside tslab: cells there are compiled by tslab
 * itself, with the TypeScript 5.0 that it brings, and run by it.
 */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-tslab-"));
  mkdirSync(join(folder, "node_modules", "@types"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules", "optimlab"), "dir");
  for (const name of ["tslab", "@types/node"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What tslab's own converter and executor make of a cell. */
function runCell(cell: string): { messages: string[]; printed: string } {
  const script = `
    const { createConverter } = require("tslab/dist/converter.js");
    const { createExecutor } = require("tslab/dist/executor.js");
    const converter = createConverter({ isJS: false, isBrowser: false });
    const converters = { node: converter, get browser() { return converter; }, close() {} };
    const messages = converter.convert("", ${JSON.stringify(cell)}).diagnostics.map((d) => d.messageText);
    const executor = createExecutor(process.cwd(), converters, console);
    Promise.resolve(messages.length > 0 || executor.execute(${JSON.stringify(cell)})).then(() => {
      process.stdout.write("\\n" + JSON.stringify(messages) + "\\n", () => process.exit(0));
    });`;
  const file = join(folder, "cell.cjs");
  writeFileSync(file, script);
  const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: dirname(file), encoding: "utf8" });
  const lines = stdout.trimEnd().split("\n");
  try {
    return { messages: JSON.parse(lines.at(-1) ?? ""), printed: lines.slice(0, -1).join("\n").trim() };
  } catch {
    throw new Error(`no result: ${stdout}\n${stderr}`);
  }
}

const typed = (line: string) => `import * as torch from "optimlab";\nconst { nn, optim } = torch;\n${line}`;

describe.skipIf(missing("the built command line"))("a plain tslab kernel", () => {
  test("imports the library and runs it", () => {
    const { messages, printed } = runCell(
      typed(`
        torch.manualSeed(0);
        const layer = new nn.Linear(2, 1);
        const optimizer = new optim.Adam(layer.parameters(), { lr: 0.1 });
        const values: Float32Array = torch.randn([3]).toArray() as Float32Array;
        const n: number = layer.forward(torch.ones([1, 2])).item();
        console.log(optimizer.paramGroups[0].lr, values.length, Number.isFinite(n));`),
    );
    expect(messages).toEqual([]);
    expect(printed).toBe("0.1 3 true");
  });

  test.each([
    ["const text: string = torch.zeros([1]).item();", "Type 'number' is not assignable to type 'string'."],
    [
      "torch.zeros('2');",
      "Argument of type 'string' is not assignable to parameter of type 'readonly number[]'.",
    ],
    ["torch.zeros([2]).foo();", "Property 'foo' does not exist on type 'Tensor'."],
    [
      "const array: Float64Array = new Float32Array(torch.ones([2]).toArray());",
      "not assignable to type 'Float64Array'",
    ],
    ["new optim.SGD([torch.zeros([1])], { learningRate: 1 });", "'learningRate' does not exist"],
  ])("knows its types: %s is refused", (line, message) => {
    expect(JSON.stringify(runCell(typed(line)).messages).replaceAll('\\"', '"')).toContain(message);
  });
});
