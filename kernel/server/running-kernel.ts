import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Kernelspec } from "../kernelspec.js";
import { type Connection, createConnection, writeConnectionFile } from "./connection-file.js";
import { KernelChannels } from "./kernel-channels.js";
import { isOutOfMemory, watchMemory } from "./memory-limit.js";
import { compose, type RawMessage, readPart } from "./message.js";
import { onProcessEnd } from "./process-end.js";

/** How long a kernel may take, in milliseconds, and how much memory. */
export interface KernelLimits {
  /** From its start to its first answer. */
  readonly start: number;
  /** From the request to shut down to the end of its process. */
  readonly shutdown: number;
  /** Bytes of memory. A kernel that has more is ended, where the system says how much it has. */
  readonly memory: number;
}

export const defaultLimits: KernelLimits = {
  start: 60_000,
  shutdown: 5_000,
  memory: Number.POSITIVE_INFINITY,
};

/** As much of what a kernel wrote to stdout and stderr as is kept, to explain its death. */
const keptOutput = 8_192;

/** What Jupyter Server's REST interface says of a kernel. */
export interface KernelModel {
  readonly id: string;
  readonly name: string;
  readonly last_activity: string;
  readonly execution_state: string;
  readonly connections: number;
  /** Why it is dead. */
  readonly reason?: string;
}

/** The process of one kernel, from its start to its end, and everything that it needs. */
export class RunningKernel {
  readonly id: string = randomUUID();
  readonly #name: string;
  readonly #spec: Kernelspec;
  readonly #directory: string;
  readonly #limits: KernelLimits;
  readonly #connection: Connection;
  readonly #file: ReturnType<typeof writeConnectionFile>;
  readonly #withdraw: () => void;
  readonly #clients = new Map<KernelChannels, (message: RawMessage) => void>();
  /** Called once nothing of it is left. */
  readonly onEnd: Set<() => void> = new Set();
  #process: ChildProcess | undefined;
  /** Whether the end of the process is asked for, and so no death. */
  #ending = false;
  #exited: Promise<string> = Promise.resolve("it was never started");
  #own: KernelChannels | undefined;
  #state = "starting";
  #reason: string | undefined;
  #lastActivity = new Date();

