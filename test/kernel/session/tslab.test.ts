import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { loadTslab, NEVER_CANCELLED, type SourceFile } from "../../../kernel/session/tslab.js";

// What the kernel uses of tslab and its compiler is private: this is what has to be looked at when a version changes.
const tslab = loadTslab();
const { typescript } = tslab;

test("it is the version that all this was written for", () => {
  expect(tslab.version).toBe("1.0.22");
  expect(typescript.version).toBe("5.0.4");
});

describe("tslab", () => {
  test("hands cells its own module, whose display writes where we say", () => {
    const require = createRequire(import.meta.url);
    const written: unknown[] = [];
    tslab.setWriteDisplayData((content, update) => written.push([content, update]));
    (tslab.publicModule as { display: { html(text: string): void } }).display.html("<b>");
    expect(tslab.publicModule).toBe(require("tslab"));
    expect(written).toEqual([
      [{ data: { "text/html": "<b>" }, metadata: {}, transient: { display_id: undefined } }, undefined],
    ]);
  });

  test("reads what a cell says about itself in comments", () => {
    expect(tslab.getCodeMetadata("/** @module lib */ export const a = 1")).toEqual({ module: "lib" });
    expect(tslab.getCodeMetadata("1 + 1")).toEqual({});
  });
});

describe("the compiler", () => {
  const parse = (name: string, text: string): SourceFile => {
    const file = typescript.createSourceFile(name, text, {
      languageVersion: typescript.ScriptTarget.ES2022,
      setExternalModuleIndicator: (module) => {
        (module as SourceFile).externalModuleIndicator = true;
      },
    }) as SourceFile;
    file.path = file.resolvedPath = file.originalFileName = name;
    file.imports = [];
    file.moduleAugmentations = [];
    file.ambientModuleNames = [];
    typescript.bindSourceFile(file, {});
    return file;
  };
  const options = { target: typescript.ScriptTarget.ES2022, module: typescript.ModuleKind.ESNext };
  const program = typescript.createProgram([tslab.publicTypes], {
    ...options,
    lib: ["lib.es2022.d.ts"],
    types: [],
  });

  test("checks and emits a file beside the program, whose parent says what else it sees", () => {
    const earlier = parse("/earlier.ts", "const names = ['a']; const unused = 1");
    const file = parse("/cell.ts", "const n: number = names; await 0");
    file.parent = earlier;
    const messages = program.getSemanticDiagnostics(file).map(({ messageText }) => messageText);
    expect(messages).toEqual(["Type 'string[]' is not assignable to type 'number'."]);
    let script = "";
    program.emit(file, (_, text) => {
      script = text;
    });
    expect(script).toMatch(/^const n = names;\nawait 0;\n/);
    expect(program.getSourceFile("/cell.ts")).toBeUndefined();
  });

  test("completes and inspects there", () => {
    const earlier = parse("/earlier2.ts", "let names: string[] = []");
    const file = parse("/cell2.ts", "names.ma");
    file.parent = earlier;
    const completions = typescript.Completions.getCompletionsAtPositionForTslab(
      {},
      program,
      () => undefined,
      file,
      8,
      {},
      undefined,
      typescript.CompletionTriggerKind.Invoked,
      NEVER_CANCELLED,
    );
    expect(completions!.entries.find(({ name }) => name === "map")!.kind).toBe("method");
    const info = typescript.getQuickInfoAtPosition(file, program.getTypeChecker(), NEVER_CANCELLED, 1)!;
    expect(tslab.printQuickInfo(info)).toBe("let names: string[]");
    expect(typescript.findPrecedingToken(8, file)!.getText(file)).toBe("ma");
  });

  test("has the other internal functions", () => {
    expect(typescript.stringToToken("typeof")).toBe(typescript.SyntaxKind.TypeOfKeyword);
    expect(Array.from(typescript.decodeMappings("AAAA;CAEA"), (mapping) => ({ ...mapping }))).toMatchObject([
      { generatedLine: 0, generatedCharacter: 0, sourceLine: 0, sourceCharacter: 0 },
      { generatedLine: 1, generatedCharacter: 1, sourceLine: 2, sourceCharacter: 0 },
    ]);
    const [statement] = parse("/cell3.ts", "(x as any)").statements;
    const { expression } = statement as unknown as {
      expression: Parameters<typeof typescript.skipOuterExpressions>[0];
    };
    expect(typescript.isIdentifier(typescript.skipOuterExpressions(expression))).toBe(true);
    expect(typescript.isExpressionNode(expression)).toBe(true);
    expect(typescript.createModeAwareCache()).toHaveProperty("set");
  });
});
