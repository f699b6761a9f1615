import { type Kernel, KernelManager, type KernelMessage } from "@jupyterlab/services";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type EmbeddedServer, embeddedServer } from "../../../kernel/server/embedded-server.js";
import { missing } from "../../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

describe.skipIf(missing("the built command line"))("@jupyterlab/services with our kernel", () => {
  let server: EmbeddedServer;
  let manager: KernelManager;
  let kernel: Kernel.IKernelConnection;

  beforeAll(async () => {
    server = embeddedServer(".");
    manager = new KernelManager({ serverSettings: server.settings });
    kernel = await manager.startNew();
  });

  afterAll(async () => {
    manager.dispose();
    await server.close();
  });

  type Message = KernelMessage.IIOPubMessage;

  async function execute(code: string, listen: (message: Message) => void = () => {}) {
    const future = kernel.requestExecute({ code });
    const messages: Message[] = [];
    future.onIOPub = (message) => {
      messages.push(message);
      listen(message);
    };
    const { content } = await future.done;
    return { reply: content, messages };
  }

  function text(messages: Message[]): string {
    return messages.map((message) => ("text" in message.content ? message.content.text : "")).join("");
  }

  function result(messages: Message[]): unknown {
    const message = messages.find(({ header }) => header.msg_type === "execute_result");
    return (message?.content as KernelMessage.IExecuteResultMsg["content"] | undefined)?.data["text/plain"];
  }

  test("is the kernel that starts when none is named", async () => {
    expect(kernel.name).toBe("optimlab");
    expect((await kernel.info).language_info.name).toBe("typescript");
  });

  test("2,000 lines of one synchronous cell all arrive before idle, in order", async () => {
    const { messages } = await execute("for (let i = 0; i < 2000; i++) console.log(i);");
    expect(text(messages).trim().split("\n").map(Number)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
    expect(messages.at(-1)).toMatchObject({
      header: { msg_type: "status" },
      content: { execution_state: "idle" },
    });
  });

  test("a line is there while its synchronous loop still runs", async () => {
    let seen = Number.POSITIVE_INFINITY;
    const { messages } = await execute(
      "console.log('first'); const end = Date.now() + 1500; while (Date.now() < end); console.log(Date.now());",
      ({ header }) => {
        if (header.msg_type === "stream") seen = Math.min(seen, Date.now());
      },
    );
    const [first, finished] = text(messages).trim().split("\n");
    expect(first).toBe("first");
    expect(seen).toBeLessThan(Number(finished) - 500);
  });

  test.each([["while (true) {}"], ["await 0; while (true) {}"], ["await new Promise(() => {})"]])(
    "%s is interrupted within a second, and variables survive",
    async (endless) => {
      await execute("let kept = 17");
      let interrupted = 0;
      const { reply } = await execute(`console.log("running"); ${endless}`, ({ header }) => {
        if (header.msg_type !== "stream") return;
        interrupted = performance.now();
        void kernel.interrupt();
      });
      expect(performance.now() - interrupted).toBeLessThan(1_000);
      expect(reply.status).toBe("error");
      expect(result((await execute("kept")).messages)).toBe("17");
    },
  );

  test("restarts with an empty memory", async () => {
    await execute("let forgotten = 1");
    await kernel.restart();
    expect((await execute("forgotten")).reply).toMatchObject({ status: "error" });
    expect(result((await execute("6 * 7")).messages)).toBe("42");
  });

  test("is gone after its shutdown", async () => {
    const pid = Number(result((await execute("process.pid")).messages));
    await kernel.shutdown();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
