import { dirname } from "node:path";
import { inspectSafely, toMimeBundle } from "../display/mime-bundle.js";
import type { CellError, ExecuteRequest, MimeBundle, Outcome } from "../protocol/link.js";
import { CellRegistry } from "./cell-registry.js";
import { CellCompiler, type Prelude } from "./compiler.js";
import { type Completeness, isComplete } from "./is-complete.js";
import type { OutputCapture } from "./output.js";
import { toCodePoints, toUtf16 } from "./positions.js";
import { describeDiagnostics, describeThrown, INTERRUPTED, mapStack } from "./traceback.js";
import type { Executor, Tslab } from "./tslab.js";

/** The code of the error with which Node's `breakOnSigint`, which tslab's executor sets, ends a script. */
const SIGINT_CODE = "ERR_SCRIPT_EXECUTION_INTERRUPTED";

export interface SessionOptions {
  /** The notebook's folder: what cells import is looked for here. */
  readonly directory: string;
  readonly prelude: Prelude;
  /** Declaration file of the library. */
  readonly library: string;
  readonly output: OutputCapture;
  /** Told when the compiler starts and ends, during which an interrupt has to wait. */
  readonly compiling: (running: boolean) => void;
}

interface Run {
  readonly id: number;
  readonly finish: (outcome: Outcome) => void;
}

/** The user's session: compiles and runs cells on the main thread through tslab, one at a time. */
export class Session {
  readonly #tslab: Tslab;
  readonly #output: OutputCapture;
  readonly #directory: string;
  readonly #libraryTypes: RegExp;
  readonly #cells = new CellRegistry();
  readonly #compiler: CellCompiler;
  readonly #executor: Executor;
  #run: Run | undefined;
  #result: { readonly value: unknown } | undefined;
  #thrown: { readonly value: unknown } | undefined;

  constructor(tslab: Tslab, { directory, prelude, library, output, compiling }: SessionOptions) {
    this.#tslab = tslab;
    this.#output = output;
    this.#directory = directory;
    this.#libraryTypes = new RegExp(`import\\("${escapeRegExp(dirname(library))}[^"]*"\\)`, "g");
    const compiler = new CellCompiler(tslab, this.#cells, prelude, compiling);
    this.#compiler = compiler;
    const converters = { node: compiler, browser: compiler, close: () => compiler.close() };
    this.#executor = tslab.createExecutor(directory, converters, {
      log: (value) => {
        this.#result = { value };
      },
      error: (...values) => {
        this.#thrown = { value: values[0] };
      },
    });
    Error.prepareStackTrace = (error, sites) =>
      mapStack([headerOf(error), ...sites.map((site) => `    at ${site}`)].join("\n"), this.#cells);
  }

  /**
   * Runs a cell and calls `finish` once: when it has ended, or when {@link interrupt} ends it. Nothing of this
   * may hang on a promise alone, because terminating the thread drops the promise jobs that are waiting.
   */
  execute(request: ExecuteRequest, finish: (outcome: Outcome) => void): void {
    const run: Run = {
      id: request.id,
      finish: (outcome) => {
        if (this.#run !== run) return;
        this.#run = undefined;
        finish(outcome);
      },
    };
    this.#run = run;
    this.#output.begin(request.id);
    this.#execute(request).then(run.finish, (error: unknown) =>
      run.finish({ status: "error", ...this.describe(error) }),
    );
  }

  /** Ends the execution with this number if it has not ended yet. */
  interrupt(execution: number | undefined): void {
    if (execution !== undefined && this.#run?.id === execution) {
      this.#output.silence(execution);
      this.#run.finish({ status: "error", ...INTERRUPTED });
    }
  }

  /** Name, message and traceback of an error from a cell. */
  describe(error: unknown): CellError {
    return describeThrown(error, this.#cells, this.#directory, inspectSafely);
  }

  complete(code: string, cursor: number): Record<string, unknown> {
    const position = toUtf16(code, cursor);
    const completion = this.#compiler.complete("", code, position);
    const start = toCodePoints(code, completion.start);
    const end = toCodePoints(code, completion.end);
    const kinds = new Map(completion.original?.entries.map(({ name, kind }) => [name, kind]));
    const matches = [...new Set(completion.candidates)];
    const types = matches.map((text) => ({ start, end, text, type: kinds.get(text) ?? "" }));
    const metadata = { _jupyter_types_experimental: types };
    return { status: "ok", matches, cursor_start: start, cursor_end: end, metadata };
  }

  inspect(code: string, cursor: number): Record<string, unknown> {
    const position = toUtf16(code, cursor);
    const info =
      this.#compiler.inspect("", code, position) ??
      // The cursor stands behind the name, as it does right after typing it.
      (position > 0 ? this.#compiler.inspect("", code, position - 1) : undefined);
    const data = info ? { "text/plain": this.#tidy(this.#tslab.printQuickInfo(info)) } : {};
    return { status: "ok", found: info !== undefined, data, metadata: {} };
  }

  isComplete(code: string): Completeness {
    return isComplete(this.#tslab.typescript, code);
  }

  async #execute({ code, executionCount, silent, userExpressions }: ExecuteRequest): Promise<Outcome> {
    const error = await this.#runCode(code, String(executionCount));
    if (error) return { status: "error", ...error };
    const result = this.#result && !silent ? await toMimeBundle(this.#result.value) : undefined;
    const expressions: Record<string, unknown> = {};
    for (const [name, expression] of Object.entries(userExpressions)) {
      expressions[name] = await this.#evaluate(expression);
    }
    return { status: "ok", result, userExpressions: expressions };
  }

  /** A user expression: its value as a mime bundle, or its error. */
  async #evaluate(
    expression: string,
  ): Promise<(MimeBundle & { status: "ok" }) | ({ status: "error" } & CellError)> {
    const error = await this.#runCode(expression, "user expression");
    if (error) return { status: "error", ...error };
    return { status: "ok", ...(await toMimeBundle(this.#result?.value)) };
  }

  /** Compiles and runs code; its last value is then in `#result`. Returns what went wrong, if anything. */
  async #runCode(code: string, label: string): Promise<CellError | undefined> {
    this.#result = undefined;
    this.#thrown = undefined;
    this.#compiler.label = label;
    const succeeded = await this.#executor.execute(code);
    if (this.#compiler.diagnostics.length > 0) return this.#describeDiagnostics(label, code);
    if (succeeded) return undefined;
    const thrown = this.#thrown as { readonly value: unknown } | undefined;
    return isSigint(thrown?.value) ? INTERRUPTED : this.describe(thrown?.value);
  }

  #describeDiagnostics(label: string, code: string): CellError {
    const diagnostics = this.#compiler.diagnostics.map((diagnostic) => ({
      ...diagnostic,
      messageText: this.#tidy(diagnostic.messageText),
    }));
    return describeDiagnostics(diagnostics, label, code);
  }

  /** TypeScript names the library by the path of its declarations; people name it optimlab. */
  #tidy(text: string): string {
    return text.replace(this.#libraryTypes, 'import("optimlab")');
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function isSigint(thrown: unknown): boolean {
  try {
    return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === SIGINT_CODE;
  } catch {
    return false;
  }
}

function headerOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}
