import type * as TypeScript from "@tslab/typescript-for-tslab";

type Ts = typeof TypeScript;

/**
 * Writes `{ level }` out where `level` is an earlier cell's: tslab turns the names of earlier cells into properties of
 * its `exports`, but leaves shorthand properties as they are, which then find no such variable.
 *
 * @param declarations - the name of the file with the declarations of earlier cells
 */
export function expandShorthands(
  ts: Ts,
  checker: TypeScript.TypeChecker,
  declarations: string,
): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  const isEarlier = (node: TypeScript.ShorthandPropertyAssignment): boolean =>
    (checker.getShorthandAssignmentValueSymbol(node)?.declarations ?? []).some((declaration) =>
      declaration.getSourceFile().fileName.endsWith(declarations),
    );

  return (context) => {
    const { factory } = context;
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (!ts.isShorthandPropertyAssignment(node) || !isEarlier(node)) return ts.visitEachChild(node, visit, context);
      const value = ts.setTextRange(
        factory.createPropertyAccessExpression(factory.createIdentifier("exports"), node.name.text),
        node.name,
      );
      // In `({ level = 1 } = value)` the shorthand has a default.
      const otherwise = node.objectAssignmentInitializer;
      const assigned =
        otherwise === undefined
          ? value
          : factory.createAssignment(value, ts.visitNode(otherwise, visit) as TypeScript.Expression);
      return ts.setTextRange(factory.createPropertyAssignment(node.name.text, assigned), node);
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}
