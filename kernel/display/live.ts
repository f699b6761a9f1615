import { randomUUID } from "node:crypto";
import { types } from "node:util";
import type { Publish } from "./displays.js";
import { toMimeBundle } from "./mime-bundle.js";

/** Under this name the library's live figures find who shows them. */
export const LIVE_HOST: unique symbol = Symbol.for("optimlab.live") as never;

/** Often enough for the eye; a loop of a million steps must not become a million messages. */
const REFRESH_MS = 100;

// A cell may replace them.
const startTimer = setTimeout;
const stopTimer = clearTimeout;

interface View {
  readonly id: string;
  /** Gives what is to be shown now. */
  readonly draw: () => unknown;
  shownAt: number;
  /** Shows the last change where no other follows it; there is none unless something has changed. */
  timer: NodeJS.Timeout | undefined;
}

/** What running loops change: each view is shown anew when it has changed, though at most ten times a second. */
export class LiveDisplays {
  readonly #publish: Publish;
  readonly #execution: () => number;
  readonly #clock: () => number;
  readonly #failed: (error: unknown) => void;
  readonly #changed = new Set<View>();

  /** @param failed is told when something cannot be drawn after the cell that changed it */
  constructor(
    publish: Publish,
    execution: () => number,
    clock: () => number,
    failed: (error: unknown) => void,
  ) {
    this.#publish = publish;
    this.#execution = execution;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Shows what `draw` gives. What is returned is told of changes; it fails as `draw` does. */
  readonly open = (draw: () => unknown): { changed(): void } => {
    const view: View = { id: randomUUID(), draw, shownAt: 0, timer: undefined };
    this.#show(view, false);
    return { changed: () => this.#change(view) };
  };

  /** Whether there is a change that has not been shown yet. */
  get isStale(): boolean {
    return this.#changed.size > 0;
  }

  /** Shows all changes that have not been shown yet: the cell has come to its end. */
  flush(): void {
    for (const view of [...this.#changed]) this.#showLate(view);
  }

  #change(view: View): void {
    if (this.#clock() - view.shownAt >= REFRESH_MS) {
      this.#show(view, true);
      return;
    }
    this.#changed.add(view);
    view.timer ??= startTimer(() => this.#showLate(view), REFRESH_MS).unref();
  }

  #showLate(view: View): void {
    if (!this.#changed.has(view)) return;
    try {
      this.#show(view, true);
    } catch (error) {
      this.#failed(error);
    }
  }

  #show(view: View, update: boolean): void {
    stopTimer(view.timer);
    view.timer = undefined;
    this.#changed.delete(view);
    const bundle = toMimeBundle(view.draw());
    if (types.isPromise(bundle))
      throw new TypeError("live: what is drawn must be shown at once, and this is a promise");
    this.#publish(this.#execution(), { ...bundle, transient: { display_id: view.id } }, update);
    view.shownAt = this.#clock();
  }
}
