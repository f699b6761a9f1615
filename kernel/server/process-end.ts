/**
 * Runs clean-up when this process ends, however it does: normally, by an uncaught error, or by a signal that nobody
 * else answers. (Only SIGKILL leaves no time; kernels then notice that their parent is gone.)
 */
const cleanUps = new Set<() => void>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Registers synchronous clean-up; the result withdraws it. */
export function onProcessEnd(cleanUp: () => void): () => void {
  if (cleanUps.size === 0) {
    process.on("exit", cleanUpAll);
    for (const signal of signals) process.on(signal, endBy);
  }
  cleanUps.add(cleanUp);
  return () => {
    if (!cleanUps.delete(cleanUp) || cleanUps.size > 0) return;
    process.off("exit", cleanUpAll);
    for (const signal of signals) process.off(signal, endBy);
  };
}

function cleanUpAll(): void {
  for (const cleanUp of cleanUps) cleanUp();
}

function endBy(signal: NodeJS.Signals): void {
  // Whoever else listens decides; if the process then ends, "exit" cleans up.
  if (process.listenerCount(signal) > 1) return;
  cleanUpAll();
  // Ended by the signal itself, as without us, so that shells see the right exit status.
  process.off(signal, endBy);
  process.kill(process.pid, signal);
}
