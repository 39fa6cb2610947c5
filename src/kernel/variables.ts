import type * as TypeScript from "@tslab/typescript-for-tslab";

type Ts = typeof TypeScript;

/**
 * Turns a cell's `let` and `var` into `export let` and `export var`, which TypeScript compiles to properties of the
 * `exports` that all cells share. tslab's `export { count }` would leave a variable of the cell's own behind a copy, and
 * a function of that cell would never see what a later cell assigns.
 */
export function exportVariables(ts: Ts): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  const isVariables = (statement: TypeScript.Statement): statement is TypeScript.VariableStatement =>
    ts.isVariableStatement(statement) &&
    (statement.declarationList.flags & ts.NodeFlags.Const) === 0 &&
    statement.modifiers === undefined;

  return ({ factory }) => {
    const exportWithout = (statement: TypeScript.Statement, gone: ReadonlySet<string>): TypeScript.Statement => {
      if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) return statement;
      const { modifiers, isTypeOnly, exportClause } = statement;
      if (exportClause === undefined || !ts.isNamedExports(exportClause)) return statement;
      const kept = exportClause.elements.filter(
        ({ name, propertyName }) => propertyName !== undefined || !gone.has(name.text),
      );
      const clause = factory.updateNamedExports(exportClause, kept);
      return factory.updateExportDeclaration(statement, modifiers, isTypeOnly, clause, undefined, undefined);
    };
    return (file) => {
      const lists = file.statements.filter(isVariables).map(({ declarationList }) => declarationList);
      const names = new Set(lists.flatMap((list) => list.declarations.flatMap(({ name }) => namesIn(ts, name))));
      const statements = file.statements.map((statement) =>
        isVariables(statement)
          ? factory.updateVariableStatement(
              statement,
              [factory.createModifier(ts.SyntaxKind.ExportKeyword)],
              statement.declarationList,
            )
          : exportWithout(statement, names),
      );
      return factory.updateSourceFile(file, ts.setTextRange(factory.createNodeArray(statements), file.statements));
    };
  };
}

/** The names that a declaration binds: its own, or those in its pattern. */
export function namesIn(ts: Ts, name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(ts, element.name) : []));
}
