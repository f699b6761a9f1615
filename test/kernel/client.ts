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
  readonly channel: "shell" | "control" | "iopub" | "stdin";
  readonly id: string;
  readonly type: string;
  readonly parent: string | undefined;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Buffer[];
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

export interface StartOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Options of Node. */
  readonly nodeOptions?: readonly string[];
  /** How another kernel than ours is started. */
  readonly command?: (connectionFile: string) => readonly string[];
}

/** What has come for one request. */
interface Exchange {
  readonly messages: Received[];
  replied: boolean;
  idle: boolean;
}

// The kernel listens some time after it is started; a client that asks rarely would measure its own patience.
const RECONNECT = { reconnectInterval: 10, linger: 0 };

/** A real kernel process with a small Jupyter client at the other end of real ZeroMQ sockets. */
export class KernelClient {
  readonly key: string = randomUUID();
  readonly received: Received[] = [];
  /** What the kernel process wrote to its own stderr. */
  stderr = "";
  readonly process: ChildProcess;
  /** performance.now() of the moment before the process was started. */
  readonly startedAt: number;
  readonly exited: Promise<number | null>;
  readonly #ports: Json;
  readonly #folder: string;
  readonly #sockets: Socket[] = [];
  readonly #session = randomUUID();
  // One identity for shell and stdin: the kernel asks for input from whoever sent the execute_request.
  readonly #shell = new Dealer({
    routingId: this.#session,
    sendHighWaterMark: 0,
    receiveHighWaterMark: 0,
    ...RECONNECT,
  });
  readonly #stdin = new Dealer({ routingId: this.#session, ...RECONNECT });
  readonly #control = new Dealer({ sendHighWaterMark: 0, ...RECONNECT });
  readonly #iopub = new Subscriber({ receiveHighWaterMark: 0, ...RECONNECT });
  readonly #sending = new Map<Dealer, Promise<void>>();
  readonly #exchanges = new Map<string | undefined, Exchange>();
  #listeners: (() => void)[] = [];

  private constructor(
    ports: Json,
    directory: string | undefined,
    { environment = {}, nodeOptions = [], command }: StartOptions,
  ) {
    this.#ports = ports;
    this.#folder = mkdtempSync(join(tmpdir(), "optimlab-kernel-"));
    const file = join(this.#folder, "connection.json");
    writeFileSync(file, JSON.stringify({ ...ports, key: this.key }), { mode: 0o600 });
    const ours = [process.execPath, "--no-force-async-hooks-checks", ...nodeOptions, cli, "kernel", file];
    const [program, ...args] = command?.(file) ?? ours;
    this.startedAt = performance.now();
    this.process = spawn(program!, args, {
      cwd: directory ?? this.#folder,
      env: { ...process.env, OPTIMLAB_HISTORY: join(this.#folder, "history.jsonl"), ...environment },
      // Its stdout is no part of ours, which may be read by a program.
      stdio: ["ignore", process.stderr, "pipe"],
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => this.process.on("exit", (code) => resolve(code)));
  }

  /** Starts a kernel in an empty folder, or in the one given. */
  static async start(directory?: string, options: StartOptions = {}): Promise<KernelClient> {
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
      options,
    );
    client.#connect();
    await client.#whenSubscribed();
    return client;
  }

  /** Frames of a signed request, ready to be sent. */
  frames(
    type: string,
    content: unknown,
    id: string = randomUUID(),
    key: string = this.key,
    parent: Json = {},
  ): (string | Buffer)[] {
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.#session,
      username: "test",
      date: new Date().toISOString(),
      version: "5.4",
    };
    return this.sign(
      [header, parent, {}, content].map((part) => JSON.stringify(part)),
      key,
    );
  }

  /** These parts with the delimiter and their signature in front. */
  sign(parts: readonly (string | Buffer)[], key: string = this.key): (string | Buffer)[] {
    const hmac = createHmac("sha256", key);
    for (const part of parts.slice(0, 4)) hmac.update(part);
    return [DELIMITER, hmac.digest("hex"), ...parts];
  }

  /** Sends frames as they are: also what is no message. */
  sendFrames(channel: "shell" | "control" | "stdin", frames: (string | Buffer)[]): Promise<void> {
    const socket = { shell: this.#shell, control: this.#control, stdin: this.#stdin }[channel];
    const sent = (this.#sending.get(socket) ?? Promise.resolve()).then(() => socket.send(frames));
    this.#sending.set(socket, sent);
    return sent;
  }

  /** Sends a request and returns its id. */
  send(type: string, content: unknown = {}, channel: "shell" | "control" = "shell"): string {
    const id = randomUUID();
    void this.sendFrames(channel, this.frames(type, content, id));
    return id;
  }

  /** The next question for input that belongs to a request, beyond the first `seen`. */
  async question(id: string, seen = 0): Promise<Received> {
    const questions = (): Received[] => this.#of(id).filter(({ type }) => type === "input_request");
    await this.until(
      () => questions().length > seen,
      10_000,
      () => "input_request",
    );
    return questions()[seen]!;
  }

  /** Answers a question; without one, as jupyter_client does: with no parent. */
  async type(value: unknown, question?: Received): Promise<void> {
    const parent = question === undefined ? {} : { msg_id: question.id };
    await this.sendFrames("stdin", this.frames("input_reply", { value }, randomUUID(), this.key, parent));
  }

  /** Everything that belongs to a request, once its reply and its idle status are there. */
  async answer(id: string, timeout = 30_000): Promise<Answer> {
    await this.until(
      () => this.isAnswered(id),
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
      reply: messages.find(({ channel }) => channel === "shell" || channel === "control")!.content,
      published,
      stdout: stream("stdout"),
      stderr: stream("stderr"),
      result: published.find(({ type }) => type === "execute_result")?.content.data as Json | undefined,
      error: published.find(({ type }) => type === "error")?.content as Answer["error"],
    };
  }

  /** Whether both the reply and the idle status are there. */
  isAnswered(id: string): boolean {
    const { replied, idle } = this.#exchange(id);
    return replied && idle;
  }

  request(type: string, content: unknown = {}, channel: "shell" | "control" = "shell"): Promise<Answer> {
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

  #of(id: string): readonly Received[] {
    return this.#exchange(id).messages;
  }

  #exchange(id: string | undefined): Exchange {
    const exchange = this.#exchanges.get(id) ?? { messages: [], replied: false, idle: false };
    this.#exchanges.set(id, exchange);
    return exchange;
  }

  #receive(message: Received): void {
    this.received.push(message);
    const exchange = this.#exchange(message.parent);
    exchange.messages.push(message);
    if (message.channel === "shell" || message.channel === "control") exchange.replied = true;
    if (message.type === "status" && message.content.execution_state === "idle") exchange.idle = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  #connect(): void {
    for (const [channel, socket, port] of [
      ["shell", this.#shell, "shell_port"],
      ["control", this.#control, "control_port"],
      ["stdin", this.#stdin, "stdin_port"],
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
        const start = (frames as Buffer[]).findIndex((frame) => frame.equals(Buffer.from(DELIMITER)));
        const [signature, ...parts] = frames.slice(start + 1) as Buffer[];
        const json = parts.slice(0, 4).map(String);
        if (this.sign(json)[1] !== String(signature)) throw new Error("the kernel signed wrongly");
        const [header, parent, metadata, content] = json.map((part) => JSON.parse(part) as Json);
        this.#receive({
          channel,
          id: header!.msg_id as string,
          type: header!.msg_type as string,
          parent: parent!.msg_id as string | undefined,
          metadata: metadata!,
          content: content!,
          buffers: parts.slice(4),
          at: performance.now(),
        });
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
      const id = this.send("kernel_info_request");
      // Some kernels lose what comes while they start.
      await this.until(() => this.#exchange(id).replied, 100).catch(() => undefined);
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
