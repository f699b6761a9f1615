import { pathToFileURL } from "node:url";
import { format } from "node:util";
import type { Worker } from "node:worker_threads";
import { displayDeclarations, displayGlobals } from "../display/globals.js";
import { checkBundle } from "../display/mime-bundle.js";
import {
  type FromSession,
  type SessionReply,
  type SessionRequest,
  SHARED,
  type ToSession,
} from "../protocol/link.js";
import type { Prelude } from "./compiler.js";
import { OutputCapture } from "./output.js";
import { Session } from "./session.js";
import { loadTslab } from "./tslab.js";

/** Unsent output beyond which a printing cell waits for the protocol thread, so that an endless one fits memory. */
const BACKLOG_LIMIT = 1 << 23;
const BACKLOG_WAIT_MS = 100;

/** Names of the library that every cell has without an import, when the library exports them. */
const LIBRARY_PARTS = ["nn", "optim"];

// What is needed while user code runs is taken before it can replace it.
const { wait, load, add, store } = Atomics;
const { apply } = Reflect;
const exit: (code: number) => never = process.exit.bind(process);

/**
 * The main thread's end of the link: loads the library and tslab, then answers the protocol thread. Messages are
 * handled in the order in which they come; an interrupt is one of them, so a cell that waits can be ended.
 */
export async function serveSession(
  worker: Worker,
  shared: SharedArrayBuffer,
  library: { readonly main: string; readonly types: string },
): Promise<void> {
  const cells = new Int32Array(shared);
  const { postMessage } = worker;
  const post = (message: FromSession): void => apply(postMessage, worker, [message]);
  const compiling = (running: boolean): void => void store(cells, SHARED.compiling, running ? 1 : 0);

  const output = new OutputCapture((execution, name, text) => {
    if (text === "") return;
    while (load(cells, SHARED.backlog) > BACKLOG_LIMIT) {
      if (wait(cells, SHARED.backlog, load(cells, SHARED.backlog), BACKLOG_WAIT_MS) === "timed-out") break;
    }
    add(cells, SHARED.backlog, text.length);
    post({ type: "stream", execution, name, text });
  });

  let session: Session | undefined;
  worker.on("message", (message: ToSession) => handle(session, post, message));
  // Node aborts when a thread with open ZeroMQ sockets is torn down, so they are closed first.
  process.exit = (code = process.exitCode ?? 0) => {
    post({ type: "exit", code: Number(code) });
    for (;;) wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  compiling(true);
  const directory = process.cwd();
  const exports = (await import(pathToFileURL(library.main).href)) as Record<string, unknown>;
  const tslab = loadTslab();
  const loaded = new Session(tslab, {
    directory,
    prelude: prelude(exports),
    library: library.types,
    output,
    frontEnd: {
      ask: async () => {
        throw new Error("this kernel asks for no input yet");
      },
      show: (content) => post({ type: "display", execution: output.execution, update: false, content }),
    },
    compiling,
  });
  defineGlobals(exports);
  tslab.setWriteDisplayData((content, update) => {
    const { data, metadata } = checkBundle(content.data);
    const { display_id } = content.transient;
    const transient = display_id === undefined ? {} : { display_id };
    post({
      type: "display",
      execution: output.execution,
      update: update === true,
      content: { data, metadata: { ...metadata, ...content.metadata }, transient },
    });
  });
  const shown = displayGlobals(
    (execution, content, update) => post({ type: "display", execution, update, content }),
    () => output.execution,
  );
  for (const [name, value] of Object.entries(shown)) define(name, value);
  define("clearOutput", ({ wait: later = false }: { wait?: boolean } = {}): void => {
    post({ type: "clear", execution: output.execution, wait: later === true });
  });
  output.install();
  const report = (kind: string) => (error: unknown) => {
    output.write("stderr", format("%s\n%s\n", kind, loaded.describe(error).traceback.join("\n")));
  };
  process.on("uncaughtException", report("Uncaught exception, after its cell had ended or in a callback:"));
  process.on("unhandledRejection", report("Unhandled rejection of a promise:"));
  session = loaded;
  post({ type: "ready" });
}

function handle(
  session: Session | undefined,
  post: (message: FromSession) => void,
  message: ToSession,
): void {
  switch (message.type) {
    case "exit":
      exit(message.code);
      break;
    case "interrupt":
      session?.interrupt(message.execution);
      post({ type: "interrupted", sequence: message.sequence });
      break;
    default:
      // The protocol thread sends these only after it was told that the session is ready.
      answer(session!, message, (reply) => post({ type: "reply", id: message.id, reply }));
  }
}

function answer(session: Session, message: SessionRequest, reply: (reply: SessionReply) => void): void {
  try {
    switch (message.type) {
      case "execute":
        session.execute(message, reply);
        break;
      case "complete":
        reply(session.complete(message.code, message.cursor));
        break;
      case "inspect":
        reply(session.inspect(message.code, message.cursor));
        break;
      case "isComplete":
        reply({ ...session.isComplete(message.code) });
        break;
    }
  } catch (error) {
    reply({ status: "error", ...session.describe(error) });
  }
}

function prelude(exports: Readonly<Record<string, unknown>>): Prelude {
  const parts = LIBRARY_PARTS.filter((name) => name in exports);
  const lines = [
    'import * as optimlabTypes from "optimlab";',
    "declare global {",
    "  const torch: typeof optimlabTypes;",
    ...parts.map((name) => `  const ${name}: typeof optimlabTypes.${name};`),
    "  type Tensor = optimlabTypes.Tensor;",
    displayDeclarations,
    "  /** Removes the output of the cell so far; with `wait`, only when new output comes. */",
    "  function clearOutput(options?: { wait?: boolean }): void;",
    "}",
  ];
  return { name: "optimlab_prelude", source: lines.join("\n") };
}

function defineGlobals(exports: Readonly<Record<string, unknown>>): void {
  define("torch", exports);
  for (const name of LIBRARY_PARTS) if (name in exports) define(name, exports[name]);
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
