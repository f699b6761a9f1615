import type { InputAnswer, InputQuestion } from "./link.js";
import type { Message } from "./wire.js";

/** The execute request from which a question comes. */
export interface Asker {
  readonly execution: number;
  readonly request: Message;
  /** Whether its front end can be asked. */
  readonly allowed: boolean;
}

export interface InputSurroundings {
  readonly compose: (
    asker: Asker,
    question: InputQuestion,
  ) => { readonly id: string; readonly frames: Uint8Array[] };
  /** Rejects when the receiver is not connected to the stdin socket. */
  readonly send: (frames: Uint8Array[]) => Promise<void>;
  readonly answer: (question: InputQuestion, answer: InputAnswer) => void;
  readonly log: (line: string) => void;
}

interface Pending {
  readonly question: InputQuestion;
  readonly asker: Asker;
  /** Of the `input_request`, once there is one. */
  messageId?: string;
}

/** A client connects its sockets one after the other, so that stdin may be there a moment after shell. */
const CONNECT_PATIENCE_MS = 1_000;
const CONNECT_RETRY_MS = 50;

/** Questions of the running cell to its user: asked one after the other, answered or ended with the cell. */
export class InputRequests {
  readonly #surroundings: InputSurroundings;
  #asker: Asker | undefined;
  #pending: Pending[] = [];

  constructor(surroundings: InputSurroundings) {
    this.#surroundings = surroundings;
  }

  begin(asker: Asker): void {
    this.#asker = asker;
  }

  /** Ends the questions of an execution: after its reply no front end listens for them. */
  end(): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#asker = undefined;
    for (const { question } of pending) this.#refuse(question, "the cell ended before its user answered");
  }

  ask(question: InputQuestion): void {
    const asker = this.#asker;
    if (asker?.execution !== question.execution) {
      this.#refuse(question, "its cell has ended, and only a running cell can ask for input");
    } else if (!asker.allowed) {
      this.#refuse(
        question,
        "this front end takes no input (the cell was sent with allow_stdin: false); run it in JupyterLab or a console",
      );
    } else {
      this.#pending.push({ question, asker });
      if (this.#pending.length === 1) void this.#sendFirst();
    }
  }

  /** Takes a message from the stdin socket. */
  receive(message: Message): void {
    const { header, parentHeader, content, identities } = message;
    const [first] = this.#pending;
    if (header.msg_type !== "input_reply") {
      this.#surroundings.log(`ignored a message of type "${header.msg_type}" on stdin`);
    } else if (first?.messageId === undefined || !sameIdentity(identities, first.asker.request.identities)) {
      this.#surroundings.log("ignored an input_reply: nobody was asked for input");
    } else if (parentHeader.msg_id !== undefined && parentHeader.msg_id !== first.messageId) {
      // jupyter_client's replies have no parent, JupyterLab's have.
      this.#surroundings.log("ignored an input_reply to an earlier question");
    } else if (typeof content.value !== "string") {
      // JupyterLab's content is an error reply when the question could not be shown.
      this.#pending.shift();
      this.#refuse(first.question, `the front end answered ${JSON.stringify(content)} instead of a value`);
      void this.#sendFirst();
    } else {
      this.#pending.shift();
      this.#surroundings.answer(first.question, { id: first.question.id, value: content.value });
      void this.#sendFirst();
    }
  }

  async #sendFirst(): Promise<void> {
    const [first] = this.#pending;
    if (!first) return;
    const { id, frames } = this.#surroundings.compose(first.asker, first.question);
    first.messageId = id;
    const end = Date.now() + CONNECT_PATIENCE_MS;
    while (first === this.#pending[0]) {
      try {
        return await this.#surroundings.send(frames);
      } catch (error) {
        if (Date.now() < end) {
          await new Promise((resolve) => setTimeout(resolve, CONNECT_RETRY_MS));
        } else if (first === this.#pending[0]) {
          this.#pending.shift();
          this.#refuse(
            first.question,
            `the front end is not connected to the stdin socket (${(error as Error).message})`,
          );
          return this.#sendFirst();
        }
      }
    }
  }

  #refuse(question: InputQuestion, problem: string): void {
    this.#surroundings.answer(question, { id: question.id, problem });
  }
}

function sameIdentity(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((part, i) => Buffer.compare(part, b[i]!) === 0);
}
