/** The parts of TypeScript's transformer API that are needed here. */
export interface TransformApi {
  readonly factory: {
    createIdentifier(text: string): Node;
    createPropertyAccessExpression(object: Node, name: Node): Node;
    createPropertyAssignment(name: Node, value: Node): Node;
  };
  isShorthandPropertyAssignment(node: Node): node is ShorthandProperty;
  visitEachChild<Kind extends Node>(node: Kind, visitor: (node: Node) => Node, context: unknown): Kind;
}

interface Node {
  readonly kind: number;
}

interface ShorthandProperty extends Node {
  readonly name: { readonly text: string };
  /** The default of `({ name = 1 } = object)`. */
  readonly objectAssignmentInitializer?: Node;
}

interface Checker {
  getShorthandAssignmentValueSymbol(
    node: Node,
  ): { readonly declarations?: readonly { getSourceFile(): { readonly fileName: string } }[] } | undefined;
}

/** A builder program as far as it emits. */
export interface Emitter {
  emit(
    ...values: [file: unknown, write: unknown, token: unknown, declarationsOnly: unknown, custom: object]
  ): unknown;
  getProgram(): { getTypeChecker(): Checker };
}

/** The file in which tslab declares the variables of earlier cells. */
const EARLIER_CELLS = /[\\/]__prev__\.d\.ts$/;

/**
 * Makes `{ name }` mean `{ name: exports.name }` when `name` is a variable of an earlier cell. tslab does so with
 * all other identifiers, but the symbol of this one is the property, not the variable.
 */
export function expandShorthand(typescript: TransformApi, emitter: Emitter): void {
  const { factory } = typescript;
  const emit = emitter.emit;
  const before = (context: unknown) => {
    const checker = emitter.getProgram().getTypeChecker();
    const ofEarlierCell = (node: ShorthandProperty): boolean =>
      checker
        .getShorthandAssignmentValueSymbol(node)
        ?.declarations?.some((declaration) => EARLIER_CELLS.test(declaration.getSourceFile().fileName)) ??
      false;
    const visit = (node: Node): Node => {
      if (!typescript.isShorthandPropertyAssignment(node))
        return typescript.visitEachChild(node, visit, context);
      if (node.objectAssignmentInitializer || !ofEarlierCell(node)) return node;
      const name = (): Node => factory.createIdentifier(node.name.text);
      const variable = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name());
      return factory.createPropertyAssignment(name(), variable);
    };
    return visit;
  };
  emitter.emit = (file, write, token, declarationsOnly, custom) =>
    Reflect.apply(emit, emitter, [file, write, token, declarationsOnly, { ...custom, before: [before] }]);
}
