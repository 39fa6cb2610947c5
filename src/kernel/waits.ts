import type * as TypeScript from "@tslab/typescript-for-tslab";

type Ts = typeof TypeScript;

/**
 * Lets an interrupt end a cell's own loops: without it they would go on after the `await` that the cell was interrupted
 * in. `await work` becomes `__tslab__.afterWait(await work)`, which throws in an interrupted cell; so does every turn of
 * `for await`.
 */
export function checkAfterWaits(ts: Ts): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  return (context) => {
    const { factory } = context;
    const check = (...values: TypeScript.Expression[]): TypeScript.Expression => {
      const tslab = factory.createIdentifier("__tslab__");
      return factory.createCallExpression(
        factory.createPropertyAccessExpression(tslab, "afterWait"),
        undefined,
        values,
      );
    };
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      if (ts.isAwaitExpression(visited)) return ts.setTextRange(check(visited), node);
      if (!ts.isForOfStatement(visited) || visited.awaitModifier === undefined) return visited;
      const { awaitModifier, initializer, expression, statement } = visited;
      const body = factory.createBlock([factory.createExpressionStatement(check()), statement]);
      return factory.updateForOfStatement(visited, awaitModifier, initializer, expression, body);
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}
