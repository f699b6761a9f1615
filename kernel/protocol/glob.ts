type Token = "*" | ((character: string) => boolean);

/**
 * Whether a text matches a pattern of SQLite's GLOB, which is what Jupyter's clients expect in a history search:
 * `*`, `?`, `[a-z]`, `[^a-z]`, and the rest literally. Takes time in proportion to the two lengths, whatever the
 * pattern: a regular expression could keep the protocol thread, and with it the heartbeat, for hours.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  const tokens = tokensOf([...pattern]);
  return (text) => matches(tokens, [...text]);
}

function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let t = 0;
  let i = 0;
  // Where the newest star stands, and up to where it has eaten: going back further never helps.
  let star = -1;
  let eaten = 0;
  while (i < text.length) {
    const token = tokens[t];
    if (token === "*") {
      star = t++;
      eaten = i;
    } else if (token?.(text[i]!)) {
      t++;
      i++;
    } else if (star >= 0) {
      t = star + 1;
      i = ++eaten;
    } else {
      return false;
    }
  }
  return tokens.slice(t).every((token) => token === "*");
}

function tokensOf(pattern: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === "*") tokens.push("*");
    else if (character === "?") tokens.push(() => true);
    else if (character === "[") {
      const { accepts, end } = setOf(pattern, i);
      tokens.push(accepts);
      i = end;
    } else tokens.push((other) => other === character);
  }
  return tokens;
}

/** The set that opens at `start`. A `]` right after the opening belongs to it; one that never closes matches nothing. */
function setOf(
  pattern: readonly string[],
  start: number,
): { accepts: (character: string) => boolean; end: number } {
  const negated = pattern[start + 1] === "^";
  const first = start + (negated ? 2 : 1);
  const end = pattern.indexOf("]", first + 1);
  if (end < 0) return { accepts: () => false, end: pattern.length };
  const members = pattern.slice(first, end);
  const ranges: [string, string][] = [];
  for (let i = 0; i < members.length; i++) {
    if (members[i + 1] === "-" && i + 2 < members.length) {
      ranges.push([members[i]!, members[i + 2]!]);
      i += 2;
    } else ranges.push([members[i]!, members[i]!]);
  }
  const point = (character: string): number => character.codePointAt(0)!;
  const inside = (character: string): boolean =>
    ranges.some(([low, high]) => point(low) <= point(character) && point(character) <= point(high));
  return { accepts: (character) => inside(character) !== negated, end };
}
