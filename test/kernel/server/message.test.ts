import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compose, fromFrames, readPart, toFrames } from "../../../kernel/server/message.js";

const parts = fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 4, maxLength: 7 });
const key = fc.string({ minLength: 1 });

function frames(from: readonly Uint8Array[], secret: string): Buffer[] {
  return toFrames(from, secret).map((frame) => Buffer.from(frame));
}

describe("ZeroMQ frames", () => {
  test("bring the parts back, behind any routing identities", () => {
    fc.assert(
      fc.property(
        parts,
        fc.oneof(key, fc.constant("")),
        fc.array(fc.uint8Array()),
        (original, secret, identities) => {
          const received = [
            ...identities.map((identity) => Buffer.from(identity)),
            ...frames(original, secret),
          ];
          expect(fromFrames(received, secret)?.map((part) => [...part])).toEqual(
            original.map((part) => [...part]),
          );
        },
      ),
    );
  });

  test("with another key, or a changed part, are dropped", () => {
    fc.assert(
      fc.property(parts, key, fc.nat({ max: 3 }), (original, secret, at) => {
        const received = frames(original, secret);
        expect(fromFrames(received, `${secret}x`)).toBeUndefined();
        received[at + 2] = Buffer.concat([received[at + 2]!, Buffer.from("x")]);
        expect(fromFrames(received, secret)).toBeUndefined();
      }),
    );
  });

  test("of any kind are dropped, not fatal", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (noise) => {
        expect(
          fromFrames(
            noise.map((frame) => Buffer.from(frame)),
            "key",
          ),
        ).toBeUndefined();
      }),
    );
  });
});

test("a composed message has a header of the protocol", () => {
  const message = compose("control", "interrupt_request", { a: 1 }, "session");
  const [header, parent, metadata, content] = message.parts.map(readPart);
  expect(header).toMatchObject({
    msg_id: message.id,
    msg_type: "interrupt_request",
    session: "session",
    version: "5.3",
  });
  expect([parent, metadata, content]).toEqual([{}, {}, { a: 1 }]);
});

test.each([["not json"], ["null"], ["3"], [""]])(
  "a part %j that is no object reads as an empty one",
  (text) => {
    expect(readPart(Buffer.from(text))).toEqual({});
  },
);
