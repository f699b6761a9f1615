import type { Debugger, Runtime } from "node:inspector";
import type { Breakpoints } from "./breakpoints.js";
import type { Exceptions } from "./exceptions.js";
import { type InspectedThread, messageOf, type Script } from "./inspected-thread.js";
import { CELL_SCRIPT, ownCode } from "./own-code.js";
import type { Place } from "./sources.js";

export type Step = "next" | "stepIn" | "stepOut";

/** A function call on the stack, in code of the user's. */
export interface Frame {
  readonly name: string;
  readonly place: NonNullable<Place>;
  readonly call: Debugger.CallFrame;
}

/** Why and where the main thread is stopped; the innermost frame comes first. */
export interface Stop {
  readonly reason: "breakpoint" | "step" | "exception" | "pause";
  readonly frames: readonly Frame[];
  readonly breakpoints: readonly number[];
  /** What was thrown. */
  readonly text: string | undefined;
}

interface RunningStep {
  readonly kind: Step;
  /** Where it began, and how deep in calls of the user's. */
  readonly from: Frame;
  readonly depth: number;
  count: number;
}

const COMMANDS = {
  next: "Debugger.stepOver",
  stepIn: "Debugger.stepInto",
  stepOut: "Debugger.stepOut",
} as const;
/** Steps that are added to one of the user's, through code that is not theirs, before it is given up. */
const MOST_STEPS = 1_000;

/**
 * Runs, stops and steps the main thread, in terms of the user's code: what V8 pauses for is either a stop that the
 * user is shown, or goes on at once.
 */
export class Execution {
  readonly #thread: InspectedThread;
  readonly #breakpoints: Breakpoints;
  readonly #exceptions: Exceptions;
  readonly #onStop: (stop: Stop) => void;
  readonly #onContinue: () => void;
  readonly #cell = new RegExp(`^${CELL_SCRIPT}$`);
  #own = /$^/;
  /** V8's breakpoint on the first statement of every script of the user's. */
  #entry = "";
  #paused = false;
  #stop: Stop | undefined;
  #step: RunningStep | undefined;
  #pausing = false;
  /** To pause once more as soon as the thread goes on. */
  #pausesAgain = false;

  constructor(
    thread: InspectedThread,
    breakpoints: Breakpoints,
    exceptions: Exceptions,
    events: { readonly onStop: (stop: Stop) => void; readonly onContinue: () => void },
  ) {
    this.#thread = thread;
    this.#breakpoints = breakpoints;
    this.#exceptions = exceptions;
    this.#onStop = events.onStop;
    this.#onContinue = events.onContinue;
    thread.onPaused((event) => {
      this.#paused = true;
      this.#handle(event).catch(() => this.resume());
    });
    thread.onResumed(() => {
      this.#paused = false;
      if (this.#pausesAgain) {
        this.#pausesAgain = false;
        void this.#thread.post("Debugger.pause");
      }
      if (!this.#stop) return;
      this.#stop = undefined;
      this.#onContinue();
    });
  }

  get stop(): Stop | undefined {
    return this.#stop;
  }

  isOwn(script: Script | undefined): boolean {
    return script !== undefined && this.#own.test(script.url);
  }

  /** Starts debugging; `libraries` says whether to stop in libraries too. */
  async attach(directory: string, libraries: boolean): Promise<void> {
    const own = ownCode(directory, libraries);
    this.#own = new RegExp(own);
    await this.#thread.enable();
    await this.skipOtherCode();
    if (this.#entry !== "")
      await this.#thread.post("Debugger.removeBreakpoint", { breakpointId: this.#entry });
    const { breakpointId } = await this.#thread.post("Debugger.setBreakpointByUrl", {
      urlRegex: own,
      lineNumber: 0,
      columnNumber: 0,
    });
    this.#entry = breakpointId;
  }

