import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Request, type Socket, Subscriber } from "zeromq";

export type Json = Record<string, unknown>;

export interface Received {
  readonly channel: "shell" | "control" | "iopub";
  readonly type: string;
  readonly parent: string | undefined;
  readonly content: Json;
  /** Milliseconds of performance.now() at arrival. */
  readonly at: number;
}

/** All that one request led to, in the order of arrival. */
export interface Answer {
  readonly reply: Json;
  readonly published: readonly Received[];
  /** Text of the stream messages by name. */
  readonly stdout: string;
  readonly stderr: string;
  readonly result: Json | undefined;
  readonly error: { ename: string; evalue: string; traceback: string[] } | undefined;
}

const cli = fileURLToPath(new URL("../../dist/kernel/cli.js", import.meta.url));
const DELIMITER = "<IDS|MSG>";
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** Text without terminal colours. */
export function plain(text: string | readonly string[]): string {
  return (typeof text === "string" ? text : text.join("\n")).replace(escapes, "");
}

/** A real kernel process with a small Jupyter client at the other end of real ZeroMQ sockets. */
export class KernelClient {
  readonly key: string = randomUUID();
  readonly received: Received[] = [];
  /** What the kernel process wrote to its own stderr. */
  stderr = "";
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly #ports: Json;
  readonly #folder: string;
  readonly #sockets: Socket[] = [];
  readonly #shell = new Dealer({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 });
  readonly #control = new Dealer({ linger: 0 });
  readonly #iopub = new Subscriber({ receiveHighWaterMark: 0, linger: 0 });
  readonly #session = randomUUID();
  readonly #sending = new Map<Dealer, Promise<void>>();
  #listeners: (() => void)[] = [];

