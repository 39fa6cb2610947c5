import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pythonIn } from "../../src/cli/setup/jupyter";
import { wheelFor } from "../../src/cli/setup/wheels";
import { packageFolder } from "../../src/core/paths";

const python = pythonIn(join(packageFolder, ".venv"));
const script = join(packageFolder, "src/cli/setup/fetch_libtensorflow.py");
const wheelName = "tensorflow_fake-1.0-cp311-cp311-manylinux_2_27_x86_64.whl";

/** A wheel of incompressible bytes, made by Python's own zipfile. */
const makeWheel = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tensorflow/libtensorflow_cc.so.2", os.urandom(6_000_000))
    wheel.writestr("tensorflow/libtensorflow_framework.so.2", b"framework")
    wheel.writestr("tensorflow/include/tensorflow/c/c_api.h", b"header")
    wheel.writestr("tensorflow/include/Eigen/unwanted.h", b"unwanted")
    wheel.writestr("tensorflow/python/unwanted.py", b"unwanted")
`;

let folder: string;
let server: Server;
let bytes: Buffer;
/** Where each request for the wheel started. */
let starts: number[];
/** How many bytes the server sends before it cuts the connection, request by request; then all. */
let cuts: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "deepfixcx-"));
  [starts, cuts] = [[], []];
  const file = join(folder, "made.whl");
  await promisify(execFile)(python, ["-c", makeWheel, file]);
  bytes = readFileSync(file);
  server = createServer((request, response) => {
    if (!request.url?.endsWith(".whl")) {
      response.setHeader("Content-Type", "text/html");
      return response.end(`<a href="/${wheelName}">${wheelName}</a>`);
    }
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    starts.push(start);
    const rest = bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, { "Content-Length": rest.length });
    const cut = cuts.shift();
    if (cut === undefined) return response.end(rest);
    response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 100));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function fetchArguments(sha256: string): readonly string[] {
  const wheel = { package: "tensorflow-fake", version: "1.0", platform: "manylinux_2_27_x86_64", sha256 };
  return [script, JSON.stringify({ ...wheel, folder: join(folder, "cache", "lib-1.0") })];
}

function fetchEnvironment(): NodeJS.ProcessEnv {
  const { port } = server.address() as AddressInfo;
  return {
    ...process.env,
    PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`,
    PIP_FIND_LINKS: "",
    PIP_CONFIG_FILE: "/dev/null",
  };
}

async function fetchWheel(sha256: string = sha256Of(bytes)): Promise<string> {
  const { stdout } = await promisify(execFile)(python, fetchArguments(sha256), { env: fetchEnvironment() });
  return stdout;
}

const sha256Of = (data: Buffer): string => createHash("sha256").update(data).digest("hex");
const library = (): string => join(folder, "cache", "lib-1.0");

describe.skipIf(!existsSync(python))("fetching libtensorflow", () => {
  it("unpacks the library and the headers it needs, and nothing else, and keeps no wheel", async () => {
    const stdout = await fetchWheel();
    const files = readdirSync(library(), { recursive: true, encoding: "utf8" }).filter(
      (f) => !statSync(join(library(), f)).isDirectory(),
    );
    expect(files.sort()).toEqual([
      "include/tensorflow/c/c_api.h",
      "lib/libtensorflow_cc.so.2",
      "lib/libtensorflow_framework.so.2",
    ]);
    expect(readdirSync(join(folder, "cache")).filter((name) => !name.endsWith(".lock"))).toEqual(["lib-1.0"]);
    expect(stdout).toMatch(new RegExp(`^download ${bytes.length} ${bytes.length}$`, "m"));
    expect(stdout).toMatch(/^unpack 6000015 6000015$/m);
  });

  it("goes on where a broken connection left off", async () => {
    cuts = [3_000_000, 1_000_000];
    await fetchWheel();
    expect(starts).toHaveLength(3);
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1] as number);
    expect(existsSync(library())).toBe(true);
  });

  it("goes on after having been killed, and leaves no half library", async () => {
    cuts = [bytes.length - 1]; // all but one byte, then silence for a while
    const child = spawn(python, fetchArguments(sha256Of(bytes)), { env: fetchEnvironment() });
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        if (/^download [3-9]\d{6} /m.test(chunk.toString())) child.kill("SIGKILL");
      });
      child.on("close", () => resolve());
    });
    expect(existsSync(library())).toBe(false);
    cuts = [];
    await fetchWheel();
    expect(starts.at(-1)).toBeGreaterThanOrEqual(3_000_000);
    expect(existsSync(library())).toBe(true);
  });

  it("refuses a wheel with another checksum and forgets it", async () => {
    await expect(fetchWheel("0".repeat(64))).rejects.toMatchObject({
      stderr: expect.stringContaining("not the pinned 000") as string,
    });
    expect(readdirSync(join(folder, "cache")).filter((name) => !name.endsWith(".lock"))).toEqual([]);
  });

  it("says in one line when the index does not have it or does not answer", async () => {
    const other = fetchArguments("0").map((text) => text.replace('"1.0"', '"2.0"'));
    const env = fetchEnvironment();
    const nothing = promisify(execFile)(python, [...other], { env });
    await expect(nothing).rejects.toMatchObject({
      stderr: expect.stringMatching(/does not answer, or has no tensorflow-fake 2\.0/) as string,
    });
  });

  it("does nothing when the library is there", async () => {
    mkdirSync(library(), { recursive: true });
    writeFileSync(join(library(), "mine"), "");
    await fetchWheel();
    expect(starts).toEqual([]);
    expect(readdirSync(library())).toEqual(["mine"]);
  });
});

describe("the pinned wheels", () => {
  it("are whole for every platform that TensorFlow builds for", () => {
    for (const platform of ["linux-x64", "linux-arm64", "darwin-arm64"])
      expect(wheelFor(platform)).toMatchObject({
        version: "2.21.0",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
    expect(wheelFor("darwin-x64")).toBeUndefined();
  });
});
