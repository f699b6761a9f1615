import type { DebugProtocol } from "@vscode/debugprotocol";
import { type Answer, type Json, KernelClient } from "../client.js";

export type Reply<Body> = DebugProtocol.Response & { readonly body: Body };
export interface StackTrace {
  readonly stackFrames: DebugProtocol.StackFrame[];
}

/** A kernel and the requests that JupyterLab's debugger makes of it. */
export class DebugClient {
  readonly kernel: KernelClient;
  #seq = 0;
  /** Events before this one have been waited for. */
  #seen = 0;

  private constructor(kernel: KernelClient) {
    this.kernel = kernel;
  }

  static async start(directory?: string): Promise<DebugClient> {
    return new DebugClient(await KernelClient.start(directory));
  }

  stop(): Promise<void> {
    return this.kernel.stop();
  }

  async request<Body = Json>(command: string, args: unknown = {}): Promise<Reply<Body>> {
    const content = { type: "request", seq: ++this.#seq, command, arguments: args };
    return (await this.kernel.request("debug_request", content, "control")).reply as unknown as Reply<Body>;
  }

  /** The body of a request that must succeed. */
  async body<Body = Json>(command: string, args: unknown = {}): Promise<Body> {
    const reply = await this.request<Body>(command, args);
    if (!reply.success) throw new Error(reply.message);
    return reply.body;
  }

  get events(): { event: string; body: Json }[] {
    return this.kernel.received
      .filter(({ type }) => type === "debug_event")
      .map(({ content }) => content as { event: string; body: Json });
  }

  /** The next event of a kind after those that were waited for. */
  async event(kind: string): Promise<Json> {
    const find = (): number => this.events.findIndex(({ event }, i) => i >= this.#seen && event === kind);
    await this.kernel.until(
      () => find() >= 0,
      20_000,
      () => `event ${kind}; since the last ${this.events.slice(this.#seen).map(({ event }) => event)}`,
    );
    const index = find();
    this.#seen = index + 1;
    return this.events[index]!.body;
  }

  /** What JupyterLab does when its bug icon is clicked. */
  async attach(options: Json = {}): Promise<void> {
    await this.body("debugInfo");
    await this.body("initialize", { clientID: "jupyterlab", linesStartAt1: true, columnsStartAt1: true });
    await this.body("attach", options);
    await this.body("debugInfo");
    await this.body("inspectVariables");
  }

  /** Sets breakpoints in a cell as JupyterLab does; returns their lines, null where there is no code. */
  async setBreakpoints(code: string, breakpoints: (number | Json)[]): Promise<(number | null)[]> {
    const { sourcePath } = await this.body<{ sourcePath: string }>("dumpCell", { code });
    return this.setBreakpointsIn(sourcePath, breakpoints);
  }

  async setBreakpointsIn(path: string, breakpoints: (number | Json)[]): Promise<(number | null)[]> {
    const reply = await this.body<{ breakpoints: DebugProtocol.Breakpoint[] }>("setBreakpoints", {
      source: { path },
      breakpoints: breakpoints.map((item) => (typeof item === "number" ? { line: item } : item)),
      sourceModified: false,
    });
    return reply.breakpoints.map(({ verified, line }) => (verified ? line! : null));
  }

  /** Starts a cell; its answer comes later. */
  run(code: string): () => Promise<Answer> {
    const id = this.kernel.send("execute_request", { code });
    return () => this.kernel.answer(id);
  }

  /** Waits for the next stop: its reason, and the frames as `name:line`. */
  async stopped(): Promise<{ reason: unknown; frames: string[]; text: unknown }> {
    const { reason, text } = await this.event("stopped");
    return { reason, text, frames: (await this.frames()).map(({ name, line }) => `${name}:${line}`) };
  }

  async frames(): Promise<DebugProtocol.StackFrame[]> {
    return (await this.body<StackTrace>("stackTrace", { threadId: 1 })).stackFrames;
  }

  /** The variables of a frame by scope, each as its value, or as its type where it has one, as in JupyterLab's tree. */
  async scopes(frame = 0): Promise<Record<string, Record<string, string>>> {
    const frameId = (await this.frames())[frame]!.id;
    const { scopes } = await this.body<{ scopes: DebugProtocol.Scope[] }>("scopes", { frameId });
    const shown: Record<string, Record<string, string>> = {};
    for (const { name, variablesReference } of scopes)
      shown[name] = tree(await this.variables(variablesReference));
    return shown;
  }

  async variables(variablesReference: number): Promise<DebugProtocol.Variable[]> {
    return (await this.body<{ variables: DebugProtocol.Variable[] }>("variables", { variablesReference }))
      .variables;
  }

  async evaluate(expression: string, frame = 0): Promise<string> {
    const frameId = (await this.frames())[frame]?.id;
    const { result } = await this.body<{ result: string }>("evaluate", {
      expression,
      frameId,
      context: "repl",
    });
    return result;
  }
}

export function tree(variables: readonly DebugProtocol.Variable[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, type, value }) => [name, type ?? value]));
}