  private constructor(
    name: string,
    spec: Kernelspec,
    directory: string,
    limits: KernelLimits,
    connection: Connection,
  ) {
    this.#name = name;
    this.#spec = spec;
    this.#directory = directory;
    this.#limits = limits;
    this.#connection = connection;
    this.#file = writeConnectionFile(connection);
    this.#withdraw = onProcessEnd(() => {
      this.#signal("SIGKILL");
      this.#file.remove();
    });
  }

  /**
   * Starts a kernel with `directory` as its working directory; resolves once it answers.
   * @throws If it ends before, or does not answer in time; with what it wrote to stderr.
   */
  static async start(
    name: string,
    spec: Kernelspec,
    directory: string,
    limits: KernelLimits = defaultLimits,
  ): Promise<RunningKernel> {
    const kernel = new RunningKernel(name, spec, directory, limits, await createConnection());
    try {
      await kernel.#spawn();
      return kernel;
    } catch (error) {
      await kernel.shutdown();
      throw error;
    }
  }

  get model(): KernelModel {
    return {
      id: this.id,
      name: this.#name,
      last_activity: this.#lastActivity.toISOString(),
      execution_state: this.#state,
      connections: this.#clients.size,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    };
  }

  /**
   * Connects a client; resolves once nothing that the kernel sends can be missed.
   * @throws If the kernel is dead, or dies meanwhile.
   */
  async connect(receive: (message: RawMessage) => void): Promise<KernelChannels> {
    if (this.#state === "dead") throw new Error(this.#reason);
    const channels = new KernelChannels(this.#connection, receive);
    this.#clients.set(channels, receive);
    try {
      await this.#unlessItEnds(channels.ready());
      return channels;
    } catch (error) {
      this.disconnect(channels);
      throw error;
    }
  }

  disconnect(channels: KernelChannels): void {
    this.#clients.delete(channels);
    channels.close();
  }

  /** Interrupts the running cell, in the way that the kernelspec asks for. */
  interrupt(): void {
    if (this.#spec.interrupt_mode === "message") {
      this.#own?.send(compose("control", "interrupt_request", {}, this.id));
    } else {
      this.#signal("SIGINT");
    }
  }

  /** Ends the process and starts it anew; clients stay connected. Rejects like `start`. */
  async restart(): Promise<void> {
    this.#announce("restarting");
    await this.#end(true);
    this.#reason = undefined;
    await this.#spawn();
  }

  /** Asks the kernel to end, and makes it end if it does not. Afterwards nothing of it is left. */
  async shutdown(): Promise<void> {
    await this.#end(false);
    for (const channels of this.#clients.keys()) channels.close();
    this.#clients.clear();
    this.#file.remove();
    this.#withdraw();
    for (const listener of this.onEnd) listener();
  }

  async #spawn(): Promise<void> {
    const [command, ...args] = this.#spec.argv.map((arg) =>
      arg.replace("{connection_file}", this.#file.path),
    );
    const child = spawn(command!, args, {
      cwd: this.#directory,
      // ipykernel, and ours, end when the process with this id is no longer their parent.
      env: { ...process.env, ...this.#spec.env, JPY_PARENT_PID: String(process.pid) },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: Ctrl-C in our terminal is for us, and its own children end with it.
      detached: process.platform !== "win32",
    });
    this.#process = child;
    this.#ending = false;
    this.#state = "starting";
    let output = "";
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output = (output + text).slice(-keptOutput);
      });
    }
    const memory = watchMemory(child, this.#limits.memory, () => kill(child, "SIGKILL"));
    this.#exited = ending(child).then((exit) => {
      const how = memory.exceeded ?? exit;
      memory.stop();
      this.#process = undefined;
      this.#own?.close();
      if (this.#ending) return how;
      const said = output.trim();
      const outOfMemory = isOutOfMemory(how, said) ? " because memory ran out" : "";
      this.#reason = `the kernel ${this.#name} ${how}${outOfMemory}${said && `; it wrote:\n${said}`}`;
      this.#announce("dead");
      return how;
    });
    this.#own = new KernelChannels(this.#connection, (message) => this.#observe(message));
    const timer = new AbortController();
    const late = delay(this.#limits.start, undefined, { signal: timer.signal }).then(
      () => {
        throw new Error(
          `the kernel ${this.#name} gave no answer within ${this.#limits.start / 1000} s of its start` +
            (output.trim() && `; it wrote:\n${output.trim()}`),
        );
      },
      () => {},
    );
    try {
      await this.#unlessItEnds(Promise.race([this.#own.ready(), late]));
    } finally {
      timer.abort();
    }
    this.#state = "idle";
    this.#lastActivity = new Date();
  }

  /** The result of `work`; rejects with the reason if the kernel's process ends first. */
  async #unlessItEnds(work: Promise<void>): Promise<void> {
    const ended = this.#exited.then((how) => {
      throw new Error(this.#reason ?? `the kernel ${this.#name} ${how}`);
    });
    await Promise.race([work, ended]);
  }

  #observe({ channel, parts }: RawMessage): void {
    this.#lastActivity = new Date();
    if (channel !== "iopub" || readPart(parts[0]).msg_type !== "status") return;
    const state = readPart(parts[3]).execution_state;
    if (typeof state === "string") this.#state = state;
  }

  /** Tells clients what the kernel cannot say itself. */
  #announce(state: "restarting" | "dead"): void {
    this.#state = state;
    const status = compose("iopub", "status", { execution_state: state }, this.id);
    for (const receive of this.#clients.values()) receive(status);
  }

  async #end(restart: boolean): Promise<void> {
    const child = this.#process;
    if (child !== undefined) {
      this.#ending = true;
      this.#own?.send(compose("control", "shutdown_request", { restart }, this.id));
      const timer = new AbortController();
      const patience = delay(this.#limits.shutdown, undefined, { signal: timer.signal }).catch(() => {});
      await Promise.race([this.#exited, patience]);
      timer.abort();
      kill(child, "SIGKILL");
      await this.#exited;
    }
    if (!restart) this.#state = "dead";
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process !== undefined) kill(this.#process, signal);
  }
}

/** How the process ended, once it has and everything that it wrote was read. */
async function ending(child: ChildProcess): Promise<string> {
  const closed = once(child, "close");
  // "error" means that there never was a process; `once` then rejects.
  return Promise.race([
    closed,
    once(child, "exit").then(async (exit) => {
      // Its own children may hold the pipes open; they do not keep us waiting.
      await Promise.race([closed, delay(500)]);
      return exit;
    }),
  ]).then(
    ([code, signal]) => (signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    (error: Error) => `could not be started: ${error.message}`,
  );
}

/** Signals a kernel's whole process group, where there are such. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}
