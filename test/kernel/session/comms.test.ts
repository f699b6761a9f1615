import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Comms } from "../../../kernel/session/comms.js";
import { KernelClient, plain, type Received } from "../client.js";

describe("in a real kernel", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start();
  });
  afterAll(() => kernel.stop());

  const publishedBy = async (id: string, count: number): Promise<Received[]> => {
    const found = (): Received[] =>
      kernel.received.filter(({ parent, type }) => parent === id && type.startsWith("comm_"));
    await kernel.until(
      () => found().length >= count,
      10_000,
      () => `${count} comm messages`,
    );
    return found();
  };
  const idle = (id: string): Promise<void> =>
    kernel.until(() =>
      kernel.received.some(({ parent, content }) => parent === id && content.execution_state === "idle"),
    );
  const send = (type: string, content: object, buffers: Buffer[] = []): string => {
    const id = `${type}-${Math.random()}`;
    void kernel.sendFrames("shell", [...kernel.frames(type, content, id), ...buffers]);
    return id;
  };

  test("a cell opens a comm, sends JSON, metadata and bytes, and closes it", async () => {
    const id = kernel.send("execute_request", {
      code: `const opened = comms.open("target", { a: [1, "😀"] }, { metadata: { version: 2 } });
        opened.send({ b: 2 }, { buffers: [new Uint8Array([1, 2]), new Float32Array([1]).buffer] });
        opened.close(); [opened.target, opened.closed]`,
    });
    expect((await kernel.answer(id)).result).toEqual({ "text/plain": "[ 'target', true ]" });
    const [open, message, close] = await publishedBy(id, 3);
    const comm_id = open!.content.comm_id;
    expect(open).toMatchObject({
      type: "comm_open",
      content: { target_name: "target", data: { a: [1, "😀"] } },
      metadata: { version: 2 },
    });
    expect(message).toMatchObject({ type: "comm_msg", content: { comm_id, data: { b: 2 } } });
    expect(message!.buffers.map((buffer) => [...buffer])).toEqual([
      [1, 2],
      [0, 0, 128, 63],
    ]);
    expect(close).toMatchObject({ type: "comm_close", content: { comm_id, data: {} } });
  });

  test("the front end opens a comm to a registered target; both ends talk; comm_info knows it", async () => {
    await kernel.execute(`comms.registerTarget("echo", (comm, message) => {
      console.log("opened with", message.data);
      comm.onMessage(({ data, metadata, buffers }) => comm.send({ data, metadata }, { buffers }));
      comm.onClose(({ data }) => console.log("closed with", data));
    });`);
    const opening = send("comm_open", { comm_id: "c1", target_name: "echo", data: { hello: 1 } });
    await idle(opening);
    const talking = send("comm_msg", { comm_id: "c1", data: { x: [null] } }, [Buffer.from([7, 8])]);
    const [echo] = await publishedBy(talking, 1);
    expect(echo).toMatchObject({
      type: "comm_msg",
      content: { comm_id: "c1", data: { data: { x: [null] }, metadata: {} } },
    });
    expect([...echo!.buffers[0]!]).toEqual([7, 8]);
    const info = async (content: object): Promise<unknown> =>
      (await kernel.request("comm_info_request", content)).reply;
    const known = { status: "ok", comms: { c1: { target_name: "echo" } } };
    expect(await info({})).toEqual(known);
    expect(await info({ target_name: "echo" })).toEqual(known);
    expect(await info({ target_name: "other" })).toEqual({ status: "ok", comms: {} });
    const closing = send("comm_close", { comm_id: "c1", data: { bye: 2 } });
    await idle(closing);
    const printed = (id: string): string =>
      kernel.received
        .filter(({ parent, type }) => parent === id && type === "stream")
        .map(({ content }) => content.text)
        .join("");
    expect(printed(opening)).toBe("opened with { hello: 1 }\n");
    expect(printed(closing)).toBe("closed with { bye: 2 }\n");
    expect(await info({})).toEqual({ status: "ok", comms: {} });
  });

  test.each([
    ["comm_open", { comm_id: "u1", target_name: "nobody", data: {} }],
    ["comm_msg", { comm_id: "u1", data: {} }],
  ])("%s to nobody is answered by comm_close", async (type, content) => {
    const id = send(type, content);
    expect(await publishedBy(id, 1)).toMatchObject([{ type: "comm_close", content: { comm_id: "u1" } }]);
  });

  test("a handler that throws is told on stderr, one that never ends can be interrupted", async () => {
    await kernel.execute(`comms.registerTarget("throws", () => { throw new RangeError("no") });
      comms.registerTarget("hangs", () => { while (true) {} });`);
    const throwing = send("comm_open", { comm_id: "t1", target_name: "throws", data: {} });
    await idle(throwing);
    const told = kernel.received.find(({ parent, type }) => parent === throwing && type === "stream");
    expect(plain(String(told!.content.text))).toMatch(/^RangeError: no[\s\S]*cell \[\d+\]:1:/);
    const hanging = send("comm_open", { comm_id: "h1", target_name: "hangs", data: {} });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await kernel.request("interrupt_request", {}, "control");
    await idle(hanging);
    expect((await kernel.execute("1 + 1")).result).toEqual({ "text/plain": "2" });
  });

  test.each([
    ["comm_open", { comm_id: 5, target_name: "echo" }, "comm_open: comm_id must be a string, got 5"],
    ["comm_open", { comm_id: "x" }, "comm_open: target_name must be a string, got nothing"],
    ["comm_msg", { comm_id: "x", data: [1] }, "comm_msg: data must be an object, got [1]"],
    ["comm_close", {}, "comm_close: comm_id must be a string, got nothing"],
  ])("%s with %j is logged", async (type, content, line) => {
    await idle(send(type, content));
    await kernel.until(() => kernel.stderr.includes(line));
  });
});

describe("bad arguments of a cell", () => {
  const sent: unknown[] = [];
  const comms = new Comms((message) => sent.push(message));
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  test.each([
    [() => comms.open("", {}), /comms\.open: the target must be a name, got ''/],
    [() => comms.open("t", [] as never), /comm: data must be an object, got \[\]/],
    [() => comms.open("t", cyclic), /circular/],
    [() => comms.open("t", {}, { metadata: 1 as never }), /comm: metadata must be an object, got 1/],
    [() => comms.open("t", {}, { buffers: ["text" as never] }), /a buffer must be an ArrayBuffer/],
    [() => comms.registerTarget("t", 1 as never), /comms\.registerTarget: expected a function, got 1/],
  ])("%s", (call, message) => {
    expect(call).toThrow(message);
    expect(sent).toEqual([]);
    expect(comms.info(undefined)).toEqual({ comms: {} });
  });

  test("a closed comm sends nothing, and closes once", () => {
    const comm = comms.open("t");
    comm.close();
    comm.close();
    expect(sent.length).toBe(2);
    expect(() => comm.send({})).toThrow('comm.send: the comm to "t" is closed');
  });
});
