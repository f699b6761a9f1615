import { type KernelMessage, ServerConnection } from "@jupyterlab/services";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channelNames, type RawMessage } from "../../../kernel/server/message.js";
import { decode, encode, type Subprotocol, v1Subprotocol } from "../../../kernel/server/websocket-codec.js";

const subprotocols: Subprotocol[] = ["", v1Subprotocol];
const { serializer } = ServerConnection.makeSettings();

const jsonObject = fc.dictionary(
  fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ noUnicodeString: false }),
);
const message = fc.record({
  channel: fc.constantFrom(...channelNames),
  header: fc.record({
    msg_id: fc.uuid(),
    msg_type: fc.string(),
    session: fc.string(),
    username: fc.string(),
    version: fc.constant("5.3"),
    date: fc.string(),
  }),
  parent_header: jsonObject,
  metadata: jsonObject,
  content: jsonObject,
  buffers: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
});
type Model = typeof message extends fc.Arbitrary<infer T> ? T : never;

function raw({ channel, header, parent_header, metadata, content, buffers }: Model): RawMessage {
  const json = [header, parent_header, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  return { channel, parts: [...json, ...buffers] };
}

function bytes(parts: readonly Uint8Array[]): number[][] {
  return parts.map((part) => [...part]);
}

/** A message as JSON leaves it: without -0 and such. */
function asJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe.each(subprotocols)("subprotocol %j", (subprotocol) => {
  test("decode undoes encode", () => {
    fc.assert(
      fc.property(message, (model) => {
        const original = raw(model);
        const back = decode(encode(original, subprotocol), subprotocol);
        expect(back.channel).toBe(original.channel);
        expect(bytes(back.parts.slice(4))).toEqual(bytes(original.parts.slice(4)));
        expect(back.parts.slice(0, 4).map((part) => JSON.parse(Buffer.from(part).toString()))).toEqual(
          original.parts.slice(0, 4).map((part) => JSON.parse(Buffer.from(part).toString())),
        );
      }),
    );
  });

  test("@jupyterlab/services reads what is encoded", () => {
    fc.assert(
      fc.property(message, (model) => {
        const read = serializer.deserialize(encode(raw(model), subprotocol) as ArrayBuffer, subprotocol);
        const { buffers = [], ...rest } = read;
        const { buffers: expected, ...json } = model;
        expect(rest).toEqual(asJson(json));
        const views = buffers as DataView[];
        expect(
          views.map((view) => [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)]),
        ).toEqual(bytes(expected));
      }),
    );
  });

  test("what @jupyterlab/services writes is decoded", () => {
    fc.assert(
      fc.property(message, (model) => {
        // It writes whole ArrayBuffers, so that each buffer needs one of its own.
        const buffers = model.buffers.map((buffer) => new Uint8Array(buffer).buffer);
        const sent = { ...model, buffers } as unknown as KernelMessage.IMessage;
        const read = decode(serializer.serialize(sent, subprotocol), subprotocol);
        expect(read.channel).toBe(model.channel);
        expect(JSON.parse(Buffer.from(read.parts[3]!).toString())).toEqual(asJson(model.content));
        expect(bytes(read.parts.slice(4))).toEqual(bytes(model.buffers));
      }),
    );
  });

  test("any bytes are decoded or refused, never more than an error", () => {
    const mutilated = fc
      .tuple(message, fc.nat(), fc.nat({ max: 255 }), fc.nat())
      .map(([model, at, value, cut]) => {
        const data = encode(raw(model), v1Subprotocol) as ArrayBuffer;
        const copy = new Uint8Array(data.slice(0, data.byteLength - (cut % 40)));
        copy[at % copy.length] = value;
        return copy.buffer;
      });
    const arbitrary = fc.uint8Array({ maxLength: 100 }).map((data) => new Uint8Array(data).buffer);
    fc.assert(
      fc.property(fc.oneof(mutilated, arbitrary), (data) => {
        try {
          const { channel, parts } = decode(data, subprotocol);
          expect(channelNames).toContain(channel);
          expect(parts.length).toBeGreaterThanOrEqual(4);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).name).not.toBe("AssertionError");
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("the layout from before there were subprotocols keeps a number that JavaScript would round", () => {
  const parts = ["{}", "{}", "{}", '{"id":12345678901234567890}'].map((json) => Buffer.from(json));
  expect(encode({ channel: "iopub", parts }, "")).toContain('"content":{"id":12345678901234567890}');
});

test.each([
  ["", "[", "JSON"],
  ["", "null", "not a JSON object"],
  ["", '{"channel":"heart"}', 'channel "heart"; there are shell, control, stdin, iopub'],
  [v1Subprotocol, "{}", `text, where ${v1Subprotocol} has bytes`],
] as const)("subprotocol %j refuses %j", (subprotocol, text, reason) => {
  expect(() => decode(text, subprotocol)).toThrow(reason);
});
