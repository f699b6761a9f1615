import { types } from "node:util";
import { toMimeBundle } from "../display/mime-bundle.js";
import type { MimeBundle } from "../protocol/link.js";
import { ExposedVariables, type SessionVariable, toJavaScript } from "./expression.js";
import {
  type CompiledCode,
  type Outline,
  type Place,
  type ScriptPosition,
  Sources,
  type Transpiler,
} from "./sources.js";
import { type Parser, type TryBlock, tryBlocks } from "./try-blocks.js";
import { type Variable, VariableStore } from "./variables.js";

/** What the debugger needs of the session. */
export interface DebuggedSession {
  readonly typescript: Transpiler & Parser;
  /** Whether the compiler is in the middle of something, when it cannot be called. */
  readonly compiling: () => boolean;
  /** The session's code under the name of its script. */
  compiled(script: string): CompiledCode | undefined;
  variables(): Iterable<readonly [name: string, variable: SessionVariable]>;
  /** Makes a variable of the session, or sets it. */
  define(name: string, value: unknown): void;
  /** Whether a variable of a function was not written by the user. */
  isInternal(name: string, value: unknown): boolean;
}

/** Where the protocol thread finds the {@link Debuggee}. */
export const DEBUGGEE: unique symbol = Symbol.for("optimlab.debuggee") as never;

const { isPromise } = types;
const ErrorClass = Error;

/** Frames of a method that the inspector calls: `depth`, the method, and the inspector's function. */
const OWN_FRAMES = 3;

/** Number of frames on the stack, as far as it matters. */
function depth(): number {
  const { prepareStackTrace, stackTraceLimit } = ErrorClass;
  ErrorClass.prepareStackTrace = (_, sites) => sites.length;
  ErrorClass.stackTraceLimit = OWN_FRAMES + 1;
  const frames = new ErrorClass().stack as unknown as number;
  ErrorClass.prepareStackTrace = prepareStackTrace;
  ErrorClass.stackTraceLimit = stackTraceLimit;
  return frames;
}

/**
 * The main thread's end of the debugger. The protocol thread calls these methods through the inspector, whether the
 * thread runs, waits or is stopped; arguments and results are JSON, but for the values of the user's variables.
 */
export class Debuggee {
  readonly #session: DebuggedSession;
  readonly #sources: Sources;
  readonly #exposed = new ExposedVariables();
  /** Of a stopped thread. */
  readonly #store = new VariableStore();

  constructor(session: DebuggedSession) {
    this.#session = session;
    this.#sources = new Sources((script) => session.compiled(script), session.typescript);
  }

  /** Hangs it where the protocol thread looks; user code can neither replace nor see it by accident. */
  install(): void {
    Object.defineProperty(globalThis, DEBUGGEE, { value: this });
  }

  /** True when nothing else runs on this thread: what is called now was called by the event loop. */
  isIdle(): boolean {
    return depth() <= OWN_FRAMES;
  }

  addCell(code: string): string {
    return this.#sources.add(code);
  }

  text(path: string): string | null {
    return this.#sources.text(path) ?? null;
  }

  /** Paths of the code in scripts; null for those that are not the user's. */
  paths(scripts: readonly string[]): (string | null)[] {
    return scripts.map((script) => this.#sources.path(script) ?? null);
  }

  places(script: string, positions: readonly ScriptPosition[]): Place[] {
    return this.#sources.places(script, positions);
  }

  /** Null for what is no cell; "busy" when the compiler cannot be asked now. */
  outline(path: string): Outline | null | "busy" {
    return this.#session.compiling() ? "busy" : (this.#sources.outline(path) ?? null);
  }

  /** "busy" when the compiler cannot be asked now. */
  tryBlocks(script: string): TryBlock[] | "busy" {
    return this.#session.compiling() ? "busy" : tryBlocks(this.#session.typescript, script);
  }

  /** "busy" when the compiler cannot be asked now. */
  javaScript(expression: string): string | "busy" {
    return this.#session.compiling() ? "busy" : toJavaScript(this.#session.typescript, expression);
  }

  expose(): void {
    this.#exposed.expose(this.#session.variables());
  }

  hide(): void {
    this.#exposed.hide();
  }

  define(name: string, value: unknown): void {
    this.#session.define(name, value);
  }

  /** Forgets all numbers under which values could be opened. */
  clear(): void {
    this.#store.clear();
  }

  globals(): Variable[] {
    return this.#store.list(this.#values());
  }

  globalsGroup(): number {
    return this.#store.group(() => this.#values());
  }

  /** A number for the variables of scopes, the innermost first; `self` is `this`. 0 when there are none. */
  scopeGroup(self: unknown, ...scopes: readonly object[]): number {
    const variables = new Map<string, unknown>();
    const isOwn = self !== undefined && self !== globalThis && !this.#session.isInternal("this", self);
    if (isOwn) variables.set("this", self);
    for (const scope of scopes) {
      for (const [name, value] of Object.entries(scope)) {
        if (!variables.has(name) && !this.#session.isInternal(name, value)) variables.set(name, value);
      }
    }
    return variables.size === 0 ? 0 : this.#store.group(() => variables);
  }

  children(reference: number, start?: number, count?: number): Variable[] {
    return this.#store.children(reference, start, count);
  }

  show(value: unknown): Variable {
    return this.#store.show("", value);
  }

  /** How a value is displayed; as text when that takes a promise, which a stopped thread cannot wait for. */
  bundle(value: unknown): MimeBundle {
    const bundle = toMimeBundle(value);
    return isPromise(bundle) ? { data: { "text/plain": this.show(value).value }, metadata: {} } : bundle;
  }

  /** As {@link bundle}, for a variable of the session; null when there is none of this name. */
  globalBundle(name: string): MimeBundle | null {
    for (const [known, value] of this.#values()) if (known === name) return this.bundle(value);
    return null;
  }

  *#values(): IterableIterator<[name: string, value: unknown]> {
    for (const [name, variable] of this.#session.variables()) {
      let value: unknown;
      try {
        value = variable.get();
      } catch {
        // Not initialized yet.
        continue;
      }
      yield [name, value];
    }
  }
}
