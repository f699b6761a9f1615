import { describe, expect, test } from "vitest";
import { SendQueue } from "../../../kernel/protocol/send-queue.js";

describe("SendQueue", () => {
  test("one send at a time, in order, whatever fails", async () => {
    const sent: string[] = [];
    const errors: unknown[] = [];
    let sending = 0;
    const queue = new SendQueue(
      {
        async send([frame]) {
          expect(++sending).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          sending--;
          if (String(frame) === "3") throw new Error("lost");
          sent.push(String(frame));
        },
      },
      (error) => errors.push(error),
    );
    for (const frame of ["1", "2", "3", "4"]) void queue.push([Buffer.from(frame)]);
    await queue.drained();
    expect(sent).toEqual(["1", "2", "4"]);
    expect(errors).toEqual([new Error("lost")]);
  });
});
