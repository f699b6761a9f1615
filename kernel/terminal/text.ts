import { stripVTControlCharacters } from "node:util";

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
const words =
  /\s*(?:(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana})[，。、；：！？）」』]*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+)/gu;

/** Changes each word of a text, and leaves the space between them. */
export function eachWord(text: string, change: (word: string) => string): string {
  return text.replace(words, (piece) => {
    const word = piece.trimStart();
    return piece.slice(0, piece.length - word.length) + change(word);
  });
}

/** Breaks a text into lines of at most `width` columns; only a word that is longer than that stays longer. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let current = "";
    for (const [piece] of line.matchAll(words)) {
      if (current === "") current = piece.trimStart();
      else if (displayWidth(current + piece) <= width) current += piece;
      else {
        lines.push(current);
        current = piece.trimStart();
      }
    }
    return [...lines, current];
  });
}

/** Fills a text with spaces up to a width. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

/** Puts `first` before the first line, and before the others `rest`, by default as many spaces. */
export function hanging(first: string, text: string, rest: string = " ".repeat(displayWidth(first))): string {
  return text
    .split("\n")
    .map((line, i) => (i === 0 ? first : rest) + line)
    .join("\n");
}
