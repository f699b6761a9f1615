import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type CodeCell, joined, type Output, readNotebook } from "../../../kernel/notebook/notebook.js";
import { patientPlan, type RunResult, runNotebook } from "../../../kernel/notebook/run-notebook.js";
import { type EmbeddedServer, embeddedServer } from "../../../kernel/server/embedded-server.js";
import { missing } from "../../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));
let server: EmbeddedServer;

beforeAll(() => {
  server = embeddedServer(fixtures);
});
afterAll(() => server.close());

interface Log {
  result: RunResult;
  /** What the observer was told, in order. */
  events: string[];
}

async function run(name: string): Promise<Log> {
  const events: string[] = [];
  const result = await runNotebook(readNotebook(`${fixtures}${name}`), name, server.settings, {
    cellStarted: (_, index) => events.push(`start ${index}`),
    output: (output, index) => events.push(`${output.output_type} ${index}`),
    updated: (output, _, index) => events.push(`${output.output_type} updated ${index}`),
    cellFinished: (_, index) => events.push(`finish ${index}`),
  });
  return { result, events };
}

function outputs({ notebook }: RunResult): (readonly Output[])[] {
  return notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.outputs] : []));
}

function counts({ notebook }: RunResult): (number | null)[] {
  return notebook.cells.flatMap((cell) =>
    cell.cell_type === "code" ? [(cell as CodeCell).execution_count] : [],
  );
}

describe.skipIf(missing("python3-ipykernel"))("a notebook of another kernel", () => {
  test("merges the text of a stream and keeps the streams' order", async () => {
    const { result, events } = await run("streams.ipynb");
    expect(outputs(result)).toEqual([
      [
        { output_type: "stream", name: "stdout", text: "0\n1\n2\n" },
        { output_type: "stream", name: "stderr", text: "careful\n" },
        { output_type: "stream", name: "stdout", text: "after\n" },
      ],
      [{ output_type: "stream", name: "stdout", text: "no line end" }],
      [],
    ]);
    expect(counts(result)).toEqual([1, 2, null]);
    expect(result.failure).toBeUndefined();
    expect(events.slice(0, 4)).toEqual(["start 0", "finish 0", "start 1", "stream 1"]);
    expect(events.at(-1)).toBe("finish 3");
  });

  test("stops at the first error and keeps what came before it", async () => {
    const { result, events } = await run("error.ipynb");
    expect(result.failure).toMatchObject({
      index: 1,
      kind: "error",
      message: "ZeroDivisionError: division by zero",
    });
    expect(outputs(result).map((cell) => cell.map(({ output_type }) => output_type))).toEqual([
      ["execute_result"],
      ["stream", "error"],
      [],
    ]);
    expect(events.at(-1)).toBe("finish 1");
    expect(counts(result)).toEqual([1, 2, null]);
  });

  test("goes on after an error that the tag raises-exception expects", async () => {
    const { result } = await run("raises-exception.ipynb");
    expect(result.failure).toBeUndefined();
    expect(outputs(result)).toMatchObject([
      [{ output_type: "error", ename: "ZeroDivisionError" }],
      [{ output_type: "execute_result", execution_count: 2, data: { "text/plain": "'it went on'" } }],
    ]);
  });

  test("updates a display of an earlier cell", async () => {
    const { result } = await run("display-update.ipynb");
    expect(outputs(result)).toMatchObject([
      [{ output_type: "display_data", data: { "text/plain": "loss 0.5" } }],
      [{ output_type: "execute_result", data: { "text/plain": "'done'" } }],
    ]);
  });

  test("clears outputs, at once or when the next one comes", async () => {
    const { result } = await run("clear-output.ipynb");
    expect(
      outputs(result).map((cell) => cell.map((output) => joined((output as { text: string }).text))),
    ).toEqual([["100 %\n"], ["kept\n"]]);
  });

  test("refuses to wait for input that nobody can give", async () => {
    const { result } = await run("input.ipynb");
    expect(result.failure?.message).toMatch(/^StdinNotImplementedError: /);
  });

  test("says which cell a kernel died in, and why", async () => {
    const { failure, cells } = (await run("kernel-dies.ipynb")).result;
    expect(failure).toMatchObject({ index: 1, kind: "died" });
    expect(failure?.message).toMatch(/^the kernel died: the kernel python3 ended with exit code 9/);
    expect([...cells.keys()]).toEqual([0, 1]);
  });

  test("leaves no kernel running", async () => {
    await run("error.ipynb");
    const kernels = await server.settings.fetch(`${server.settings.baseUrl}api/kernels`);
    expect(await kernels.json()).toEqual([]);
  });
});

