import { writeSync } from "node:fs";
import { Session as Inspector } from "node:inspector";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { Publisher, Reply, Router, type Socket } from "zeromq";
import { DebugAdapter } from "../debug/adapter.js";
import { COLLECT_GARBAGE } from "../session/garbage.js";
import { address } from "./connection.js";
import { History } from "./history.js";
import { HistoryFile } from "./history-file.js";
import { Interrupter } from "./interrupter.js";
import { type CellError, type FromSession, type ProtocolOptions, SHARED, type ToSession } from "./link.js";
import { MemoryWatch } from "./memory-watch.js";
import { MESSAGE_COST, Pacer } from "./pacer.js";
import { SendQueue } from "./send-queue.js";
import { KernelServer } from "./server.js";
import { WireFormat } from "./wire.js";

/** How long the main thread may take to end the process when asked to. */
const EXIT_PATIENCE_MS = 1_000;
const PARENT_POLL_MS = 1_000;

/** The protocol thread: ZeroMQ sockets, heartbeat, signals. It is never blocked by what a cell does. */
async function main(): Promise<void> {
  const { connection, kernelInfo, shared, inputPort, historyFile, heapLimit } = workerData as ProtocolOptions;
  const cells = new Int32Array(shared);
  const session = parentPort!;
  // A stream through process.stderr would wait for the main thread.
  const log = (line: string): void => {
    try {
      writeSync(2, `[optimlab] ${line}\n`);
    } catch {
      // Nobody reads stderr any more; the kernel goes on.
    }
  };

  const iopub = new Publisher({ sendHighWaterMark: 0, linger: 1_000 });
  const shell = new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1_000 });
  const control = new Router({ sendHighWaterMark: 0, linger: 1_000 });
  // A question whose receiver is not there must fail: its cell would wait for ever.
  const stdin = new Router({ linger: 0, mandatory: true });
  const heartbeat = new Reply({ linger: 0 });
  // All are bound before any is read: a request that arrives early waits in its socket.
  await Promise.all([
    iopub.bind(address(connection, connection.iopubPort)),
    shell.bind(address(connection, connection.shellPort)),
    control.bind(address(connection, connection.controlPort)),
    stdin.bind(address(connection, connection.stdinPort)),
    heartbeat.bind(address(connection, connection.heartbeatPort)),
  ]);

  const queueOf = (name: string, socket: Publisher | Router): SendQueue =>
    new SendQueue({ send: (frames) => socket.send(frames as Buffer[]) }, (error) => {
      if (!socket.closed) log(`a message on ${name} could not be sent: ${error}`);
    });
  const queues = {
    iopub: queueOf("iopub", iopub),
    shell: queueOf("shell", shell),
    control: queueOf("control", control),
  };

  const inspector = new Inspector();
  inspector.connectToMainThread();
  const inspect = (method: string, parameters: object = {}): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      inspector.post(method, parameters, (error, result) => (error ? reject(error) : resolve({ ...result })));
    });
  const post = (message: ToSession): void => session.postMessage(message);
  const interrupter = new Interrupter({
    post,
    terminate: (done) => {
      inspector.post("Runtime.terminateExecution", () => done());
      // A thread that is stopped in the debugger ends nothing before it goes on.
      void debugAdapter?.resume();
    },
    compiling: () => Atomics.load(cells, SHARED.compiling) === 1,
  });

  let debugAdapter: DebugAdapter | undefined;
  const startDebugger = (): DebugAdapter =>
    new DebugAdapter(process.cwd(), (event) => server.debugEvent(event));

  let exiting = false;
  const exit = async (code: number): Promise<void> => {
    if (exiting) return;
    exiting = true;
    memory.stop();
    server.flush();
    const sent = [queues.iopub.drained(), queues.shell.drained(), queues.control.drained()];
    await Promise.race([Promise.all([...sent, history.written()]), sleep(EXIT_PATIENCE_MS)]);
    for (const socket of [iopub, shell, control, stdin, heartbeat]) socket.close();
    setTimeout(() => process.kill(process.pid, "SIGKILL"), EXIT_PATIENCE_MS);
    // Ends what blocks the main thread; then it reads the message.
    await interrupter.interrupt(undefined, 0);
    // Node waits for an inspector that is still connected.
    inspector.disconnect();
    debugAdapter?.close();
    post({ type: "exit", code });
  };

  const pacer = new Pacer();
  const memory = new MemoryWatch(
    {
      limit: heapLimit,
      used: () => inspect("Runtime.getHeapUsage").then(({ usedSize }) => usedSize as number),
      collectGarbage: () =>
        inspect("Runtime.evaluate", { expression: COLLECT_GARBAGE, silent: true }).then(() => undefined),
    },
    (used, limit) => {
      const reason = memoryError(used, limit);
      log(reason.evalue);
      void server.stop(reason);
    },
  );
  const history = new History(historyFile === undefined ? undefined : new HistoryFile(historyFile, log));
  const wire = new WireFormat(connection.key, connection.digest);
  const server = new KernelServer(wire, kernelInfo, history, {
    send: (channel, frames) => void queues[channel].push(frames),
    sendInput: (frames) => stdin.send(frames as Buffer[]),
    toSession: post,
    answerInput: ({ blocking }, answer) => {
      if (!blocking) return post({ type: "input", ...answer });
      inputPort.postMessage(answer);
      Atomics.add(cells, SHARED.answers, 1);
      Atomics.notify(cells, SHARED.answers);
    },
    interrupt: (execution) => interrupter.interrupt(execution),
    settled: () => interrupter.settled(),
    debug: (request) => {
      debugAdapter ??= startDebugger();
      return debugAdapter.request(request);
    },
    working: (busy) => (busy ? memory.start() : memory.stop()),
    // The idle status of the shutdown request is sent after this returns.
    shutdown: () => void setImmediate(() => void exit(0)),
    log,
  });

  session.on("message", (message: FromSession) => {
    if (message.type === "interrupted") interrupter.answered(message.sequence);
    else if (message.type === "halt") void interrupter.interrupt(message.execution);
    else if (message.type === "exit") void exit(message.code);
    else server.fromSession(message);
    const paid = (count: number) => (): void => {
      Atomics.sub(cells, SHARED.backlog, count);
      Atomics.notify(cells, SHARED.backlog);
    };
    if (message.type === "stream") {
      pacer.spend(Buffer.byteLength(JSON.stringify(message.text)), paid(message.text.length));
    } else if (message.type === "display" || message.type === "clear" || message.type === "comm") {
      pacer.spend(MESSAGE_COST, paid(MESSAGE_COST));
    } else if (message.type === "reply") {
      pacer.reset();
    }
  });

  const signals = new Worker(new URL("./sigint.js", import.meta.url));
  signals.on("message", () => void server.interrupt());
  signals.on("error", (error) => log(`SIGINT is not watched any more: ${error}`));

  void read(heartbeat, "heartbeat", log, (frames) => heartbeat.send(frames as Buffer[]));
  for (const [channel, socket] of Object.entries({ control, shell, stdin })) {
    void read(socket, channel, log, (frames) => server.receive(channel as "shell", frames));
  }
  endWithParent();
}