  private constructor(ports: Json, directory: string | undefined) {
    this.#ports = ports;
    this.#folder = mkdtempSync(join(tmpdir(), "optimlab-kernel-"));
    const file = join(this.#folder, "connection.json");
    writeFileSync(file, JSON.stringify({ ...ports, key: this.key }), { mode: 0o600 });
    this.process = spawn(process.execPath, ["--no-force-async-hooks-checks", cli, "kernel", file], {
      cwd: directory ?? this.#folder,
      stdio: ["ignore", "inherit", "pipe"],
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => this.process.on("exit", (code) => resolve(code)));
  }

  /** Starts a kernel in an empty folder, or in the one given. */
  static async start(directory?: string): Promise<KernelClient> {
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5);
    const client = new KernelClient(
      {
        ip: "127.0.0.1",
        transport: "tcp",
        signature_scheme: "hmac-sha256",
        shell_port,
        iopub_port,
        stdin_port,
        control_port,
        hb_port,
      },
      directory,
    );
    client.#connect();
    await client.#whenSubscribed();
    return client;
  }

  /** Frames of a signed request, ready to be sent. */
  frames(
    type: string,
    content: Json,
    id: string = randomUUID(),
    key: string = this.key,
  ): (string | Buffer)[] {
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.#session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.4",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return [DELIMITER, hmac.digest("hex"), ...parts];
  }

  /** Sends frames as they are: also what is no message. */
  sendFrames(channel: "shell" | "control", frames: (string | Buffer)[]): Promise<void> {
    const socket = channel === "shell" ? this.#shell : this.#control;
    const sent = (this.#sending.get(socket) ?? Promise.resolve()).then(() => socket.send(frames));
    this.#sending.set(socket, sent);
    return sent;
  }

  /** Sends a request and returns its id. */
  send(type: string, content: Json = {}, channel: "shell" | "control" = "shell"): string {
    const id = randomUUID();
    void this.sendFrames(channel, this.frames(type, content, id));
    return id;
  }

  /** Everything that belongs to a request, once its reply and its idle status are there. */
  async answer(id: string, timeout = 30_000): Promise<Answer> {
    await this.until(
      () =>
        this.#of(id).some(({ channel }) => channel !== "iopub") &&
        this.#of(id).some(({ type, content }) => type === "status" && content.execution_state === "idle"),
      timeout,
      () => `answer to ${id}; so far ${JSON.stringify(this.#of(id).map(({ type }) => type))}`,
    );
    const messages = this.#of(id);
    const published = messages.filter(({ channel }) => channel === "iopub");
    const stream = (name: string): string =>
      published
        .filter(({ type, content }) => type === "stream" && content.name === name)
        .map(({ content }) => content.text)
        .join("");
    return {
      reply: messages.find(({ channel }) => channel !== "iopub")!.content,
      published,
      stdout: stream("stdout"),
      stderr: stream("stderr"),
      result: published.find(({ type }) => type === "execute_result")?.content.data as Json | undefined,
      error: published.find(({ type }) => type === "error")?.content as Answer["error"],
    };
  }

  request(type: string, content: Json = {}, channel: "shell" | "control" = "shell"): Promise<Answer> {
    return this.answer(this.send(type, content, channel));
  }

  execute(code: string, options: Json = {}): Promise<Answer> {
    return this.request("execute_request", { code, ...options });
  }

  /** Resolves when `condition` holds; it is tried after each message. */
  async until(
    condition: () => boolean,
    timeout = 30_000,
    what: () => string = () => "condition",
  ): Promise<void> {
    const end = performance.now() + timeout;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`timeout: ${what()}\n${this.stderr}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        this.#listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Milliseconds that a heartbeat takes. */
  async heartbeat(timeout = 2_000): Promise<number> {
    const socket = new Request({ receiveTimeout: timeout, linger: 0 });
    socket.connect(`tcp://127.0.0.1:${this.#ports.hb_port}`);
    const start = performance.now();
    try {
      await socket.send("ping");
      await socket.receive();
      return performance.now() - start;
    } finally {
      socket.close();
    }
  }

  /** Address of a port named as in the connection file. */
  address(port: string): { host: string; port: number } {
    return { host: "127.0.0.1", port: this.#ports[port] as number };
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.send("shutdown_request", { restart: false }, "control");
      const timer = setTimeout(() => this.process.kill("SIGKILL"), 5_000);
      await this.exited;
      clearTimeout(timer);
    }
    for (const socket of this.#sockets) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #of(id: string): Received[] {
    return this.received.filter(({ parent }) => parent === id);
  }

  #connect(): void {
    for (const [channel, socket, port] of [
      ["shell", this.#shell, "shell_port"],
      ["control", this.#control, "control_port"],
      ["iopub", this.#iopub, "iopub_port"],
    ] as const) {
      socket.connect(`tcp://127.0.0.1:${this.#ports[port]}`);
      this.#sockets.push(socket);
      void this.#read(channel, socket);
    }
    this.#iopub.subscribe();
  }

  async #read(channel: Received["channel"], socket: Dealer | Subscriber): Promise<void> {
    try {
      for await (const frames of socket) {
        const texts = (frames as Buffer[]).map(String);
        const [signature, ...parts] = texts.slice(texts.indexOf(DELIMITER) + 1);
        const hmac = createHmac("sha256", this.key);
        for (const part of parts) hmac.update(part);
        if (hmac.digest("hex") !== signature) throw new Error("the kernel signed wrongly");
        const [header, parent, , content] = parts.map((part) => JSON.parse(part) as Json);
        this.received.push({
          channel,
          type: header!.msg_type as string,
          parent: parent!.msg_id as string | undefined,
          content: content!,
          at: performance.now(),
        });
        for (const listener of this.#listeners.splice(0)) listener();
      }
    } catch (error) {
      if (!socket.closed) throw error;
    }
  }

  /** A subscription takes effect some time after connecting: ask until something is published to us. */
  async #whenSubscribed(): Promise<void> {
    const end = performance.now() + 30_000;
    while (!this.received.some(({ channel, type }) => channel === "iopub" && type === "status")) {
      if (performance.now() > end || this.process.exitCode !== null) {
        throw new Error(`the kernel does not start\n${this.stderr}`);
      }
      this.send("kernel_info_request");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Ports that nobody listens on at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
