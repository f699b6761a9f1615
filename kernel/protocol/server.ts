import { randomUUID } from "node:crypto";
import { History } from "./history.js";
import type {
  ExecuteRequest,
  FromSession,
  MimeBundle,
  Outcome,
  SessionReply,
  SessionRequest,
  ToSession,
} from "./link.js";
import { StreamMerger } from "./stream-merger.js";
import { type Header, type Json, type Message, WireError, type WireFormat } from "./wire.js";

export const PROTOCOL_VERSION = "5.4";

export type RequestChannel = "shell" | "control";

/** What the server needs of the world around it; worker.ts provides ZeroMQ, threads and signals. */
export interface Surroundings {
  /** Hands frames to a socket's queue. */
  readonly send: (channel: RequestChannel | "iopub", frames: Uint8Array[]) => void;
  readonly toSession: (message: ToSession) => void;
  /** Ends what the main thread is doing; resolves when it listens again. */
  readonly interrupt: (execution: number | undefined) => Promise<void>;
  /** Resolves when nothing is being interrupted, so that the next request cannot be hit. */
  readonly settled: () => Promise<void>;
  /** Ends the process once everything has been sent. */
  readonly shutdown: () => void;
  readonly log: (line: string) => void;
}

type ExecuteContent = Omit<ExecuteRequest, "type" | "id" | "executionCount"> & {
  readonly storeHistory: boolean;
  readonly stopOnError: boolean;
};

/** Requests that arrive this soon after an error were sent before their sender could know of it. */
const ABORT_GRACE_MS = 2;
/** Headers of finished executions kept for output that comes late. */
const PARENTS_KEPT = 10_000;

/**
 * The kernel's side of the Jupyter messaging protocol: requests in, replies and publications out, one request of
 * the shell channel at a time. What needs the compiler or runs code goes to the session thread.
 */
