import { stripVTControlCharacters, styleText } from "node:util";

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

  write(text: string): void {
    this.#sink.write(text);
  }

  /** `text` in a style; as it is where there is no colour. */
  styled(style: Style, text: string): string {
    return this.#colour && text !== "" ? styleText(style, text) : text;
  }

  /** Text from a notebook or a kernel, with its own colours only where there is colour. */
  foreign(text: string): string {
    return this.#colour ? text : stripVTControlCharacters(text);
  }

  /** Paragraphs filled to the width: the first line after `first`, the others after as many spaces. */
  fill(text: string, first = ""): string {
    const rest = " ".repeat(displayWidth(first));
    const available = Math.max(10, this.width - rest.length);
    const filled = text.split("\n").flatMap((line) => wrapLine(line, available));
    return filled.map((line, i) => (i === 0 ? first : rest) + line).join("\n");
  }
}

/** How many columns a text takes in a terminal: East Asian characters and emoji take two. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  return [...plain].reduce(
    (width, character) => width + (isMark.test(character) ? 0 : isWide.test(character) ? 2 : 1),
    0,
  );
}

const isWide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const isMark = /\p{Mn}|\p{Me}|\u200b|\u200c|\u200d/u;

// A line may break at a space, and after any East Asian character.
const pieces =
  /\s*(?:(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana})[，。、；：！？）」』]*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+)/gu;

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const [piece] of line.matchAll(pieces)) {
    if (current !== "" && displayWidth(current + piece) > width) {
      lines.push(current);
      current = piece.trimStart();
    } else {
      current += current === "" ? piece.trimStart() : piece;
    }
  }
  return [...lines, current];
}
