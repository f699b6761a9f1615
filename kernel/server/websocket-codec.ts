import { type ChannelName, channelNames, type RawMessage } from "./message.js";

export const v1Subprotocol = "v1.kernel.websocket.jupyter.org";
/** How messages are laid out on the websocket; "" is the layout from before there were subprotocols. */
export type Subprotocol = "" | typeof v1Subprotocol;

/** The data of one websocket message: text, or bytes. Source: Jupyter Server, "WebSocket kernel wire protocols". */
export function encode(message: RawMessage, subprotocol: Subprotocol): string | ArrayBuffer {
  return subprotocol === v1Subprotocol ? encodeV1(message) : encodeDefault(message);
}

/**
 * The message in a websocket message's data.
 * @throws If the data is not laid out as the subprotocol says.
 */
export function decode(data: string | ArrayBuffer, subprotocol: Subprotocol): RawMessage {
  if (subprotocol === v1Subprotocol) {
    if (typeof data === "string")
      throw new Error(`websocket message: text, where ${v1Subprotocol} has bytes`);
    return decodeV1(data);
  }
  return decodeDefault(data);
}

// v1: the number of offsets, the offsets (all 64-bit, little-endian; the last one is the end), then what lies
// between them: the channel's name, then the parts.
const word = 8;

function encodeV1({ channel, parts }: RawMessage): ArrayBuffer {
  const sections = [Buffer.from(channel), ...parts];
  const count = sections.length + 1;
  const head = word * (count + 1);
  const bytes = new Uint8Array(sections.reduce((size, section) => size + section.byteLength, head));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(count), true);
  let offset = head;
  sections.forEach((section, i) => {
    view.setBigUint64(word * (i + 1), BigInt(offset), true);
    bytes.set(section, offset);
    offset += section.byteLength;
  });
  view.setBigUint64(word * count, BigInt(offset), true);
  return bytes.buffer;
}

function decodeV1(data: ArrayBuffer): RawMessage {
  const view = new DataView(data);
  const count = data.byteLength < word ? 0 : Number(view.getBigUint64(0, true));
  // The channel, four parts, and the end.
  if (count < 6 || word * (count + 1) > data.byteLength) {
    throw new Error(`websocket message: ${count} offsets in ${data.byteLength} bytes`);
  }
  const offsets = Array.from({ length: count }, (_, i) => Number(view.getBigUint64(word * (i + 1), true)));
  return fromSections(cut(data, offsets, word * (count + 1)));
}

// Default: JSON text; with buffers, bytes: the number of offsets, the offsets (32-bit, big-endian), the JSON, the
// buffers.
const names = ["header", "parent_header", "metadata", "content"] as const;
const halfWord = 4;

function encodeDefault({ channel, parts }: RawMessage): string | ArrayBuffer {
  const [json, buffers] = [parts.slice(0, names.length), parts.slice(names.length)];
  // The parts are JSON already: put together as text they keep what JavaScript's numbers would round.
  const members = names.map((name, i) => `"${name}":${Buffer.from(json[i]!).toString()}`);
  const text = `{"channel":"${channel}",${members.join(",")},"buffers":[]}`;
  if (buffers.length === 0) return text;
  const sections = [Buffer.from(text), ...buffers];
  const head = halfWord * (sections.length + 1);
  const bytes = new Uint8Array(sections.reduce((size, section) => size + section.byteLength, head));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sections.length);
  let offset = head;
  sections.forEach((section, i) => {
    view.setUint32(halfWord * (i + 1), offset);
    bytes.set(section, offset);
    offset += section.byteLength;
  });
  return bytes.buffer;
}

function decodeDefault(data: string | ArrayBuffer): RawMessage {
  if (typeof data === "string") return fromJson(data, []);
  const view = new DataView(data);
  const count = data.byteLength < halfWord ? 0 : view.getUint32(0);
  if (count < 1 || halfWord * (count + 1) > data.byteLength) {
    throw new Error(`websocket message: ${count} offsets in ${data.byteLength} bytes`);
  }
  const offsets = Array.from({ length: count }, (_, i) => view.getUint32(halfWord * (i + 1)));
  const [json, ...buffers] = cut(data, [...offsets, data.byteLength], halfWord * (count + 1));
  return fromJson(Buffer.from(json!).toString(), buffers);
}

function fromJson(text: string, buffers: readonly Uint8Array[]): RawMessage {
  const message: unknown = JSON.parse(text);
  if (typeof message !== "object" || message === null)
    throw new Error("websocket message: not a JSON object");
  const members = message as Record<string, unknown>;
  const parts = names.map((name) => Buffer.from(JSON.stringify(members[name] ?? {})));
  return { channel: channelNamed(members.channel), parts: [...parts, ...buffers] };
}

function fromSections([channel, ...parts]: readonly Uint8Array[]): RawMessage {
  return { channel: channelNamed(Buffer.from(channel!).toString()), parts };
}

function channelNamed(name: unknown): ChannelName {
  const channel = channelNames.find((known) => known === name);
  if (channel === undefined) {
    throw new Error(
      `websocket message: channel ${JSON.stringify(name)}; there are ${channelNames.join(", ")}`,
    );
  }
  return channel;
}

function cut(data: ArrayBuffer, offsets: readonly number[], head: number): Uint8Array[] {
  let previous = head;
  for (const offset of offsets) {
    if (offset < previous || offset > data.byteLength) {
      throw new Error(`websocket message: offset ${offset} is not within ${previous} … ${data.byteLength}`);
    }
    previous = offset;
  }
  return offsets.slice(1).map((end, i) => new Uint8Array(data, offsets[i]!, end - offsets[i]!));
}
