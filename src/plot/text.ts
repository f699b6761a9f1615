/** Characters of a caption's line: what fits in the column of a notebook, at its size. */
const CAPTION_WIDTH = 100;
const TITLE_WIDTH = 72;

/**
 * A text as plotly shows it, letter for letter. Plotly reads some tags and entities in titles, names and labels, and
 * TeX between dollar signs where a page has MathJax; none of this is to be read in what comes as text.
 */
export function plainText(text: string): string {
  return String(text).replace(/[&<>$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The text in lines of about `width` characters, broken where words end. */
export function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  for (const paragraph of String(text).split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map(plainText).join("<br>");
}

/** A title, in lines that fit, and how many they are. */
export function titleLines(title: string): { readonly text: string; readonly lines: number } {
  const text = wrapped(title, TITLE_WIDTH);
  return { text, lines: text.split("<br>").length };
}

/** Sentences below a figure, in lines that fit, and how many they are. */
export function captionLines(sentences: readonly string[]): {
  readonly text: string;
  readonly lines: number;
} {
  const text = wrapped(sentences.join(" "), CAPTION_WIDTH);
  return { text, lines: text.split("<br>").length };
}

/** A number as people write it in a legend or on a tick: 0.001, 1e-8, 12,000. */
export function numberText(value: number, digits = 3): string {
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return rounded.toExponential().replace("e+", "e");
  return String(rounded);
}

/** How many there are of something, in words: "1 value", "2,000 values". */
export function counted(count: number, one: string): string {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}
