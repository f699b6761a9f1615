import type { CellError, MimeBundle, Payload } from "../protocol/link.js";
import type { StreamName } from "../protocol/stream-merger.js";
import type { Elapsed } from "../session/moment.js";
import type { CellSettings } from "../session/settings.js";
import type { Span } from "./syntax.js";

/** What running a piece of a cell came to. */
export interface Execution extends Elapsed {
  /** The last value, undefined if there is none. */
  readonly value: unknown;
}

/** What magics may ask of the session that runs their cell. */
export interface MagicHost {
  /** The notebook's folder. */
  readonly directory: string;
  /** Aborted when the cell is interrupted. */
  readonly interrupted: AbortSignal;
  /** To be changed for the cells that follow. */
  readonly settings: CellSettings;
  /**
   * Compiles and runs TypeScript as a part of this cell. Its times leave out the compiling.
   * @param settings What is different for this part only.
   * @throws CellFailure when it does not compile or when it throws
   */
  run(source: string, settings?: Partial<CellSettings>): Promise<Execution>;
  /** Runs user code, and the loops around it, with the built-ins as the user has made them. */
  released<Result>(code: () => Result): Promise<Awaited<Result>>;
  /** The names that earlier cells have declared, with their values as they are now. */
  variables(): [name: string, value: unknown][];
  /** Type and documentation of what stands at an offset of the code, as text. */
  describe(code: string, offset: number): string | undefined;
  /** Forgets all variables and declarations. */
  reset(): void;
  /** @throws when the front end takes no input from the person before it */
  ask(question: string): Promise<string>;
  show(bundle: MimeBundle): void;
  write(name: StreamName, text: string): void;
  /** Goes to the front end with the reply. */
  send(payload: Payload): void;
}

/** A use of a magic. */
export interface Call {
  /** Text of the whole cell, of which the spans are parts. */
  readonly cell: string;
  readonly argument: Span;
  /** What follows the line of a `%%` magic. */
  readonly body?: Span;
  /** Text of the argument. */
  readonly text: string;
  /** Runs TypeScript with magics in it, with other settings if they are given. */
  runCell(source: string, settings?: Partial<CellSettings>): Promise<Execution>;
}

export interface Magic {
  /** How it is written, as help shows it. */
  readonly usage: string;
  readonly summary: string;
  /** Whether it stands before a line (`%name`), a cell (`%%name`) or either. */
  readonly form: "line" | "cell" | "both";
  /** Whether what follows is TypeScript, to be completed and inspected as such. */
  readonly takesCode?: boolean;
  /** Returns what is then shown as the value of the cell, if anything is. */
  run(call: Call, host: MagicHost): Promise<Execution | undefined>;
}

/** TypeScript in a cell that did not compile, or threw. */
export class CellFailure extends Error {
  readonly error: CellError;

  constructor(error: CellError) {
    super(error.evalue);
    this.error = error;
  }
}

/** A magic that is not used as it should be, or could not do what it was asked to. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
