import { pathToFileURL } from "node:url";
import { format } from "node:util";
import type { MessagePort, Worker } from "node:worker_threads";
import { Debuggee } from "../debug/debuggee.js";
import { FigureStills } from "../display/figure-stills.js";
import { displayGlobals } from "../display/globals.js";
import { LIVE_HOST, LiveDisplays } from "../display/live.js";
import { checkBundle } from "../display/mime-bundle.js";
import {
  type CellError,
  type FromSession,
  type SessionReply,
  type SessionRequest,
  SHARED,
  type ToSession,
} from "../protocol/link.js";
import { MESSAGE_COST } from "../protocol/pacer.js";
import { Stills } from "../still/still.js";
import { Comms } from "./comms.js";
import { exposeGarbageCollection } from "./garbage.js";
import { Input } from "./input.js";
import { OutputCapture } from "./output.js";
import { OutputGate } from "./output-gate.js";
import { prelude, preludeValues } from "./prelude.js";
import { Session } from "./session.js";
import { INTERRUPTED, systemExit } from "./traceback.js";
import { loadTslab, type ParsedFiles } from "./tslab.js";

// What is needed while user code runs is taken before it can replace it.
const { wait, store } = Atomics;
const { apply } = Reflect;
const { defineProperty, entries } = Object;
const { now } = performance;
const exit: (code: number) => never = process.exit.bind(process);

/** The main thread's connections to the protocol thread. */
export interface Link {
  readonly worker: Worker;
  readonly shared: SharedArrayBuffer;
  /** Where answers to blocking questions come. */
  readonly inputPort: MessagePort;
}

/**
 * The main thread's end of the link: loads the library and tslab, then answers the protocol thread. Messages are
 * handled in the order in which they come; an interrupt is one of them, so a cell that waits can be ended.
 */
export async function serveSession(
  { worker, shared, inputPort }: Link,
  library: { readonly main: string; readonly types: string },
  parsed: ParsedFiles,
): Promise<void> {
  const cells = new Int32Array(shared);
  const { postMessage } = worker;
  const post = (message: FromSession): void => apply(postMessage, worker, [message]);
  const compiling = (running: boolean): void => void store(cells, SHARED.compiling, running ? 1 : 0);
  const standStill = (): never => {
    for (;;) wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };

  const gate = new OutputGate(cells, SHARED.backlog);
  const output = new OutputCapture((execution, name, text) => {
    gate.write(name, text, (stream, piece) => post({ type: "stream", execution, name: stream, text: piece }));
  });
  /** Posts what front ends are sent as a message of its own. */
  const publish = (message: Exclude<FromSession, { readonly type: "stream" }>): void => {
    gate.admit(MESSAGE_COST);
    post(message);
  };
  const comms = new Comms((message) => publish({ ...message, type: "comm", execution: output.execution }));
  const input = new Input(post, () => output.execution, inputPort, cells, SHARED.answers);

  const stills = new Stills();
  const figures = new FigureStills(
    (execution, content, update) => publish({ type: "display", execution, update, content }),
    (figure) => stills.still(figure),
  );

  let requests: Requests | undefined;
  worker.on("message", (message: ToSession) => {
    switch (message.type) {
      case "exit":
        exit(message.code);
        break;
      case "interrupt":
        requests?.interrupt(message.execution);
        post({ type: "interrupted", sequence: message.sequence });
        break;
      case "input":
        input.answer(message);
        break;
      default:
        // The protocol thread sends these only after it was told that the session is ready.
        requests!.answer(message);
    }
  });
  // Node aborts when a thread with open ZeroMQ sockets is torn down, so they are closed first.
  process.exit = (code = process.exitCode ?? 0) => {
    post({ type: "exit", code: Number(code) });
    return standStill();
  };

  compiling(true);
  const directory = process.cwd();
  const exports = (await import(pathToFileURL(library.main).href)) as Record<string, unknown>;
  const tslab = loadTslab();
  const session = new Session(tslab, {
    directory,
    prelude: prelude(exports),
    library: library.types,
    parsed,
    output,
    frontEnd: {
      ask: input.input,
      show: (content) => figures.publish(output.execution, content, false),
    },
    compiling,
  });
  for (const [name, value] of entries(preludeValues(exports))) define(name, value);
  tslab.setWriteDisplayData((content, update) => {
    const { data, metadata } = checkBundle(content.data);
    const { display_id } = content.transient;
    const transient = display_id === undefined ? {} : { display_id };
    const shown = { data, metadata: { ...metadata, ...content.metadata }, transient };
    figures.publish(output.execution, shown, update === true);
  });
  const shown = displayGlobals(figures.publish, () => output.execution);
  for (const [name, value] of entries(shown)) define(name, value);
  define("clearOutput", ({ wait: later = false }: { wait?: boolean } = {}): void => {
    publish({ type: "clear", execution: output.execution, wait: later === true });
  });
  define("prompt", input.prompt);
  define("input", input.input);
  define("comms", comms);
  output.install();
  const report = (kind: string, error: unknown): void => {
    output.write("stderr", format("%s\n%s\n", kind, session.describe(error).traceback.join("\n")));
  };
  reportUncaught(report);
  const live = new LiveDisplays(
    figures.publish,
    () => output.execution,
    () => apply(now, performance, []),
    (error) => report("A live figure could not be drawn:", error),
  );
  define(LIVE_HOST, live.open);
  requests = new Requests(session, comms, output, { figures, live }, (id, reply) =>
    post({ type: "reply", id, reply }),
  );
  // In a notebook it is a script's last line, and the user's variables are worth more than an exit code.
  process.exit = (code = process.exitCode ?? 0) => {
    if (!requests?.exit(output.execution, code)) {
      output.write(
        "stderr",
        `process.exit(${code}) was ignored: its cell has ended, and the kernel goes on\n`,
      );
    }
    post({ type: "halt", execution: output.execution });
    return standStill();
  };
  new Debuggee(session.debugged(() => Atomics.load(cells, SHARED.compiling) === 1)).install();
  exposeGarbageCollection();
  post({ type: "ready" });
}

