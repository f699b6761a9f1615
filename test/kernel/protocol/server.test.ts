import { describe, expect, test } from "vitest";
import { History } from "../../../kernel/protocol/history.js";
import type { Outcome, SessionRequest, ToSession } from "../../../kernel/protocol/link.js";
import { KernelServer, type Surroundings } from "../../../kernel/protocol/server.js";
import { type Message, WireFormat } from "../../../kernel/protocol/wire.js";

const ok: Outcome = { status: "ok", result: undefined, userExpressions: {} };

/** A server whose session thread is `answer`, and everything that it sends. */
function serve(answer: (request: SessionRequest) => unknown, changes: Partial<Surroundings> = {}) {
  const wire = new WireFormat("", "sha256");
  const sent: { channel: string; message: Message }[] = [];
  const log: string[] = [];
  const server = new KernelServer(wire, { banner: "test" }, new History(), {
    send: (channel, frames) => sent.push({ channel, message: wire.decode(frames) }),
    sendInput: () => Promise.resolve(),
    answerInput: () => undefined,
    toSession: (request: ToSession) => {
      const { id } = request as SessionRequest;
      const reply = answer(request as SessionRequest);
      if (reply !== undefined)
        queueMicrotask(() => server.fromSession({ type: "reply", id, reply: reply as Outcome }));
    },
    interrupt: () => Promise.resolve(),
    settled: () => Promise.resolve(),
    working: () => undefined,
    shutdown: () => log.push("shutdown"),
    log: (line) => log.push(line),
    ...changes,
  });
  server.fromSession({ type: "ready" });
  let requests = 0;
  const receive = (channel: "shell" | "control", type: string, content: object): string => {
    const id = `request ${++requests}`;
    const parts = [{ msg_id: id, msg_type: type }, {}, {}, content].map((part) =>
      Buffer.from(JSON.stringify(part)),
    );
    server.receive(channel, [Buffer.from("client"), Buffer.from("<IDS|MSG>"), Buffer.alloc(0), ...parts]);
    return id;
  };
  const of = (id: string): { channel: string; message: Message }[] =>
    sent.filter(({ message }) => message.parentHeader.msg_id === id);
  const reply = async (id: string): Promise<{ channel: string; message: Message }> => {
    for (let tries = 0; tries < 500; tries++) {
      const found = of(id).find(({ channel }) => channel !== "iopub");
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    throw new Error(`no reply to ${id}`);
  };
  return { server, sent, log, receive, of, reply };
}

describe("control", () => {
  test.each([
    ["execute_request", { code: "1" }],
    ["is_complete_request", { code: "1" }],
  ])("%s waits for its turn and is answered on control", async (type, content) => {
    const asked: number[] = [];
    const { server, receive, reply } = serve(({ id }) => {
      asked.push(id);
      return undefined;
    });
    const first = receive("shell", "execute_request", { code: "0" });
    const second = receive("control", type, content);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toEqual([1]);
    server.fromSession({ type: "reply", id: 1, reply: ok });
    expect((await reply(first)).channel).toBe("shell");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toEqual([1, 2]);
    server.fromSession({ type: "reply", id: 2, reply: ok });
    expect((await reply(second)).channel).toBe("control");
  });

  test("kernel_info is answered while a cell runs", async () => {
    const { receive, reply } = serve(() => undefined);
    receive("shell", "execute_request", { code: "for (;;);" });
    const info = await reply(receive("control", "kernel_info_request", {}));
    expect(info.message.content).toEqual({ status: "ok", banner: "test" });
  });
});

describe("debug_request", () => {
  test("goes to the debugger, whose events are published", async () => {
    const { server, sent, receive, reply } = serve(() => undefined, {
      debug: async (request) => ({ type: "response", request_seq: request.seq, success: true }),
    });
    const { channel, message } = await reply(receive("control", "debug_request", { seq: 7, command: "x" }));
    expect([channel, message.header.msg_type]).toEqual(["control", "debug_reply"]);
    expect(message.content).toEqual({ type: "response", request_seq: 7, success: true });
    server.debugEvent({ type: "event", event: "stopped" });
    const event = sent.at(-1)!;
    expect([event.channel, event.message.header.msg_type]).toEqual(["iopub", "debug_event"]);
    expect(event.message.content).toEqual({ type: "event", event: "stopped" });
  });

  test("is an error where there is none, or when it fails", async () => {
    const without = serve(() => undefined);
    const { message } = await without.reply(without.receive("control", "debug_request", {}));
    expect(message.content).toMatchObject({ status: "error", evalue: expect.stringMatching(/no debugger/) });
    const failing = serve(() => undefined, { debug: () => Promise.reject(new Error("broken")) });
    const failed = await failing.reply(failing.receive("control", "debug_request", {}));
    expect(failed.message.content).toMatchObject({ status: "error", evalue: "broken" });
  });
});

test("a cell's payload is in its reply", async () => {
  const payload = [{ source: "page", data: { "text/plain": "help" }, start: 0 }] as const;
  const { receive, reply } = serve(() => ({ ...ok, payload }));
  const { message } = await reply(receive("shell", "execute_request", { code: "name?" }));
  expect(message.content).toEqual({
    status: "ok",
    execution_count: 1,
    user_expressions: {},
    payload,
  });
});

test("shutdown is told to all clients, and comes after its reply", async () => {
  const { receive, reply, of, log } = serve(() => undefined);
  const id = receive("control", "shutdown_request", { restart: true });
  expect((await reply(id)).message.content).toEqual({ status: "ok", restart: true });
  const types = of(id).map(({ channel, message }) => `${channel} ${message.header.msg_type}`);
  expect(types).toContain("iopub shutdown_reply");
  expect(log).toEqual(["shutdown"]);
});

describe("content of the wrong type", () => {
  test.each([
    ["execute_request", {}, "execute_request: code must be a string, got nothing"],
    ["execute_request", { code: 5 }, "execute_request: code must be a string, got 5"],
    [
      "execute_request",
      { code: "", silent: "yes" },
      'execute_request: silent must be true or false, got "yes"',
    ],
    [
      "execute_request",
      { code: "", store_history: 1 },
      "execute_request: store_history must be true or false, got 1",
    ],
    [
      "execute_request",
      { code: "", stop_on_error: [] },
      "execute_request: stop_on_error must be true or false, got []",
    ],
    [
      "execute_request",
      { code: "", allow_stdin: {} },
      "execute_request: allow_stdin must be true or false, got {}",
    ],
    [
      "execute_request",
      { code: "", user_expressions: [] },
      "execute_request: user_expressions must be an object, got []",
    ],
    [
      "execute_request",
      { code: "", user_expressions: { a: 1 } },
      'execute_request: user_expressions must be an object of strings, got {"a":1}',
    ],
    [
      "execute_request",
      { code: "x".repeat(10_000_001) },
      "execute_request: code has 10000001 characters; at most 10000000 are taken",
    ],
    ["complete_request", { code: null }, "complete_request: code must be a string, got null"],
    [
      "complete_request",
      { code: "", cursor_pos: "1" },
      'complete_request: cursor_pos must be an integer, got "1"',
    ],
    [
      "inspect_request",
      { code: "", cursor_pos: 0.5 },
      "inspect_request: cursor_pos must be an integer, got 0.5",
    ],
    [
      "inspect_request",
      { code: "", detail_level: true },
      "inspect_request: detail_level must be an integer, got true",
    ],
    ["history_request", {}, "history_request: hist_access_type must be tail, range, search, got nothing"],
    ["comm_info_request", { target_name: 1 }, "comm_info_request: target_name must be a string, got 1"],
    ["shutdown_request", { restart: "no" }, 'shutdown_request: restart must be true or false, got "no"'],
  ])("%s with %j", async (type, content, evalue) => {
    const asked: unknown[] = [];
    const { receive, reply, log } = serve((request) => {
      asked.push(request);
      return ok;
    });
    const { message } = await reply(receive("shell", type, content));
    expect(message.content).toMatchObject({ status: "error", ename: "BadRequest", evalue, traceback: [] });
    if (type === "execute_request") expect(message.content.execution_count).toBe(0);
    expect(log).toEqual([evalue]);
    expect(asked).toEqual([]);
  });

  test("is_complete says that it does not know", async () => {
    const { receive, reply } = serve(() => ok);
    const { message } = await reply(receive("shell", "is_complete_request", { code: 1 }));
    expect(message.content.status).toBe("unknown");
  });
});

test("what cannot be sent is an error reply or a log line, and the next message is answered", async () => {
  const { server, receive, reply, log } = serve(({ type }) =>
    type === "complete" ? { status: "ok", matches: 1n } : ok,
  );
  server.fromSession({
    type: "display",
    execution: 0,
    update: false,
    content: { data: { x: 1n }, metadata: {} },
  });
  expect(log).toEqual([expect.stringMatching(/display_data cannot be published: TypeError/)]);
  const { message } = await reply(receive("shell", "complete_request", { code: "" }));
  expect(message.content).toMatchObject({ status: "error", evalue: expect.stringMatching(/BigInt/) });
  expect((await reply(receive("shell", "execute_request", { code: "" }))).message.content.status).toBe("ok");
});
