import { stripVTControlCharacters, styleText } from "node:util";

import { displayWidth, eachWord } from "./text.js";

type Style = Parameters<typeof styleText>[0];

/** A stream for people: a terminal, or a file or pipe. */
export interface Sink {
  write(text: string): unknown;
  readonly columns?: number;
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** The widest that prose is set: longer lines are hard to read. */
const widest = 100;
const narrowest = 20;

/** What can be written on a sink: whether in colour, and how wide. */
export class Paper {
  readonly #sink: Sink;
  readonly #colour: boolean;

  constructor(sink: Sink) {
    this.#sink = sink;
    // Node's own test: a terminal, whose TERM knows colours, and neither NO_COLOR nor NODE_DISABLE_COLORS is set.
    this.#colour = sink.isTTY === true && (sink.hasColors?.() ?? false);
  }

  /** Asked anew each time, because a terminal's window can be resized. */
  get width(): number {
    return Math.max(narrowest, Math.min(widest, this.#sink.columns ?? 80));
  }

  /** Whether what was written last can be written again in its place. */
  get canRedraw(): boolean {
    const { columns, isTTY } = this.#sink;
    return isTTY === true && columns !== undefined && process.env.TERM !== "dumb";
  }

  write(text: string): void {
    this.#sink.write(text);
  }

  /**
   * Writes a text in the place of one that was written last, each with a line break at its end.
   * @returns false where that is not possible: what is written to a file or pipe stays.
   */
  redraw(last: string, text: string): boolean {
    const { columns } = this.#sink;
    if (columns === undefined || !this.canRedraw) return false;
    const rows = last
      .split("\n")
      .reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0);
    // Up to the first row, to its beginning, and everything below is cleared.
    this.#sink.write(`\u001b[${rows}A\r\u001b[J${text}\n`);
    return true;
  }

  /** `text` in a style, word for word, so that it can still be broken into lines; as it is where there is no colour. */
  styled(style: Style, text: string): string {
    return this.#colour ? eachWord(text, (word) => styleText(style, word, { validateStream: false })) : text;
  }

  /** Text from a notebook or a kernel, with its own colours only where there is colour. */
  foreign(text: string): string {
    return this.#colour ? text : stripVTControlCharacters(text);
  }
}
