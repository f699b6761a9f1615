import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kernel, KernelManager, type KernelMessage } from "@jupyterlab/services";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { murmur2 } from "../../../kernel/debug/murmur2.js";
import { type EmbeddedServer, embeddedServer } from "../../../kernel/server/embedded-server.js";

// @jupyterlab/services reports every connection on console.debug.
vi.spyOn(console, "debug").mockImplementation(() => {});

let folder: string;
let server: EmbeddedServer;
let manager: KernelManager;
let kernel: Kernel.IKernelConnection;
const events: { event: string; body: Record<string, unknown> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "optimlab-debug-"));
  server = embeddedServer(folder);
  manager = new KernelManager({ serverSettings: server.settings });
  kernel = await manager.startNew({ name: "optimlab" });
  kernel.iopubMessage.connect((_, { header, content }) => {
    if (header.msg_type === "debug_event") events.push(content as (typeof events)[number]);
  });
});
afterAll(async () => {
  await kernel.shutdown();
  manager.dispose();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

let seq = 0;
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
async function request(command: string, args: object = {}): Promise<Record<string, any>> {
  const content = { type: "request", seq: seq++, command, arguments: args };
  const future = kernel.requestDebug(content as KernelMessage.IDebugRequestMsg["content"]);
  const reply = new Promise<KernelMessage.IDebugReplyMsg>((resolve) => {
    future.onReply = resolve;
  });
  await future.done;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  const { success, message, body } = (await reply).content as unknown as Record<string, any>;
  if (!success) throw new Error(message);
  return body;
}

// The requests are those of @jupyterlab/debugger 4.6.4 (service.ts, session.ts, handler.ts), in its order.
test("JupyterLab's own client debugs a cell", async () => {
  expect((await kernel.info) as object).toMatchObject({ debugger: true });
  const info = await request("debugInfo");
  await request("initialize", { clientID: "jupyterlab", adapterID: kernel.name, supportsVariableType: true });
  await request("attach");
  await request("inspectVariables");
  await request("modules");

  const code = "const doubled = [1, 2].map((n) => {\n  return n * 2;\n});\ndoubled";
  const { sourcePath } = await request("dumpCell", { code });
  // By this name JupyterLab finds the cell again.
  expect(sourcePath).toBe(info.tmpFilePrefix + murmur2(code, info.hashSeed) + info.tmpFileSuffix);
  await request("debugInfo");
  const { breakpoints } = await request("setBreakpoints", {
    breakpoints: [{ line: 2 }],
    source: { path: sourcePath },
    sourceModified: false,
  });
  expect(breakpoints).toMatchObject([{ verified: true, line: 2, source: { path: sourcePath } }]);
  await request("configurationDone");

  const future = kernel.requestExecute({ code });
  await vi.waitUntil(() => events.at(-1)?.event === "stopped", { timeout: 20_000 });
  const { threadId } = events.at(-1)!.body;
  const { stackFrames } = await request("stackTrace", { threadId });
  expect(stackFrames[0]).toMatchObject({ line: 2, source: { path: sourcePath } });
  expect(await request("source", { source: { path: sourcePath }, sourceReference: 0 })).toMatchObject({
    content: code,
  });
  const { scopes } = await request("scopes", { frameId: stackFrames[0].id });
  const { variables } = await request("variables", { variablesReference: scopes[0].variablesReference });
  expect(variables).toContainEqual({ name: "n", value: "1", variablesReference: 0, evaluateName: "n" });
  const evaluated = await request("evaluate", {
    context: "repl",
    expression: "n + 100",
    frameId: stackFrames[0].id,
  });
  expect(evaluated.result).toBe("101");
  await request("next", { threadId });
  await vi.waitUntil(() => events.filter(({ event }) => event === "stopped").length === 2, {
    timeout: 20_000,
  });
  await request("setBreakpoints", { breakpoints: [], source: { path: sourcePath }, sourceModified: false });
  await request("continue", { threadId });
  const { content } = await future.done;
  expect(content).toMatchObject({ status: "ok" });
  expect(events.at(-1)).toMatchObject({ event: "continued", body: { threadId } });

  await request("disconnect", { restart: false, terminateDebuggee: false });
  expect((await request("debugInfo")).isStarted).toBe(false);
});
