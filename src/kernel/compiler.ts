import { join } from "node:path";
import type { Converter, ConvertResult, Diagnostic } from "tslab/dist/converter";
import { cellName } from "./builder";
import { guard, type InterruptCells } from "./interrupt";
import type { Positions } from "./positions";
import { blankExports, declaredNames, hasTopLevelAwait, withoutNames } from "./source";
import { createConverter, expectFirstLook, noticeChanges, takeCompiled } from "./tslab";

/** tslab's converter, which also remembers what the cells so far have declared. */
export interface Compiler extends Converter {
  /** Names the code converted next, as stack frames will show it. */
  nameNext(file: string): void;
  /** The type errors of the code converted last. */
  readonly diagnostics: readonly Diagnostic[];
  /** Keeps what the code converted last declares, without the names that are not set; returns these. */
  keepDeclarations(isSet: (name: string) => boolean): readonly string[];
}

const cannotFindModule = 2307; // TypeScript's code

/** Loads tslab's compiler. Takes a second: it reads the types of Node. */
export function createCompiler(positions: Positions, interruptCells: InterruptCells): Compiler {
  let converter = createConverter({});
  let declarations = "";
  let file = "In[0].ts";
  let last: { readonly source: string; readonly result: ConvertResult } | undefined;

  /** A module that was missing is looked for again, with fresh eyes: folders are not watched. */
  function refresh(): void {
    if (!last?.result.diagnostics.some(({ code }) => code === cannotFindModule)) return;
    converter.close();
    converter = createConverter({});
  }

  function convert(_previous: string, code: string): ConvertResult {
    const source = blankExports(code);
    noticeChanges();
    expectFirstLook(source);
    const result = converter.convert(declarations, source);
    last = { source, result };
    for (const { path, maps } of takeCompiled()) {
      if (path === cellName) positions.add(file, { shown: file, maps, linesAbove: 1 });
      else positions.add(runsAs(path), { shown: join(process.cwd(), path), maps, linesAbove: 0 });
    }
    if (result.output === undefined) return result;
    return {
      ...result,
      // The first line stays empty, as tslab's function header goes before it.
      output: `\n${result.output}\n//# sourceURL=${file}`,
      hasToplevelAwait: hasTopLevelAwait(source),
    };
  }

  /** A compiler that was cut off half-way would be of no more use. */
  function guarded<T>(work: () => T): T {
    const { release } = guard(interruptCells);
    try {
      return work();
    } finally {
      release();
    }
  }

  return {
    convert,
    inspect: (_previous, source, position) =>
      guarded(() => converter.inspect(declarations, blankExports(source), position)),
    complete: (_previous, source, position) =>
      guarded(() => converter.complete(declarations, blankExports(source), position)),
    addModule: (name, content, meta) => converter.addModule(name, content, meta),
    close: () => converter.close(),
    nameNext(next) {
      refresh();
      file = next;
      last = undefined;
    },
    get diagnostics() {
      return last?.result.diagnostics ?? [];
    },
    keepDeclarations(isSet) {
      if (last?.result.declOutput === undefined) return [];
      const unreached = declaredNames(last.source).filter((name) => !isSet(name));
      declarations = withoutNames(last.result.declOutput, unreached);
      return unreached;
    },
  };
}

/** The name under which tslab runs a local file's code. */
function runsAs(path: string): string {
  return join(process.cwd(), path.replace(/\.tsx?$/, ".js"));
}
