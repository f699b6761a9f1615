import { ContentError, Fields } from "./content.js";
import { type History, historyQuery } from "./history.js";
import { InputRequests } from "./input-requests.js";
import type {
  CellError,
  CommMessage,
  ExecuteRequest,
  FromSession,
  InputAnswer,
  InputQuestion,
  Outcome,
  SessionReply,
  SessionRequest,
  ToSession,
} from "./link.js";
import { Outbox, type RequestChannel } from "./outbox.js";
import { type Json, type Message, WireError, type WireFormat } from "./wire.js";

/** What the server needs of the world around it; worker.ts provides ZeroMQ, threads and signals. */
export interface Surroundings {
  /** Hands frames to a socket's queue. */
  readonly send: (channel: RequestChannel | "iopub", frames: Uint8Array[]) => void;
  /** Rejects when the receiver is not connected to stdin. */
  readonly sendInput: (frames: Uint8Array[]) => Promise<void>;
  readonly toSession: (message: ToSession) => void;
  readonly answerInput: (question: InputQuestion, answer: InputAnswer) => void;
  /** Ends what the main thread is doing; resolves when it listens again. */
  readonly interrupt: (execution: number | undefined) => Promise<void>;
  /** Resolves when nothing is being interrupted, so that the next request cannot be hit. */
  readonly settled: () => Promise<void>;
  /** Answers the content of a `debug_request`; without it there is no debugger. */
  readonly debug?: (request: Json) => Promise<Json>;
  /** Told when the session thread begins and ends to work on a request. */
  readonly working: (busy: boolean) => void;
  /** Ends the process once everything has been sent. */
  readonly shutdown: () => void;
  readonly log: (line: string) => void;
}

interface Request {
  readonly channel: RequestChannel;
  readonly message: Message;
}

/** Requests that arrive this soon after an error were sent before their sender could know of it. */
const ABORT_GRACE_MS = 2;

/** What a kernel that runs a cell answers at once, on the control channel. Everything else waits for its turn. */
const URGENT = new Set(["kernel_info_request", "interrupt_request", "shutdown_request", "debug_request"]);

/**
 * The kernel's side of the Jupyter messaging protocol
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html): requests in, replies and publications out, one
 * request at a time. What needs the compiler or runs code goes to the session thread.
 */