function memoryError(used: number, limit: number): CellError {
  const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GB`;
  const evalue =
    `the cell was stopped because memory is full: ${gigabytes(used)} of ${gigabytes(limit)} are in use; ` +
    "NODE_OPTIONS=--max-old-space-size=MEGABYTES in Jupyter's environment allows more";
  return { ename: "MemoryError", evalue, traceback: [`MemoryError: ${evalue}`] };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Reads a socket until it is closed; no message and no error of one ends the loop. */
async function read(
  socket: Socket & { receive(): Promise<Buffer[]> },
  name: string,
  log: (line: string) => void,
  handle: (frames: Buffer[]) => unknown,
): Promise<void> {
  while (!socket.closed) {
    try {
      await handle(await socket.receive());
    } catch (error) {
      if (!socket.closed) log(`error on ${name}: ${(error as Error).stack ?? error}`);
    }
  }
}

/** A kernel whose Jupyter has died must not stay behind; jupyter_client says whose child the kernel is. */
function endWithParent(): void {
  const parent = Number(process.env.JPY_PARENT_PID);
  if (!(parent > 1)) return;
  const timer = setInterval(() => {
    if (process.ppid === 1) process.kill(process.pid, "SIGKILL");
  }, PARENT_POLL_MS);
  timer.unref();
}

await main();
