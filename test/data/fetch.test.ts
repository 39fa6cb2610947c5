import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Source } from "../../src/data/fetch/catalog";
import { download } from "../../src/data/fetch/download";
import { fetchData } from "../../src/data/fetch/fetchData";
import { unzip } from "../../src/data/fetch/unzip";
import { scratchFolder, writeColour } from "./pictures";
import { npyOf, zipOf } from "./zipFile";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, k) => (k * k + (k >> 5)) & 255));
const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of its own that gives one answer after the other, the last one for ever, and remembers the ranges asked for. */
async function serve(...answers: Answer[]): Promise<{ url: string; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)] as Answer;
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.closeAllConnections());
  afterAll(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`, ranges };
}

const start = (request: IncomingMessage) => Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);

/** Sends what was asked for, with ranges. */
const honest: Answer = (request, response) => {
  const from = start(request);
  const headers = { "content-length": content.length - from };
  if (from === 0) response.writeHead(200, headers);
  else
    response.writeHead(206, { ...headers, "content-range": `bytes ${from}-${content.length - 1}/${content.length}` });
  response.end(content.subarray(from));
};

/** Promises all of it and hangs up after `bytes` more. */
const breaksOff =
  (bytes: number): Answer =>
  (request, response) => {
    const from = start(request);
    response.writeHead(from === 0 ? 200 : 206, {
      "content-length": content.length - from,
      ...(from === 0 ? {} : { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` }),
    });
    response.write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20));
  };

const quick = { pauseMs: 1 };

/** That a file holds the content; comparing byte by byte with `toEqual` would take seconds. */
async function expectWhole(name: string): Promise<void> {
  expect(content.equals(await readFile(at(name)))).toBe(true);
}

describe("download", () => {
  it("fetches a file whole, once", async () => {
    const { url, ranges } = await serve(honest);
    expect(await download({ url, md5: md5(content) }, at("whole.bin"), quick)).toBe("fetched");
    await expectWhole("whole.bin");
    expect(await download({ url, md5: md5(content) }, at("whole.bin"), quick)).toBe("there");
    expect(ranges).toHaveLength(1);
    expect(existsSync(at("whole.bin.partial"))).toBe(false);
  });

  it("goes on where the connection broke, as often as it gets further", async () => {
    const { url, ranges } = await serve(breaksOff(50_000), breaksOff(70_000), breaksOff(60_000), honest);
    await download({ url, md5: md5(content) }, at("broken.bin"), { ...quick, attempts: 2 });
    await expectWhole("broken.bin");
    expect(ranges).toEqual([undefined, "bytes=50000-", "bytes=120000-", "bytes=180000-"]);
  });

  it("keeps what arrived when it gives up, for the next call", async () => {
    const first = await serve(breaksOff(80_000), breaksOff(0));
    const what = { url: first.url, md5: md5(content) };
    await expect(download(what, at("later.bin"), { ...quick, attempts: 3 })).rejects.toThrow(
      /later\.bin: the whole file.*type the command again later/,
    );
    expect(existsSync(at("later.bin"))).toBe(false);
    const second = await serve(honest);
    await download({ ...what, url: second.url }, at("later.bin"), quick);
    expect(second.ranges).toEqual(["bytes=80000-"]);
    await expectWhole("later.bin");
  });

  it("begins anew where the server knows no ranges", async () => {
    const all: Answer = (_, response) => void response.writeHead(200).end(content);
    const { url } = await serve(breaksOff(80_000), all);
    await download({ url, md5: md5(content) }, at("anew.bin"), quick);
    await expectWhole("anew.bin");
  });

  it("does not believe a server that lies about the length", async () => {
    const short: Answer = (_, response) =>
      void response.writeHead(200, { "content-length": 1000 }).end(content.subarray(0, 1000));
    const { url } = await serve(short, honest);
    await download({ url, md5: md5(content) }, at("lie.bin"), quick);
    await expectWhole("lie.bin");
  });

  it("refuses a wrong file and leaves nothing of it", async () => {
    const { url } = await serve((_, response) => void response.end("<html>Please sign in</html>"));
    await expect(download({ url, md5: md5(content) }, at("wrong.bin"), quick)).rejects.toThrow(
      /wrong\.bin: a file with md5 [0-9a-f]{32}, got another file/,
    );
    expect((await readdir(folder)).filter((name) => name.startsWith("wrong"))).toEqual([]);
  });

  it("fetches again from the start when the continued file turns out wrong", async () => {
    await writeFile(at("stale.bin.partial"), "the beginning of some other file");
    const { url } = await serve(honest);
    await download({ url, md5: md5(content) }, at("stale.bin"), quick);
    await expectWhole("stale.bin");
  });

  it("refuses a server that sends another part than was asked for", async () => {
    const shifted: Answer = (_, response) => {
      const headers = { "content-range": `bytes 7-${content.length - 1}/${content.length}` };
      response.writeHead(206, headers).end(content.subarray(7));
    };
    const { url } = await serve(breaksOff(80_000), shifted);
    await expect(download({ url, md5: md5(content) }, at("shifted.bin"), quick)).rejects.toThrow(
      /shifted\.bin: the file, got another part than asked for/,
    );
    expect(existsSync(at("shifted.bin"))).toBe(false);
  });

  it("waits out a server that is busy, and refuses one that says no", async () => {
    const busy: Answer = (_, response) => void response.writeHead(503).end();
    const { url } = await serve(busy, busy, honest);
    await download({ url, md5: md5(content) }, at("busy.bin"), quick);
    const gone = await serve((_, response) => void response.writeHead(404).end());
    await expect(download({ url: gone.url, md5: "0" }, at("gone.bin"), quick)).rejects.toThrow(
      /gone\.bin: the file, got answer 404/,
    );
    await expect(
      download({ url: "http://127.0.0.1:1/x", md5: "0" }, at("none.bin"), { ...quick, attempts: 2 }),
    ).rejects.toThrow(/none\.bin: the whole file, got/);
  });

  it("stops when it is told to", async () => {
    const { url } = await serve((_, response) => void response.writeHead(200, { "content-length": 10 }).write("x"));
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 50);
    await expect(download({ url, md5: "0" }, at("stop.bin"), { ...quick, signal: stop.signal })).rejects.toThrow(
      "enough",
    );
  });
});

