import { dirname } from "node:path";
import { inspectSafely, toMimeBundle } from "../display/mime-bundle.js";
import { CellFailure, type Execution, type MagicHost } from "../magics/magic.js";
import { MagicRunner } from "../magics/run.js";
import type { CellError, ExecuteRequest, MimeBundle, Outcome, Payload } from "../protocol/link.js";
import { CellRegistry } from "./cell-registry.js";
import { CellCompiler, type Prelude } from "./compiler.js";
import type { Completeness } from "./is-complete.js";
import { since } from "./moment.js";
import type { OutputCapture } from "./output.js";
import { toCodePoints, toUtf16 } from "./positions.js";
import { describeDiagnostics, describeThrown, INTERRUPTED, mapStack } from "./traceback.js";
import type { Completion, Executor, Tslab } from "./tslab.js";

/** The code of the error with which Node's `breakOnSigint`, which tslab's executor sets, ends a script. */
const SIGINT_CODE = "ERR_SCRIPT_EXECUTION_INTERRUPTED";

export interface SessionOptions {
  /** The notebook's folder: what cells import is looked for here. */
  readonly directory: string;
  readonly prelude: Prelude;
  /** Declaration file of the library. */
  readonly library: string;
  readonly output: OutputCapture;
  readonly frontEnd: Pick<MagicHost, "ask" | "show">;
  /** Told when the compiler starts and ends, during which an interrupt has to wait. */
  readonly compiling: (running: boolean) => void;
}

interface Run {
  readonly id: number;
  readonly interrupting: AbortController;
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
  readonly #magics: MagicRunner;
  readonly #frontEnd: SessionOptions["frontEnd"];
  #run: Run | undefined;
  #result: { readonly value: unknown } | undefined;
  #thrown: { readonly value: unknown } | undefined;

  constructor(tslab: Tslab, { directory, prelude, library, output, frontEnd, compiling }: SessionOptions) {
    this.#tslab = tslab;
    this.#output = output;
    this.#frontEnd = frontEnd;
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
    this.#magics = new MagicRunner(tslab.typescript, directory, (name) => name in this.#executor.locals);
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
      interrupting: new AbortController(),
      finish: (outcome) => {
        if (this.#run !== run) return;
        this.#run = undefined;
        finish(outcome);
      },
    };
    this.#run = run;
    this.#output.begin(request.id);
    this.#execute(request, run.interrupting.signal).then(run.finish, (error: unknown) =>
      run.finish({ status: "error", ...this.describe(error) }),
    );
  }

  /** Ends the execution with this number if it has not ended yet. */
  interrupt(execution: number | undefined): void {
    if (execution !== undefined && this.#run?.id === execution) {
      this.#output.silence(execution);
      this.#run.interrupting.abort();
      this.#run.finish({ status: "error", ...INTERRUPTED });
    }
  }

  /** Name, message and traceback of an error from a cell. */
  describe(error: unknown): CellError {
    return describeThrown(error, this.#cells, this.#directory, inspectSafely);
  }

  complete(code: string, cursor: number): Record<string, unknown> {
    const position = toUtf16(code, cursor);
    const magics = this.#magics.complete(code, position);
    const completion: Completion = magics
      ? { ...magics, candidates: magics.matches }
      : this.#compiler.complete("", this.#magics.codeOf(code), position);
    const start = toCodePoints(code, completion.start);
    const end = toCodePoints(code, completion.end);
    const kinds = new Map(completion.original?.entries.map(({ name, kind }) => [name, kind]));
    const matches = [...new Set(completion.candidates)];
    const type = (text: string): string => (magics ? "magic" : (kinds.get(text) ?? ""));
    const types = matches.map((text) => ({ start, end, text, type: type(text) }));
    const metadata = { _jupyter_types_experimental: types };
    return { status: "ok", matches, cursor_start: start, cursor_end: end, metadata };
  }

  inspect(code: string, cursor: number): Record<string, unknown> {
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
    const bundle = value === undefined || silent ? undefined : await toMimeBundle(value);
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
      run: async (source): Promise<Execution> => {
        const error = await this.#runCode(source, label);
        if (error) throw new CellFailure(error);
        return { value: this.#result?.value, ...since(this.#compiler.ended) };
      },
      variables: () => Object.entries(this.#executor.locals),
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
      this.#compiler.inspect("", code, position) ??
      (position > 0 ? this.#compiler.inspect("", code, position - 1) : undefined);
    return info && this.#tidy(this.#tslab.printQuickInfo(info));
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
