import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { DisplayData, MimeBundle, Outcome } from "../protocol/link.js";
import type { Still } from "../still/still.js";
import type { Publish } from "./displays.js";
import { PLOTLY } from "./figures.js";

/** How long a cell that has ended waits for the pictures of its figures. */
const PATIENCE_MS = 20_000;
const PNG = "image/png";

// A cell may replace them.
const startTimer = setTimeout;
const stopTimer = clearTimeout;
const { race, all } = Promise;
const { apply } = Reflect;
const toBuffer = Buffer.from;

interface Figure {
  readonly execution: number;
  readonly bundle: MimeBundle;
}

/**
 * Shows figures at once and adds a still picture to each when it is drawn: for pages without a renderer. What shows
 * notebooks without a person in front, such as nbclient, takes no output of a cell that is idle, so a cell that has
 * ended waits for its pictures, though not for ever; one that comes later than that still finds its figure in
 * JupyterLab.
 */
export class FigureStills {
  readonly #publish: Publish;
  readonly #still: (figure: object) => Promise<Still>;
  readonly #patience: number;
  /** The newest figure of each display, until its picture has been asked for. */
  readonly #newest = new Map<string, Figure>();
  readonly #drawing = new Map<string, Promise<void>>();

  constructor(publish: Publish, still: (figure: object) => Promise<Still>, patience: number = PATIENCE_MS) {
    this.#publish = publish;
    this.#still = still;
    this.#patience = patience;
  }

  /** Sends something to be shown. A figure gets a display id, by which its picture finds it. */
  readonly publish: Publish = (execution, content, update) => {
    const { display_id: id = randomUUID() } = content.transient ?? {};
    if (!isFigure(content)) {
      this.#newest.delete(id);
      this.#publish(execution, content, update);
      return;
    }
    const { data, metadata } = content;
    this.#publish(execution, { data, metadata, transient: { display_id: id } }, update);
    this.#newest.set(id, { execution, bundle: { data, metadata } });
    // A live figure changes many times before its cell ends, and its last state is what stays.
    if (!update) void this.#draw(id);
  };

  /**
   * Ends a cell: shows the figure that is its value, and waits for the pictures of all figures.
   * @returns How the cell ended, without what is shown already.
   */
  async settle(execution: number, outcome: Outcome): Promise<Outcome> {
    let rest = outcome;
    if (outcome.status === "ok" && outcome.result && isFigure(outcome.result)) {
      this.publish(execution, outcome.result, false);
      rest = { ...outcome, result: undefined };
    }
    if (this.#newest.size > 0) await this.#drawAll();
    return rest;
  }

  async #drawAll(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let patient = true;
    const end = new Promise<void>((resolve) => {
      timer = startTimer(() => {
        patient = false;
        resolve();
      }, this.#patience);
    });
    // While one is drawn, a timer of the cell may change another.
    while (patient && this.#newest.size > 0) {
      const drawings = [...this.#newest.keys()].map((id) => this.#draw(id));
      await apply(race, Promise, [[apply(all, Promise, [drawings]), end]]);
    }
    stopTimer(timer);
  }

  /** Draws the newest figure of a display, unless one is being drawn. */
  #draw(id: string): Promise<void> {
    const drawing = this.#drawing.get(id) ?? this.#drawNewest(id);
    this.#drawing.set(id, drawing);
    return drawing;
  }

  async #drawNewest(id: string): Promise<void> {
    const figure = this.#newest.get(id)!;
    const still = await this.#still(figure.bundle.data[PLOTLY] as object);
    this.#drawing.delete(id);
    if (this.#newest.get(id) !== figure) return;
    this.#newest.delete(id);
    this.#publish(
      figure.execution,
      { ...withStill(figure.bundle, still), transient: { display_id: id } },
      true,
    );
  }
}

function isFigure({ data }: MimeBundle | DisplayData): boolean {
  return typeof data[PLOTLY] === "object" && data[PLOTLY] !== null && data[PNG] === undefined;
}

function withStill({ data, metadata }: MimeBundle, still: Still): MimeBundle {
  if ("note" in still) {
    const words = [data["text/plain"], still.note].filter((text) => typeof text === "string");
    return { data: { ...data, "text/plain": words.join("\n") }, metadata };
  }
  const { png, width, height } = still;
  const picture = toBuffer(png.buffer, png.byteOffset, png.byteLength).toString("base64");
  return {
    data: { ...data, [PNG]: picture },
    metadata: { ...metadata, [PNG]: { width, height } },
  };
}
