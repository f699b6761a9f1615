/** `; did you mean "weightDecay"?` when one of the known names is close to this one, else nothing. */
export function nearest(name: string, known: readonly string[]): string {
  const plain = (text: string): string => text.replaceAll("_", "").toLowerCase();
  let best: string | undefined;
  // More than half of the name wrong is another name, not a slip.
  let least = Math.floor(name.length / 2) + 0.5;
  for (const candidate of known) {
    const distance = edits(plain(name), plain(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best === undefined ? "" : `; did you mean "${best}"?`;
}

/** Levenshtein's distance: how many letters to insert, remove or replace. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