describe.skipIf(missing("the built command line"))("a notebook of our kernel", () => {
  test("runs", async () => {
    const { result } = await run("typescript.ipynb");
    expect(result.failure).toBeUndefined();
    expect(outputs(result)).toMatchObject([
      [
        { output_type: "stream", name: "stdout", text: "printed\n" },
        { output_type: "execute_result", execution_count: 1, data: { "text/plain": "42" } },
      ],
      [{ output_type: "execute_result", execution_count: 2, data: { "text/plain": "43" } }],
      [{ output_type: "error", ename: "RangeError", evalue: "as expected" }],
      [{ output_type: "execute_result", execution_count: 4, data: { "text/plain": "[ 42, 'function' ]" } }],
    ]);
    expect(counts(result)).toEqual([1, 2, 3, 4]);
  });

  test("hears of displays that change, and keeps what they show in the end", async () => {
    const { result, events } = await run("progress.ipynb");
    expect(result.failure).toBeUndefined();
    const [loops, loss, change] = outputs(result).map((cell) =>
      cell.map((output) => ("data" in output ? output.data["text/plain"] : output)),
    );
    expect(loops).toEqual([expect.stringMatching(/^epochs 3 of 3 in [\d.]+ m?s \([\d.]+\/s\)$/)]);
    expect([loss, change]).toEqual([["tensor([0.5000, 0.2500])"], []]);
    expect(events.slice(0, 3)).toEqual(["start 0", "display_data 0", "display_data updated 0"]);
    expect(events.slice(-2)).toEqual(["display_data updated 2", "finish 2"]);
  });

  test("stops at a type error", async () => {
    const { result } = await run("typescript-error.ipynb");
    expect(result.failure?.index).toBe(1);
    expect(result.failure?.message).toContain("Type 'string' is not assignable to type 'number'");
    expect(outputs(result)[2]).toEqual([]);
  });
});

describe.skipIf(missing("the built command line", "python3-ipykernel"))("values of expressions", () => {
  test.each([
    ["optimlab", "const x = 0.5;"],
    ["python3", "x = 0.5"],
  ])("are those after the cells before, and count as no run: %s", async (name, source) => {
    const code = (text: string) =>
      ({ cell_type: "code", source: text, metadata: {}, outputs: [], execution_count: null }) as const;
    const prose = { cell_type: "markdown", source: "x is 0.5", metadata: {} } as const;
    const notebook = {
      nbformat: 4,
      nbformat_minor: 4,
      metadata: { kernelspec: { name } },
      cells: [prose, code(source), prose, code("x + x")],
    };
    const expressions = ["x", "x * 2", "none_such"];
    const values = () => ({ expressions, seconds: 60 });
    const { values: found, notebook: ran } = await runNotebook(
      notebook,
      "a.ipynb",
      server.settings,
      {},
      {
        ...patientPlan,
        values,
      },
    );
    expect(found.get(0)?.[0]).toMatchObject({ error: expect.stringContaining("x") });
    expect(found.get(2)).toEqual([
      { text: "0.5" },
      { text: expect.stringMatching(/^1(\.0)?$/) },
      { error: expect.stringContaining("none_such") },
    ]);
    expect(ran.cells.map((cell) => ("execution_count" in cell ? cell.execution_count : ""))).toEqual([
      "",
      1,
      "",
      2,
    ]);
  });
});
