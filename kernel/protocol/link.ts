import type { MessagePort } from "node:worker_threads";
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
  /** The answer to an {@link InputQuestion} that does not block. */
  | ({ readonly type: "input" } & InputAnswer)
  /** The sockets are closed: end the process. */
  | { readonly type: "exit"; readonly code: number };

/** What is answered by one `reply` with the same id. */
export type SessionRequest =
  | ExecuteRequest
  | {
      readonly type: "complete";
      readonly id: number;
      readonly code: string;
      /** In code points. */
      readonly cursor: number;
    }
  | {
      readonly type: "inspect";
      readonly id: number;
      readonly code: string;
      readonly cursor: number;
      /** 1 asks for the source too. */
      readonly detail: 0 | 1;
    }
  | { readonly type: "isComplete"; readonly id: number; readonly code: string }
  | { readonly type: "commInfo"; readonly id: number; readonly target: string | undefined }
  | ({ readonly type: "comm"; readonly id: number } & CommMessage);

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
  | ({ readonly type: "comm"; readonly execution: number } & CommMessage)
  | InputQuestion
  | { readonly type: "clear"; readonly execution: number; readonly wait: boolean }
  | { readonly type: "reply"; readonly id: number; readonly reply: SessionReply }
  | { readonly type: "interrupted"; readonly sequence: number }
  /** The main thread stands still, inside of this execution, to be interrupted. */
  | { readonly type: "halt"; readonly execution: number }
  /** The process is to be ended: the sockets have to be closed first. */
  | { readonly type: "exit"; readonly code: number };

/** A message of a comm, in either direction. */
export interface CommMessage {
  readonly kind: "comm_open" | "comm_msg" | "comm_close";
  readonly comm: string;
  /** Of `comm_open` only. */
  readonly target?: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

/** A cell wants the user to type something. */
export interface InputQuestion {
  readonly type: "input";
  readonly id: number;
  readonly execution: number;
  readonly prompt: string;
  readonly password: boolean;
  /** Whether the main thread waits for the answer, which then comes through {@link ProtocolOptions.inputPort}. */
  readonly blocking: boolean;
}

/** What was typed, or why nothing can be. */
export type InputAnswer = { readonly id: number } & (
  | { readonly value: string }
  | { readonly problem: string }
);

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
  /** Output of the session for which the pacer has not paid yet. */
  backlog: 1,
  /** Counts the answers to blocking questions, so that the main thread can wait for the next one. */
  answers: 2,
} as const;
export const SHARED_BYTES: number = 12;

/** What the protocol thread is started with. */
export interface ProtocolOptions {
  readonly connection: Connection;
  readonly kernelInfo: Readonly<Record<string, unknown>>;
  readonly shared: SharedArrayBuffer;
  /** Where answers to blocking questions go: unlike the main thread's other messages they can be read by waiting. */
  readonly inputPort: MessagePort;
  /** Where the history is kept over restarts, if it is. */
  readonly historyFile: string | undefined;
  /** Bytes of the main thread's heap at which V8 ends the process. */
  readonly heapLimit: number;
}
