import { NEVER_CANCELLED, type SourceFile, type TypeScript, type ts } from "./tslab.js";

export interface Completion {
  /** The part of the code that a candidate replaces, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly { readonly name: string; readonly kind: string }[];
}

/** What can stand at a position, the likeliest first. */
export function completionsAt(
  typescript: TypeScript,
  program: ts.Program,
  file: SourceFile,
  position: number,
): Completion {
  const info = typescript.Completions.getCompletionsAtPositionForTslab(
    {},
    program,
    () => undefined,
    file,
    position,
    {},
    undefined,
    typescript.CompletionTriggerKind.Invoked,
    NEVER_CANCELLED,
  );
  const entries = info?.entries ?? [];
  const typed = identifierAt(typescript, file, position);
  const rank = typed ? nearness(typed.text) : () => 0;
  const ranked = entries
    .map((entry) => ({ entry, rank: rank(entry.name) }))
    .filter((item): item is { entry: ts.CompletionEntry; rank: number } => item.rank !== undefined)
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        compare(a.entry.sortText, b.entry.sortText) ||
        (typed ? 0 : compare(a.entry.name, b.entry.name)),
    );
  return {
    start: typed?.getStart(file) ?? position,
    end: typed?.end ?? position,
    candidates: ranked.map(({ entry: { name, kind } }) => ({ name, kind })),
  };
}

/** Names that begin as typed, then those that do so in other case, then those that contain it; no others. */
function nearness(typed: string): (name: string) => number | undefined {
  const lower = typed.toLowerCase();
  return (name) => {
    if (name.startsWith(typed)) return 0;
    const index = name.toLowerCase().indexOf(lower);
    return index === 0 ? 1 : index > 0 ? 2 : undefined;
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The name in which, or right behind which, the cursor stands. */
function identifierAt(typescript: TypeScript, file: SourceFile, position: number): ts.Identifier | undefined {
  const before = typescript.findPrecedingToken(position, file);
  if (before && typescript.isIdentifier(before) && before.end >= position) return before;
  const next = before && typescript.findNextToken(before, file, file);
  const isAt =
    next && typescript.isIdentifier(next) && next.getStart(file) <= position && position <= next.end;
  return isAt ? next : undefined;
}
