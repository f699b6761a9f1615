import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Converter, loadTslab } from "../../../kernel/session/tslab.js";

// What the kernel uses of tslab is private: this is what has to be looked at when tslab's version changes.
const folder = mkdtempSync(join(tmpdir(), "optimlab-tslab-"));
writeFileSync(
  join(folder, "library.d.ts"),
  "export declare const answer: 42;\nexport interface Thing { size: number }\n",
);
const before = process.cwd();
process.chdir(folder);
const tslab = loadTslab(folder, { library: join(folder, "library.d.ts") });
const converter: Converter = tslab.createConverter();
afterAll(() => {
  converter.close();
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

test("it is the version that all this was written for", () => {
  expect(tslab.version).toBe("1.0.22");
  expect(tslab.typescript.version).toBe("5.0.4");
});

describe("the converter", () => {
  test("names declarations, the last expression and its source maps", () => {
    const { output, declOutput, lastExpressionVar, diagnostics, hasToplevelAwait } = converter.convert(
      "",
      "interface A { x: number }\nlet a: A = { x: 1 };\na.x",
    );
    expect({ declOutput, lastExpressionVar, diagnostics, hasToplevelAwait }).toEqual({
      declOutput: "interface A {\n    x: number;\n}\ndeclare let a: A;\n",
      lastExpressionVar: "tsLastExpr",
      diagnostics: [],
      hasToplevelAwait: false,
    });
    expect(output).not.toContain("sourceMappingURL");
    const maps = tslab.mapsOf(output!);
    expect(JSON.parse(maps!.commonJs)).toMatchObject({ version: 3 });
    expect(JSON.parse(maps!.esModule)).toMatchObject({ version: 3 });
  });

  test("tells type errors with line and character from 0", () => {
    expect(converter.convert("", "1;\n  const n: number = 'a'").diagnostics).toMatchObject([
      { start: { line: 1, character: 8 }, end: { line: 1, character: 9 }, code: 2322 },
    ]);
  });

  test("knows Node's types and a module by its name, wherever the notebook lies", () => {
    for (const source of [
      "console.log(process.argv)",
      'import { answer } from "library"; const a: 42 = answer',
    ]) {
      expect(converter.convert("", source).diagnostics).toEqual([]);
    }
    expect(converter.convert("", 'import { nothing } from "library"').diagnostics).toHaveLength(1);
  });

  test("completes and inspects", () => {
    const completion = converter.complete("declare let names: string[];\n", "names.ma", 8);
    expect(completion).toMatchObject({ start: 6, end: 8 });
    expect(completion.candidates).toContain("map");
    expect(completion.original!.entries.find(({ name }) => name === "map")!.kind).toBe("method");
    const info = converter.inspect("declare let names: string[];\n", "names", 1)!;
    expect(tslab.printQuickInfo(info)).toBe("let names: string[]");
  });

  test("adds a module that declares globals", () => {
    const source =
      'import * as l from "library"; declare global { const lib: typeof l; type Thing = l.Thing }';
    expect(converter.addModule("prelude", source)).toEqual([]);
    expect(converter.convert("", "const t: Thing = { size: lib.answer }").diagnostics).toEqual([]);
  });
});

describe("the executor", () => {
  test("prints the last value raw, and what was thrown as it is", async () => {
    const logged: unknown[] = [];
    const failed: unknown[][] = [];
    const executor = tslab.createExecutor(
      folder,
      { node: converter, browser: converter, close: () => undefined },
      { log: (value) => logged.push(value), error: (...values) => failed.push(values) },
    );
    expect(await executor.execute("const value = { a: 1 }; value")).toBe(true);
    expect(logged).toEqual([executor.locals.value]);
    expect(await executor.execute("throw value")).toBe(false);
    expect(failed).toEqual([[executor.locals.value]]);
    expect(await executor.execute("await Promise.reject(5)")).toBe(false);
    expect(failed.at(-1)).toEqual([5]);
  });

  test("hands cells tslab's own module, whose display writes where we say", () => {
    const require = createRequire(import.meta.url);
    const written: unknown[] = [];
    tslab.setWriteDisplayData((content, update) => written.push([content, update]));
    (require("tslab") as { display: { html(text: string): void } }).display.html("<b>");
    expect(written).toEqual([
      [{ data: { "text/html": "<b>" }, metadata: {}, transient: { display_id: undefined } }, undefined],
    ]);
  });
});
