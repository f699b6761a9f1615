import { randomUUID } from "node:crypto";
import { inspectSafely } from "../display/mime-bundle.js";
import type { CommMessage } from "../protocol/link.js";

type Json = Readonly<Record<string, unknown>>;

/** What comes beside the data of a comm's message. */
export interface CommExtras {
  readonly metadata?: Json;
  /** Binary data, which is not copied into the JSON. */
  readonly buffers?: readonly (ArrayBuffer | ArrayBufferView)[];
}

/** A message of a comm's other end. */
export interface CommReceived {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

type Handler = (message: CommReceived) => void;

/** One connection between a cell and the front end, by which either sends JSON and bytes to the other. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  readonly closed: boolean;
  /** @throws Error when the comm is closed, TypeError when the data cannot be said in JSON. */
  send(data: Json, extras?: CommExtras): void;
  close(data?: Json, extras?: CommExtras): void;
  /** Sets what is called with each message of the front end. */
  onMessage(handler: Handler): void;
  /** Sets what is called when the front end closes the comm. */
  onClose(handler: Handler): void;
}

// User code can replace globals, so what is needed afterwards is taken now.
const { parse, stringify } = JSON;
const { isArray } = Array;
const { isView } = ArrayBuffer;

type Post = (kind: CommMessage["kind"], data: Json, extras: CommExtras) => void;

class OpenComm implements Comm {
  readonly id: string;
  readonly target: string;
  closed = false;
  received: Handler | undefined;
  ended: Handler | undefined;
  readonly #post: Post;

  constructor(id: string, target: string, post: Post) {
    this.id = id;
    this.target = target;
    this.#post = post;
  }

  send(data: Json, extras: CommExtras = {}): void {
    if (this.closed) throw new Error(`comm.send: the comm to "${this.target}" is closed`);
    this.#post("comm_msg", data, extras);
  }

  close(data: Json = {}, extras: CommExtras = {}): void {
    if (this.closed) return;
    this.#post("comm_close", data, extras);
    this.closed = true;
  }

  onMessage(handler: Handler): void {
    this.received = checkFunction("comm.onMessage", handler);
  }

  onClose(handler: Handler): void {
    this.ended = checkFunction("comm.onClose", handler);
  }
}

/**
 * The comms of this session (https://jupyter-client.readthedocs.io/en/stable/messaging.html#custom-messages): a cell
 * opens one to a target that the front end knows, or registers a target to which the front end opens them.
 */
export class Comms {
  readonly #send: (message: CommMessage) => void;
  readonly #targets = new Map<string, (comm: Comm, message: CommReceived) => void>();
  readonly #open = new Map<string, OpenComm>();

  constructor(send: (message: CommMessage) => void) {
    this.#send = send;
  }

  /** From now on `opened` is called with each comm that the front end opens to the target of this name. */
  registerTarget(name: string, opened: (comm: Comm, message: CommReceived) => void): void {
    checkName("comms.registerTarget", name);
    this.#targets.set(name, checkFunction("comms.registerTarget", opened));
  }

  unregisterTarget(name: string): void {
    this.#targets.delete(name);
  }

  /**
   * Opens a comm to a target of the front end.
   * @throws TypeError when the data cannot be said in JSON.
   */
  open(target: string, data: Json = {}, extras: CommExtras = {}): Comm {
    checkName("comms.open", target);
    const id = randomUUID();
    this.#send(toMessage("comm_open", id, data, extras, target));
    return this.#add(id, target);
  }

  /** The content of a `comm_info_reply`. */
  info(target: string | undefined): { comms: Record<string, { target_name: string }> } {
    const comms: Record<string, { target_name: string }> = {};
    for (const comm of this.#open.values()) {
      if (target === undefined || comm.target === target) comms[comm.id] = { target_name: comm.target };
    }
    return { comms };
  }

  /** Takes a message of the front end. What the user's handlers throw comes out. */
  receive({ kind, comm: id, target = "", data, metadata, buffers }: CommMessage): void {
    const message = { data, metadata, buffers };
    const comm = this.#open.get(id);
    if (kind === "comm_open") {
      const opened = this.#targets.get(target);
      if (opened) opened(this.#add(id, target), message);
      else this.#send(toMessage("comm_close", id, {}, {}));
    } else if (kind === "comm_msg") {
      // The other end is told that nobody listens any more, or ever did.
      if (comm) comm.received?.(message);
      else this.#send(toMessage("comm_close", id, {}, {}));
    } else if (comm) {
      this.#open.delete(id);
      comm.closed = true;
      comm.ended?.(message);
    }
  }

  #add(id: string, target: string): OpenComm {
    const comm = new OpenComm(id, target, (kind, data, extras) => {
      this.#send(toMessage(kind, id, data, extras));
      if (kind === "comm_close") this.#open.delete(id);
    });
    this.#open.set(id, comm);
    return comm;
  }
}

function toMessage(
  kind: CommMessage["kind"],
  comm: string,
  data: Json,
  { metadata = {}, buffers = [] }: CommExtras,
  target?: string,
): CommMessage {
  return {
    kind,
    comm,
    ...(target === undefined ? {} : { target }),
    data: toJson("data", data),
    metadata: toJson("metadata", metadata),
    buffers: buffers.map(toBytes),
  };
}

function toJson(name: string, value: Json): Json {
  if (typeof value !== "object" || value === null || isArray(value)) {
    throw new TypeError(`comm: ${name} must be an object, got ${inspectSafely(value)}`);
  }
  return parse(stringify(value)) as Json;
}

function toBytes(buffer: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).slice();
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  throw new TypeError(`comm: a buffer must be an ArrayBuffer or a view of one, got ${inspectSafely(buffer)}`);
}

function checkName(method: string, name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  throw new TypeError(`${method}: the target must be a name, got ${inspectSafely(name)}`);
}

function checkFunction<Function>(method: string, value: Function): Function {
  if (typeof value === "function") return value;
  throw new TypeError(`${method}: expected a function, got ${inspectSafely(value)}`);
}
