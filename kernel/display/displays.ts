import { types } from "node:util";
import type { DisplayData, MimeBundle } from "../protocol/link.js";
import { inspectSafely, JUPYTER_DISPLAY, toMimeBundle } from "./mime-bundle.js";

export interface DisplayOptions {
  /** A name by which what is shown can be changed later. */
  readonly id?: string;
}

/** Sends something to be shown, or to take the place of what is shown already. */
export type Publish = (execution: number, content: DisplayData, update: boolean) => void;

/** What is shown under a name, and can be changed. */
export class DisplayHandle {
  readonly #displays: Displays;
  readonly id: string;

  constructor(displays: Displays, id: string) {
    this.#displays = displays;
    this.id = id;
  }

  /** Shows another value in the same place, wherever that is in the notebook. */
  update(value: unknown): void {
    this.#displays.update(value, { id: this.id });
  }
}

// The last value of a cell may be a handle; there is nothing to be seen in it.
Object.defineProperty(DisplayHandle.prototype, JUPYTER_DISPLAY, { value: () => ({}) });

/** The functions with which cells show values in the middle of their work, and change what they have shown. */
export class Displays {
  readonly #publish: Publish;
  readonly #execution: () => number;
  readonly #ids = new Set<string>();
  /** The last message of each display that waits for an asynchronous value: later ones come after it. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(publish: Publish, execution: () => number) {
    this.#publish = publish;
    this.#execution = execution;
  }

  /** Shows a value as the last expression of a cell is shown. With an id it can be updated, also by later cells. */
  readonly display = (value: unknown, options: DisplayOptions = {}): DisplayHandle | undefined => {
    const { id } = checkOptions("display", options);
    this.#show(value, id, false);
    if (id === undefined) return undefined;
    this.#ids.add(id);
    return new DisplayHandle(this, id);
  };

  /**
   * Shows another value wherever `display` was called with this id.
   * @throws RangeError when it was not called with it
   */
  readonly update = (value: unknown, options: DisplayOptions): void => {
    const { id } = checkOptions("updateDisplay", options);
    if (id === undefined)
      throw new TypeError("updateDisplay: say which display, as in updateDisplay(value, { id })");
    if (!this.#ids.has(id)) {
      throw new RangeError(
        `updateDisplay: nothing was shown with the id "${id}"; call display(value, { id }) first`,
      );
    }
    this.#show(value, id, true);
  };

  #show(value: unknown, id: string | undefined, update: boolean): void {
    const execution = this.#execution();
    const transient = id === undefined ? {} : { display_id: id };
    const send = (bundle: MimeBundle): void => this.#publish(execution, { ...bundle, transient }, update);
    const bundle = toMimeBundle(value);
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (!types.isPromise(bundle) && !pending) {
      send(bundle);
      return;
    }
    const sent = Promise.all([bundle, pending]).then(([ready]) => {
      send(ready);
      if (id !== undefined && this.#pending.get(id) === sent) this.#pending.delete(id);
    });
    if (id !== undefined) this.#pending.set(id, sent);
  }
}

function checkOptions(operation: string, options: DisplayOptions): DisplayOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${operation}: the options are an object such as { id: "loss" }, got ${inspectSafely(options)}`,
    );
  }
  const { id } = options;
  if (id !== undefined && (typeof id !== "string" || id === "")) {
    throw new TypeError(`${operation}: an id is a text that is not empty, got ${inspectSafely(id)}`);
  }
  return options;
}
