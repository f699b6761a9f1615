import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { InputAnswer, InputQuestion } from "../protocol/link.js";

export interface InputOptions {
  /** The front end does not show what is typed. */
  readonly password?: boolean;
}

/** The code cannot ask: the front end is unable to, or the cell has ended. ipykernel's name, which front ends know. */
export class StdinNotImplementedError extends Error {
  override name = "StdinNotImplementedError";
}

interface Waiting {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

// User code can replace globals, so what is needed afterwards is taken now.
const { wait, load } = Atomics;
const PromiseConstructor = Promise;

/** The functions with which a cell asks its user: `prompt` waits where it stands, `input` can be awaited. */
export class Input {
  readonly #ask: (question: InputQuestion) => void;
  readonly #execution: () => number;
  readonly #port: MessagePort;
  readonly #cells: Int32Array;
  readonly #answersIndex: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /**
   * @param port Where answers to blocking questions come.
   * @param cells Memory that both threads share; the cell at `answersIndex` counts these answers.
   */
  constructor(
    ask: (question: InputQuestion) => void,
    execution: () => number,
    port: MessagePort,
    cells: Int32Array,
    answersIndex: number,
  ) {
    this.#ask = ask;
    this.#execution = execution;
    this.#port = port;
    this.#cells = cells;
    this.#answersIndex = answersIndex;
  }

  /**
   * Shows a text and returns the line that the user types. Nothing else of the notebook's code runs meanwhile.
   * @throws StdinNotImplementedError when nobody can be asked.
   */
  readonly prompt = (message: unknown = "", options: InputOptions = {}): string => {
    const question = this.#question(message, options, true);
    let seen = load(this.#cells, this.#answersIndex);
    this.#ask(question);
    for (;;) {
      // An interrupt ends this wait, and the cell with it. Its answer may still come; it has another id.
      const received = receiveMessageOnPort(this.#port) as { readonly message: InputAnswer } | undefined;
      if (received?.message.id === question.id) return typed("prompt", received.message);
      if (received) continue;
      wait(this.#cells, this.#answersIndex, seen);
      seen = load(this.#cells, this.#answersIndex);
    }
  };

  /** Like {@link prompt}, but timers and promises go on until the user has answered. */
  readonly input = (message: unknown = "", options: InputOptions = {}): Promise<string> => {
    const question = this.#question(message, options, false);
    return new PromiseConstructor((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject });
      this.#ask(question);
    });
  };

  /** Takes the answer to a question of {@link input}. */
  answer(answer: InputAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    try {
      waiting?.resolve(typed("input", answer));
    } catch (error) {
      waiting?.reject(error as Error);
    }
  }

  #question(message: unknown, options: InputOptions, blocking: boolean): InputQuestion {
    const name = blocking ? "prompt" : "input";
    if (typeof options !== "object" || options === null) {
      throw new TypeError(
        `${name}: the second argument is an object such as { password: true }, got ${options}`,
      );
    }
    const { password = false } = options;
    if (typeof password !== "boolean") {
      throw new TypeError(`${name}: password must be true or false, got ${String(password)}`);
    }
    const id = ++this.#lastId;
    return { type: "input", id, execution: this.#execution(), prompt: String(message), password, blocking };
  }
}

function typed(name: string, answer: InputAnswer): string {
  if ("value" in answer) return answer.value;
  throw new StdinNotImplementedError(`${name}: ${answer.problem}`);
}
