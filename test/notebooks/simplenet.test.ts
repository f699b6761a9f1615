import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { joined, type Notebook, type Output, readNotebook } from "../../kernel/notebook/notebook.js";
import { runNotebook } from "../../kernel/notebook/run-notebook.js";
import { type EmbeddedServer, embeddedServer } from "../../kernel/server/embedded-server.js";
import { missing } from "../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

const root = fileURLToPath(new URL("../../", import.meta.url));
const { cases } = JSON.parse(readFileSync(`${root}test/golden/simplenet.json`, "utf8")) as {
  cases: { seed: number; printed_every_10: string[] }[];
};

/** What a cell prints, as lines. */
function printedLines(outputs: readonly Output[]): string[] {
  const text = outputs.map((output) => (output.output_type === "stream" ? joined(output.text) : ""));
  return text.join("").trimEnd().split("\n");
}

function notebookOf(...sources: string[]): Notebook {
  const cells = sources.map((source) => {
    return { cell_type: "code", metadata: {}, source, outputs: [], execution_count: null } as const;
  });
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
}

describe.skipIf(missing("the built command line"))("SimpleNet prints PyTorch's lines", () => {
  let server: EmbeddedServer;
  beforeAll(() => {
    server = embeddedServer(root);
  });
  afterAll(() => server.close());

  test("in the tutorial, run through @jupyterlab/services in the real kernel", async () => {
    const path = "notebooks/23-simplenet.ipynb";
    const { notebook, failure } = await runNotebook(readNotebook(`${root}${path}`), path, server.settings);
    expect(failure).toBeUndefined();
    const training = notebook.cells.flatMap((cell) => {
      const lines = cell.cell_type === "code" ? printedLines(cell.outputs) : [];
      return lines.filter((line) => line.startsWith("Epoch ["));
    });
    expect(training).toEqual(cases.find(({ seed }) => seed === 0)?.printed_every_10);
  });

  test.each(cases)("in a cell with seed $seed", async ({ seed, printed_every_10 }) => {
    const cell = `class SimpleNet extends nn.Module {
  fc1 = new nn.Linear(10, 20);
  fc2 = new nn.Linear(20, 1);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(torch.relu(this.fc1.forward(x)));
  }
}
torch.manualSeed(${seed});
const model = new SimpleNet();
const [input, target] = [torch.randn([5, 10]), torch.randn([5, 1])];
const criterion = new nn.MSELoss();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.001 });
for (let epoch = 1; epoch <= 100; epoch++) {
  optimizer.zeroGrad();
  const loss = criterion.forward(model.forward(input), target);
  loss.backward();
  optimizer.step();
  if (epoch % 10 === 0) console.log(\`Epoch [\${epoch}/100], Loss: \${loss.item().toFixed(4)}\`);
}`;
    const { notebook, failure } = await runNotebook(notebookOf(cell), "", server.settings);
    expect(failure).toBeUndefined();
    const [first] = notebook.cells;
    expect(first?.cell_type === "code" && printedLines(first.outputs)).toEqual(printed_every_10);
  });
});
