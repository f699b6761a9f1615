/** The protocol counts Unicode code points, JavaScript UTF-16 units; they differ after an emoji. */

/** UTF-16 offset of a code point offset; beyond the end it is the end. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (const character of text) {
    if (codePoints-- <= 0) return offset;
    offset += character.length;
  }
  return text.length;
}

/** Code point offset of a UTF-16 offset; a position inside a surrogate pair counts as after it. */
export function toCodePoints(text: string, utf16: number): number {
  let count = 0;
  let offset = 0;
  for (const character of text) {
    if (offset >= utf16) break;
    offset += character.length;
    count++;
  }
  return count;
}
