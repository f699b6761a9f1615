import { KernelAPI, KernelConnection, type KernelMessage, type ServerConnection } from "@jupyterlab/services";
import type { IopubMessage } from "./outputs.js";

/** Milliseconds that a kernel has to react to an interrupt, before it is ended. */
const interruptPatience = 5_000;
const interruptInterval = 1_000;
/** Milliseconds between two questions to the server while a cell runs. */
const heartbeat = 5_000;
/** How often a kernel is started before it is given up. */
const startAttempts = 3;

/** The kernel is gone, or its server is. */
export class KernelDied extends Error {}

/** How a cell's run ended. */
export interface Execution {
  readonly executionCount: number | null;
  readonly error?: { readonly ename: string; readonly evalue: string; readonly traceback: string[] };
  /** Whether the kernel did not react to the interrupt, and was ended. */
  readonly stuck: boolean;
}

export interface ExecuteOptions {
  readonly stopOnError: boolean;
  /** Whether the code counts as one more that was run; default true. */
  readonly storeHistory?: boolean;
  /** Interrupts the cell. */
  readonly signal: AbortSignal;
  /** Is told every message on iopub that the cell caused. */
  onMessage(message: IopubMessage): void;
}

/** A kernel that runs one notebook's cells, on any Jupyter Server. */
export class KernelSession {
  readonly #connection: KernelConnection;
  #closed = false;

  private constructor(connection: KernelConnection) {
    this.#connection = connection;
  }

  /**
   * @param path The notebook's path on the server: its folder is the kernel's working directory.
   * @throws If there is no such kernel, or none of several attempts to start it succeeds.
   */
  static async start(
    name: string,
    path: string,
    serverSettings: ServerConnection.ISettings,
  ): Promise<KernelSession> {
    // The declared options lack `path`, which the REST interface has.
    const options: { name: string; path: string } = { name, path };
    for (let attempt = 1; ; attempt++) {
      try {
        const model = await KernelAPI.startNew(options, serverSettings);
        return new KernelSession(new KernelConnection({ model, serverSettings }));
      } catch (error) {
        const { status } = (error as { response?: Response }).response ?? {};
        // What the server refuses, it would refuse again.
        if (status === undefined || status < 500 || attempt === startAttempts) throw error;
      }
    }
  }

  /**
   * Runs code; resolves once the kernel is idle again, and everything that it sent was told.
   * @throws KernelDied If the kernel dies meanwhile, or the server no longer answers.
   */
  async execute(
    code: string,
    { stopOnError, storeHistory = true, signal, onMessage }: ExecuteOptions,
  ): Promise<Execution> {
    const connection = this.#connection;
    const future = connection.requestExecute({
      code,
      stop_on_error: stopOnError,
      store_history: storeHistory,
      allow_stdin: false,
    });
    // Not the future's own onIOPub, which does not hear of updates to displays of earlier cells.
    const listen = (_: unknown, message: KernelMessage.IIOPubMessage) => {
      const { msg_id } = message.parent_header as { msg_id?: string };
      if (msg_id === future.msg.header.msg_id) onMessage(message);
    };
    connection.iopubMessage.connect(listen);
    const watch = new AbortController();
    try {
      const reply = future.done.catch(async (error: Error) => {
        throw new KernelDied(await this.#whyDead(error));
      });
      // Whoever loses the race below may still reject.
      reply.catch(() => {});
      const lost = this.#watch(watch.signal);
      const stop = aborted(signal).then(() => this.#interrupt(watch.signal));
      const answer = await Promise.race([reply, lost, stop]);
      if (answer === undefined) {
        await this.close();
        return { executionCount: null, stuck: true };
      }
      const { content } = answer;
      const executionCount = content.execution_count ?? null;
      if (content.status !== "error") return { executionCount, stuck: false };
      const { ename, evalue, traceback } = content;
      return { executionCount, stuck: false, error: { ename, evalue, traceback } };
    } finally {
      watch.abort();
      connection.iopubMessage.disconnect(listen);
    }
  }

  /** Ends the kernel. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { id, serverSettings } = this.#connection;
    this.#connection.dispose();
    await KernelAPI.shutdownKernel(id, serverSettings);
  }

  /** Interrupts again and again: one that comes while the cell is still compiled has no effect. */
  async #interrupt(done: AbortSignal): Promise<undefined> {
    const { id, serverSettings } = this.#connection;
    for (let waited = 0; waited < interruptPatience && !done.aborted; waited += interruptInterval) {
      // A kernel that is gone, or a server, is noticed by who waits for the reply.
      await KernelAPI.interruptKernel(id, serverSettings).catch(() => {});
      await wait(interruptInterval, done);
    }
    return undefined;
  }

  /** Rejects once the server has not answered twice: @jupyterlab/services would wait for it without end. */
  async #watch(signal: AbortSignal): Promise<undefined> {
    const { id, serverSettings } = this.#connection;
    for (let silent = 0; !signal.aborted; ) {
      await wait(heartbeat, signal);
      if (signal.aborted) break;
      const answered = await KernelAPI.getKernelModel(id, serverSettings).then(
        () => true,
        () => false,
      );
      silent = answered ? 0 : silent + 1;
      if (silent === 2) throw new KernelDied("the server no longer answers");
    }
    return new Promise(() => {});
  }

  /** @jupyterlab/services only says that a future was canceled; the server knows why. */
  async #whyDead(error: Error): Promise<string> {
    const { id, serverSettings, status } = this.#connection;
    if (status === "autorestarting") return "the server found it dead, and restarted it";
    const model = await KernelAPI.getKernelModel(id, serverSettings).catch(() => undefined);
    return model?.reason ?? error.message;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function wait(milliseconds: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}
