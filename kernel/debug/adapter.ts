import type { DebugProtocol } from "@vscode/debugprotocol";
import { ContentError, Fields } from "../protocol/content.js";
import type { Json } from "../protocol/wire.js";
import { Breakpoints } from "./breakpoints.js";
import { CELL_FILES } from "./cell-files.js";
import { EXCEPTION_FILTERS, Exceptions } from "./exceptions.js";
import { Execution, type Frame, type Stop } from "./execution.js";
import { InspectedThread, RemoteValue } from "./inspected-thread.js";
import type { Variable } from "./variables.js";

type Handler = (fields: Fields, content: Json) => Promise<object | undefined> | object | undefined;

/** JavaScript has one thread; JupyterLab takes this number for granted. */
const THREAD = 1;

const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsExceptionInfoRequest: true,
  supportsModulesRequest: true,
  exceptionBreakpointFilters: EXCEPTION_FILTERS,
};

/** Requests that mean something while nothing is being debugged. */
const ALWAYS = new Set([
  "debugInfo",
  "initialize",
  "attach",
  "disconnect",
  "terminate",
  "dumpCell",
  "source",
  "inspectVariables",
  "richInspectVariables",
  "variables",
  "modules",
  "threads",
]);

/**
 * The Debug Adapter Protocol (https://microsoft.github.io/debug-adapter-protocol) with Jupyter's additions
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html#debug-request), over Node's inspector.
 */
export class DebugAdapter {
  readonly #directory: string;
  readonly #publish: (event: Json) => void;
  readonly #thread = new InspectedThread();
  readonly #breakpoints = new Breakpoints(this.#thread);
  readonly #exceptions = new Exceptions(this.#thread, (script) => this.#execution.isOwn(script));
  readonly #execution: Execution;
  readonly #handlers: Readonly<Record<string, Handler>>;
  #sequence = 0;
  #started = false;
  #attached = false;
  /** Frames of this stop are numbered from here, so that an old number is not taken for a new one. */
  #firstFrame = 1;
  #globals: readonly Variable[] = [];
  /** Settles when the requests before it that change something have been answered. */
  #changes: Promise<unknown> = Promise.resolve();