  /** Ends debugging; a stopped thread goes on. */
  async detach(): Promise<void> {
    this.#step = undefined;
    this.#pausing = false;
    this.#entry = "";
    await this.#thread.disable();
    this.#paused = false;
    if (!this.#stop) return;
    this.#stop = undefined;
    this.#onContinue();
  }

  /** Keeps V8 from stepping into code that is not the user's. */
  async skipOtherCode(): Promise<void> {
    // V8 reports no error that is thrown in code which it skips. Then such code is left again step by step.
    // And it does not pause while it is there: a loop that calls a library is there nearly always.
    const patterns =
      this.#exceptions.active || this.#pausing ? [] : [`^(?!${this.#own.source.replace(/^\^/, "")})`];
    await this.#thread.post("Debugger.setBlackboxPatterns", { patterns });
  }

  async continue(): Promise<void> {
    this.#step = undefined;
    await this.resume();
  }

  async step(kind: Step): Promise<void> {
    const { frames } = this.#stop!;
    this.#step = { kind, from: frames[0]!, depth: frames.length, count: 0 };
    await this.#thread.post(COMMANDS[kind]);
  }

  /** Stops at the next statement of the user's code: in a running loop at once, otherwise when some runs again. */
  async pause(): Promise<void> {
    if (this.#stop) return;
    this.#pausing = true;
    await this.skipOtherCode();
    await this.#thread.post("Debugger.pause");
  }

  /** Lets a paused thread go on, whatever it is paused for. */
  async resume(): Promise<void> {
    if (this.#paused) await this.#thread.post("Debugger.resume").catch(() => undefined);
  }

  /** The value of an expression, in a frame of the stopped thread or outside all functions. */
  async evaluate(expression: string, frame: Frame | undefined): Promise<Runtime.RemoteObject> {
    const javaScript = await this.#thread.callCompiler("javaScript", expression);
    await this.#thread.call("expose");
    try {
      const { result, exceptionDetails } = frame
        ? await this.#thread.post("Debugger.evaluateOnCallFrame", {
            callFrameId: frame.call.callFrameId,
            expression: javaScript,
          })
        : await this.#thread.post("Runtime.evaluate", { expression: javaScript });
      if (exceptionDetails) throw new Error(messageOf(exceptionDetails));
      return result;
    } finally {
      await this.#thread.call("hide");
    }
  }

  async #handle(event: Debugger.PausedEventDataType): Promise<void> {
    const top = event.callFrames[0]!;
    const script = this.#thread.script(top.location.scriptId);
    const hit = event.hitBreakpoints ?? [];
    if (hit.includes(this.#entry) && script) return await this.#enter(event, script);
    if (event.reason === "exception" || event.reason === "promiseRejection") {
      if (await this.#exceptions.wants(event)) return await this.#stopAt(event, "exception");
      return await this.#goOn();
    }
    if (hit.length > 0) {
      if (await this.#isMet(hit, event)) return await this.#stopAt(event, "breakpoint", hit);
      return await this.#goOn();
    }
    if (this.#step || this.#pausing) return await this.#seekStop(event);
    // A `debugger` statement.
    if (this.isOwn(script)) return await this.#stopAt(event, "breakpoint");
    await this.resume();
  }

  /** A script begins: its breakpoints can be set now that V8 has it. */
  async #enter(event: Debugger.PausedEventDataType, script: Script): Promise<void> {
    await this.#breakpoints.setInNew(script);
    const hit = await this.#breakpoints.at(script, event.callFrames[0]!.location);
    if (hit.length > 0 && (await this.#isMet(hit, event)))
      return await this.#stopAt(event, "breakpoint", hit);
    if (this.#pausing) return await this.#thread.post("Debugger.stepInto");
    // A file that is imported in the middle of a step; a step does not go on into the next cell.
    if (this.#step && !this.#cell.test(script.url)) return await this.#thread.post("Debugger.stepOut");
    this.#step = undefined;
    await this.resume();
  }

  async #isMet(hit: readonly string[], event: Debugger.PausedEventDataType): Promise<boolean> {
    const [frame] = await this.#frames(event);
    for (const v8Id of hit) {
      const breakpoint = this.#breakpoints.find(v8Id);
      if (!breakpoint) continue;
      if (breakpoint.condition === undefined || !frame) return true;
      // A condition that fails is shown by stopping.
      const value = await this.evaluate(breakpoint.condition, frame).catch(() => ({ value: true }));
      if (isTruthy(value)) return true;
    }
    return false;
  }

  /** After a step, or in answer to a request to pause: goes on to the next line of the user's. */
  async #seekStop(event: Debugger.PausedEventDataType): Promise<void> {
    const step = this.#step;
    if (step && ++step.count > MOST_STEPS) return await this.continue();
    const top = event.callFrames[0]!;
    if (!this.isOwn(this.#thread.script(top.location.scriptId))) return await this.#leave(event);
    const frames = await this.#frames(event);
    if (frames[0]?.call === top && !(step && isRestOfLine(step, frames))) {
      return await this.#stopAt(event, step ? "step" : "pause");
    }
    await this.#thread.post(step && step.kind !== "stepIn" ? COMMANDS.next : COMMANDS.stepIn);
  }

  /** Leaves code that is not the user's; without any of the user's below it, there is nothing to step to. */
  async #leave(event: Debugger.PausedEventDataType): Promise<void> {
    const scripts = event.callFrames.map(({ location }) => this.#thread.script(location.scriptId));
    if (scripts.some((script) => this.isOwn(script))) return await this.#thread.post("Debugger.stepOut");
    this.#step = undefined;
    // Pauses in whatever runs next, when the thread runs: one that is stopped would not remember it.
    this.#pausesAgain = this.#pausing;
    await this.resume();
  }

  async #goOn(): Promise<void> {
    if (this.#step) await this.#thread.post(COMMANDS[this.#step.kind]);
    else await this.resume();
  }

  async #stopAt(
    event: Debugger.PausedEventDataType,
    reason: Stop["reason"],
    hit: readonly string[] = [],
  ): Promise<void> {
    const frames = await this.#frames(event);
    if (frames.length === 0) return await this.resume();
    this.#step = undefined;
    if (this.#pausing) {
      this.#pausing = false;
      await this.skipOtherCode();
    }
    const breakpoints = hit.flatMap((v8Id) => this.#breakpoints.find(v8Id)?.id ?? []);
    const text = reason === "exception" ? thrownText(event.data) : undefined;
    this.#stop = { reason, frames, breakpoints, text };
    this.#onStop(this.#stop);
  }

  /** The frames that are the user's. */
  async #frames({ callFrames }: Debugger.PausedEventDataType): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (const call of callFrames) {
      const script = this.#thread.script(call.location.scriptId);
      if (!script || !this.isOwn(script)) continue;
      const { location, functionLocation = location } = call;
      const positions = [location, functionLocation].map(
        ({ lineNumber, columnNumber = 0 }) => [lineNumber, columnNumber] as const,
      );
      const [place, start] = await this.#thread.call("places", script.url, positions);
      // The function that the kernel puts around a cell is nowhere in it.
      const anonymous = start ? "(anonymous)" : "(cell)";
      if (place) frames.push({ name: call.functionName || anonymous, place, call });
    }
    return frames;
  }
}

/** The rest of a line is one step with it. A way back on the line is the next round of a loop. */
function isRestOfLine({ kind, from, depth }: RunningStep, frames: readonly Frame[]): boolean {
  const { call, place } = frames[0]!;
  return (
    kind !== "stepOut" &&
    frames.length === depth &&
    call.location.scriptId === from.call.location.scriptId &&
    place[1] === from.place[1] &&
    place[2] > from.place[2]
  );
}

function isTruthy({ type, value, unserializableValue }: Partial<Runtime.RemoteObject>): boolean {
  if (unserializableValue !== undefined) return !["-0", "NaN", "0n"].includes(unserializableValue);
  return value === undefined ? type !== "undefined" && type !== undefined : Boolean(value);
}

function thrownText(data: object | undefined): string | undefined {
  const { description, value } = (data ?? {}) as Partial<Runtime.RemoteObject>;
  return description?.split("\n    at ")[0] ?? (value === undefined ? undefined : String(value));
}
