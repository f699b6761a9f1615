/**
 * A text as plotly shows it, letter for letter. Plotly reads some tags and entities in titles, names and labels, and
 * TeX between dollar signs where a page has MathJax; none of this is to be read in what comes as text.
 */
export function plainText(text: string): string {
  return String(text).replace(/[&<>$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The text in lines of about `width` characters, broken where words end, and how many they are. */
export function wrapped(text: string, width: number): { readonly text: string; readonly lines: number } {
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
  return { text: lines.map(plainText).join("<br>"), lines: lines.length };
}

/** A number as people write it in a legend or on a tick: 0.001, 1e-8. */
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
