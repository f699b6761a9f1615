import { Script } from "node:vm";
import { isMainThread, parentPort } from "node:worker_threads";

/**
 * A thread that does nothing but wait for SIGINT. Node delivers signals to the main thread's event loop, which
 * is deaf while a cell runs; `breakOnSigint` is the one place where Node listens on a thread of its own, so this
 * thread blocks inside such a script and is woken by the signal. The outer script keeps Node's watchdog installed
 * while the inner one is entered again: without it the second of two quick signals would kill the process.
 */
function watch(report: () => void): never {
  const scope = globalThis as { waitForSignal?: () => void; watchSignals?: () => void };
  const never = new Int32Array(new SharedArrayBuffer(4));
  scope.waitForSignal = () => {
    Atomics.wait(never, 0, 0);
  };
  const inner = new Script("waitForSignal()");
  scope.watchSignals = () => {
    for (;;) interruptible(inner, report);
  };
  const outer = new Script("watchSignals()");
  for (;;) interruptible(outer, report);
}

function interruptible(script: Script, report: () => void): void {
  try {
    script.runInThisContext({ breakOnSigint: true });
  } catch {
    report();
  }
}

if (!isMainThread) watch(() => parentPort?.postMessage("SIGINT"));
