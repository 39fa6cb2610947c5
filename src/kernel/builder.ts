import type * as TypeScript from "@tslab/typescript-for-tslab";
import { expandShorthands } from "./shorthand";
import { exportVariables } from "./variables";
import { checkAfterWaits } from "./waits";

type Ts = typeof TypeScript;
type Builder = TypeScript.BuilderProgram;

/** Makes the programs that tslab compiles cells with. */
export interface Builders {
  readonly create: TypeScript.CreateProgram<Builder>;
  /**
   * tslab builds a program just to see which names a cell declares, then a second one that exports them. The program
   * built next is taken for that first one, when this text declares any: it is only parsed.
   */
  expectFirstLook(text: string): void;
}

/** What TypeScript has, but not in its types. */
interface Internals {
  bindSourceFile(file: TypeScript.SourceFile, options: TypeScript.CompilerOptions): void;
}

interface InternalFile extends TypeScript.SourceFile {
  readonly resolvedModules?:
    | {
        forEach(visit: (resolution: { readonly resolvedModule?: TypeScript.ResolvedModule | undefined }) => void): void;
      }
    | undefined;
}

/** tslab's name for a cell. */
export const cellName = "__tslab__.ts";

const cellFile = `/${cellName}`;
const earlierFile = "/__prev__.d.ts"; // the declarations of the cells before it

/**
 * Left to itself tslab takes builders that note, for every file of every program, what it refers to: work that grows
 * with the types a notebook imports, for notes that nobody reads but the list of a cell's own files.
 */
export function createBuilders(ts: Ts & Internals): Builders {
  let firstLook: { readonly content: string; readonly file: TypeScript.SourceFile } | undefined;

  function build(...parts: Parameters<TypeScript.CreateProgram<Builder>>): Builder {
    const builder = ts.createAbstractBuilder(...parts);
    const program = builder.getProgram();
    const checker = program.getTypeChecker(); // tslab reads the names that making one leaves in the files
    const emit: Builder["emit"] = (file, write, token, onlyTypes, transformers) => {
      const before = [expandShorthands(ts, checker, earlierFile), checkAfterWaits(ts)];
      if (file?.fileName.endsWith(cellFile) === true) before.push(exportVariables(ts));
      return program.emit(file, write, token, onlyTypes, { ...transformers, before });
    };
    return Object.assign(builder, { emit, getAllDependencies: (file: InternalFile) => filesOf(program, file) });
  }

  return {
    create(...parts) {
      const [, , host, old] = parts;
      const look = firstLook;
      firstLook = undefined;
      // tslab asks for no program where the last one, made for a tooltip perhaps, was of the same text.
      const isFirst = look !== undefined && host?.readFile(host.getCurrentDirectory() + cellFile) === look.content;
      if (!isFirst || old === undefined) return build(...parts);
      const getSourceFile = (name: string): TypeScript.SourceFile | undefined =>
        name.endsWith(cellFile) ? look.file : old.getSourceFile(name);
      return { ...old, getSourceFile };
    },
    expectFirstLook(text) {
      const content = `export {};${ts.sys.newLine}${text}`; // as tslab writes it
      const file = ts.createSourceFile(cellFile, content, ts.ScriptTarget.ES2022);
      ts.bindSourceFile(file, {});
      firstLook = (file.locals?.size ?? 0) > 0 ? { content, file } : undefined;
    },
  };
}

/** A file and, through its imports, the person's own files: their names. */
function filesOf(program: TypeScript.Program, file: InternalFile): string[] {
  const found = new Set<InternalFile>([file]);
  for (const each of found) {
    each.resolvedModules?.forEach(({ resolvedModule }) => {
      const next = resolvedModule && program.getSourceFile(resolvedModule.resolvedFileName);
      if (next !== undefined && !next.isDeclarationFile) found.add(next);
    });
  }
  return Array.from(found, ({ fileName }) => fileName);
}