describe("unzip", () => {
  it("unpacks folders and files", async () => {
    await writeFile(at("good.zip"), zipOf({ "a/": "", "a/b.txt": "one", "c.txt": "two" }));
    await unzip(at("good.zip"), at("good"));
    expect(await readFile(at("good", "a", "b.txt"), "utf8")).toBe("one");
    expect(await readFile(at("good", "c.txt"), "utf8")).toBe("two");
  });

  it.each(["../escape.txt", "/tmp/absolute.txt", "a/../../escape.txt"])(
    "refuses %s, and leaves nothing",
    async (path) => {
      await writeFile(at("bad.zip"), zipOf({ "fine.txt": "1", [path]: "2" }));
      await expect(unzip(at("bad.zip"), at("bad"))).rejects.toThrow(/bad\.zip: a whole zip file, got .*path/);
      expect((await readdir(folder)).filter((name) => /^bad(\.partial)?$|escape/.test(name))).toEqual([]);
    },
  );

  it("refuses a zip that was cut short", async () => {
    const whole = zipOf({ "a.txt": "x".repeat(5000) });
    await writeFile(at("cut.zip"), whole.subarray(0, 3000));
    await expect(unzip(at("cut.zip"), at("cut"))).rejects.toThrow(/cut\.zip: a whole zip file/);
    expect(existsSync(at("cut"))).toBe(false);
  });
});

