/** The parts of the TypeScript compiler that are needed here. */
export interface Parser {
  readonly ScriptTarget: { readonly Latest: number };
  readonly ScriptKind: { readonly JS: number };
  createSourceFile(name: string, text: string, target: number, setParents: boolean, kind: number): SourceFile;
  forEachChild(node: Node, visit: (node: Node) => void): void;
  isTryStatement(node: Node): node is TryStatement;
  isFunctionLike(node: Node): boolean;
}

interface Node {
  readonly pos: number;
  readonly end: number;
}

interface TryStatement extends Node {
  readonly tryBlock: Node;
  readonly catchClause?: Node;
}

interface SourceFile extends Node {
  readonly text: string;
  getLineAndCharacterOfPosition(position: number): Position;
}

/** Line and character from 0, as V8 counts them. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A `try` block with a `catch`, without the functions in it, which run at another time. */
export interface TryBlock extends Range {
  readonly functions: readonly Range[];
}

/**
 * All `try` blocks of a script that catch what is thrown in them. V8 takes every error of a cell for a caught one,
 * because the kernel catches it; whether the user's code does has to be read from the code.
 */
export function tryBlocks(parser: Parser, script: string): TryBlock[] {
  const file = parser.createSourceFile(
    "script.js",
    script,
    parser.ScriptTarget.Latest,
    false,
    parser.ScriptKind.JS,
  );
  const blocks: TryBlock[] = [];
  const rangeOf = (node: Node): Range => ({
    start: file.getLineAndCharacterOfPosition(node.pos),
    end: file.getLineAndCharacterOfPosition(node.end),
  });
  const functionsIn = (node: Node): Range[] => {
    const functions: Range[] = [];
    parser.forEachChild(node, (child) => {
      if (parser.isFunctionLike(child)) functions.push(rangeOf(child));
      else functions.push(...functionsIn(child));
    });
    return functions;
  };
  const visit = (node: Node): void => {
    if (parser.isTryStatement(node) && node.catchClause) {
      blocks.push({ ...rangeOf(node.tryBlock), functions: functionsIn(node.tryBlock) });
    }
    parser.forEachChild(node, visit);
  };
  visit(file);
  return blocks;
}

/** Whether what is thrown at a position is caught in the same function. */
export function catches(blocks: readonly TryBlock[], position: Position): boolean {
  return blocks.some(
    (block) => contains(block, position) && !block.functions.some((inner) => contains(inner, position)),
  );
}

function contains({ start, end }: Range, position: Position): boolean {
  return !isBefore(position, start) && isBefore(position, end);
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
