import { randomUUID } from "node:crypto";
import { StreamMerger, type StreamName } from "./stream-merger.js";
import { type Header, type Json, type Message, PROTOCOL_VERSION, type WireFormat } from "./wire.js";

/** A socket on which requests come and replies go. */
export type RequestChannel = "shell" | "control";

/** Headers of finished executions kept for output that comes late. */
const PARENTS_KEPT = 10_000;

/** What a message has beside its type, content and parent. */
export interface Attachments {
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

/** Makes messages out of contents and hands them to the sockets, in the order in which they are to be seen. */
export class Outbox {
  readonly #wire: WireFormat;
  readonly #send: (channel: RequestChannel | "iopub", frames: Uint8Array[]) => void;
  readonly #log: (line: string) => void;
  readonly #session = randomUUID();
  readonly #streams: StreamMerger;
  /** Headers of executions, by number: the parents of their output. */
  readonly #parents = new Map<number, Header>();

  constructor(
    wire: WireFormat,
    send: (channel: RequestChannel | "iopub", frames: Uint8Array[]) => void,
    log: (line: string) => void,
  ) {
    this.#wire = wire;
    this.#send = send;
    this.#log = log;
    this.#streams = new StreamMerger((execution, name, text) => {
      this.#publish("stream", { name, text }, this.#parents.get(execution), {});
    });
  }

  /** From now on output of the execution with this number has this header as its parent. */
  remember(execution: number, header: Header): void {
    this.#parents.set(execution, header);
    if (this.#parents.size <= PARENTS_KEPT) return;
    for (const oldest of this.#parents.keys()) {
      this.#parents.delete(oldest);
      break;
    }
  }

  stream(execution: number, name: StreamName, text: string): void {
    this.#streams.write(execution, name, text);
  }

  /** Publishes all output that waits to be merged with more. */
  flush(): void {
    this.#streams.flush();
  }

  /** Publishes a message that an execution caused. */
  publishOf(execution: number, type: string, content: Json, attachments: Attachments = {}): void {
    this.publish(type, content, this.#parents.get(execution), attachments);
  }

  /** Publishes on iopub, after all output that came before. */
  publish(type: string, content: Json, parent: Header | undefined, attachments: Attachments = {}): void {
    this.flush();
    this.#publish(type, content, parent, attachments);
  }

  /** Answers a request on the channel on which it came. */
  reply(channel: RequestChannel, request: Message, content: Json): void {
    const type = request.header.msg_type.replace(/_request$/, "_reply");
    try {
      this.#send(channel, this.compose(request.identities, type, content, request.header).frames);
    } catch (error) {
      this.#log(`${type} cannot be sent: ${error}`);
      const failure = { status: "error", ename: "Error", evalue: String(error), traceback: [] };
      this.#send(channel, this.compose(request.identities, type, failure, request.header).frames);
    }
  }

  /** A message for none of these: its id and frames. */
  compose(
    identities: readonly Uint8Array[],
    type: string,
    content: Json,
    parent: Header | undefined,
    { metadata = {}, buffers = [] }: Attachments = {},
  ): { readonly id: string; readonly frames: Uint8Array[] } {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: parent?.username ?? "kernel",
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
    const message = { identities, header, parentHeader: parent ?? {}, metadata, content, buffers };
    return { id: header.msg_id, frames: this.#wire.encode(message) };
  }

  #publish(type: string, content: Json, parent: Header | undefined, attachments: Attachments): void {
    // Subscribers of iopub filter by this first frame.
    const topic = Buffer.from(`kernel.${this.#session}.${type}`);
    try {
      this.#send("iopub", this.compose([topic], type, content, parent, attachments).frames);
    } catch (error) {
      // More text than a string can hold, for example. One message less must not be the kernel's end.
      this.#log(`${type} cannot be published: ${error}`);
    }
  }
}
