import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PLOTLY } from "../../../kernel/display/figures.js";
import { install } from "../../../kernel/install.js";
import { jupyter, missing } from "../../requirements.js";
import { type Json, KernelClient } from "../client.js";

const PNG = "image/png";
const figure = `({ data: [{ y: [3, 1, 2] }], layout: { title: { text: "Loss" }, meta: { alt: "A line." } } })`;

describe.skipIf(missing("the built command line"))("in a kernel", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start();
  });
  afterAll(() => kernel.stop());

  /** The displays that a cell sends, in order, and "idle" where it ends. */
  async function shown(
    code: string,
  ): Promise<{ id: string; type: string; data: Json; metadata: Json; at: number }[]> {
    const { published, error } = await kernel.execute(code);
    expect(error).toBeUndefined();
    return published
      .filter(({ type, content }) => type.endsWith("data") || content.execution_state === "idle")
      .map(({ type, content, at }) => ({
        id: (content.transient as Json | undefined)?.display_id as string,
        type: type === "status" ? "idle" : type,
        data: content.data as Json,
        metadata: content.metadata as Json,
        at,
      }));
  }

  test.each([
    ["the value of a cell", figure],
    ["displayed in a cell", `display(${figure}); undefined`],
    [
      "one form of a value of another library",
      `({ [Symbol.for("Jupyter.display")]: () => ({ "${PLOTLY}": ${figure} }) })`,
    ],
  ])(
    "a figure that is %s is on screen at once, and has its picture before the cell is idle",
    async (_, code) => {
      const [first, second, end, ...rest] = await shown(code);
      expect(rest).toEqual([]);
      expect(first).toMatchObject({ type: "display_data", data: { [PLOTLY]: { data: [{ y: [3, 1, 2] }] } } });
      expect(first!.data[PNG]).toBeUndefined();
      expect(second).toMatchObject({ type: "update_display_data", id: first!.id });
      expect(second!.data).toEqual({ ...first!.data, [PNG]: expect.stringMatching(/^iVBORw0KGgo/) });
      expect(second!.metadata).toEqual({ [PNG]: { width: 700, height: 450 } });
      expect(end!.type).toBe("idle");
    },
  );

  test("a cell that replaces what is built in gets its figure drawn all the same", async () => {
    const [first, second, end] = await shown(`
      JSON.stringify = Promise.all = Promise.race = (globalThis as any).setTimeout = undefined as any;
      Promise.prototype.then = Array.prototype.push = undefined as any;
      ${figure}`);
    expect([first!.type, second!.type, end!.type]).toEqual(["display_data", "update_display_data", "idle"]);
    expect(second!.data[PNG]).toMatch(/^iVBORw0KGgo/);
  });
});

describe.skipIf(missing("jupyter-nbconvert", "the built command line"))("nbconvert", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "optimlab-still-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("finds the picture in what a cell has shown", () => {
    install({ prefix: folder });
    const cell = {
      cell_type: "code",
      id: "a",
      source: figure,
      metadata: {},
      outputs: [],
      execution_count: null,
    };
    const kernelspec = { name: "optimlab", display_name: "TypeScript (optimlab)", language: "typescript" };
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell] };
    writeFileSync(join(folder, "figure.ipynb"), JSON.stringify(notebook));
    const convert = (...args: string[]): void => {
      execFileSync(jupyter, ["nbconvert", ...args], {
        cwd: folder,
        env: { ...process.env, JUPYTER_PATH: join(folder, "share", "jupyter") },
        stdio: "pipe",
      });
    };
    convert("--to", "notebook", "--execute", "figure.ipynb", "--output", "executed.ipynb");
    const { cells } = JSON.parse(readFileSync(join(folder, "executed.ipynb"), "utf8"));
    expect(cells[0].outputs).toEqual([
      {
        output_type: "display_data",
        data: {
          [PLOTLY]: expect.objectContaining({ data: [{ y: [3, 1, 2] }] }),
          [PNG]: expect.stringMatching(/^iVBORw0KGgo/),
          "text/plain": ["A line."],
        },
        metadata: { [PNG]: { width: 700, height: 450 } },
      },
    ]);
    convert("--to", "html", "executed.ipynb");
    const html = readFileSync(join(folder, "executed.html"), "utf8");
    expect(html).toMatch(/<img[^>]*src="data:image\/png;base64,iVBORw0KGgo/);
  });
});
