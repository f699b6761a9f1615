import type { Checker, SourceFile, TypeScript, ts } from "./tslab.js";

/** What running a cell needs besides its JavaScript. */
export interface RewrittenCell {
  /** Parameter of the compiled function → name of the session's variable that it stands for. */
  readonly variables: ReadonlyMap<string, string>;
  /** Parameter that gives the cell `import`, `meta` and `reached`; see {@link CellContext}. */
  readonly context: string;
  readonly isAsync: boolean;
  /** Declared name → number that `reached` has once the name is declared. Names without one are types. */
  readonly steps: ReadonlyMap<string, number>;
}

/** Operators that name an anonymous function on their right after the variable on their left. */
const NAMING_OPERATORS = new Set(["=", "??=", "||=", "&&="]);

/**
 * Turns a cell into the body of a function, before TypeScript takes out the types. The variables of the session,
 * declared by this cell or an earlier one, become properties `name$.value`; imports become calls; the value of a
 * last expression is returned as `{ value }`. Positions are kept, so the source map leads back to the cell.
 */
export function rewriteCell(
  typescript: TypeScript,
  file: SourceFile,
  checker: Checker,
  declaredEarlier: (symbol: ts.Symbol) => boolean,
): { readonly transformer: ts.TransformerFactory<ts.SourceFile>; readonly cell: RewrittenCell } {
  const taken = new Set(file.identifiers.keys());
  const variables = new Map<string, string>();
  const parameters = new Map<string, string>();
  const steps = new Map<string, number>();
  const context = uniqueName("cell");
  const cell = { variables, context, steps, isAsync: false };
  const { factory, SymbolFlags, SyntaxKind } = typescript;
  /** Functions and the like around the node that is visited. */
  let depth = 0;
  let step = 0;
  let visitor: ts.Visitor;

  const transformer: ts.TransformerFactory<ts.SourceFile> = (transformation) => {
    visitor = (node) => visit(node, transformation);
    return () => rewriteFile();
  };
  return { transformer, cell };

  function rewriteFile(): ts.SourceFile {
    const { statements } = file;
    const functions = statements.filter(isFunction);
    const names = functions.map(({ name }) => name!.text);
    // In the order in which they run, because each numbers the step that it is.
    const rewritten = [
      ...names.map((name) => assign(name, factory.createIdentifier(name))),
      ...(names.length > 0 ? [reach(names)] : []),
      ...statements.filter(isImport).flatMap(importStatement),
      ...statements.flatMap((statement) => {
        if (isImport(statement)) return [];
        return isFunction(statement) ? [visited(statement)] : topLevelStatement(statement);
      }),
    ];
    const updated = factory.updateSourceFile(file, rewritten) as SourceFile;
    // Else the emitter would take it for a module and add `export {}`.
    updated.externalModuleIndicator = undefined;
    return updated;
  }

  function topLevelStatement(statement: ts.Statement): ts.Statement[] {
    if (isAmbient(statement)) return [];
    if (typescript.isVariableStatement(statement)) {
      const names = namesOf(statement.declarationList);
      const { flags, declarations } = statement.declarationList;
      const isVar = (flags & typescript.NodeFlags.BlockScoped) === 0;
      const values = declarations.flatMap((declaration) => declarationValue(declaration, isVar));
      return [...values.map((value) => expressionStatement(value, statement)), reach(names)];
    }
    if (
      typescript.isClassDeclaration(statement) ||
      typescript.isEnumDeclaration(statement) ||
      (typescript.isModuleDeclaration(statement) && isInstantiated(statement))
    ) {
      const name = statement.name?.text;
      if (name === undefined) return [visited(statement)];
      return [visited(statement), assign(name, factory.createIdentifier(name)), reach([name])];
    }
    if (typescript.isExportDeclaration(statement)) return [];
    const expression =
      typescript.isExpressionStatement(statement) || typescript.isExportAssignment(statement)
        ? statement.expression
        : undefined;
    if (!expression) return [visited(statement)];
    const value = visited(expression);
    if (statement !== file.statements.at(-1)) return [expressionStatement(value, statement)];
    const result = factory.createObjectLiteralExpression([factory.createPropertyAssignment("value", value)]);
    return [typescript.setTextRange(factory.createReturnStatement(result), statement)];
  }

  function visited<Kind extends ts.Node>(node: Kind): Kind {
    return typescript.visitNode(node, visitor) as Kind;
  }

  function visit(node: ts.Node, transformation: ts.TransformationContext): ts.Node | undefined {
    if (isTypeOnly(node)) return node;
    if (typescript.isIdentifier(node)) return isReference(node) ? reference(node) : node;
    if (typescript.isShorthandPropertyAssignment(node)) return shorthand(node);
    if (typescript.isMetaProperty(node) && node.keywordToken === SyntaxKind.ImportKeyword) {
      return typescript.setTextRange(contextProperty("meta"), node);
    }
    if (typescript.isBinaryExpression(node)) {
      const operator = typescript.tokenToString(node.operatorToken.kind)!;
      if (NAMING_OPERATORS.has(operator) && typescript.isIdentifier(node.left)) {
        const right = named(node.left.text, node.right);
        return factory.updateBinaryExpression(node, visited(node.left), node.operatorToken, right);
      }
    }
    if (depth === 0) {
      if (typescript.isAwaitExpression(node)) cell.isAsync = true;
      if (typescript.isForOfStatement(node) && node.awaitModifier) cell.isAsync = true;
      const rewritten = varDeclaration(node, transformation);
      if (rewritten) return rewritten;
    }
    const inner = isBoundary(node);
    if (inner) depth++;
    const result = typescript.visitEachChild(node, visitor, transformation);
    if (inner) depth--;
    return typescript.isCallExpression(result) || typescript.isTaggedTemplateExpression(result)
      ? call(node as typeof result, result)
      : result;
  }

  /** `var` belongs to the whole cell wherever it stands outside functions: its declarations become assignments. */
  function varDeclaration(node: ts.Node, transformation: ts.TransformationContext): ts.Node | undefined {
    if (typescript.isVariableStatement(node) && isVarList(node.declarationList)) {
      const values = node.declarationList.declarations.flatMap((item) => declarationValue(item, true));
      if (values.length === 0) return factory.createEmptyStatement();
      return expressionStatement(sequence(values), node);
    }
    if (typescript.isForStatement(node) && node.initializer && isVarList(node.initializer)) {
      const values = node.initializer.declarations.flatMap((item) => declarationValue(item, true));
      const start = values.length === 0 ? undefined : sequence(values);
      const [condition, increment] = [node.condition && visited(node.condition), node.incrementor];
      const next = increment && visited(increment);
      return factory.updateForStatement(node, start, condition, next, visited(node.statement));
    }
    if (
      (typescript.isForOfStatement(node) || typescript.isForInStatement(node)) &&
      isVarList(node.initializer)
    ) {
      const target = assignmentTarget(node.initializer.declarations[0]!.name);
      const body = typescript.visitIterationBody(node.statement, visitor, transformation);
      const values = visited(node.expression);
      return typescript.isForOfStatement(node)
        ? factory.updateForOfStatement(node, node.awaitModifier, target, values, body)
        : factory.updateForInStatement(node, target, values, body);
    }
    return undefined;
  }

  function isVarList(node: ts.Node): node is ts.VariableDeclarationList {
    return (
      typescript.isVariableDeclarationList(node) && (node.flags & typescript.NodeFlags.BlockScoped) === 0
    );
  }

  /** `name$.value = initializer`, or the assignment that does what a destructuring declaration does. */
  function declarationValue(declaration: ts.VariableDeclaration, isVar: boolean): ts.Expression[] {
    const { name, initializer } = declaration;
    if (!initializer && isVar) return [];
    const value = !initializer
      ? factory.createVoidZero()
      : typescript.isIdentifier(name)
        ? named(name.text, initializer)
        : visited(initializer);
    return [typescript.setTextRange(factory.createAssignment(assignmentTarget(name), value), declaration)];
  }

  function assignmentTarget(name: ts.BindingName): ts.Expression {
    if (typescript.isIdentifier(name)) return typescript.setTextRange(variable(name.text), name);
    if (typescript.isArrayBindingPattern(name)) {
      const elements = name.elements.map((element) => {
        if (typescript.isOmittedExpression(element)) return element;
        const target = withDefault(element);
        return element.dotDotDotToken ? factory.createSpreadElement(target) : target;
      });
      return typescript.setTextRange(factory.createArrayLiteralExpression(elements), name);
    }
    const properties = name.elements.map((element) => {
      const target = withDefault(element);
      if (element.dotDotDotToken) return factory.createSpreadAssignment(target);
      const key = element.propertyName
        ? visited(element.propertyName)
        : factory.createIdentifier((element.name as ts.Identifier).text);
      return factory.createPropertyAssignment(key, target);
    });
    return typescript.setTextRange(factory.createObjectLiteralExpression(properties), name);
  }

  function withDefault({ name, initializer }: ts.BindingElement): ts.Expression {
    const target = assignmentTarget(name);
    if (!initializer) return target;
    const value = typescript.isIdentifier(name) ? named(name.text, initializer) : visited(initializer);
    return factory.createAssignment(target, value);
  }

  /** The value, with the name that JavaScript gives to an anonymous function that is assigned to a variable. */
  function named(name: string, value: ts.Expression): ts.Expression {
    const inner = typescript.skipOuterExpressions(value);
    const isAnonymous =
      typescript.isArrowFunction(inner) ||
      ((typescript.isFunctionExpression(inner) || typescript.isClassExpression(inner)) && !inner.name);
    if (!isAnonymous) return visited(value);
    const property = factory.createPropertyAssignment(name, visited(value));
    const object = factory.createParenthesizedExpression(factory.createObjectLiteralExpression([property]));
    return factory.createPropertyAccessExpression(object, name);
  }

  function shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const { name, objectAssignmentInitializer } = node;
    const initializer = objectAssignmentInitializer && named(name.text, objectAssignmentInitializer);
    const value = reference(name);
    if (value === name) return factory.updateShorthandPropertyAssignment(node, name, initializer);
    const target = initializer ? factory.createAssignment(value, initializer) : value;
    return factory.createPropertyAssignment(factory.createIdentifier(name.text), target);
  }

  /** Keeps a call of a session's function from handing it the variable as `this`; `import()` goes to the session. */
  function call<Call extends ts.CallExpression | ts.TaggedTemplateExpression>(
    before: Call,
    after: Call,
  ): Call {
    if (typescript.isTaggedTemplateExpression(after)) {
      if (!wasReplaced((before as ts.TaggedTemplateExpression).tag, after.tag)) return after;
      const { typeArguments, template } = after;
      return factory.updateTaggedTemplateExpression(
        after,
        detached(after.tag),
        typeArguments,
        template,
      ) as Call;
    }
    const { expression, typeArguments, arguments: values } = after;
    if (expression.kind === SyntaxKind.ImportKeyword) {
      const importer = typescript.setTextRange(contextProperty("importStar"), expression);
      return factory.updateCallExpression(after, importer, undefined, values) as Call;
    }
    if (!wasReplaced((before as ts.CallExpression).expression, expression)) return after;
    return factory.updateCallExpression(after, detached(expression), typeArguments, values) as Call;
  }

  function wasReplaced(before: ts.Node, after: ts.Node): boolean {
    return typescript.isIdentifier(before) && before !== after;
  }

  function detached(target: ts.Expression): ts.Expression {
    const comma = factory.createComma(factory.createNumericLiteral(0), target);
    const result = typescript.setTextRange(factory.createParenthesizedExpression(comma), target);
    // V8 places the call at the end of this; in the cell it stands where the name begins.
    for (const node of [target, result]) {
      typescript.setEmitFlags(node, typescript.EmitFlags.NoTrailingSourceMap);
    }
    return result;
  }

  function reference(identifier: ts.Identifier): ts.Expression {
    const symbol = checker.resolveName(identifier.text, identifier, SymbolFlags.Value, true);
    if (!symbol || !isVariable(symbol) || isInside(identifier, symbol)) return identifier;
    return typescript.setTextRange(variable(identifier.text), identifier);
  }

  function isVariable(symbol: ts.Symbol): boolean {
    const own = file.locals!.get(symbol.escapedName) === symbol;
    return (own || declaredEarlier(symbol)) && !symbol.declarations?.every(isAmbient);
  }

  /** Inside itself a class, an enum and a namespace know themselves by name, before the variable is set. */
  function isInside(node: ts.Node, symbol: ts.Symbol): boolean {
    return (symbol.declarations ?? []).some(
      (declaration) =>
        declaration.getSourceFile() === file &&
        declaration.pos <= node.pos &&
        node.end <= declaration.end &&
        (typescript.isClassDeclaration(declaration) ||
          typescript.isEnumDeclaration(declaration) ||
          typescript.isModuleDeclaration(declaration)),
    );
  }

  function isReference(node: ts.Identifier): boolean {
    const { parent } = node;
    if (typescript.isPropertyAccessExpression(parent)) return parent.expression === node;
    if (typescript.isFunctionExpression(parent) || typescript.isClassExpression(parent)) return false;
    return typescript.isExportAssignment(parent) || typescript.isExpressionNode(node);
  }

  function isTypeOnly(node: ts.Node): boolean {
    return (
      (typescript.isTypeNode(node) && !typescript.isExpressionWithTypeArguments(node)) ||
      (typescript.isHeritageClause(node) && node.token === SyntaxKind.ImplementsKeyword) ||
      typescript.isInterfaceDeclaration(node) ||
      typescript.isTypeAliasDeclaration(node) ||
      typescript.isTypeParameterDeclaration(node)
    );
  }

  function isBoundary(node: ts.Node): boolean {
    return (
      typescript.isFunctionLike(node) ||
      typescript.isModuleDeclaration(node) ||
      typescript.isClassStaticBlockDeclaration(node) ||
      typescript.isPropertyDeclaration(node)
    );
  }

  function isAmbient(node: ts.Node): boolean {
    const flags = typescript.getCombinedModifierFlags(node as ts.Declaration);
    return (flags & typescript.ModifierFlags.Ambient) !== 0;
  }

  function isInstantiated(node: ts.ModuleDeclaration): boolean {
    const symbol = typescript.isIdentifier(node.name) && file.locals!.get(node.name.escapedText);
    return !!symbol && (symbol.flags & SymbolFlags.ValueModule) !== 0;
  }

  function isFunction(node: ts.Statement): node is ts.FunctionDeclaration {
    return typescript.isFunctionDeclaration(node) && node.body !== undefined && !isAmbient(node);
  }

  function isImport(node: ts.Statement): node is ts.ImportDeclaration | ts.ImportEqualsDeclaration {
    return typescript.isImportDeclaration(node) || typescript.isImportEqualsDeclaration(node);
  }

  function importStatement(node: ts.ImportDeclaration | ts.ImportEqualsDeclaration): ts.Statement[] {
    if (typescript.isImportEqualsDeclaration(node)) return importEquals(node);
    const { importClause, moduleSpecifier } = node;
    const module = (): ts.Expression => {
      const importing = factory.createCallExpression(contextProperty("import"), undefined, [moduleSpecifier]);
      return factory.createAwaitExpression(typescript.setTextRange(importing, node));
    };
    if (!importClause) {
      cell.isAsync = true;
      return [expressionStatement(module(), node)];
    }
    const { name, namedBindings } = importClause;
    const names: string[] = [];
    const values: ts.Expression[] = [];
    const set = (target: ts.Identifier, conversion: string): void => {
      const value = factory.createCallExpression(contextProperty(conversion), undefined, [module()]);
      names.push(target.text);
      values.push(factory.createAssignment(variable(target.text), value));
    };
    if (name && isValue(importClause)) set(name, "defaultOf");
    if (namedBindings && typescript.isNamespaceImport(namedBindings)) {
      if (isValue(namedBindings)) set(namedBindings.name, "namespaceOf");
    } else if (namedBindings) {
      const elements = namedBindings.elements.filter(isValue);
      const isDefault = (item: ts.ImportSpecifier): boolean => item.propertyName?.text === "default";
      for (const element of elements.filter(isDefault)) set(element.name, "defaultOf");
      const properties = elements
        .filter((element) => !isDefault(element))
        .map(({ name, propertyName }) => {
          names.push(name.text);
          const key = factory.createIdentifier((propertyName ?? name).text);
          return factory.createPropertyAssignment(key, variable(name.text));
        });
      if (properties.length > 0) {
        values.push(factory.createAssignment(factory.createObjectLiteralExpression(properties), module()));
      }
    }
    if (values.length === 0) return [];
    cell.isAsync = true;
    return [...values.map((value) => expressionStatement(value, node)), reach(names)];
  }

  function importEquals(node: ts.ImportEqualsDeclaration): ts.Statement[] {
    if (node.isTypeOnly || !isValue(node)) return [];
    const { moduleReference, name } = node;
    const value = typescript.isExternalModuleReference(moduleReference)
      ? factory.createCallExpression(factory.createIdentifier("require"), undefined, [
          moduleReference.expression,
        ])
      : entity(moduleReference);
    return [assign(name.text, typescript.setTextRange(value, node)), reach([name.text])];
  }

  function entity(name: ts.EntityName): ts.Expression {
    return typescript.isIdentifier(name)
      ? reference(name)
      : factory.createPropertyAccessExpression(entity(name.left), name.right.text);
  }

  /** Whether an import brings more than a type; a module that was not found may bring anything. */
  function isValue(
    node: ts.ImportClause | ts.ImportSpecifier | ts.NamespaceImport | ts.ImportEqualsDeclaration,
  ): boolean {
    if ("isTypeOnly" in node && node.isTypeOnly) return false;
    const symbol = node.name && file.locals!.get(node.name.escapedText);
    if (!symbol || (symbol.flags & SymbolFlags.Alias) === 0) return false;
    const target = checker.getAliasedSymbol(symbol);
    return target.escapedName === "unknown" || (target.flags & SymbolFlags.Value) !== 0;
  }

  function namesOf(node: ts.VariableDeclarationList): string[] {
    const names: string[] = [];
    const add = (name: ts.BindingName): void => {
      if (typescript.isIdentifier(name)) names.push(name.text);
      else for (const item of name.elements) if (!typescript.isOmittedExpression(item)) add(item.name);
    };
    for (const { name } of node.declarations) add(name);
    return names;
  }

  /** `cell$.reached = n`: these names are declared now. After a failure the session knows how far the cell came. */
  function reach(names: readonly string[]): ts.Statement {
    step++;
    for (const name of names) steps.set(name, step);
    const number = factory.createNumericLiteral(step);
    return factory.createExpressionStatement(factory.createAssignment(contextProperty("reached"), number));
  }

  function assign(name: string, value: ts.Expression): ts.Statement {
    return factory.createExpressionStatement(factory.createAssignment(variable(name), value));
  }

  function expressionStatement(value: ts.Expression, original: ts.Node): ts.Statement {
    return typescript.setTextRange(factory.createExpressionStatement(value), original);
  }

  function variable(name: string): ts.Expression {
    let parameter = parameters.get(name);
    if (!parameter) {
      parameter = uniqueName(name);
      parameters.set(name, parameter);
      variables.set(parameter, name);
    }
    return factory.createPropertyAccessExpression(factory.createIdentifier(parameter), "value");
  }

  function sequence(values: readonly ts.Expression[]): ts.Expression {
    return values.reduce((before, value) => factory.createComma(before, value));
  }

  function contextProperty(name: string): ts.Expression {
    return factory.createPropertyAccessExpression(factory.createIdentifier(context), name);
  }

  /** The name with as many `$` as make it different from all names in the cell. */
  function uniqueName(name: string): string {
    let unique = `${name}$`;
    while (taken.has(unique)) unique += "$";
    taken.add(unique);
    return unique;
  }
}
