import type * as TypeScript from "@tslab/typescript-for-tslab";
import { ts } from "./tslab";
import { namesIn } from "./variables";

const unterminatedTemplate = 1160; // TypeScript's code; tslab takes such a cell for complete

function parse(source: string): TypeScript.SourceFile {
  return ts.createSourceFile("cell.ts", `${source}\nexport {}`, ts.ScriptTarget.Latest, true);
}

/** Whether a cell can be parsed, could be if it went on, or cannot. */
export function syntaxOf(source: string): "complete" | "incomplete" | "invalid" {
  const { diagnostics = [] } = ts.transpileModule(source, { reportDiagnostics: true });
  if (diagnostics.some(({ code }) => code === unterminatedTemplate)) return "incomplete";
  return diagnostics.length > 0 ? "invalid" : "complete";
}

/** Blanks the word `export` before declarations: every declaration of a cell is there for later cells anyway. */
export function blankExports(source: string): string {
  if (!source.includes("export")) return source;
  let blanked = source;
  for (const statement of parse(source).statements) {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    if (modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)) continue;
    for (const modifier of modifiers) {
      if (modifier.kind !== ts.SyntaxKind.ExportKeyword) continue;
      const [from, to] = [modifier.getStart(), modifier.end];
      blanked = blanked.slice(0, from) + " ".repeat(to - from) + blanked.slice(to);
    }
  }
  return blanked;
}

/** Whether a cell waits (`await`, `for await`) outside any function of its own. */
export function hasTopLevelAwait(source: string): boolean {
  if (!source.includes("await")) return false;
  const visit = (node: TypeScript.Node): boolean => {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return false;
    if (ts.isAwaitExpression(node)) return true;
    if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return true;
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false;
  };
  return visit(parse(source));
}

/** The names of the values that a cell declares. */
export function declaredNames(source: string): string[] {
  const names: string[] = [];
  for (const statement of parse(source).statements) {
    if (ts.isVariableStatement(statement))
      names.push(...statement.declarationList.declarations.flatMap(({ name }) => namesIn(ts, name)));
    else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
      if (statement.name !== undefined) names.push(statement.name.text);
  }
  return names;
}

/** Declarations without those of the given values. */
export function withoutNames(declarations: string, names: readonly string[]): string {
  if (names.length === 0) return declarations;
  const gone = new Set(names);
  const kept = parse(declarations).statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return [];
    if (ts.isVariableStatement(statement)) {
      const variables = statement.declarationList.declarations.filter(({ name }) => !gone.has(name.getText()));
      const flags = statement.declarationList.flags & ts.NodeFlags.Const ? "const" : "let";
      return variables.map((variable) => `declare ${flags} ${variable.getText()};`);
    }
    const name = (statement as { readonly name?: TypeScript.Node }).name?.getText();
    const isValue =
      ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement);
    return isValue && name !== undefined && gone.has(name) ? [] : [statement.getText()];
  });
  return `${kept.join("\n")}\n`;
}

/** What a cell imports, by `import` declarations and by `import("...")`. */
export function importedBy(source: string): string[] {
  if (!source.includes("import")) return [];
  return ts.preProcessFile(source).importedFiles.map(({ fileName }) => fileName);
}
