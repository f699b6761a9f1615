import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Message, WireError, WireFormat } from "../../../kernel/protocol/wire.js";

const KEY = "secret";
const text = (...frames: string[]): Buffer[] => frames.map((frame) => Buffer.from(frame));

function message(fields: Partial<Message> = {}): Message {
  return {
    identities: text("client"),
    header: { msg_id: "1", msg_type: "kernel_info_request", session: "s", username: "u", version: "5.4" },
    parentHeader: {},
    metadata: {},
    content: { code: "1 + 1" },
    buffers: [],
    ...fields,
  };
}

/** Frames signed as a client signs them, whatever is in them. */
function signed(...parts: string[]): Buffer[] {
  const hmac = createHmac("sha256", KEY);
  for (const part of parts) hmac.update(part);
  return text("id", "<IDS|MSG>", hmac.digest("hex"), ...parts);
}

describe("WireFormat", () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  const bytes = fc.uint8Array({ maxLength: 40 });

  test("decodes what it encodes", () => {
    fc.assert(
      fc.property(
        fc.array(bytes.filter((frame) => !Buffer.from("<IDS|MSG>").equals(frame))),
        fc.string(),
        json,
        json,
        json,
        fc.array(bytes),
        (identities, id, parentHeader, metadata, content, buffers) => {
          const header = { ...message().header, msg_id: id };
          const sent: Message = { identities, header, parentHeader, metadata, content, buffers };
          const received = new WireFormat(KEY, "sha256").decode(new WireFormat(KEY, "sha256").encode(sent));
          // JSON has no negative zero.
          expect(received).toEqual({
            ...JSON.parse(JSON.stringify({ header, parentHeader, metadata, content })),
            identities,
            buffers,
          });
        },
      ),
    );
  });

  test("signs as the specification says", () => {
    const frames = new WireFormat(KEY, "sha256").encode(message());
    const hmac = createHmac("sha256", KEY);
    for (const part of frames.slice(3, 7)) hmac.update(part);
    expect(String(frames[2])).toBe(hmac.digest("hex"));
    expect(String(new WireFormat("", "sha256").encode(message())[2])).toBe("");
  });

  test.each([
    ["no frames", [], /no <IDS\|MSG> delimiter/],
    ["no delimiter", text("a", "b"), /no <IDS\|MSG> delimiter/],
    ["too few frames", text("<IDS|MSG>", "aa", "{}", "{}", "{}"), /3 of 4 frames/],
    ["another key", new WireFormat("other", "sha256").encode(message()), /wrong signature/],
    ["no signature", new WireFormat("", "sha256").encode(message()), /wrong signature/],
    ["JSON cut short", signed('{"msg_id"', "{}", "{}", "{}"), /not JSON/],
    ["a list for an object", signed("[]", "{}", "{}", "{}"), /not an object/],
    ["null for an object", signed("null", "{}", "{}", "{}"), /not an object/],
    ["no msg_type", signed('{"msg_id":"1"}', "{}", "{}", "{}"), /msg_id and msg_type/],
    ["a number for msg_id", signed('{"msg_id":1,"msg_type":"x"}', "{}", "{}", "{}"), /msg_id and msg_type/],
  ])("refuses %s", (_, frames, problem) => {
    expect(() => new WireFormat(KEY, "sha256").decode(frames)).toThrow(problem);
  });

  test("refuses a replay, and only a replay", () => {
    const wire = new WireFormat(KEY, "sha256");
    const frames = wire.encode(message());
    wire.decode(frames);
    expect(() => wire.decode(frames)).toThrow(/replay/);
    wire.decode(wire.encode(message({ content: { code: "2" } })));
  });

  test("any change to a signed message is refused", () => {
    const frames = new WireFormat(KEY, "sha256").encode(message()).map((frame) => Buffer.from(frame));
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (index, at, change) => {
          const changed = frames.map((frame) => Buffer.from(frame));
          changed[index]![at % changed[index]!.length]! ^= change;
          // Hexadecimal digits of either case mean the same signature.
          fc.pre(String(changed[2]).toLowerCase() !== String(frames[2]) || index !== 2);
          expect(() => new WireFormat(KEY, "sha256").decode(changed)).toThrow(WireError);
        },
      ),
    );
  });

  test("whatever the frames, decoding gives a message or a WireError", () => {
    const frame = fc.oneof(
      fc.uint8Array(),
      fc
        .constantFrom("<IDS|MSG>", "", "{}", "[]", "null", '{"msg_id":"1","msg_type":"x"}', "\ud800")
        .map((part) => Buffer.from(part)),
      fc.json().map((part) => Buffer.from(part)),
    );
    for (const key of ["", KEY]) {
      fc.assert(
        fc.property(fc.array(frame, { maxLength: 10 }), (frames) => {
          try {
            expect(typeof new WireFormat(key, "sha256").decode(frames).header.msg_id).toBe("string");
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }),
        { numRuns: 2_000 },
      );
    }
  });
});
