import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

/** Milliseconds between two looks. */
const interval = 250;

export interface MemoryWatch {
  /** That the process had more than it may, in words; `undefined` while it has not. */
  readonly exceeded: string | undefined;
  stop(): void;
}

/** Calls `end` once a process has more than `limit` bytes of memory. */
export function watchMemory(child: ChildProcess, limit: number, end: () => void): MemoryWatch {
  const watch: { exceeded: string | undefined; stop(): void } = {
    exceeded: undefined,
    stop: () => clearInterval(timer),
  };
  const look = () => {
    const used = residentBytes(child.pid ?? 0);
    if (used <= limit || watch.exceeded !== undefined) return;
    watch.exceeded = `was ended: it had ${mebibytes(used)} of memory, and may have ${mebibytes(limit)}`;
    end();
  };
  const timer = limit === Number.POSITIVE_INFINITY ? undefined : setInterval(look, interval).unref();
  return watch;
}

/** Whether the end of a process, and what it wrote to stderr, speak of too little memory. */
export function isOutOfMemory(how: string, said: string): boolean {
  return (
    // Nobody but the system kills a kernel that we do not.
    how === "was ended by SIGKILL" ||
    /heap out of memory|Fatal .*out of memory|std::bad_alloc|MemoryError/.test(said)
  );
}

/** What a process has in memory; 0 where the system does not say, which is everywhere but in Linux. */
function residentBytes(pid: number): number {
  try {
    const [, kibibytes = "0"] =
      /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    return 0;
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
