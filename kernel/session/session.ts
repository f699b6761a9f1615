import { dirname, isAbsolute } from "node:path";
import type { DebuggedSession } from "../debug/debuggee.js";
import { inspectSafely, toMimeBundle } from "../display/mime-bundle.js";
import { CellFailure, type Execution, type MagicHost } from "../magics/magic.js";
import { MagicRunner } from "../magics/run.js";
import type { CellError, ExecuteRequest, MimeBundle, Outcome, Payload } from "../protocol/link.js";
import { CellRegistry } from "./cell-registry.js";
import { CellCompiler, type Prelude } from "./compiler.js";
import { compilerOptions } from "./compiler-options.js";
import type { Diagnostic } from "./diagnostics.js";
import { Executor } from "./executor.js";
import { Intrinsics } from "./intrinsics.js";
import type { Completeness } from "./is-complete.js";
import { Modules } from "./modules.js";
import { since } from "./moment.js";
import type { OutputCapture } from "./output.js";
import { toCodePoints, toUtf16 } from "./positions.js";
import type { CellSettings } from "./settings.js";
import { describeDiagnostics, describeThrown, mapStack } from "./traceback.js";
import type { ParsedFiles, Tslab } from "./tslab.js";

export interface SessionOptions {
  /** The notebook's folder: what cells import is looked for here. */
  readonly directory: string;
  readonly prelude: Prelude;
  /** Declaration file of the library. */
  readonly library: string;
  /** Declaration files that a start-up snapshot has brought. */
  readonly parsed?: ParsedFiles;
  readonly output: OutputCapture;
  readonly frontEnd: Pick<MagicHost, "ask" | "show">;
  /** Told when the compiler starts and ends, during which an interrupt has to wait. */
  readonly compiling: (running: boolean) => void;
}

/** The user's session: compiles and runs cells on the main thread, one at a time. */
export class Session {
  /** What host code does while it is not the user's turn goes through this. */
  readonly intrinsics: Intrinsics = new Intrinsics();

  readonly #settings: CellSettings = { typeErrors: "error", fullStacks: false };
  readonly #tslab: Tslab;
  readonly #output: OutputCapture;
  readonly #directory: string;
  readonly #libraryTypes: RegExp;
  readonly #cells: CellRegistry;
  readonly #compiler: CellCompiler;
  readonly #executor: Executor;
  readonly #magics: MagicRunner;
  readonly #frontEnd: SessionOptions["frontEnd"];
  /** What is wrong with the tsconfig.json, until it has been told. */
  #configProblems: readonly string[];

  constructor(
    tslab: Tslab,
    { directory, prelude, library, parsed, output, frontEnd, compiling }: SessionOptions,
  ) {
    this.#tslab = tslab;
    this.#output = output;
    this.#frontEnd = frontEnd;
    this.#directory = directory;
    this.#libraryTypes = new RegExp(`import\\("${escapeRegExp(dirname(library))}[^"]*"\\)`, "g");
    const cells = new CellRegistry(tslab.typescript.decodeMappings);
    const declarations = { optimlab: library, tslab: tslab.publicTypes };
    const { options, problems } = compilerOptions(tslab, directory, declarations);
    const { intrinsics } = this;
    const compiler = new CellCompiler(tslab, cells, {
      directory,
      options,
      prelude,
      parsed,
      intrinsics,
      compiling,
    });
    const modules = new Modules({
      directory,
      known: new Map([["tslab", tslab.publicModule]]),
      resolveLocal: (name, from) => compiler.resolveLocal(name, from),
      resolveImport: (name, from) => compiler.resolveImport(name, from),
      virtual: (path) => compiler.virtual(path),
      compile: (path, text) => compiler.compileFile(path, text),
    });
    this.#cells = cells;
    this.#compiler = compiler;
    this.#configProblems = problems;
    this.#executor = new Executor(directory, modules, intrinsics);
    this.#magics = new MagicRunner(tslab.typescript, directory, (name) => this.#executor.has(name));
    Error.prepareStackTrace = (error, sites) =>
      mapStack([headerOf(error), ...sites.map((site) => `    at ${site}`)].join("\n"), cells);
  }

  /**
   * Runs a cell and calls `finish` when it has ended. An interrupted cell may never end: terminating the thread drops
   * the promise jobs that are waiting.
   */
  execute(request: ExecuteRequest, interrupted: AbortSignal, finish: (outcome: Outcome) => void): void {
    this.#output.begin(request.id);
    void this.#answer(request, interrupted, finish);
  }