/** Answers the requests of the protocol thread, which sends one at a time, and each exactly once. */
class Requests {
  readonly #session: Session;
  readonly #comms: Comms;
  readonly #output: OutputCapture;
  readonly #figures: FigureStills;
  readonly #live: LiveDisplays;
  readonly #reply: (id: number, reply: SessionReply) => void;
  #current: number | undefined;
  /** How the current request ends when it is interrupted. */
  #ending: CellError = INTERRUPTED;
  /** Tells a running magic of an interrupt. */
  #interrupting = new AbortController();

  constructor(
    session: Session,
    comms: Comms,
    output: OutputCapture,
    { figures, live }: { readonly figures: FigureStills; readonly live: LiveDisplays },
    reply: (id: number, reply: SessionReply) => void,
  ) {
    this.#session = session;
    this.#comms = comms;
    this.#output = output;
    this.#figures = figures;
    this.#live = live;
    this.#reply = reply;
  }

  answer(request: SessionRequest): void {
    this.#session.intrinsics.begin();
    this.#current = request.id;
    this.#ending = INTERRUPTED;
    this.#interrupting = new AbortController();
    try {
      this.#start(request);
    } catch (error) {
      this.#finish(request.id, { status: "error", ...this.#session.describe(error) });
    }
  }

  /** Ends a request that has not been answered yet: what it was doing has been terminated, or waits. */
  interrupt(id: number | undefined): void {
    if (id === undefined || id !== this.#current) return;
    this.#output.silence(id);
    this.#interrupting.abort();
    void this.#flush();
    this.#finish(id, { status: "error", ...this.#ending });
  }

  /** Shows live figures as the cell leaves them. Drawing runs the user's own functions. */
  async #flush(): Promise<void> {
    if (!this.#live.isStale) return;
    try {
      await this.#session.intrinsics.released(() => this.#live.flush());
    } catch (error) {
      // The cell must come to its end, whatever the user has replaced.
      this.#output.write("stderr", `${this.#session.describe(error).traceback.join("\n")}\n`);
    }
  }

  /** Makes the coming interrupt of an execution its exit; false when it is not the one that runs. */
  exit(execution: number, code: number | string | null): boolean {
    if (execution !== this.#current) return false;
    this.#ending = systemExit(code);
    return true;
  }

  #start(request: SessionRequest): void {
    const { id } = request;
    const finish = (reply: SessionReply): void => this.#finish(id, reply);
    switch (request.type) {
      case "execute":
        this.#session.execute(request, this.#interrupting.signal, async (outcome) => {
          await this.#flush();
          finish(await this.#figures.settle(id, outcome));
        });
        break;
      case "complete":
        finish(this.#session.complete(request.code, request.cursor));
        break;
      case "inspect":
        finish(this.#session.inspect(request.code, request.cursor, request.detail));
        break;
      case "isComplete":
        finish({ ...this.#session.isComplete(request.code) });
        break;
      case "commInfo":
        finish(this.#comms.info(request.target));
        break;
      case "comm":
        this.#output.begin(id);
        // What follows is the user's code.
        this.#session.intrinsics.end();
        try {
          this.#comms.receive(request);
        } catch (error) {
          this.#output.write("stderr", `${this.#session.describe(error).traceback.join("\n")}\n`);
        }
        finish({});
        break;
    }
  }

  #finish(id: number, reply: SessionReply): void {
    if (id !== this.#current) return;
    this.#current = undefined;
    this.#reply(id, reply);
    this.#session.intrinsics.end();
  }
}

/**
 * Tells of errors that nobody caught instead of dying of them. Not through events alone, since a cell may remove
 * their listeners; a cell's own listeners are called as in any program.
 */
function reportUncaught(report: (kind: string, error: unknown) => void): void {
  const { listenerCount, emit } = process;
  process.setUncaughtExceptionCaptureCallback((error) => {
    try {
      if (apply(listenerCount, process, ["uncaughtException"]) > 0) {
        apply(emit as (...values: unknown[]) => boolean, process, ["uncaughtException", error]);
      } else report("Uncaught exception, after its cell had ended or in a callback:", error);
    } catch (later) {
      report("An uncaughtException listener failed:", later);
    }
  });
  process.on("unhandledRejection", (reason) => report("Unhandled rejection of a promise:", reason));
}

function define(name: string | symbol, value: unknown): void {
  defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
