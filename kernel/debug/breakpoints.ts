import type { Debugger } from "node:inspector";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { InspectedThread, Script } from "./inspected-thread.js";

/** A position in a script at which V8 can stop, and the place that it stands for. */
interface Stop {
  readonly location: Debugger.Location;
  readonly line: number;
  /** The end of a function, where it stops only for want of something else on the line. */
  readonly isReturn: boolean;
}

interface Breakpoint {
  readonly id: number;
  readonly requested: DebugProtocol.SourceBreakpoint;
  readonly condition: string | undefined;
  /** Where it is now; undefined until code is known. */
  line: number | undefined;
}

interface File {
  readonly breakpoints: readonly Breakpoint[];
  /** Ids that V8 gave. */
  readonly set: Map<string, Breakpoint>;
}

/**
 * The breakpoints that the front end has set, by path. The same cell may have run several times, and its earlier
 * functions live on, so a breakpoint is set in every script that was compiled from the path.
 */
export class Breakpoints {
  readonly #thread: InspectedThread;
  readonly #files = new Map<string, File>();
  readonly #stops = new Map<string, Promise<readonly Stop[]>>();
  #lastId = 0;

  constructor(thread: InspectedThread) {
    this.#thread = thread;
  }

  /** Replaces the breakpoints of a path. Returns where they are now: on the next line that has code. */
  async set(
    path: string,
    requested: readonly DebugProtocol.SourceBreakpoint[],
    isOwn: (script: Script) => boolean,
  ): Promise<DebugProtocol.Breakpoint[]> {
    for (const id of this.#files.get(path)?.set.keys() ?? []) await this.#remove(id);
    const breakpoints = requested.map((breakpoint) => ({
      id: ++this.#lastId,
      requested: breakpoint,
      condition: breakpoint.condition?.trim() || undefined,
      line: undefined,
    }));
    const file: File = { breakpoints, set: new Map() };
    if (breakpoints.length === 0) this.#files.delete(path);
    else this.#files.set(path, file);
    const scripts = await this.#scriptsOf(path, isOwn);
    for (const script of scripts) await this.#setIn(script, file);
    if (scripts.length === 0 && breakpoints.length > 0) await this.#foresee(path, breakpoints);
    return breakpoints.map((breakpoint) => describe(path, breakpoint));
  }

  /** Sets what was waiting for a script that has just been compiled. */
  async setInNew(script: Script): Promise<void> {
    const [path] = await this.#thread.call("paths", [script.url]);
    const file = path ? this.#files.get(path) : undefined;
    if (file) await this.#setIn(script, file);
  }

  /** The breakpoint with an id of V8's. */
  find(v8Id: string): { readonly id: number; readonly condition: string | undefined } | undefined {
    for (const { set } of this.#files.values()) {
      const breakpoint = set.get(v8Id);
      if (breakpoint) return breakpoint;
    }
    return undefined;
  }

  /** The breakpoints at a position, which was reached before they were set. */
  async at(script: Script, location: Debugger.Location): Promise<string[]> {
    const ids: string[] = [];
    for (const { set } of this.#files.values()) {
      for (const [v8Id, { line }] of set) {
        const stop = stopOnLine(await this.#stopsOf(script), line ?? 0);
        if (stop?.line === line && isSame(stop?.location, location)) ids.push(v8Id);
      }
    }
    return ids;
  }

  /** As `debugInfo` lists them. */
  list(): { source: string; breakpoints: DebugProtocol.SourceBreakpoint[] }[] {
    return Array.from(this.#files, ([source, { breakpoints }]) => ({
      source,
      breakpoints: breakpoints.map(({ line, requested }) => ({ ...requested, line: line ?? requested.line })),
    }));
  }

  /** Forgets everything; V8 forgets its part when the debugger is disabled. */
  clear(): void {
    this.#files.clear();
    this.#stops.clear();
  }

  async #remove(breakpointId: string): Promise<void> {
    await this.#thread.post("Debugger.removeBreakpoint", { breakpointId });
  }

  async #scriptsOf(path: string, isOwn: (script: Script) => boolean): Promise<Script[]> {
    const own = [...this.#thread.scripts()].filter(isOwn);
    const paths = await this.#thread.call(
      "paths",
      own.map(({ url }) => url),
    );
    return own.filter((_, i) => paths[i] === path);
  }

  async #setIn(script: Script, file: File): Promise<void> {
    const stops = await this.#stopsOf(script);
    const taken = new Set<Stop>();
    for (const breakpoint of file.breakpoints) {
      const stop = stopOnLine(stops, breakpoint.requested.line);
      breakpoint.line = stop?.line;
      if (!stop || taken.has(stop)) continue;
      taken.add(stop);
      const { location } = stop;
      const { breakpointId } = await this.#thread.post("Debugger.setBreakpoint", { location });
      file.set.set(breakpointId, breakpoint);
    }
  }

  /** Finds the lines for a cell that has not run yet, in an outline of it. */
  async #foresee(path: string, breakpoints: readonly Breakpoint[]): Promise<void> {
    const outline = await this.#thread.callCompiler("outline", path);
    if (!outline) return;
    const id = await this.#thread.compile(outline.code, outline.script);
    // A cell with a syntax error has none.
    if (id === undefined) return;
    const stops = await this.#stopsOf({ id, url: outline.script });
    for (const breakpoint of breakpoints)
      breakpoint.line = stopOnLine(stops, breakpoint.requested.line)?.line;
  }

  #stopsOf(script: Script): Promise<readonly Stop[]> {
    let stops = this.#stops.get(script.id);
    if (!stops) {
      stops = this.#findStops(script);
      this.#stops.set(script.id, stops);
    }
    return stops;
  }

  async #findStops({ id, url }: Script): Promise<readonly Stop[]> {
    const start = { scriptId: id, lineNumber: 0, columnNumber: 0 };
    const { locations } = await this.#thread.post("Debugger.getPossibleBreakpoints", { start });
    const places = await this.#thread.call(
      "places",
      url,
      locations.map(({ lineNumber, columnNumber = 0 }) => [lineNumber, columnNumber] as const),
    );
    return locations.flatMap(({ type, ...location }, i) => {
      const place = places[i];
      return place ? [{ location, line: place[1], isReturn: type === "return" }] : [];
    });
  }
}

/** The first stop on the line, or on the next line that has one. */
function stopOnLine(stops: readonly Stop[], line: number): Stop | undefined {
  const next = Math.min(...stops.map((stop) => stop.line).filter((stopLine) => stopLine >= line));
  const onLine = stops.filter((stop) => stop.line === next);
  return onLine.find(({ isReturn }) => !isReturn) ?? onLine[0];
}

function isSame(a: Debugger.Location | undefined, b: Debugger.Location): boolean {
  return (
    a?.scriptId === b.scriptId &&
    a.lineNumber === b.lineNumber &&
    (a.columnNumber ?? 0) === (b.columnNumber ?? 0)
  );
}

function describe(path: string, { id, line, requested }: Breakpoint): DebugProtocol.Breakpoint {
  const breakpoint = { id, source: { path } };
  return line === undefined
    ? {
        ...breakpoint,
        verified: false,
        line: requested.line,
        message: "no code on this line or after it, yet",
      }
    : { ...breakpoint, verified: true, line };
}
