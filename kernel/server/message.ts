import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** The ZeroMQ sockets of a kernel over which clients exchange messages with it. */
export const channelNames = ["shell", "control", "stdin", "iopub"] as const;
export type ChannelName = (typeof channelNames)[number];

/**
 * A Jupyter message on its way between a client and a kernel: which channel, and its parts as they were
 * serialised (header, parent header, metadata, content, then any buffers), which a bridge has no need to read.
 */
export interface RawMessage {
  readonly channel: ChannelName;
  readonly parts: readonly Uint8Array[];
}

const delimiter = Buffer.from("<IDS|MSG>");
const jsonParts = 4;

/** A message of our own making, as parts. `header` and `content` as the protocol's version 5.3 has them. */
export function compose(
  channel: ChannelName,
  messageType: string,
  content: object,
  session: string,
): RawMessage & { readonly id: string } {
  const id = randomUUID();
  const date = new Date().toISOString();
  const header = { msg_id: id, msg_type: messageType, session, username: "", date, version: "5.3" };
  const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
  return { channel, parts, id };
}

/** The frames that ZeroMQ carries for these parts: delimiter, signature, parts. An empty key signs nothing. */
export function toFrames(parts: readonly Uint8Array[], key: string): Uint8Array[] {
  return [delimiter, Buffer.from(signature(parts, key)), ...parts];
}

/** The parts in ZeroMQ's frames; undefined if they are no message or their signature is wrong. */
export function fromFrames(frames: readonly Buffer[], key: string): Uint8Array[] | undefined {
  const start = frames.findIndex((frame) => frame.equals(delimiter));
  const signed = frames[start + 1];
  const parts = frames.slice(start + 2);
  if (start < 0 || signed === undefined || parts.length < jsonParts) return undefined;
  const expected = Buffer.from(signature(parts, key));
  return signed.length === expected.length && timingSafeEqual(signed, expected) ? parts : undefined;
}

function signature(parts: readonly Uint8Array[], key: string): string {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const part of parts.slice(0, jsonParts)) hmac.update(part);
  return hmac.digest("hex");
}

/** One of a message's JSON parts, read; an empty object if it is none. */
export function readPart(part: Uint8Array | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? []).toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
