import { type Completeness, isComplete } from "../session/is-complete.js";
import type { TypeScript, ts } from "../session/tslab.js";

/** A stretch of a cell's text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What the splitting of a cell has to know of TypeScript's grammar. */
export class Syntax {
  readonly #typescript: TypeScript;

  constructor(typescript: TypeScript) {
    this.#typescript = typescript;
  }

  /** Whether the text is a whole program, could become one with more text, or cannot. */
  completeness(code: string): Completeness {
    return isComplete(this.#typescript, code);
  }

  /** Whether this is a word of the language, such as `true` or `typeof`. */
  isWord(name: string): boolean {
    return this.#typescript.stringToToken(name) !== undefined;
  }

  /** Whether there is anything but blanks and comments. */
  hasStatements(code: string): boolean {
    return this.#parse(code).statements.length > 0;
  }

  /** Every name that the code declares anywhere; of a broken text, those that the parser could make out. */
  declaredNames(code: string): Set<string> {
    const { SyntaxKind } = this.#typescript;
    const names = new Set<string>();
    this.#walk(this.#parse(code), (node) => {
      const { name } = node as ts.NamedDeclaration;
      if (name && this.#typescript.isIdentifier(name) && node.kind !== SyntaxKind.PropertyAccessExpression) {
        names.add(name.text);
      }
      return undefined;
    });
    return names;
  }

  /** Where the expression stands if the code is one expression and nothing else. */
  onlyExpression(code: string): Span | undefined {
    const { statements } = this.#parse(code);
    const [statement] = statements;
    if (statements.length !== 1 || !this.#typescript.isExpressionStatement(statement!)) return undefined;
    return { start: statement.expression.getStart(), end: statement.expression.getEnd() };
  }

  /** Whether the code itself awaits, not only functions in it. */
  awaits(code: string): boolean {
    const { SyntaxKind } = this.#typescript;
    return this.#walk(this.#parse(code), (node) => {
      if (this.#typescript.isFunctionLike(node)) return false;
      const waits =
        node.kind === SyntaxKind.ForOfStatement && "awaitModifier" in node && !!node.awaitModifier;
      return waits || node.kind === SyntaxKind.AwaitExpression || undefined;
    });
  }

  #parse(code: string): ts.SourceFile {
    const { ScriptTarget, ScriptKind } = this.#typescript;
    return this.#typescript.createSourceFile("cell.ts", code, ScriptTarget.Latest, true, ScriptKind.TS);
  }

  /** Visits every node until a visit returns true; one that returns false leaves out what is inside the node. */
  #walk(node: ts.Node, visit: (node: ts.Node) => boolean | undefined): boolean {
    const walkInto = (child: ts.Node): boolean | undefined => {
      const found = visit(child);
      return (
        found ?? (this.#typescript.forEachChild(child, (inner) => walkInto(inner) || undefined) || undefined)
      );
    };
    return this.#typescript.forEachChild(node, (child) => walkInto(child) || undefined) === true;
  }
}
