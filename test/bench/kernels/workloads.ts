import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { KernelClient, Received } from "../../kernel/client.js";
import { median } from "../report.js";
import type { Cells, Kernel } from "./kernels.js";

export type WorkloadId = "start" | "trivial" | "declaring" | "completion" | "interrupt" | "lines" | "flood";

/** One line of the table. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: "ms" | "MiB" | "lines";
  /** What ours must not exceed or, of lines, must reach. */
  readonly limit?: number;
}

export interface Workload {
  readonly id: WorkloadId;
  readonly figures: readonly Figure[];
  /** Measures in a kernel that has just been started. One number for each figure. */
  measure(kernel: KernelClient, cells: Cells, interrupt: Kernel["interrupt"]): Promise<readonly number[]>;
}

const PATIENCE_MS = 60_000;
/** An endless cell that runs on for so long is not going to be interrupted. */
const INTERRUPT_PATIENCE_MS = 5_000;
/** Output that comes so long after everything else is lost. */
const SILENCE_MS = 2_000;
const WARM_UP = 10;
const REPEATS = 30;

export const workloads: readonly Workload[] = [
  {
    id: "start",
    figures: [{ id: "start", title: "start to first result, ms", unit: "ms", limit: 600 }],
    async measure(kernel) {
      await execute(kernel, "1 + 1");
      return [performance.now() - kernel.startedAt];
    },
  },
  {
    id: "trivial",
    figures: [{ id: "trivial", title: "warm trivial cell, ms", unit: "ms", limit: 5 }],
    async measure(kernel) {
      return [await repeated(() => execute(kernel, "1 + 1"))];
    },
  },
  {
    id: "declaring",
    figures: [
      { id: "after-200", title: "trivial cell after 200 declaring cells, ms", unit: "ms" },
      { id: "last-50", title: "last 50 of 600 declaring cells, ms", unit: "ms", limit: 10 },
      { id: "memory", title: "memory after them, MiB", unit: "MiB" },
    ],
    async measure(kernel, cells) {
      const times: number[] = [];
      let trivial = 0;
      for (let i = 1; i <= 600; i++) {
        times.push(await execute(kernel, cells.declaring(i)));
        if (i === 200) trivial = await repeated(() => execute(kernel, "1 + 1"));
      }
      return [trivial, median(times.slice(-50)), await memoryOf(kernel.process.pid!)];
    },
  },
  {
    id: "completion",
    figures: [{ id: "completion", title: "completion of a list's methods, ms", unit: "ms", limit: 10 }],
    async measure(kernel, cells) {
      await execute(kernel, cells.list);
      const content = { code: "xs.", cursor_pos: 3 };
      return [
        await repeated(async () => {
          const begin = performance.now();
          const { reply } = await kernel.request("complete_request", content);
          const matches = reply.matches as readonly string[] | undefined;
          if (!matches?.some((match) => /\bpop$/.test(match)))
            throw new Error("pop is not among the matches");
          return performance.now() - begin;
        }),
      ];
    },
  },
  {
    id: "interrupt",
    figures: [{ id: "interrupt", title: "interrupt of an endless loop, ms", unit: "ms", limit: 50 }],
    async measure(kernel, { endless }, interrupt) {
      await execute(kernel, "1 + 1");
      const id = send(kernel, endless);
      await kernel.until(() => kernel.received.some(({ parent }) => parent === id));
      await new Promise((resolve) => setTimeout(resolve, 300));
      const begin = performance.now();
      if (interrupt === "signal") kernel.process.kill("SIGINT");
      else kernel.send("interrupt_request", {}, "control");
      const { process } = kernel;
      const died = (): boolean => process.exitCode !== null || process.signalCode !== null;
      await kernel.until(
        () => kernel.isAnswered(id) || died(),
        INTERRUPT_PATIENCE_MS,
        () => "the loop's end",
      );
      if (died()) throw new Error("the kernel dies");
      const time = performance.now() - begin;
      // After an error tslab refuses cells for a while.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await execute(kernel, "1 + 1");
      return [time];
    },
  },
  printing("lines", 2_000),
  printing("flood", 100_000),
];

function printing(id: "lines" | "flood", lines: number): Workload {
  const title = lines.toLocaleString("en");
  return {
    id,
    figures: [
      { id: `${id}-before`, title: `of ${title} printed lines before idle`, unit: "lines", limit: lines },
      { id: `${id}-after`, title: `of ${title} printed lines later, or without idle`, unit: "lines" },
      { id: `${id}-time`, title: `${title} printed lines until the last has come, ms`, unit: "ms" },
    ],
    async measure(kernel, cells) {
      await execute(kernel, "1 + 1");
      const begin = performance.now();
      const id = send(kernel, cells.printing(lines));
      await settled(kernel, id, begin + PATIENCE_MS);
      const messages = kernel.received.filter(({ parent }) => parent === id);
      const { before, after, lastAt } = countLines(messages);
      if (lastAt === undefined) throw new Error("no line has come");
      return [before, after, lastAt - begin];
    },
  };
}

/** Waits until nothing more comes for a request, whether it is complete or not. */
async function settled(kernel: KernelClient, id: string, end: number): Promise<void> {
  for (let seen = -1; performance.now() < end; ) {
    const count = kernel.received.length;
    if (seen === count && (kernel.isAnswered(id) || seen > 0)) return;
    seen = count;
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
  }
}

/** How many lines came before the idle status of their cell, and how many later. */
export function countLines(messages: readonly Pick<Received, "type" | "content" | "at">[]): {
  readonly before: number;
  readonly after: number;
  readonly lastAt: number | undefined;
} {
  const idle = messages.findIndex(
    ({ type, content }) => type === "status" && content.execution_state === "idle",
  );
  const streams = messages
    .map((message, index) => ({ ...message, index }))
    .filter(({ type }) => type === "stream");
  const count = (some: typeof streams): number =>
    some
      .map(({ content }) => String(content.text))
      .join("")
      .split("\n").length - 1;
  return {
    // Without an idle status no front end would see the cell end: nothing came in time.
    before: count(streams.filter(({ index }) => index < idle)),
    after: count(streams.filter(({ index }) => index > idle)),
    lastAt: streams.at(-1)?.at,
  };
}

/** Sends a cell with every field: some kernels take none as given. */
function send(kernel: KernelClient, code: string): string {
  return kernel.send("execute_request", {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  });
}

/** Milliseconds from sending a cell to its reply and its idle status. */
async function execute(kernel: KernelClient, code: string): Promise<number> {
  const begin = performance.now();
  const { reply } = await kernel.answer(send(kernel, code), PATIENCE_MS);
  if (reply.status !== "ok") throw new Error(`${code}: ${reply.ename ?? reply.status} ${reply.evalue ?? ""}`);
  return performance.now() - begin;
}

async function repeated(work: () => Promise<number>): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await work();
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) times.push(await work());
  return median(times);
}

/** Mebibytes in memory of a process and all that it has started. */
async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss="]);
  const processes = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = new Set([pid]);
  for (const ancestor of family) {
    for (const [id, parent] of processes) if (parent === ancestor) family.add(id!);
  }
  const kibibytes = processes.filter(([id]) => family.has(id!)).reduce((sum, [, , rss]) => sum + rss!, 0);
  return kibibytes / 1024;
}