export class KernelServer {
  readonly #wire: WireFormat;
  readonly #kernelInfo: Json;
  readonly #surroundings: Surroundings;
  readonly #session = randomUUID();
  readonly #history = new History();
  readonly #streams: StreamMerger;
  /** Headers of executions, by number: the parents of their output. */
  readonly #parents = new Map<number, Header>();
  readonly #waiting = new Map<number, (reply: SessionReply) => void>();
  readonly #shell: Message[] = [];
  #pumping = false;
  #executionCount = 0;
  #lastId = 0;
  #running: number | undefined;
  #sessionReady!: () => void;
  readonly #whenReady = new Promise<void>((resolve) => {
    this.#sessionReady = resolve;
  });

  constructor(wire: WireFormat, kernelInfo: Json, surroundings: Surroundings) {
    this.#wire = wire;
    this.#kernelInfo = kernelInfo;
    this.#surroundings = surroundings;
    this.#streams = new StreamMerger((execution, name, text) => {
      this.#publish("stream", { name, text }, this.#parents.get(execution));
    });
    this.#publish("status", { execution_state: "starting" }, undefined);
  }

  /** Takes the frames of one message from a socket. Never throws: what is no message is logged and dropped. */
  receive(channel: RequestChannel, frames: readonly Uint8Array[]): void {
    let message: Message;
    try {
      message = this.#wire.decode(frames);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#surroundings.log(`dropped a message on ${channel}: ${error.message}`);
      return;
    }
    if (channel === "control") {
      void this.#handle("control", message);
    } else {
      this.#shell.push(message);
      void this.#pump();
    }
  }

  /** Ends the running cell, if any: SIGINT and `interrupt_request` come here. */
  interrupt(): Promise<void> {
    return this.#surroundings.interrupt(this.#running);
  }

  /** Publishes all output that waits to be merged with more. */
  flush(): void {
    this.#streams.flush();
  }

  fromSession(message: FromSession): void {
    switch (message.type) {
      case "ready":
        this.#sessionReady();
        break;
      case "stream":
        this.#streams.write(message.execution, message.name, message.text);
        break;
      case "display":
        this.#publishAfterStreams(
          message.update ? "update_display_data" : "display_data",
          { ...message.content },
          this.#parents.get(message.execution),
        );
        break;
      case "clear":
        this.#publishAfterStreams(
          "clear_output",
          { wait: message.wait },
          this.#parents.get(message.execution),
        );
        break;
      case "reply": {
        const resolve = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        resolve?.(message.reply);
        break;
      }
    }
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    for (let message = this.#shell.shift(); message; message = this.#shell.shift()) {
      await this.#handle("shell", message);
    }
    this.#pumping = false;
  }

  async #handle(channel: RequestChannel, message: Message): Promise<void> {
    this.#publishAfterStreams("status", { execution_state: "busy" }, message.header);
    try {
      await this.#answer(channel, message);
    } catch (error) {
      this.#surroundings.log(`${message.header.msg_type} failed: ${(error as Error).stack ?? error}`);
    }
    this.#publishAfterStreams("status", { execution_state: "idle" }, message.header);
  }

  async #answer(channel: RequestChannel, message: Message): Promise<void> {
    const { content, header } = message;
    const reply = (fields: Json): void => this.#reply(channel, message, fields);
    switch (header.msg_type) {
      case "kernel_info_request":
        return reply({ status: "ok", ...this.#kernelInfo });
      case "execute_request":
        return await this.#execute(channel, message);
      case "complete_request":
      case "inspect_request": {
        const code = requiredString(content, "code");
        if (code === undefined) return reply(badContent(header.msg_type, "code", content.code));
        const cursor = typeof content.cursor_pos === "number" ? content.cursor_pos : Number.POSITIVE_INFINITY;
        const type = header.msg_type === "complete_request" ? "complete" : "inspect";
        return reply({ ...(await this.#ask({ type, id: ++this.#lastId, code, cursor })) });
      }
      case "is_complete_request": {
        const code = requiredString(content, "code");
        if (code === undefined) return reply({ status: "unknown" });
        return reply({ ...(await this.#ask({ type: "isComplete", id: ++this.#lastId, code })) });
      }
      case "history_request":
        return reply({ status: "ok", history: this.#history.answer(content) });
      case "comm_info_request":
        return reply({ status: "ok", comms: {} });
      case "comm_open":
        // The specification's answer to a target that nobody registered.
        return this.#publish("comm_close", { comm_id: content.comm_id, data: {} }, header);
      case "comm_msg":
      case "comm_close":
        return;
      case "interrupt_request":
        await this.interrupt();
        return reply({ status: "ok" });
      case "shutdown_request":
        reply({ status: "ok", restart: content.restart === true });
        this.#surroundings.shutdown();
        return;
      default:
        this.#surroundings.log(`ignored a message of unknown type "${header.msg_type}" on ${channel}`);
    }
  }

  async #execute(channel: RequestChannel, message: Message): Promise<void> {
    const content = executeContent(message.content);
    if (!content) {
      return this.#reply(channel, message, {
        ...badContent("execute_request", "code", message.content.code),
        execution_count: this.#executionCount,
      });
    }
    if (content.storeHistory) this.#executionCount++;
    const executionCount = this.#executionCount;
    if (!content.silent) {
      const input = { code: content.code, execution_count: executionCount };
      this.#publishAfterStreams("execute_input", input, message.header);
    }
    const id = ++this.#lastId;
    this.#rememberParent(id, message.header);
    if (content.storeHistory) this.#history.add(executionCount, content.code);
    const { code, silent, userExpressions } = content;
    const request: ExecuteRequest = { type: "execute", id, code, silent, executionCount, userExpressions };
    const outcome = (await this.#ask(request, true)) as Outcome;
    if (outcome.status === "ok") {
      if (outcome.result && !silent) this.#publishResult(outcome.result, executionCount, message.header);
      if (outcome.result && content.storeHistory) {
        this.#history.setOutput(String(outcome.result.data["text/plain"] ?? ""));
      }
      return this.#reply(channel, message, {
        status: "ok",
        execution_count: executionCount,
        user_expressions: outcome.userExpressions,
        payload: outcome.payload ?? [],
      });
    }
    const { status, ename, evalue, traceback } = outcome;
    this.#publishAfterStreams("error", { ename, evalue, traceback }, message.header);
    this.#reply(channel, message, { status, ename, evalue, traceback, execution_count: executionCount });
    if (content.stopOnError) await this.#abortQueued();
  }

  /** Answers the execute requests that were sent before their sender knew of an error with "aborted". */
  async #abortQueued(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ABORT_GRACE_MS));
    const queued = this.#shell.splice(0);
    for (const message of queued) {
      if (message.header.msg_type !== "execute_request") {
        this.#shell.push(message);
        continue;
      }
      this.#publish("status", { execution_state: "busy" }, message.header);
      this.#reply("shell", message, { status: "aborted", execution_count: this.#executionCount });
      this.#publish("status", { execution_state: "idle" }, message.header);
    }
  }

  /** Asks the session thread, when its compiler is loaded and no interrupt is under way. */
  async #ask(request: SessionRequest, interruptible = false): Promise<SessionReply> {
    await this.#whenReady;
    await this.#surroundings.settled();
    const reply = new Promise<SessionReply>((resolve) => this.#waiting.set(request.id, resolve));
    if (interruptible) this.#running = request.id;
    this.#surroundings.toSession(request);
    try {
      return await reply;
    } finally {
      if (interruptible) this.#running = undefined;
    }
  }

  #publishResult(result: MimeBundle, executionCount: number, parent: Header): void {
    const { data, metadata } = result;
    this.#publishAfterStreams("execute_result", { execution_count: executionCount, data, metadata }, parent);
  }

  #rememberParent(id: number, header: Header): void {
    this.#parents.set(id, header);
    if (this.#parents.size <= PARENTS_KEPT) return;
    for (const oldest of this.#parents.keys()) {
      this.#parents.delete(oldest);
      break;
    }
  }

  #publishAfterStreams(type: string, content: Json, parent: Header | undefined): void {
    this.#streams.flush();
    this.#publish(type, content, parent);
  }

  #publish(type: string, content: Json, parent: Header | undefined): void {
    // Subscribers of iopub filter by this first frame.
    const topic = Buffer.from(`kernel.${this.#session}.${type}`);
    this.#surroundings.send("iopub", this.#encode([topic], type, content, parent));
  }

  #reply(channel: RequestChannel, request: Message, content: Json): void {
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    this.#surroundings.send(channel, this.#encode(request.identities, type, content, request.header));
  }

  #encode(
    identities: readonly Uint8Array[],
    type: string,
    content: Json,
    parent: Header | undefined,
  ): Uint8Array[] {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: parent?.username ?? "kernel",
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
    return this.#wire.encode({
      identities,
      header,
      parentHeader: parent ?? {},
      metadata: {},
      content,
      buffers: [],
    });
  }
}

function requiredString(content: Json, name: string): string | undefined {
  const value = content[name];
  return typeof value === "string" ? value : undefined;
}

function badContent(type: string, name: string, value: unknown): Json {
  const evalue = `${type}: ${name} must be a string, got ${JSON.stringify(value) ?? "nothing"}`;
  return { status: "error", ename: "BadRequest", evalue, traceback: [] };
}

/** The content of an `execute_request` with the defaults of the specification; undefined when there is no code. */
function executeContent(content: Json): ExecuteContent | undefined {
  const code = requiredString(content, "code");
  if (code === undefined) return undefined;
  const silent = content.silent === true;
  const expressions = content.user_expressions;
  const userExpressions: Record<string, string> = {};
  if (typeof expressions === "object" && expressions !== null) {
    for (const [name, expression] of Object.entries(expressions)) {
      if (typeof expression === "string") userExpressions[name] = expression;
    }
  }
  return {
    code,
    silent,
    storeHistory: !silent && content.store_history !== false,
    stopOnError: content.stop_on_error !== false,
    userExpressions,
  };
}
