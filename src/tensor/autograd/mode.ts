let enabled = true;

/** Whether operations are being recorded for `backward()`. */
export function isGradEnabled(): boolean {
  return enabled;
}

/** Runs `body` with recording switched on or off and returns its value; the previous mode comes back in any case. */
export function withGradMode<T>(mode: boolean, body: () => T): T {
  const previous = enabled;
  enabled = mode;
  try {
    return body();
  } finally {
    enabled = previous;
  }
}

/**
 * Runs `body` without recording: its results need no gradient, and parameters may be changed in place.
 *
 * `body` is synchronous: what an `async` function does after its first `await` is recorded as usual.
 */
export function noGrad<T>(body: () => T): T {
  return withGradMode(false, () => refusePromise("noGrad", body()));
}

/** Runs `body` with recording, inside `noGrad` too. */
export function enableGrad<T>(body: () => T): T {
  return withGradMode(true, () => refusePromise("enableGrad", body()));
}

function refusePromise<T>(operation: string, value: T): T {
  if (value instanceof Promise) {
    throw new TypeError(
      `${operation}: the function must not be async: its part after the first await would not be covered`,
    );
  }
  return value;
}

/** Whether an operation on these operands has to be recorded. */
export function isRecorded(a: Operand, b: Operand = a, c: Operand = a): boolean {
  return enabled && (a.requiresGrad || b.requiresGrad || c.requiresGrad);
}

interface Operand {
  readonly requiresGrad: boolean;
}
