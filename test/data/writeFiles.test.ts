import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkWritable, csvLine, writeFiles } from "../../src/data/writeFiles";
import { scratchFolder } from "./pictures";

const folder = await scratchFolder();

/** Runs `action` on a disk of 64 KB in memory; false where this user may not mount one. */
async function onSmallDisk(action: (disk: string) => Promise<void>): Promise<boolean> {
  const disk = join(folder, "disk");
  await mkdir(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return false;
  }
  try {
    await action(disk);
  } finally {
    execFileSync("umount", [disk]);
  }
  return true;
}

describe("writeFiles", () => {
  it("writes all files and leaves nothing else", async () => {
    const [a, b] = [join(folder, `${"a".repeat(251)}.txt`), join(folder, "b.bin")]; // as long as names can be
    await writeFiles([
      { file: a, pieces: ["one ", "two"] },
      { file: b, pieces: [Uint8Array.of(1, 2, 3)] },
    ]);
    expect(await readFile(a, "utf8")).toBe("one two");
    expect([...(await readFile(b))]).toEqual([1, 2, 3]);
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("changes no file when one of the contents fails, and passes its error on", async () => {
    const [a, b] = [join(folder, "old.txt"), join(folder, "new.txt")];
    await writeFile(a, "old");
    function* failing(): Generator<string> {
      yield "half";
      throw new Error("no more");
    }
    const contents = [
      { file: a, pieces: ["new"] },
      { file: b, pieces: failing() },
    ];
    await expect(writeFiles(contents)).rejects.toThrow("no more");
    expect(await readFile(a, "utf8")).toBe("old");
    expect((await readdir(folder)).filter((name) => /new|partial/.test(name))).toEqual([]);
  });

  it("refuses a folder in the file's place, and a folder that is not there", async () => {
    const taken = join(folder, "taken");
    await mkdir(taken);
    const file = join(folder, "nowhere", "x.txt");
    await expect(checkWritable(taken)).rejects.toThrow(/taken: .*a folder stands in its place; name a file/);
    await expect(writeFiles([{ file: taken, pieces: [] }])).rejects.toThrow(/a folder stands in its place/);
    await expect(writeFiles([{ file, pieces: [] }])).rejects.toThrow(/no folder .*nowhere; make the folder first/);
  });

  it("says that the disk is full and leaves nothing half-written", async (context) => {
    const mounted = await onSmallDisk(async (disk) => {
      const write = writeFiles([
        { file: join(disk, "small.txt"), pieces: ["fits"] },
        { file: join(disk, "large.bin"), pieces: [new Uint8Array(200_000)] },
      ]);
      await expect(write).rejects.toThrow(/large\.bin: .*got a full disk; free some space/);
      expect(await readdir(disk)).toEqual([]);
    });
    if (!mounted) context.skip("no disk of its own can be mounted here");
  });

  it.skipIf(!existsSync("/dev/full"))(
    "takes the system's word for a full disk from whoever makes the content",
    async () => {
      async function* full(): AsyncGenerator<string> {
        await writeFile("/dev/full", "x");
        yield "never";
      }
      await expect(writeFiles([{ file: join(folder, "c.txt"), pieces: full() }])).rejects.toThrow(
        /c\.txt: .*a full disk/,
      );
      expect(existsSync(join(folder, "c.txt"))).toBe(false);
    },
  );
});

describe("csvLine", () => {
  it("quotes what would be misread", () => {
    expect(csvLine(["a", 1, 'b,"c"', " d"])).toBe('a,1,"b,""c"""," d"\n');
  });
});
