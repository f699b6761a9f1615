import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CodeCell, Output } from "../../../kernel/notebook/notebook.js";
import { type CellResult, NotebookFile } from "../../../kernel/notebook/notebook-file.js";

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string | Uint8Array, name = "a.ipynb"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** What the code cells of a file hold. */
function results({ notebook }: NotebookFile): Map<number, CellResult> {
  return new Map(
    notebook.cells.flatMap((cell, index) =>
      cell.cell_type === "code"
        ? [[index, { outputs: cell.outputs, executionCount: cell.execution_count }] as const]
        : [],
    ),
  );
}

const printed = (text: string): Output => ({ output_type: "stream", name: "stdout", text });

/** A notebook as no Jupyter would write it: other indentation, keys in another order, members of others. */
const odd = `{
    "nbformat_minor": 4, "nbformat": 4,
    "metadata": {"of": "others",   "zeta": [1,2 , 3]},
    "cells": [
        {"cell_type": "markdown", "source": ["# One\\n", "two"], "metadata": {}},
        {
            "source": ["a\\n",
                "b"],
            "outputs": [ ],
            "metadata": {"b": 1, "a": 2},
            "execution_count": null,
            "cell_type": "code"
        }
    ]
}`;

describe("new results in the text of a file", () => {
  test.each(readdirSync(fixtures).filter((name) => name.endsWith(".ipynb")))("%s stays as it is", (name) => {
    const file = new NotebookFile(join(fixtures, name));
    expect(file.withResults(results(file))).toBe(readFileSync(join(fixtures, name), "utf8"));
  });

  test("change nothing else", () => {
    const file = new NotebookFile(write(odd));
    const fresh = [{ outputs: [printed("1\n2\n")], executionCount: 7 }] as const;
    expect(file.withResults(new Map([[1, fresh[0]]]))).toBe(
      odd
        .replace(
          '"outputs": [ ]',
          `"outputs": [
                {
                    "name": "stdout",
                    "output_type": "stream",
                    "text": [
                        "1\\n",
                        "2\\n"
                    ]
                }
            ]`,
        )
        .replace('"execution_count": null', '"execution_count": 7'),
    );
  });

  test("have the line ends of the file", () => {
    const text = odd.replaceAll("\n", "\r\n");
    const file = new NotebookFile(write(text));
    const changed = file.withResults(new Map([[1, { outputs: [printed("1")], executionCount: 1 }]]));
    expect(changed).not.toMatch(/[^\r]\n/);
  });

  test("are on one line in a file of one line", () => {
    const text = JSON.stringify(JSON.parse(odd));
    const changed = new NotebookFile(write(text)).withResults(
      new Map([[1, { outputs: [printed("1")], executionCount: 1 }]]),
    );
    expect(changed).not.toContain("\n");
    expect(JSON.parse(changed).cells[1].outputs[0].text).toEqual(["1"]);
  });

  test("are read again as they were written, and everything else as it was", () => {
    const output = fc.oneof(
      fc.record({
        output_type: fc.constant("stream" as const),
        name: fc.constantFrom("stdout" as const, "stderr" as const),
        text: fc.string({ unit: "binary", minLength: 1 }),
      }),
      fc.record({
        output_type: fc.constant("display_data" as const),
        data: fc.record({ "application/json": fc.jsonValue(), "text/plain": fc.string({ minLength: 1 }) }),
        metadata: fc.constant({}),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(output),
        fc.option(fc.nat()),
        fc.constantFrom(0, 1, 2, "\t"),
        (outputs, count, indent) => {
          const text = JSON.stringify(JSON.parse(odd), null, indent);
          const changed = new NotebookFile(write(text)).withResults(
            new Map([[1, { outputs, executionCount: count }]]),
          );
          const read = new NotebookFile(write(changed)).notebook;
          const [prose, code] = read.cells;
          expect(prose).toEqual(JSON.parse(odd).cells[0]);
          expect(code).toMatchObject({ metadata: { b: 1, a: 2 }, execution_count: count });
          const joined = JSON.parse(JSON.stringify((code as CodeCell).outputs), (key, value) =>
            ["text", "text/plain"].includes(key) && Array.isArray(value) ? value.join("") : value,
          );
          expect(joined).toEqual(JSON.parse(JSON.stringify(outputs)));
          // What is laid out as Jupyter does stays so.
          if (indent !== 0) expect(JSON.stringify(JSON.parse(changed), null, indent)).toBe(changed);
        },
      ),
    );
  });

  test("belong to code cells", () => {
    const file = new NotebookFile(write(odd));
    expect(() => file.withResults(new Map([[0, { outputs: [], executionCount: null }]]))).toThrow(
      /a\.ipynb: cell 1 is no code cell$/,
    );
  });
});

test.each([
  [0, 0, 5],
  [0, 1, 5],
  [1, 0, 7],
  [1, 1, 8],
  [1, 9, 8],
])("cell %i, line %i of its source stands in line %i", (cell, line, expected) => {
  expect(new NotebookFile(write(odd)).lineOf(cell, line)).toBe(expected);
});

describe("writing", () => {
  const changed = odd.replace("null", "3");

  test("keeps the file's mode, and leaves nothing beside it", () => {
    const path = write(odd, "mode.ipynb");
    chmodSync(path, 0o640);
    new NotebookFile(path).write(changed);
    expect(readFileSync(path, "utf8")).toBe(changed);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("does not touch a file whose text stays", () => {
    const path = write(odd, "same.ipynb");
    const { ino, mtimeMs } = statSync(path);
    new NotebookFile(path).write(odd);
    expect(statSync(path)).toMatchObject({ ino, mtimeMs });
  });

  test("replaces what a link points to", () => {
    const target = write(odd, "target.ipynb");
    const link = join(folder, "link.ipynb");
    symlinkSync(target, link);
    new NotebookFile(link).write(changed);
    expect(readFileSync(target, "utf8")).toBe(changed);
    expect(statSync(link).ino).toBe(statSync(target).ino);
  });

  test("leaves a file alone that was changed meanwhile", () => {
    const path = write(odd, "theirs.ipynb");
    const file = new NotebookFile(path);
    writeFileSync(path, `${odd}\n`);
    expect(() => file.write(changed)).toThrow("it was changed while it ran, and is left as it is now");
    expect(readFileSync(path, "utf8")).toBe(`${odd}\n`);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

test("a file that is not UTF-8 is refused", () => {
  const path = write(Uint8Array.of(0x7b, 0xff, 0x7d), "latin.ipynb");
  expect(() => new NotebookFile(path)).toThrow(`${path}: not UTF-8, and so no notebook`);
});
