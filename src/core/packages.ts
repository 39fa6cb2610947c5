import { existsSync, readFileSync, realpathSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import nodeUtil from "node:util";
import type normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import type normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import type studentQuantile from "@stdlib/stats-base-dists-t-quantile";
import type kruskalTest from "@stdlib/stats-kruskal-test";
import type * as tfjsPackage from "@tensorflow/tfjs";
import type * as wasmPackage from "@tensorflow/tfjs-backend-wasm";
import type * as arrowPackage from "apache-arrow";
import type * as danfoPackage from "danfojs-node";
import type * as codecsPackage from "dcmjs-codecs";
import type * as dicomParserPackage from "dicom-parser";
import type * as parquetPackage from "parquet-wasm";
import type sharpPackage from "sharp";
import type * as zodPackage from "zod";
import { OptionError } from "./errors";
import { packageFolder } from "./paths";

/** The namespace of TensorFlow.js, the same whatever backend does the work. */
export type TensorFlow = typeof tfjsPackage;
/** The namespace of danfojs-node, whose data frames are the tables of data sets. */
export type Danfo = typeof danfoPackage;
/** The function that sharp, the image decoder, exports. */
export type Sharp = typeof sharpPackage;
/** The namespace of apache-arrow. */
export type Arrow = typeof arrowPackage;
/** The namespace of parquet-wasm. */
export type ParquetWasm = typeof parquetPackage;

/**
 * What does the arithmetic of models.
 *
 * - `native`: the C library of TensorFlow, on all cores; trains everything. `deepfixcx setup` installs it.
 * - `wasm`: WebAssembly, on one core; trains dense layers, but no convolutions (tfjs has no Conv2DBackpropFilter there).
 * - `cpu`: plain JavaScript; trains everything, some ten times more slowly than `wasm`.
 */
export type Backend = "native" | "wasm" | "cpu";

/** What computed a result, as results and reports record it. */
export interface Versions {
  readonly node: string;
  readonly deepfixcx: string;
  readonly tfjs: string;
  /** The backend in use, or undefined when no model has needed one yet. */
  readonly backend: Backend | undefined;
  /** Threads of one operation; sums are grouped by thread, so the last digits depend on it. */
  readonly threads: number;
}

const backends: readonly Backend[] = ["native", "wasm", "cpu"];
const load = createRequire(__filename);

let inUse: { readonly backend: Backend; readonly tf: TensorFlow } | undefined;
let starting: Promise<TensorFlow> | undefined;

/**
 * TensorFlow.js, loaded and with its backend started at the first call: the native library where it is set up, else
 * WebAssembly, which is said once. The environment's `DEEPFIXCX_BACKEND` (`native`, `wasm` or `cpu`) decides otherwise.
 *
 * @throws OptionError when `DEEPFIXCX_BACKEND` names no backend, or `native` where its binding does not load
 */
export function tensorflow(): Promise<TensorFlow> {
  starting ??= start();
  return starting;
}

/**
 * TensorFlow.js for synchronous code: what {@link tensorflow} started; where nothing has been started, the native
 * library, else plain JavaScript, since WebAssembly cannot start synchronously.
 *
 * @throws OptionError as {@link tensorflow} does
 */
export function tensorflowSync(): TensorFlow {
  if (inUse !== undefined) return inUse.tf;
  const wanted = wantedBackend();
  const tf = wanted === "native" || wanted === undefined ? nativeTensorflow(wanted) : undefined;
  return tf ?? use("cpu", tfjs());
}

/** danfojs-node, on the same TensorFlow.js as the rest of the package, with or without the native binding. */
export function danfo(): Danfo {
  return withRedirect("@tensorflow/tfjs-node", tfjs, () => load("danfojs-node") as Danfo);
}

/** sharp, loaded at the first call. */
export function sharp(): Sharp {
  return load("sharp") as Sharp;
}

/** apache-arrow, the tables in memory that Parquet files are made of, loaded at the first call. */
export function arrow(): Arrow {
  return load("apache-arrow") as Arrow;
}

/** parquet-wasm, which packs and unpacks Parquet, loaded at the first call. */
export function parquetWasm(): ParquetWasm {
  return load("parquet-wasm") as ParquetWasm;
}

/** zod, which checks what files hold, loaded at the first call. */
export function zod(): typeof zodPackage {
  return load("zod") as typeof zodPackage;
}

/** Functions of stdlib. */
export interface Statistics {
  readonly normalCdf: typeof normalCdf;
  readonly normalQuantile: typeof normalQuantile;
  readonly studentQuantile: typeof studentQuantile;
  readonly kruskalTest: typeof kruskalTest;
}

/** Distributions and tests of stdlib, loaded at the first call. */
export function statistics(): Statistics {
  return {
    normalCdf: load("@stdlib/stats-base-dists-normal-cdf") as typeof normalCdf,
    normalQuantile: load("@stdlib/stats-base-dists-normal-quantile") as typeof normalQuantile,
    studentQuantile: load("@stdlib/stats-base-dists-t-quantile") as typeof studentQuantile,
    kruskalTest: load("@stdlib/stats-kruskal-test") as typeof kruskalTest,
  };
}

/** dicom-parser, which reads the headers of DICOM files, loaded at the first call. */
export function dicomParser(): typeof dicomParserPackage {
  return load("dicom-parser") as typeof dicomParserPackage;
}

/** The decoders of dcmjs-codecs for compressed DICOM pixels, and what they are called with. */
export interface DicomCodecs {
  readonly codecs: typeof codecsPackage.NativeCodecs;
  readonly Context: typeof codecsPackage.Context;
}

/** dcmjs-codecs, loaded and started at the first call. */
export async function dicomCodecs(): Promise<DicomCodecs> {
  const { NativeCodecs, Context, log } = load("dcmjs-codecs") as typeof codecsPackage;
  if (!NativeCodecs.isInitialized()) {
    log.setLevel("silent");
    await NativeCodecs.initializeAsync();
  }
  return { codecs: NativeCodecs, Context };
}

/** The versions and the number of threads that decide a result's last digits. */
export function versions(): Versions {
  return {
    node: process.versions.node,
    deepfixcx: versionIn(join(packageFolder, "package.json")),
    tfjs: versionIn(load.resolve("@tensorflow/tfjs/package.json")),
    backend: inUse?.backend,
    threads: inUse === undefined || inUse.backend === "native" ? pinThreads() : 1,
  };
}

async function start(): Promise<TensorFlow> {
  if (inUse !== undefined && inUse.backend !== "cpu") return inUse.tf;
  const wanted = wantedBackend();
  const native = wanted === "native" || wanted === undefined ? nativeTensorflow(wanted) : undefined;
  if (native !== undefined) return native;
  const tf = tfjs();
  const backend = wanted === "cpu" || !(await startWasm(tf)) ? "cpu" : "wasm";
  await tf.setBackend(backend);
  return use(backend, tf);
}

function use(backend: Backend, tf: TensorFlow): TensorFlow {
  if (inUse?.backend !== backend && backend !== "native") sayFallback(backend);
  if (backend === "cpu") void tf.setBackend("cpu"); // takes effect at once: this backend has no asynchronous part
  inUse = { backend, tf };
  return tf;
}

function wantedBackend(): Backend | undefined {
  const value = process.env["DEEPFIXCX_BACKEND"];
  if (value === undefined || value === "") return undefined;
  const wanted = backends.find((backend) => backend === value);
  if (wanted !== undefined) return wanted;
  throw new OptionError({ where: "DEEPFIXCX_BACKEND", required: `one of ${backends.join(", ")}`, got: `"${value}"` });
}

/** TensorFlow.js on the native library, or undefined when its binding does not load and nobody insists. */
function nativeTensorflow(wanted: "native" | undefined): TensorFlow | undefined {
  prepareNative();
  try {
    tfjs();
    return use(
      "native",
      quietly(() => load("@tensorflow/tfjs-node") as TensorFlow),
    );
  } catch (error) {
    if (wanted === undefined) return undefined;
    const got = (error as Error).message.split("\n")[0] ?? "";
    const required = "the native binding of TensorFlow";
    throw new OptionError({ where: "DEEPFIXCX_BACKEND=native", required, got, remedy: "run `deepfixcx setup`" });
  }
}

/** What set-up compiles beside the binding from `cli/setup/quiet.c`. */
interface Quiet {
  mute(): void;
  unmute(): void;
}

/**
 * Runs `action` with standard error closed, where set-up has made that possible: oneDNN, which makes convolutions half
 * as fast again, announces itself there while it loads, whatever the log level.
 */
function quietly<T>(action: () => T): T {
  const binding = join(dirname(load.resolve("@tensorflow/tfjs-node/package.json")), "lib/napi-v8/tfjs_binding.node");
  const file = existsSync(binding) ? join(dirname(realpathSync(binding)), "quiet.node") : "";
  if (!existsSync(file)) return action();
  const quiet = load(file) as Quiet;
  quiet.mute();
  try {
    return action();
  } finally {
    quiet.unmute();
  }
}

/** Settles what the native library reads from the environment when it is loaded; a person's own values stay. */
function prepareNative(): void {
  pinThreads();
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2"; // errors only
  // Node 23 removed these two functions, which tfjs-node 4.22 still calls.
  const util = nodeUtil as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

/** Threads of one operation of the native library: `TF_NUM_INTRAOP_THREADS`, else one a core, written down there. */
function pinThreads(): number {
  const threads = Number(process.env["TF_NUM_INTRAOP_THREADS"]);
  if (Number.isInteger(threads) && threads > 0) return threads;
  process.env["TF_NUM_INTRAOP_THREADS"] = String(availableParallelism());
  return availableParallelism();
}

function tfjs(): TensorFlow {
  const tf = load("@tensorflow/tfjs") as TensorFlow;
  tf.env().set("PROD", true); // only stops advice on the console: this package says itself what the backend means
  return tf;
}

async function startWasm(tf: TensorFlow): Promise<boolean> {
  const wasm = load("@tensorflow/tfjs-backend-wasm") as typeof wasmPackage;
  wasm.setWasmPaths(join(dirname(load.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist/"));
  return tf.setBackend("wasm");
}

function sayFallback(backend: "wasm" | "cpu"): void {
  const means = {
    wasm: "WebAssembly on one core: dense layers train, convolutions do not (DEEPFIXCX_BACKEND=cpu trains them, slowly)",
    cpu: "plain JavaScript: everything trains, but many times more slowly",
  };
  console.warn(`deepfixcx: models run on ${means[backend]}. \`deepfixcx setup\` installs TensorFlow's native library.`);
}

type Loader = (request: string, ...rest: readonly unknown[]) => unknown;

/** Runs `action` while every `require` of `request` gets what `replacement` gives. */
function withRedirect<T>(request: string, replacement: () => unknown, action: () => T): T {
  const loader = Module as unknown as { _load: Loader };
  const original = loader._load;
  loader._load = function (wanted, ...rest) {
    return wanted === request ? replacement() : original.call(this, wanted, ...rest);
  };
  try {
    return action();
  } finally {
    loader._load = original;
  }
}

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
