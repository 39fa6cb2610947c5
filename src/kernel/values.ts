import { inspect } from "node:util";
import type { MimeBundle } from "../core/host";
import { displaySymbol } from "../display/show";
import { viewOf } from "../display/values";
import { recordsTable } from "./records";
import { asJson } from "./wire";

interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<unknown>;
}

type NumberArray = Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>;

const fewValues = 6;

/** The MIME bundle of any value: its own where it has one, else the form that says most in little space. */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (isDisplayable(value)) return asBundle(await value[displaySymbol]());
  const view = viewOf(value) ?? recordsTable(value);
  if (view !== undefined) {
    const { toBundle } = await import("../display/bundle.js"); // not needed before the first picture or table
    return toBundle(view);
  }
  return { "text/plain": lineOf(value) ?? inspect(value) };
}

/** A bundle that a person's own code has made can be anything. */
function asBundle(bundle: MimeBundle): MimeBundle {
  if (typeof bundle !== "object" || (bundle as unknown) === null)
    throw new TypeError(`Jupyter.display must return an object of values by MIME type, not ${inspect(bundle)}`);
  return asJson(bundle);
}

/** One line for values that would fill a page: typed arrays and tensors. */
function lineOf(value: unknown): string | undefined {
  if (isTensor(value)) return tensorLine(value);
  if (isNumberArray(value)) return arrayLine(value.constructor.name, `[${value.length}]`, value);
  return undefined;
}

function tensorLine(tensor: Tensor): string {
  const shape = `[${tensor.shape.join(", ")}]`;
  if (tensor.isDisposed) return `Tensor ${tensor.dtype} ${shape}, disposed`;
  const values = tensor.dataSync();
  if (isNumberArray(values)) return arrayLine(`Tensor ${tensor.dtype}`, shape, values);
  return `Tensor ${tensor.dtype} ${shape}: ${inspect(Array.from(values).slice(0, fewValues))}`;
}

function arrayLine(name: string, shape: string, values: NumberArray): string {
  if (values.length === 0) return `${name} ${shape}`;
  const [low, high, missing] = rangeOf(values);
  const few = Array.from(values.subarray(0, fewValues), short).join(", ");
  const more = values.length > fewValues ? ", ..." : "";
  const range = missing === values.length ? "" : `, ${short(low)} to ${short(high)}`;
  const nan = missing === 0 ? "" : `, ${missing} NaN`;
  return `${name} ${shape}${range}${nan}: ${few}${more}`;
}

function rangeOf(values: NumberArray): readonly [low: number, high: number, missing: number] {
  let [low, high, missing] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (Number.isNaN(value)) missing++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high, missing];
}

/** Six digits, which is what a float32 holds. */
function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function isDisplayable(value: unknown): value is Displayable {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as Partial<Displayable>)[displaySymbol] === "function"
  );
}

function isNumberArray(value: unknown): value is NumberArray {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array) &&
    !Buffer.isBuffer(value)
  );
}

/** By its members: several copies of TensorFlow.js may be loaded. */
function isTensor(value: unknown): value is Tensor {
  const { dtype, shape, dataSync } = (value ?? {}) as Partial<Tensor>;
  return typeof dtype === "string" && Array.isArray(shape) && typeof dataSync === "function";
}