describe("fetchData", () => {
  async function source(zip: Buffer, parts: Partial<Source>): Promise<Source> {
    const { url } = await serve((_, response) => void response.end(zip));
    return {
      title: "Test",
      licence: "none",
      folder: "set",
      download: { url, md5: md5(zip), file: "set.zip" },
      counts: [],
      ...parts,
    };
  }

  it("fetches, unpacks, lifts out of the zip's own folder, and counts", async () => {
    const zip = zipOf({ "outer/well/1.png": "", "outer/well/2.png": "", "outer/ill/1.png": "" });
    const counts = [
      { what: "well", path: "well", expected: 2 },
      { what: "ill", path: "ill", expected: 1 },
    ];
    const report = await fetchData("set", at("data"), { source: await source(zip, { counts }), ...quick });
    expect(report.counts.map(({ found }) => found)).toEqual([2, 1]);
    expect(await readdir(at("data", "set", "well"))).toEqual(["1.png", "2.png"]);
    const wrong = await source(zip, { folder: "other", counts: [{ what: "well", path: "well", expected: 3 }] });
    await expect(fetchData("set", at("data"), { source: wrong, ...quick })).rejects.toThrow(
      /well \(well\): 2 instead of 3/,
    );
  });

  it("finishes what a run that was killed while moving folders left undone", async () => {
    const zip = zipOf({ "outer/well/1.png": "", "outer/ill/1.png": "" });
    const counts = ["well", "ill"].map((path) => ({ what: path, path, expected: 1 }));
    const made = await source(zip, { folder: "killed", counts });
    await mkdir(at("data", "killed", "well"), { recursive: true });
    await writeFile(at("data", "killed", "well", "1.png"), "");
    await mkdir(at("data", "killed", "unpacked", "outer", "ill"), { recursive: true });
    await writeFile(at("data", "killed", "unpacked", "outer", "ill", "1.png"), "");
    const report = await fetchData("set", at("data"), { source: made, ...quick });
    expect(report.counts.map(({ found }) => found)).toEqual([1, 1]);
  });

  it("reports copies: equal rows of arrays across parts, and pictures that are alike", async () => {
    const row = (seed: number) => Uint8Array.from({ length: 6 }, (_, k) => seed + k);
    const zip = zipOf({
      "train_images.npy": npyOf([3, 2, 3], Uint8Array.from([...row(1), ...row(2), ...row(1)])),
      "test_images.npy": npyOf([2, 2, 3], Uint8Array.from([...row(9), ...row(2)])),
    });
    const counts = [
      { what: "train", path: "rows/train_images.npy", expected: 3 },
      { what: "test", path: "rows/test_images.npy", expected: 2 },
    ];
    const made = await source(zip, { folder: "copies", counts });
    const download = { ...(made.download as NonNullable<Source["download"]>), file: "rows.npz" };
    const { notes } = await fetchData("rows", at("data"), { source: { ...made, download }, ...quick });
    expect(notes).toEqual([
      "2 sets of images are equal in every pixel; 1 of them stand in several parts of the split.",
    ]);
    for (const [name, red] of [
      ["normal_control/1", 10],
      ["early_glaucoma/1", 10],
      ["advanced_glaucoma/1", 90],
    ] as const) {
      await mkdir(at("eyes", "kim-eye", name, ".."), { recursive: true });
      await writeColour(at("eyes", "kim-eye", `${name}.png`), 8, 8, [red, 2, 3]);
    }
    const eyes = ["normal_control", "early_glaucoma", "advanced_glaucoma"];
    const kim = await source(zip, {
      folder: "kim-eye",
      counts: eyes.map((path) => ({ what: path, path, expected: 1 })),
    });
    expect((await fetchData("kim-eye", at("eyes"), { source: kim, ...quick })).notes[0]).toMatch(
      /sets of images are the same or nearly the same, 1 of them in several classes/,
    );
  });

  it("keeps an .npz and counts its arrays", async () => {
    const zip = zipOf({ "train_images.npy": npyOf([3, 2, 2], new Uint8Array(12)) });
    const made = await source(zip, { counts: [{ what: "train", path: "some/train_images.npy", expected: 3 }] });
    const download = { ...(made.download as NonNullable<Source["download"]>), file: "some.npz" };
    const { counts } = await fetchData("some", at("npz"), { source: { ...made, download }, ...quick });
    expect(counts[0]?.found).toBe(3);
    expect(existsSync(at("npz", "set", "some.npz"))).toBe(true);
  });

  it("says step by step what to do where a login is needed, and checks what was downloaded", async () => {
    await expect(fetchData("chexpert-small", at("login"))).rejects.toThrow(
      /needs a login.*do this:\n {2}1\. .*register/s,
    );
    await mkdir(at("login", "chexpert-small", "CheXpert-v1.0-small"), { recursive: true });
    await writeFile(at("login", "chexpert-small", "CheXpert-v1.0-small", "valid.csv"), "Path\na\nb\n");
    await expect(fetchData("chexpert-small", at("login"))).rejects.toThrow(
      /train\.csv\): 0 instead of 223414; .*valid\.csv\): 2 instead of 234; .*unpack what is missing/,
    );
  });

  it("lists what it knows when asked for something else", async () => {
    await expect(fetchData("moon", at("x"))).rejects.toThrow(/one of kim-eye, mobileodt, .*got "moon"/);
  });
});
