import { createHmac, timingSafeEqual } from "node:crypto";

/** Version of the messaging specification that this kernel follows. */
export const PROTOCOL_VERSION = "5.4";

/** JSON object of a message: everything from outside is checked before it is used. */
export type Json = Record<string, unknown>;

/** Identity of one message; fields beyond these are kept and sent back as they came. */
export interface Header extends Json {
  msg_id: string;
  msg_type: string;
  session: string;
  username: string;
}

export interface Message {
  /** ROUTER identities in front of the delimiter: where a reply has to go. */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parentHeader: Json;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Uint8Array[];
}

/** Frames that are no Jupyter message, or not one that we may trust; the message says why. */
export class WireError extends Error {
  override name = "WireError";
}

const DELIMITER = Buffer.from("<IDS|MSG>");
/** Like jupyter_client's digest history: enough to catch a replay, bounded in memory. */
const SIGNATURES_REMEMBERED = 65_536;

/**
 * Frames ⇄ messages of the Jupyter wire protocol
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol), signed with HMAC.
 */
export class WireFormat {
  readonly #key: string;
  readonly #digest: string;
  readonly #seen = new Set<string>();

  constructor(key: string, digest: string) {
    this.#key = key;
    this.#digest = digest;
  }

  /** @throws WireError when the frames are malformed, wrongly signed or a replay. */
  decode(frames: readonly Uint8Array[]): Message {
    const delimiter = frames.findIndex((frame) => DELIMITER.equals(frame));
    if (delimiter < 0) throw new WireError("no <IDS|MSG> delimiter");
    const parts = frames.slice(delimiter + 2, delimiter + 6);
    if (parts.length < 4) {
      throw new WireError(`${parts.length} of 4 frames after the signature`);
    }
    this.#checkSignature(frames[delimiter + 1], parts);
    const [header, parentHeader, metadata, content] = parts.map(parseObject) as [Json, Json, Json, Json];
    if (typeof header.msg_id !== "string" || typeof header.msg_type !== "string") {
      throw new WireError("header without a msg_id and msg_type that are strings");
    }
    const session = typeof header.session === "string" ? header.session : "";
    const username = typeof header.username === "string" ? header.username : "";
    return {
      identities: frames.slice(0, delimiter),
      header: { ...header, msg_id: header.msg_id, msg_type: header.msg_type, session, username },
      parentHeader,
      metadata,
      content,
      buffers: frames.slice(delimiter + 6),
    };
  }

  encode(message: Message): Uint8Array[] {
    const { header, parentHeader, metadata, content } = message;
    const parts = [header, parentHeader, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    const signature = Buffer.from(this.#key === "" ? "" : this.#sign(parts).toString("hex"));
    return [...message.identities, DELIMITER, signature, ...parts, ...message.buffers];
  }

  #sign(parts: readonly Uint8Array[]): Buffer {
    const hmac = createHmac(this.#digest, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  }

  #checkSignature(frame: Uint8Array | undefined, parts: readonly Uint8Array[]): void {
    if (this.#key === "") return;
    const text = Buffer.from(frame ?? []).toString("latin1");
    const expected = this.#sign(parts);
    const given = Buffer.from(text, "hex");
    // Buffer.from drops what is no hex digit, so the length of the text has to be right as well.
    const wellFormed = given.length === expected.length && text.length === expected.length * 2;
    if (!wellFormed || !timingSafeEqual(given, expected)) throw new WireError("wrong signature");
    const signature = expected.toString("base64");
    if (this.#seen.has(signature)) throw new WireError("replay of an earlier message");
    this.#seen.add(signature);
    if (this.#seen.size > SIGNATURES_REMEMBERED) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
  }
}

function parseObject(frame: Uint8Array): Json {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString("utf8"));
  } catch (error) {
    throw new WireError(`a frame is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError("a frame is JSON but not an object");
  }
  return value as Json;
}
