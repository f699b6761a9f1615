import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const NAME: string = "optimlab.collectGarbage";

/** What the protocol thread has the inspector evaluate: it runs in the midst of a loop, as a task would not. */
export const COLLECT_GARBAGE: string = `globalThis[Symbol.for("${NAME}")]()`;

/** Hangs V8's full garbage collection where the protocol thread finds it. User code does not see it by accident. */
export function exposeGarbageCollection(): void {
  let collect: (() => void) | undefined;
  Object.defineProperty(globalThis, Symbol.for(NAME), {
    value: (): void => {
      collect ??= collector();
      collect();
    },
  });
}

/** V8 gives its `gc` only to contexts that are made while the flag is set. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return collect;
}
