import type { Debugger, Runtime } from "node:inspector";
import { Session } from "node:inspector/promises";
import type { Debuggee } from "./debuggee.js";

type Method = keyof Debuggee;
type Result<Name extends Method> = ReturnType<Debuggee[Name]>;
/** JSON values, or handles of any values of the main thread. */
type Arguments<Values extends readonly unknown[]> = {
  [Index in keyof Values]: Values[Index] | RemoteValue;
};

/** Handle of a value of the main thread, as an argument for {@link InspectedThread.call}. */
export class RemoteValue {
  readonly argument: Runtime.CallArgument;

  constructor(object: Runtime.RemoteObject) {
    const { objectId, unserializableValue, value } = object;
    this.argument =
      objectId !== undefined
        ? { objectId }
        : unserializableValue !== undefined
          ? { unserializableValue }
          : { value: value as unknown };
  }
}

/** A script that V8 has compiled. */
export interface Script {
  readonly id: string;
  readonly url: string;
}

const BUSY_MS = 5;
const LOADING_MS = 50;

/**
 * The main thread as the inspector shows it to the protocol thread. It answers while the main thread runs a loop or
 * is stopped, but not while that is inside native code.
 */
export class InspectedThread {
  readonly #session = new Session();
  readonly #scripts = new Map<string, Script>();
  #debuggee: string | undefined;

  constructor() {
    this.#session.connectToMainThread();
    this.#session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => {
      this.#scripts.set(scriptId, { id: scriptId, url });
    });
  }

  get post(): Session["post"] {
    return this.#session.post.bind(this.#session) as Session["post"];
  }

  onPaused(handle: (event: Debugger.PausedEventDataType) => void): void {
    this.#session.on("Debugger.paused", ({ params }) => handle(params));
  }

  onResumed(handle: () => void): void {
    this.#session.on("Debugger.resumed", () => handle());
  }

  script(id: string): Script | undefined {
    return this.#scripts.get(id);
  }

  scripts(): Iterable<Script> {
    return this.#scripts.values();
  }

  /** Starts the debugger; V8 then names all scripts that it has. */
  async enable(): Promise<void> {
    await this.#session.post("Debugger.enable");
  }

  async disable(): Promise<void> {
    await this.#session.post("Debugger.disable");
    this.#scripts.clear();
  }

  /** Has V8 compile a script that is not to run; undefined when it has a syntax error. */
  async compile(expression: string, sourceURL: string): Promise<string | undefined> {
    // Enabled for longer, this would keep everything that is printed.
    await this.#session.post("Runtime.enable");
    const { scriptId } = await this.post("Runtime.compileScript", {
      expression,
      sourceURL,
      persistScript: true,
    });
    await this.#session.post("Runtime.disable");
    return scriptId;
  }

  close(): void {
    this.#session.disconnect();
  }

  /** Calls a method of the {@link Debuggee}; its error is thrown here. */
  async call<Name extends Method>(
    name: Name,
    ...values: Arguments<Parameters<Debuggee[Name]>>
  ): Promise<Result<Name>> {
    this.#debuggee ??= await this.#find();
    const { result, exceptionDetails } = await this.#session.post("Runtime.callFunctionOn", {
      objectId: this.#debuggee,
      functionDeclaration: "function (name, ...values) { return this[name](...values); }",
      arguments: [name, ...values].map((value) =>
        value instanceof RemoteValue ? value.argument : { value: value as unknown },
      ),
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(messageOf(exceptionDetails));
    return result.value as Result<Name>;
  }

  /** Calls a method that needs the compiler, again until that is free. */
  async callCompiler<Name extends Method>(
    name: Name,
    ...values: Arguments<Parameters<Debuggee[Name]>>
  ): Promise<Exclude<Result<Name>, "busy">> {
    for (;;) {
      const result = await this.call(name, ...values);
      if (result !== "busy") return result as Exclude<Result<Name>, "busy">;
      await sleep(BUSY_MS);
    }
  }

  /** The debuggee is there once the session has been loaded. */
  async #find(): Promise<string> {
    const expression = 'globalThis[Symbol.for("optimlab.debuggee")]';
    for (;;) {
      const { result } = await this.#session.post("Runtime.evaluate", { expression });
      if (result.objectId !== undefined) return result.objectId;
      await sleep(LOADING_MS);
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What was thrown, in one line. */
export function messageOf({ exception, text }: Runtime.ExceptionDetails): string {
  if (exception === undefined) return text;
  if (exception.description !== undefined) return exception.description.split("\n    at ")[0]!;
  return String(exception.value ?? exception.unserializableValue);
}
