import type { Debugger, Runtime } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { InspectedThread, Script } from "./inspected-thread.js";
import { catches, type TryBlock } from "./try-blocks.js";

/** The choices that a front end offers. */
export const EXCEPTION_FILTERS: DebugProtocol.ExceptionBreakpointsFilter[] = [
  { filter: "uncaught", label: "Uncaught errors", default: false },
  { filter: "all", label: "All errors", default: false },
];

/** Callers beyond this many awaits are not asked whether they catch. */
const ASYNC_DEPTH = 16;

interface Frame {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

/** Says at which exceptions to stop. */
export class Exceptions {
  readonly #thread: InspectedThread;
  readonly #isOwn: (script: Script | undefined) => boolean;
  readonly #tryBlocks = new Map<string, Promise<readonly TryBlock[]>>();
  #filters: ReadonlySet<string> = new Set();

  constructor(thread: InspectedThread, isOwn: (script: Script | undefined) => boolean) {
    this.#thread = thread;
    this.#isOwn = isOwn;
  }

  get active(): boolean {
    return this.#filters.size > 0;
  }

  /** @throws RangeError for a filter that was not offered. */
  async setFilters(filters: readonly string[]): Promise<void> {
    const known = EXCEPTION_FILTERS.map(({ filter }) => filter);
    for (const filter of filters) {
      if (!known.includes(filter)) {
        throw new RangeError(`there is no filter "${filter}", only ${known.join(" and ")}`);
      }
    }
    this.#filters = new Set(filters);
    // V8's own "uncaught" never happens: the kernel catches what a cell throws.
    await this.#thread.post("Debugger.setPauseOnExceptions", { state: this.active ? "all" : "none" });
    const maxDepth = this.#filters.has("uncaught") ? ASYNC_DEPTH : 0;
    await this.#thread.post("Debugger.setAsyncCallStackDepth", { maxDepth });
  }

  /** Whether to stop where V8 has paused for an exception. */
  async wants({ callFrames, asyncStackTrace }: Debugger.PausedEventDataType): Promise<boolean> {
    const frames = callFrames.map(({ location }) => location);
    const own = frames.findLastIndex((frame) => this.#isOwnFrame(frame));
    if (own < 0) return false;
    if (this.#filters.has("all")) return true;
    for (const frame of frames.slice(0, own + 1)) if (await this.#catches(frame)) return false;
    for (let trace: Runtime.StackTrace | undefined = asyncStackTrace; trace; trace = trace.parent) {
      for (const frame of trace.callFrames) {
        // What lies below is the kernel.
        if (!this.#isOwnFrame(frame)) break;
        if (await this.#catches(frame)) return false;
      }
    }
    return true;
  }

  #isOwnFrame({ scriptId }: Frame): boolean {
    return this.#isOwn(this.#thread.script(scriptId));
  }

  async #catches({ scriptId, lineNumber, columnNumber = 0 }: Frame): Promise<boolean> {
    let blocks = this.#tryBlocks.get(scriptId);
    if (!blocks) {
      blocks = this.#findTryBlocks(scriptId);
      this.#tryBlocks.set(scriptId, blocks);
    }
    return catches(await blocks, { line: lineNumber, character: columnNumber });
  }

  async #findTryBlocks(scriptId: string): Promise<readonly TryBlock[]> {
    const { scriptSource } = await this.#thread.post("Debugger.getScriptSource", { scriptId });
    return await this.#thread.callCompiler("tryBlocks", scriptSource);
  }
}
