import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { compareOutputs } from "../../../kernel/check/compare/compare-outputs.js";
import { cellDirectives } from "../../../kernel/check/directives.js";
import {
  type CodeCell,
  joined,
  type Notebook,
  type Output,
  readNotebook,
} from "../../../kernel/notebook/notebook.js";
import { runNotebook } from "../../../kernel/notebook/run-notebook.js";
import { type EmbeddedServer, embeddedServer } from "../../../kernel/server/embedded-server.js";
import { missing } from "../../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

const file = "notebooks/23-simplenet.ipynb";
let server: EmbeddedServer;
/** Two runs, so that the test does not depend on whether the file's outputs are up to date. */
let saved: Notebook;
let fresh: Notebook;

/** Where the outputs of two notebooks differ: the id of the cell and the mime type. */
function differences(before: Notebook, after: Notebook): string[] {
  return before.cells.flatMap((cell, index) => {
    if (cell.cell_type !== "code") return [];
    const options = cellDirectives(cell, before.metadata);
    const found = compareOutputs(cell.outputs, (after.cells[index] as CodeCell).outputs, options);
    return found.map(({ mime }) => `${cell.id} ${mime}`);
  });
}

/** The notebook with a change in the outputs of one cell, as text of JSON. */
function planted(id: string, change: (outputs: string) => string): Notebook {
  const cells = saved.cells.map((cell) => {
    if (cell.id !== id || cell.cell_type !== "code") return cell;
    const before = JSON.stringify(cell.outputs.map(wholeTexts));
    const after = change(before);
    if (after === before) throw new Error(`nothing was planted in ${id}: ${before}`);
    return { ...cell, outputs: JSON.parse(after) as Output[] };
  });
  return { ...saved, cells };
}

function wholeTexts(output: Output): Output {
  return output.output_type === "stream" ? { ...output, text: joined(output.text) } : output;
}

describe.skipIf(missing("the built command line"))("a real notebook", () => {
  beforeAll(async () => {
    server = embeddedServer("notebooks");
    const run = async () => (await runNotebook(readNotebook(file), basename(file), server.settings)).notebook;
    [saved, fresh] = [await run(), await run()];
  });
  afterAll(() => server.close());

  test("that is run twice differs nowhere", () => {
    expect(differences(saved, fresh)).toEqual([]);
  });

  test.each<[what: string, id: string, change: (outputs: string) => string, found: string[]]>([
    ["a number at 1e-2", "loop", (text) => text.replace("0.4273", "0.4316"), ["loop stdout"]],
    [
      "the last digit but one of a short number",
      "loop",
      (text) => text.replace("0.0231", "0.0241"),
      ["loop stdout"],
    ],
    [
      "a number at 1e-5",
      "by-hand",
      (text) => text.replaceAll("0.7054481506347656", "0.7054551506347656"),
      ["by-hand text/markdown", "by-hand text/plain"],
    ],
    ["a count", "parameters", (text) => text.replace("200", "201"), ["parameters stdout"]],
    ["a word", "model", (text) => text.replace("Linear", "Bilinear"), ["model text/plain"]],
    ["a line", "loop", (text) => text.replace("Epoch [50/100], Loss: 0.0938\\n", ""), ["loop stdout"]],
    [
      "a name of a trace",
      "curve",
      (text) => text.replace('"name":"loss"', '"name":"lost"'),
      ["curve application/vnd.plotly.v1+json"],
    ],
    ["a formula", "optimizer", (text) => text.replace("\\\\hat{m}", "m"), ["optimizer text/markdown"]],
  ])("%s that changed is found", (_, id, change, found) => {
    expect(differences(planted(id, change), fresh)).toEqual(found);
  });

  test("noise in every value of a curve is not", () => {
    const noisy = planted("curve", (text) =>
      text.replace(/\{"dtype":"f4","bdata":"([^"]+)"[^}]*\}/g, (_, base64: string) => {
        const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
        return JSON.stringify(Array.from(new Float32Array(bytes.buffer), (value) => value * (1 + 5e-7)));
      }),
    );
    expect(differences(noisy, fresh)).toEqual([]);
  });
});
