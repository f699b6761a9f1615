import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kernel, KernelManager, type KernelMessage, KernelSpecManager } from "@jupyterlab/services";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type EmbeddedServer, embeddedServer } from "../../../kernel/server/embedded-server.js";
import { missing } from "../../requirements.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

let folder: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "optimlab-test-")));
  await mkdir(join(folder, "jupyter", "kernels", "broken"), { recursive: true });
  await mkdir(join(folder, "jupyter", "kernels", "silent"), { recursive: true });
  await mkdir(join(folder, "jupyter", "kernels", "absent"), { recursive: true });
  await mkdir(join(folder, "course", "data"), { recursive: true });
  const spec = (argv: string[]) => JSON.stringify({ argv, display_name: "test", language: "none" });
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, "jupyter", "kernels", name, "kernel.json"), text);
  write("broken", spec([process.execPath, "-e", "console.error('no such port'); process.exit(3)"]));
  write("silent", spec([process.execPath, "-e", "setInterval(() => {}, 1000)"]));
  write("absent", spec([join(folder, "no-such-program")]));
  vi.stubEnv("JUPYTER_PATH", join(folder, "jupyter"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  reply: KernelMessage.IExecuteReplyMsg["content"];
  messages: { type: string; content: Record<string, unknown> }[];
}

async function execute(kernel: Kernel.IKernelConnection, code: string): Promise<Result> {
  const future = kernel.requestExecute({ code });
  const messages: Result["messages"] = [];
  future.onIOPub = ({ header, content }) => {
    messages.push({ type: header.msg_type, content: content as Record<string, unknown> });
  };
  const { content } = await future.done;
  return { reply: content as Result["reply"], messages };
}

function printed({ messages }: Result): string {
  return messages.flatMap(({ type, content }) => (type === "stream" ? [content.text] : [])).join("");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(missing("python3-ipykernel"))(
  "@jupyterlab/services with ipykernel through the bridge",
  () => {
    let server: EmbeddedServer;
    let manager: KernelManager;
    let kernel: Kernel.IKernelConnection;

    beforeAll(async () => {
      server = embeddedServer(join(folder, "course"));
      manager = new KernelManager({ serverSettings: server.settings });
      // The declared options lack `path`, which the REST interface has.
      const options: { name: string; path: string } = { name: "python3", path: "data/not-there.ipynb" };
      kernel = await manager.startNew(options);
    });

    afterAll(async () => {
      manager.dispose();
      await server.close();
    });

    test("speaks the v1 subprotocol, answers kernel_info and lists the kernelspecs", async () => {
      expect((await kernel.info).implementation).toBe("ipython");
      const specs = new KernelSpecManager({ serverSettings: server.settings });
      await specs.ready;
      expect(specs.specs?.default).toBe("optimlab");
      expect(Object.keys(specs.specs?.kernelspecs ?? {})).toEqual(
        expect.arrayContaining(["optimlab", "python3"]),
      );
      specs.dispose();
    });

    test("runs in the folder of the notebook, or the nearest that exists", async () => {
      const result = await execute(kernel, "import os; print(os.getcwd(), end='')");
      expect(printed(result)).toBe(join(folder, "course", "data"));
    });

    test("brings every output of a cell, in order, before its reply is done", async () => {
      const result = await execute(kernel, "for i in range(2000): print(i, flush=True)\n6 * 7");
      expect(printed(result).trim().split("\n").map(Number)).toEqual(
        Array.from({ length: 2000 }, (_, i) => i),
      );
      expect(result.messages.find(({ type }) => type === "execute_result")?.content.data).toEqual({
        "text/plain": "42",
      });
      expect(result.reply.status).toBe("ok");
    });

    test("brings errors with name, message and traceback", async () => {
      const result = await execute(kernel, "1 / 0");
      expect(result.reply).toMatchObject({
        status: "error",
        ename: "ZeroDivisionError",
        evalue: "division by zero",
      });
    });

    test("asks for input on the stdin channel and takes the answer", async () => {
      const future = kernel.requestExecute({ code: "print('hello', input('name? '))", allow_stdin: true });
      const texts: string[] = [];
      future.onStdin = (message) => {
        expect(message.content).toMatchObject({ prompt: "name? ", password: false });
        kernel.sendInputReply({ status: "ok", value: "Ada" }, message.parent_header as never);
      };
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "stream") texts.push((content as { text: string }).text);
      };
      await future.done;
      expect(texts.join("")).toContain("hello Ada");
    });

    test("carries binary buffers both ways", async () => {
      await execute(
        kernel,
        `from ipykernel.comm import Comm
def echo(comm, opened):
    comm.on_msg(lambda m: comm.send({'size': len(m['buffers'][0])}, buffers=[bytes(reversed(m['buffers'][0]))]))
get_ipython().kernel.comm_manager.register_target('echo', echo)`,
      );
      const comm = kernel.createComm("echo");
      const back = new Promise<KernelMessage.ICommMsgMsg>((resolve) => {
        comm.onMsg = resolve;
      });
      await comm.open().done;
      comm.send({}, undefined, [new Uint8Array([1, 2, 3, 250]).buffer]);
      const message = await back;
      expect(message.content.data).toEqual({ size: 4 });
      const [buffer] = message.buffers as DataView[];
      expect([...new Uint8Array(buffer!.buffer, buffer!.byteOffset, buffer!.byteLength)]).toEqual([
        250, 3, 2, 1,
      ]);
    });

    test("interrupts an endless cell and keeps the variables", async () => {
      await execute(kernel, "kept = 17");
      const endless = kernel.requestExecute({ code: "print('running', flush=True)\nwhile True: pass" });
      await new Promise<void>((resolve) => {
        endless.onIOPub = ({ header }) => {
          if (header.msg_type === "stream") resolve();
        };
      });
      await kernel.interrupt();
      expect((await endless.done).content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect(printed(await execute(kernel, "print(kept, end='')"))).toBe("17");
    });

    test("connects to a kernel while it runs a cell, and hears that cell", async () => {
      const running = execute(
        kernel,
        "import time\nfor i in range(30): print(i, flush=True); time.sleep(0.05)",
      );
      await vi.waitFor(() => expect(kernel.status).toBe("busy"));
      const second = manager.connectTo({ model: kernel.model });
      const heard: string[] = [];
      second.iopubMessage.connect((_, { header }) => heard.push(header.msg_type));
      await running;
      expect(heard.filter((type) => type === "stream").length).toBeGreaterThan(3);
      second.dispose();
    });

    test("restarts with an empty memory, on the same connection", async () => {
      await execute(kernel, "forgotten = 1");
      await kernel.restart();
      const result = await execute(kernel, "forgotten");
      expect(result.reply).toMatchObject({ status: "error", ename: "NameError" });
    });

    test("says why a kernel is dead, and forgets it when it is deleted", async () => {
      const doomed = await manager.startNew({ name: "python3" });
      await doomed.info;
      const dead = vi.fn();
      doomed.statusChanged.connect((_, status) => status === "dead" && dead());
      doomed.requestExecute({ code: "import os; os._exit(9)" }).done.catch(() => {});
      await vi.waitFor(() => expect(dead).toHaveBeenCalled(), 10_000);
      const url = `${server.settings.baseUrl}api/kernels/${doomed.id}`;
      const model = (await (await server.settings.fetch(url)).json()) as Kernel.IModel;
      expect(model).toMatchObject({ execution_state: "dead" });
      expect(model.reason).toMatch(/^the kernel python3 ended with exit code 9/);
      expect((await server.settings.fetch(url, { method: "DELETE" })).status).toBe(204);
      expect((await server.settings.fetch(url)).status).toBe(404);
    });

    test("leaves neither process nor connection file behind", async () => {
      const short = await manager.startNew({ name: "python3" });
      const result = await execute(
        short,
        "import os, sys, ipykernel.connect as c; print(os.getpid(), c.get_connection_file())",
      );
      const [pid, file] = printed(result).trim().split(" ") as [string, string];
      expect([isAlive(Number(pid)), existsSync(file)]).toEqual([true, true]);
      await short.shutdown();
      expect([isAlive(Number(pid)), existsSync(file)]).toEqual([false, false]);
    });
  },
);

describe("a kernel that does not start", () => {
  let server: EmbeddedServer;
  beforeEach(() => {
    server = embeddedServer(folder, { start: 1_500, shutdown: 200 });
  });
  afterEach(() => server.close());

  test.each([
    ["ends", "broken", "the kernel broken ended with exit code 3; it wrote:\nno such port"],
    ["gives no answer", "silent", "the kernel silent gave no answer within 1.5 s of its start"],
    ["is no program", "absent", "the kernel absent could not be started: spawn"],
    ["is not installed", "fortran", "there is no kernel named fortran; there are optimlab, "],
  ])("because it %s is reported, without a hang", async (_, name, message) => {
    const manager = new KernelManager({ serverSettings: server.settings });
    await manager.ready;
    await expect(manager.startNew({ name })).rejects.toThrow(message);
    manager.dispose();
    const left = await server.settings.fetch(`${server.settings.baseUrl}api/kernels`);
    expect(await left.json()).toEqual([]);
  });
});

describe("requests that are refused", () => {
  let server: EmbeddedServer;
  beforeAll(() => {
    server = embeddedServer(join(folder, "course"));
  });
  test.each([
    ["GET", "api/nothing", undefined, 404, "there is nothing at /api/nothing"],
    ["GET", "api/kernels/no-such-id", undefined, 404, "there is no running kernel no-such-id"],
    ["POST", "api/kernels/no-such-id/interrupt", undefined, 404, "there is no running kernel no-such-id"],
    ["PATCH", "api/kernels", "{}", 405, "PATCH is not for /api/kernels; there is GET, POST"],
    ["POST", "api/kernels", "{", 400, "the request's body is not a JSON object"],
    ["POST", "api/kernels", "[]", 400, "the request's body is not a JSON object"],
    ["POST", "api/kernels", '{"name":1}', 400, "name and path of a kernel are texts"],
    ["POST", "api/kernels", '{"name":"fortran"}', 400, "there is no kernel named fortran"],
    ["POST", "api/kernels", '{"name":"broken","path":"../x"}', 400, "../x is outside the server's folder"],
  ])("%s %s %s: %i", async (method, path, body, status, message) => {
    const init = body === undefined ? { method } : { method, body };
    const response = await server.settings.fetch(`${server.settings.baseUrl}${path}`, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(message) });
  });

  test("a socket to a kernel that is not there closes with an error", async () => {
    const socket = new server.settings.WebSocket(`${server.settings.wsUrl}api/kernels/none/channels`);
    const closed = new Promise<unknown>((resolve) => {
      socket.onclose = resolve;
    });
    expect(await closed).toMatchObject({ code: 1011, wasClean: false });
  });
});
