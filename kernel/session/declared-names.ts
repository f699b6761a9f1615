import type { SourceFile, TypeScript, ts } from "./tslab.js";

type Names = Map<ts.__String, ts.Symbol>;

/**
 * What the names of the session mean to the type checker: the symbols of the cells that declared them last. A name
 * can be a value and a type, and a later cell may declare only one of the two again; the symbol that still gives
 * the other is then kept in a second table behind the first.
 */
export class DeclaredNames {
  readonly #typescript: TypeScript;
  readonly #newest: Names = new Map();
  readonly #older: Names = new Map();
  /** What each symbol in the tables stands for: `Value`, `Type` and `Namespace` of SymbolFlags. */
  readonly #meanings = new Map<ts.Symbol, ts.SymbolFlags>();
  #all: SourceFile | undefined;

  constructor(typescript: TypeScript) {
    this.#typescript = typescript;
  }

  /** Lets `file` see all names, as it does while it is checked. */
  show(file: SourceFile): void {
    this.#all ??= this.#scope(this.#newest, this.#older);
    file.parent = this.#all;
  }

  /**
   * Lets `file` see, from now on, what the names in its text mean now, as far as it does not declare them itself. A
   * type that is looked at later must still be the one that the cell was written against, and what no cell speaks
   * of any more can be forgotten.
   * @param own What the file declares itself, with the meanings.
   */
  freeze(file: SourceFile, own: ReadonlyMap<ts.Symbol, ts.SymbolFlags>): void {
    const needed = (name: ts.__String, symbol: ts.Symbol): boolean => {
      const local = file.locals?.get(name);
      const hidden = local ? own.get(local)! : 0;
      return (this.#meanings.get(symbol)! & ~hidden) !== 0;
    };
    const newest: Names = new Map();
    const older: Names = new Map();
    for (const text of file.identifiers.keys()) {
      const name = this.#typescript.escapeLeadingUnderscores(text);
      const first = this.#newest.get(name);
      if (first && needed(name, first)) newest.set(name, first);
      const second = this.#older.get(name);
      if (second && needed(name, second)) older.set(name, second);
    }
    file.parent = this.#scope(newest, older);
  }

  /** Whether a cell before declared this symbol, and no later one took its place. */
  has(symbol: ts.Symbol): boolean {
    return this.#meanings.has(symbol);
  }

  /** From now on the name of `symbol` means this, as far as `meaning` goes. */
  declare(symbol: ts.Symbol, meaning: ts.SymbolFlags): void {
    const name = symbol.escapedName;
    const before = this.#newest.get(name);
    const candidates = [before, this.#older.get(name)];
    const kept = candidates.find((older) => older && (this.#meanings.get(older)! & ~meaning) !== 0);
    for (const older of candidates) if (older && older !== kept) this.#meanings.delete(older);
    if (kept) this.#older.set(name, kept);
    else this.#older.delete(name);
    this.#newest.set(name, symbol);
    this.#meanings.set(symbol, meaning);
  }

  #scope(newest: Names, older: Names): SourceFile {
    const first = this.#table(newest);
    if (older.size > 0 || older === this.#older) first.parent = this.#table(older);
    return first;
  }

  /** A module without text that declares these names. */
  #table(names: Names): SourceFile {
    const typescript = this.#typescript;
    const target = typescript.ScriptTarget.ES2022;
    const file = typescript.createSourceFile("earlier-cells.ts", "export {}", target) as SourceFile;
    typescript.bindSourceFile(file, {});
    file.locals = names as ts.SymbolTable;
    return file;
  }
}