  /** By `await` alone: when this goes on, user code may have replaced the methods of promises. */
  async #answer(
    request: ExecuteRequest,
    interrupted: AbortSignal,
    finish: (outcome: Outcome) => void,
  ): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#execute(request, interrupted);
    } catch (error) {
      outcome = { status: "error", ...this.describe(error) };
    }
    finish(outcome);
  }

  /** The code that has been compiled. */
  get cells(): CellRegistry {
    return this.#cells;
  }

  /** What the debugger sees of the session. */
  debugged(compiling: () => boolean): DebuggedSession {
    const executor = this.#executor;
    return {
      typescript: this.#tslab.typescript as unknown as DebuggedSession["typescript"],
      compiling,
      compiled: (script) => {
        const cell = this.#cells.find(script);
        return (
          cell && {
            // A local file is a script under its path.
            file: isAbsolute(cell.url) ? cell.url : undefined,
            text: cell.source,
            place: (line, column) => this.#cells.resolve(script, line, column),
          }
        );
      },
      variables: () =>
        executor.variables.map(([name]) => {
          const variable = executor.variable(name);
          const set = (value: unknown): void => {
            variable.value = value;
          };
          return [name, { get: () => variable.value, set }];
        }),
      define: (name, value) => {
        executor.variable(name).value = value;
      },
      isInternal: (name, value) => executor.isInternal(name, value),
    };
  }

  /** Name, message and traceback of an error from a cell. */
  describe(error: unknown): CellError {
    return describeThrown(error, this.#cells, this.#directory, inspectSafely, this.#settings.fullStacks);
  }

  complete(code: string, cursor: number): Record<string, unknown> {
    const position = toUtf16(code, cursor);
    const magics = this.#magics.complete(code, position);
    const completion = magics
      ? { ...magics, candidates: magics.matches.map((name) => ({ name, kind: "magic" })) }
      : this.#compiler.complete(this.#magics.codeOf(code), position);
    const start = toCodePoints(code, completion.start);
    const end = toCodePoints(code, completion.end);
    const kinds = new Map(completion.candidates.map(({ name, kind }) => [name, kind]));
    const matches = [...kinds.keys()];
    const types = matches.map((text) => ({ start, end, text, type: kinds.get(text)! }));
    const metadata = { _jupyter_types_experimental: types };
    return { status: "ok", matches, cursor_start: start, cursor_end: end, metadata };
  }

  inspect(code: string, cursor: number, _detail: 0 | 1): Record<string, unknown> {
    const text = this.#describeAt(this.#magics.codeOf(code), toUtf16(code, cursor));
    const data = text === undefined ? {} : { "text/plain": text };
    return { status: "ok", found: text !== undefined, data, metadata: {} };
  }

  isComplete(code: string): Completeness {
    return this.#magics.isComplete(code);
  }

  async #execute(
    { code, executionCount, silent, userExpressions }: ExecuteRequest,
    interrupted: AbortSignal,
  ): Promise<Outcome> {
    const payload: Payload[] = [];
    let value: unknown;
    try {
      ({ value } = await this.#magics.run(code, this.#hostOf(String(executionCount), interrupted, payload)));
    } catch (error) {
      return { status: "error", ...(error instanceof CellFailure ? error.error : this.describe(error)) };
    }
    const bundle = value === undefined || silent ? undefined : await this.#show(value);
    const result = bundle && Object.keys(bundle.data).length > 0 ? bundle : undefined;
    const expressions: Record<string, unknown> = {};
    for (const [name, expression] of Object.entries(userExpressions)) {
      expressions[name] = await this.#evaluate(expression);
    }
    return { status: "ok", result, userExpressions: expressions, payload };
  }

  #hostOf(label: string, interrupted: AbortSignal, payload: Payload[]): MagicHost {
    return {
      ...this.#frontEnd,
      directory: this.#directory,
      interrupted,
      settings: this.#settings,
      released: (code) => this.intrinsics.released(code),
      run: async (source, settings): Promise<Execution> => {
        const result = await this.#runCode(source, label, settings);
        return { value: result?.value, ...since(this.#compiler.ended) };
      },
      variables: () => this.#executor.variables,
      describe: (code, offset) => this.#describeAt(code, offset),
      reset: () => {
        this.#executor.reset();
        this.#compiler.reset();
      },
      write: (name, text) => this.#output.write(name, text),
      send: (one) => void payload.push(one),
    };
  }

  /** Type and documentation of the name at a position, or right before it, where the cursor is after typing it. */
  #describeAt(code: string, position: number): string | undefined {
    const info =
      this.#compiler.inspect(code, position) ??
      (position > 0 ? this.#compiler.inspect(code, position - 1) : undefined);
    return info && this.#tidy(this.#tslab.printQuickInfo(info));
  }

  /** Displaying can run the user's own methods. */
  #show(value: unknown): Promise<MimeBundle> {
    return this.intrinsics.released(() => toMimeBundle(value));
  }

  /** A user expression: its value as a mime bundle, or its error. */
  async #evaluate(
    expression: string,
  ): Promise<(MimeBundle & { status: "ok" }) | ({ status: "error" } & CellError)> {
    try {
      const result = await this.#runCode(expression, "user expression");
      return { status: "ok", ...(await this.#show(result?.value)) };
    } catch (error) {
      return { status: "error", ...(error instanceof CellFailure ? error.error : this.describe(error)) };
    }
  }

  /**
   * Compiles and runs code and returns its last value, if there is one.
   * @throws CellFailure when it does not compile; what the code throws is described, too
   */
  async #runCode(
    code: string,
    label: string,
    settings?: Partial<CellSettings>,
  ): Promise<{ readonly value: unknown } | undefined> {
    this.#tellConfigProblems();
    const { typeErrors } = { ...this.#settings, ...settings };
    const { cell, errors, warnings } = this.#compiler.compile(code, label, typeErrors);
    if (errors.length > 0) throw new CellFailure(this.#describeDiagnostics(errors, label, code));
    if (warnings.length > 0) {
      const { traceback } = this.#describeDiagnostics(warnings, label, code);
      this.#output.write("stderr", `${traceback.join("\n")}\n`);
    }
    if (!cell) return undefined;
    try {
      return await this.#executor.run(cell);
    } catch (error) {
      throw new CellFailure(this.describe(error));
    }
  }

  #tellConfigProblems(): void {
    for (const problem of this.#configProblems) this.#output.write("stderr", `${problem}\n`);
    this.#configProblems = [];
  }

  #describeDiagnostics(diagnostics: readonly Diagnostic[], label: string, code: string): CellError {
    const tidied = diagnostics.map((diagnostic) => ({
      ...diagnostic,
      messageText: this.#tidy(diagnostic.messageText),
    }));
    return describeDiagnostics(tidied, label, code);
  }

  /** TypeScript names the library by the path of its declarations; people name it optimlab. */
  #tidy(text: string): string {
    return text.replace(this.#libraryTypes, 'import("optimlab")');
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function headerOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}
