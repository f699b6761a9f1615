import { createInterface } from "node:readline";

/** Milliseconds to answer. */
const patience = 10_000;

/**
 * Resolves when the process is told to end. Ctrl-C asks first if there is something to lose; a second Ctrl-C does not,
 * nor do other signals, nor where nobody can answer.
 * @param running How many kernels there are.
 */
export function askToEnd(running: () => number): Promise<void> {
  return new Promise((resolve) => {
    let question: (() => void) | undefined;
    const end = () => {
      question?.();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, listeners[signal]);
      resolve();
    };
    const listeners = {
      SIGTERM: end,
      SIGHUP: end,
      SIGINT: () => {
        if (running() === 0 || question !== undefined || !process.stdin.isTTY) return end();
        question = ask(`\nEnd the server and ${running()} running kernel(s)? y/[n] `, (yes) => {
          question = undefined;
          if (yes) end();
          else process.stdout.write("It goes on.\n");
        });
      },
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, listeners[signal]);
  });
}

/** Asks in the terminal; no answer is no. The result withdraws the question. */
function ask(text: string, answer: (yes: boolean) => void): () => void {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const timer = setTimeout(() => settle(""), patience);
  let isOpen = true;
  const withdraw = () => {
    isOpen = false;
    clearTimeout(timer);
    terminal.close();
    process.stdin.unref?.();
  };
  const settle = (line: string) => {
    if (!isOpen) return;
    withdraw();
    answer(/^\s*y/i.test(line));
  };
  terminal.question(text, settle);
  // In a terminal that reads lines, Ctrl-C comes here and not as a signal.
  terminal.on("SIGINT", () => settle("y"));
  return withdraw;
}