  /** @param directory The notebook's folder; files in it are the user's own. */
  constructor(directory: string, publish: (event: Json) => void) {
    this.#directory = directory;
    this.#publish = publish;
    this.#execution = new Execution(this.#thread, this.#breakpoints, this.#exceptions, {
      onStop: (stop) => this.#stopped(stop),
      onContinue: () => this.#event("continued", { threadId: THREAD, allThreadsContinued: true }),
    });
    const changing =
      (handler: Handler): Handler =>
      (fields, content) => {
        const result = this.#changes.then(() => handler(fields, content));
        this.#changes = result.catch(() => undefined);
        return result;
      };
    this.#handlers = {
      debugInfo: () => this.#debugInfo(),
      initialize: (fields) => this.#initialize(fields),
      attach: changing((fields) => this.#attach(fields)),
      disconnect: changing(() => this.#disconnect()),
      terminate: changing(() => this.#disconnect()),
      configurationDone: () => undefined,
      dumpCell: (fields) => this.#dumpCell(fields),
      source: (fields) => this.#source(fields),
      modules: () => this.#modules(),
      setBreakpoints: changing((fields, content) => this.#setBreakpoints(fields, content)),
      setExceptionBreakpoints: changing((_, content) => this.#setExceptionBreakpoints(content)),
      threads: () => ({ threads: [{ id: THREAD, name: "main" }] }),
      continue: async () => {
        await this.#execution.continue();
        return { allThreadsContinued: true };
      },
      pause: () => this.#execution.pause().then(() => undefined),
      next: () => this.#step("next"),
      stepIn: () => this.#step("stepIn"),
      stepOut: () => this.#step("stepOut"),
      stackTrace: (fields) => this.#stackTrace(fields),
      scopes: (fields) => this.#scopes(fields),
      variables: (fields) => this.#variables(fields),
      evaluate: (fields) => this.#evaluate(fields),
      exceptionInfo: () => this.#exceptionInfo(),
      inspectVariables: () => this.#inspectVariables(),
      richInspectVariables: (fields) => this.#richInspectVariables(fields),
      copyToGlobals: (fields) => this.#copyToGlobals(fields),
    };
  }

  /** Answers the content of a `debug_request`. Never rejects: what went wrong is the reply's `message`. */
  async request(content: Json): Promise<Json> {
    const { command, seq } = content;
    const reply = { type: "response", request_seq: seq, seq: ++this.#sequence, command };
    try {
      const body = await this.#answer(content);
      return { ...reply, success: true, ...(body ? { body } : {}) };
    } catch (error) {
      const message =
        error instanceof ContentError ? error.message : `${command}: ${(error as Error).message}`;
      return { ...reply, success: false, message, body: {} };
    }
  }

  /** Lets a stopped main thread go on, so that it can be interrupted. */
  resume(): Promise<void> {
    return this.#execution.continue();
  }

  /** Gives the main thread free for good. */
  close(): void {
    this.#thread.close();
  }

  async #answer(content: Json): Promise<object | undefined> {
    const request = new Fields("debug_request", content);
    const command = request.string("command");
    if (!Object.hasOwn(this.#handlers, command)) {
      throw new Error(`the debugger has no such command; it has ${Object.keys(this.#handlers).join(", ")}`);
    }
    if (!this.#attached && !ALWAYS.has(command)) {
      throw new Error("nothing is being debugged yet: initialize and attach come first");
    }
    const argument = request.object("arguments");
    return await this.#handlers[command]!(new Fields(command, argument), argument);
  }

  #event(event: string, body: object): void {
    this.#publish({ type: "event", seq: ++this.#sequence, event, body });
  }

  #debugInfo(): object {
    return {
      isStarted: this.#started,
      ...CELL_FILES,
      breakpoints: this.#breakpoints.list(),
      stoppedThreads: this.#execution.stop ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: true,
    };
  }

  #initialize(fields: Fields): object {
    for (const name of ["linesStartAt1", "columnsStartAt1"]) {
      if (!fields.boolean(name, true))
        throw new Error(`${name} must be true: lines and columns count from 1 here`);
    }
    this.#started = true;
    return CAPABILITIES;
  }

  async #attach(fields: Fields): Promise<undefined> {
    if (!this.#started) throw new Error("initialize comes first");
    await this.#execution.attach(this.#directory, !fields.boolean("justMyCode", true));
    this.#attached = true;
    this.#event("initialized", {});
    this.#event("process", { name: "optimlab", systemProcessId: process.pid, startMethod: "attach" });
    this.#event("thread", { reason: "started", threadId: THREAD });
  }

  async #disconnect(): Promise<undefined> {
    this.#started = false;
    if (!this.#attached) return;
    this.#attached = false;
    await this.#exceptions.setFilters([]);
    await this.#execution.detach();
    this.#breakpoints.clear();
    await this.#thread.call("clear");
  }

  async #dumpCell(fields: Fields): Promise<object> {
    return { sourcePath: await this.#thread.call("addCell", fields.string("code")) };
  }

  async #source(fields: Fields): Promise<object> {
    const path = new Fields("source", fields.object("source")).string("path");
    const content = await this.#thread.call("text", path);
    if (content === null) throw new Error(`there is no cell and no file ${path}`);
    return { content, mimeType: "text/typescript" };
  }

  async #modules(): Promise<object> {
    const scripts = [...this.#thread.scripts()].filter((script) => this.#execution.isOwn(script));
    const paths = await this.#thread.call(
      "paths",
      scripts.map(({ url }) => url),
    );
    const files = [...new Set(paths)].filter((path) => path && !path.startsWith(CELL_FILES.tmpFilePrefix));
    const modules = files.map((path) => ({ id: path, name: path!.split(/[\\/]/).at(-1), path }));
    return { modules, totalModules: modules.length };
  }

  async #setBreakpoints(fields: Fields, content: Json): Promise<object> {
    const path = new Fields("setBreakpoints: source", fields.object("source")).string("path");
    const requested = list(content, "breakpoints").map((item): DebugProtocol.SourceBreakpoint => {
      const breakpoint = new Fields("setBreakpoints", object(item, "breakpoints"));
      const line = breakpoint.integer("line");
      if (line === undefined || line < 1) {
        throw new ContentError(`setBreakpoints: line must be an integer from 1, got ${line ?? "nothing"}`);
      }
      const condition = breakpoint.string("condition", "");
      return condition === "" ? { line } : { line, condition };
    });
    const isOwn = this.#execution.isOwn.bind(this.#execution);
    return { breakpoints: await this.#breakpoints.set(path, requested, isOwn) };
  }

  async #setExceptionBreakpoints(content: Json): Promise<undefined> {
    await this.#exceptions.setFilters(list(content, "filters").map(String));
    await this.#execution.skipOtherCode();
  }

  async #step(kind: "next" | "stepIn" | "stepOut"): Promise<undefined> {
    this.#requireStop();
    await this.#execution.step(kind);
  }

  #stackTrace(fields: Fields): object {
    const { frames } = this.#execution.stop ?? { frames: [] };
    const start = fields.integer("startFrame") ?? 0;
    const levels = fields.integer("levels") || frames.length;
    const stackFrames = frames.map(
      ({ name, place: [path, line, column] }, i): DebugProtocol.StackFrame => ({
        id: this.#firstFrame + i,
        name,
        source: { name: path.split(/[\\/]/).at(-1)!, path },
        line,
        column,
      }),
    );
    return { stackFrames: stackFrames.slice(start, start + levels), totalFrames: stackFrames.length };
  }

  async #scopes(fields: Fields): Promise<object> {
    const { call } = this.#requireFrame(fields.integer("frameId"));
    const chain = call.scopeChain.filter(({ type }) => !["global", "script", "module"].includes(type));
    const end = chain.findIndex(({ type }) => type === "local") + 1 || chain.length;
    const group = (scopes: typeof chain, self?: RemoteValue): Promise<number> =>
      this.#thread.call("scopeGroup", self, ...scopes.map(({ object }) => new RemoteValue(object) as never));
    const groups = [
      ["Locals", await group(chain.slice(0, end), new RemoteValue(call.this))],
      ["Closure", await group(chain.slice(end))],
      ["Globals", await this.#thread.call("globalsGroup")],
    ] as const;
    const scopes = groups.map(([name, variablesReference]) => ({
      name,
      variablesReference,
      expensive: false,
    }));
    return { scopes: scopes.filter(({ variablesReference }) => variablesReference > 0) };
  }

  async #variables(fields: Fields): Promise<object> {
    const reference = fields.integer("variablesReference");
    if (reference === undefined) throw new ContentError("variables: variablesReference must be an integer");
    await this.#requireCalm();
    const [start, count] = [fields.integer("start"), fields.integer("count")];
    return { variables: await this.#thread.call("children", reference, start ?? 0, count || undefined) };
  }

  async #evaluate(fields: Fields): Promise<object> {
    const frameId = fields.integer("frameId");
    const frame = frameId === undefined ? undefined : this.#requireFrame(frameId);
    await this.#requireCalm();
    const result = await this.#execution.evaluate(
      fields.string("expression"),
      frame ?? this.#execution.stop?.frames[0],
    );
    const { value, type, variablesReference } = await this.#thread.call("show", new RemoteValue(result));
    return { result: value, ...(type === undefined ? {} : { type }), variablesReference };
  }

  #exceptionInfo(): object {
    const { reason, text } = this.#requireStop();
    if (reason !== "exception") throw new Error("the thread has not stopped at an error");
    return { exceptionId: text?.split(":")[0] ?? "Error", description: text, breakMode: "always" };
  }

  /** The session's variables. While a cell runs they are those of the last time when none did. */
  async #inspectVariables(): Promise<object> {
    if (await this.#isCalm()) {
      if (!this.#execution.stop) await this.#thread.call("clear");
      this.#globals = await this.#thread.call("globals");
    }
    return { variables: this.#globals };
  }

  async #richInspectVariables(fields: Fields): Promise<object> {
    const name = fields.string("variableName");
    await this.#requireCalm();
    const { stop } = this.#execution;
    if (!stop) {
      const bundle = await this.#thread.call("globalBundle", name);
      if (!bundle) throw new Error(`the session has no variable "${name}"`);
      return bundle;
    }
    const frameId = fields.integer("frameId");
    const frame = frameId === undefined ? stop.frames[0]! : this.#requireFrame(frameId);
    const value = await this.#execution.evaluate(name, frame);
    return await this.#thread.call("bundle", new RemoteValue(value));
  }

  async #copyToGlobals(fields: Fields): Promise<undefined> {
    const frame = this.#requireFrame(fields.integer("srcFrameId"));
    const value = await this.#execution.evaluate(fields.string("srcVariableName"), frame);
    await this.#thread.call("define", fields.string("dstVariableName"), new RemoteValue(value));
  }

  #stopped({ reason, frames, breakpoints, text }: Stop): void {
    this.#firstFrame += frames.length + 1_000;
    this.#event("stopped", {
      reason,
      threadId: THREAD,
      allThreadsStopped: true,
      ...(breakpoints.length > 0 ? { hitBreakpointIds: breakpoints } : {}),
      ...(text === undefined ? {} : { text, description: text }),
    });
  }

  #requireStop(): Stop {
    const { stop } = this.#execution;
    if (!stop) throw new Error("the thread has not stopped");
    return stop;
  }

  #requireFrame(id: number | undefined): Frame {
    const frame = id === undefined ? undefined : this.#requireStop().frames[id - this.#firstFrame];
    if (!frame) throw new Error(`there is no frame ${id} now`);
    return frame;
  }

  /** Looking at values in the middle of what changes them could break both. */
  async #requireCalm(): Promise<void> {
    if (!(await this.#isCalm())) throw new Error("a cell is running: pause it first");
  }

  async #isCalm(): Promise<boolean> {
    return this.#execution.stop !== undefined || (await this.#thread.call("isIdle"));
  }
}

function list(content: Json, name: string): unknown[] {
  const value = content[name] ?? [];
  if (Array.isArray(value)) return value;
  throw new ContentError(`${name} must be a list, got ${JSON.stringify(value).slice(0, 60)}`);
}

function object(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new ContentError(`${name} must be a list of objects, got ${JSON.stringify(value)}`);
}
