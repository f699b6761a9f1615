import type { Connection } from "./connection.js";
import type { StreamName } from "./stream-merger.js";

/**
 * What the protocol thread and the session (main) thread say to each other. Both directions are plain
 * `postMessage`; a message to the protocol thread is delivered while the main thread is still blocked in a cell.
 */
export type ToSession =
  | SessionRequest
  /** Sent again until it is answered; `execution` is the one to be ended, if any. */
  | { readonly type: "interrupt"; readonly sequence: number; readonly execution: number | undefined }
  /** The sockets are closed: end the process. */
  | { readonly type: "exit"; readonly code: number };

/** What is answered by one `reply` with the same id. */
export type SessionRequest =
  | ExecuteRequest
  | {
      readonly type: "complete" | "inspect";
      readonly id: number;
      readonly code: string;
      readonly cursor: number;
    }
  | { readonly type: "isComplete"; readonly id: number; readonly code: string };

export interface ExecuteRequest {
  readonly type: "execute";
  readonly id: number;
  readonly code: string;
  readonly silent: boolean;
  /** The number that the cell shows, `[n]`. */
  readonly executionCount: number;
  readonly userExpressions: Readonly<Record<string, string>>;
}

export type FromSession =
  /** The compiler is loaded: requests are answered from now on. */
  | { readonly type: "ready" }
  | { readonly type: "stream"; readonly execution: number; readonly name: StreamName; readonly text: string }
  | {
      readonly type: "display";
      readonly execution: number;
      readonly update: boolean;
      readonly content: DisplayData;
    }
  | { readonly type: "clear"; readonly execution: number; readonly wait: boolean }
  | { readonly type: "reply"; readonly id: number; readonly reply: SessionReply }
  | { readonly type: "interrupted"; readonly sequence: number }
  /** The process is to be ended: the sockets have to be closed first. */
  | { readonly type: "exit"; readonly code: number };

/** What a front end is asked to do besides showing output. Deprecated by the specification, without a successor. */
export type Payload =
  /** Shows a bundle in a pane of its own; `data` has text/plain. */
  | { readonly source: "page"; readonly data: Readonly<Record<string, unknown>>; readonly start: number }
  /** Puts a new cell below this one, or its text in place of this one's. */
  | { readonly source: "set_next_input"; readonly text: string; readonly replace: boolean };

/** Mime types and their values, JSON only. */
export interface MimeBundle {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface DisplayData extends MimeBundle {
  readonly transient?: { readonly display_id?: string };
}

export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** How a cell ended. */
export type Outcome =
  | {
      readonly status: "ok";
      readonly result: MimeBundle | undefined;
      readonly userExpressions: Readonly<Record<string, unknown>>;
      readonly payload?: readonly Payload[];
    }
  | ({ readonly status: "error" } & CellError);

/** An {@link Outcome} for `execute`; the content of the reply message for everything else. */
export type SessionReply = Outcome | Readonly<Record<string, unknown>>;

/** Int32 cells of the memory that both threads share. */
export const SHARED = {
  /** 1 while the compiler runs, when an interrupt has to wait: it would leave the compiler in pieces. */
  compiling: 0,
  /** Characters of stream output written by the session and not yet sent. */
  backlog: 1,
} as const;
export const SHARED_BYTES: number = 8;

/** What the protocol thread is started with. */
export interface ProtocolOptions {
  readonly connection: Connection;
  readonly kernelInfo: Readonly<Record<string, unknown>>;
  readonly shared: SharedArrayBuffer;
}