export class KernelServer {
  readonly #wire: WireFormat;
  readonly #kernelInfo: Json;
  readonly #surroundings: Surroundings;
  readonly #history: History;
  readonly #outbox: Outbox;
  readonly #input: InputRequests;
  readonly #waiting = new Map<number, (reply: SessionReply) => void>();
  readonly #queue: Request[] = [];
  #pumping = false;
  #executionCount = 0;
  #lastId = 0;
  /** What the session thread is asked for now: the target of an interrupt. */
  #running: number | undefined;
  /** Why it was interrupted, if not by the user. */
  #stopReason: CellError | undefined;
  #sessionReady!: () => void;
  readonly #whenReady = new Promise<void>((resolve) => {
    this.#sessionReady = resolve;
  });

  constructor(wire: WireFormat, kernelInfo: Json, history: History, surroundings: Surroundings) {
    const { send, sendInput, answerInput, log } = surroundings;
    this.#wire = wire;
    this.#kernelInfo = kernelInfo;
    this.#history = history;
    this.#surroundings = surroundings;
    this.#outbox = new Outbox(wire, send, log);
    this.#input = new InputRequests({
      compose: ({ request }, { prompt, password }) =>
        this.#outbox.compose(request.identities, "input_request", { prompt, password }, request.header),
      send: sendInput,
      answer: answerInput,
      log,
    });
    this.#outbox.publish("status", { execution_state: "starting" }, undefined);
  }

  /** Takes the frames of one message from a socket. Never throws: what is no message is logged and dropped. */
  receive(channel: RequestChannel | "stdin", frames: readonly Uint8Array[]): void {
    let message: Message;
    try {
      message = this.#wire.decode(frames);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#surroundings.log(`dropped a message on ${channel}: ${error.message}`);
      return;
    }
    if (channel === "stdin") {
      this.#input.receive(message);
    } else if (channel === "control" && URGENT.has(message.header.msg_type)) {
      void this.#handle({ channel, message });
    } else {
      this.#queue.push({ channel, message });
      void this.#pump();
    }
  }

  /** Ends the running cell, if any: SIGINT and `interrupt_request` come here. */
  interrupt(): Promise<void> {
    return this.#surroundings.interrupt(this.#running);
  }

  /** Ends the running cell for this reason. */
  async stop(reason: CellError): Promise<void> {
    this.#stopReason = reason;
    await this.interrupt();
  }

  /** Publishes all output that waits to be merged with more. */
  flush(): void {
    this.#outbox.flush();
  }

  /** Publishes an event of the debugger. */
  debugEvent(content: Json): void {
    this.#outbox.publish("debug_event", content, undefined);
  }

  fromSession(message: FromSession): void {
    switch (message.type) {
      case "ready":
        this.#sessionReady();
        break;
      case "stream":
        this.#outbox.stream(message.execution, message.name, message.text);
        break;
      case "display": {
        const type = message.update ? "update_display_data" : "display_data";
        this.#outbox.publishOf(message.execution, type, { ...message.content });
        break;
      }
      case "clear":
        this.#outbox.publishOf(message.execution, "clear_output", { wait: message.wait });
        break;
      case "comm": {
        const { execution, kind, comm, target, data, metadata, buffers } = message;
        const content = { comm_id: comm, ...(target === undefined ? {} : { target_name: target }), data };
        this.#outbox.publishOf(execution, kind, content, { metadata, buffers });
        break;
      }
      case "input":
        this.#input.ask(message);
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
    for (let request = this.#queue.shift(); request; request = this.#queue.shift()) {
      await this.#handle(request);
    }
    this.#pumping = false;
  }

  async #handle(request: Request): Promise<void> {
    const { header } = request.message;
    this.#outbox.publish("status", { execution_state: "busy" }, header);
    try {
      await this.#answer(request);
    } catch (error) {
      this.#refuse(request, error as Error);
    }
    this.#outbox.publish("status", { execution_state: "idle" }, header);
  }

  /** A request that cannot be handled is answered all the same; its sender would wait for ever. */
  #refuse({ channel, message }: Request, error: Error): void {
    const type = message.header.msg_type;
    const badContent = error instanceof ContentError;
    this.#surroundings.log(badContent ? error.message : `${type} failed: ${error.stack ?? error}`);
    if (!type.endsWith("_request")) return;
    const failure = { ename: badContent ? "BadRequest" : "Error", evalue: error.message, traceback: [] };
    this.#outbox.reply(channel, message, {
      // What this reply says of the code is its status, and there is no "error" among its values.
      status: type === "is_complete_request" ? "unknown" : "error",
      ...failure,
      ...(type === "execute_request" ? { execution_count: this.#executionCount } : {}),
    });
  }

  async #answer({ channel, message }: Request): Promise<void> {
    const type = message.header.msg_type;
    const fields = new Fields(type, message.content);
    const reply = (content: Json): void => this.#outbox.reply(channel, message, content);
    switch (type) {
      case "kernel_info_request":
        return reply({ status: "ok", ...this.#kernelInfo });
      case "execute_request":
        return await this.#execute({ channel, message }, fields);
      case "complete_request": {
        const code = fields.code();
        const cursor = fields.integer("cursor_pos") ?? Number.POSITIVE_INFINITY;
        return reply({ ...(await this.#ask({ type: "complete", id: ++this.#lastId, code, cursor })) });
      }
      case "inspect_request": {
        const code = fields.code();
        const cursor = fields.integer("cursor_pos") ?? Number.POSITIVE_INFINITY;
        const detail = fields.integer("detail_level") === 1 ? 1 : 0;
        return reply({ ...(await this.#ask({ type: "inspect", id: ++this.#lastId, code, cursor, detail })) });
      }
      case "is_complete_request": {
        const code = fields.code();
        return reply({ ...(await this.#ask({ type: "isComplete", id: ++this.#lastId, code })) });
      }
      case "history_request":
        return reply({ status: "ok", history: await this.#history.answer(historyQuery(fields)) });
      case "comm_info_request": {
        const target = fields.string("target_name", "");
        const request = { type: "commInfo", id: ++this.#lastId, target: target || undefined } as const;
        return reply({ status: "ok", ...(await this.#ask(request)) });
      }
      case "comm_open":
      case "comm_msg":
      case "comm_close": {
        const id = ++this.#lastId;
        this.#outbox.remember(id, message.header);
        await this.#ask({ type: "comm", id, ...commMessage(type, fields, message) });
        return;
      }
      case "interrupt_request":
        await this.interrupt();
        return reply({ status: "ok" });
      case "debug_request":
        if (!this.#surroundings.debug) throw new Error("debug_request: this kernel has no debugger");
        return reply(await this.#surroundings.debug(message.content));
      case "shutdown_request": {
        const content = { status: "ok", restart: fields.boolean("restart", false) };
        reply(content);
        // Other clients of this kernel learn of it here, as from ipykernel.
        this.#outbox.publish("shutdown_reply", content, message.header);
        return this.#surroundings.shutdown();
      }
      default:
        this.#surroundings.log(`ignored a message of unknown type "${type}" on ${channel}`);
    }
  }

  async #execute(request: Request, fields: Fields): Promise<void> {
    const { channel, message } = request;
    const code = fields.code();
    const silent = fields.boolean("silent", false);
    const storeHistory = fields.boolean("store_history", true) && !silent;
    const stopOnError = fields.boolean("stop_on_error", true);
    const allowed = fields.boolean("allow_stdin", false);
    const userExpressions = fields.strings("user_expressions");

    if (storeHistory) this.#executionCount++;
    const executionCount = this.#executionCount;
    if (!silent) {
      this.#outbox.publish("execute_input", { code, execution_count: executionCount }, message.header);
    }
    const id = ++this.#lastId;
    this.#outbox.remember(id, message.header);
    if (storeHistory) this.#history.add(executionCount, code);
    this.#input.begin({ execution: id, request: message, allowed });
    const question: ExecuteRequest = { type: "execute", id, code, silent, executionCount, userExpressions };
    const outcome = (await this.#ask(question)) as Outcome;
    this.#input.end();
    if (outcome.status === "ok") {
      if (outcome.result && !silent) {
        const { data, metadata } = outcome.result;
        const content = { execution_count: executionCount, data, metadata };
        this.#outbox.publish("execute_result", content, message.header);
      }
      if (outcome.result && storeHistory) {
        this.#history.setOutput(executionCount, String(outcome.result.data["text/plain"] ?? ""));
      }
      return this.#outbox.reply(channel, message, {
        status: "ok",
        execution_count: executionCount,
        user_expressions: outcome.userExpressions,
        payload: outcome.payload ?? [],
      });
    }
    const { status, ename, evalue, traceback } = { ...outcome, ...this.#stopReason };
    this.#outbox.publish("error", { ename, evalue, traceback }, message.header);
    const content = { status, ename, evalue, traceback, execution_count: executionCount };
    this.#outbox.reply(channel, message, content);
    if (stopOnError) await this.#abortQueued();
  }

  /** Answers the execute requests that were sent before their sender knew of an error with "aborted". */
  async #abortQueued(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ABORT_GRACE_MS));
    for (const request of this.#queue.splice(0)) {
      const { channel, message } = request;
      if (message.header.msg_type !== "execute_request") {
        this.#queue.push(request);
        continue;
      }
      this.#outbox.publish("status", { execution_state: "busy" }, message.header);
      const content = { status: "aborted", execution_count: this.#executionCount };
      this.#outbox.reply(channel, message, content);
      this.#outbox.publish("status", { execution_state: "idle" }, message.header);
    }
  }

  /** Asks the session thread, when its compiler is loaded and no interrupt is under way. */
  async #ask(request: SessionRequest): Promise<SessionReply> {
    await this.#whenReady;
    await this.#surroundings.settled();
    const reply = new Promise<SessionReply>((resolve) => this.#waiting.set(request.id, resolve));
    this.#running = request.id;
    this.#stopReason = undefined;
    this.#surroundings.working(true);
    this.#surroundings.toSession(request);
    try {
      return await reply;
    } finally {
      this.#running = undefined;
      this.#surroundings.working(false);
    }
  }
}

function commMessage(kind: CommMessage["kind"], fields: Fields, message: Message): CommMessage {
  return {
    kind,
    comm: fields.string("comm_id"),
    ...(kind === "comm_open" ? { target: fields.string("target_name") } : {}),
    data: fields.object("data"),
    metadata: message.metadata,
    buffers: message.buffers,
  };
}
